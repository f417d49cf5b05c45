# SPDX-License-Identifier: Apache-2.0
"""Class statements of programs that have metaclasses: the body fills a mapping, with which the metaclass is called (Python reference 3.3.3)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from .calls import keyword_dict, native
from .class_space import set_variable
from .expr import load_value
from .fn import NONE, Fn

_SPACE = 3  # where vm_class_begin's tuple has the mapping


def used_by(trees: Iterable[ast.Module]) -> bool:
    """Whether classes can have another class than `type`: with `metaclass=` or `**` in a class statement, or `type` as more than a call."""
    return any(_asks(tree) for tree in trees)


def _asks(tree: ast.Module) -> bool:
    called: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="type") as name):
                called.add(name)
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, classes]):
                called |= set(ast.walk(classes))
            case ast.Compare(comparators=others):
                called |= {node.left, *others}
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(keywords=keywords) if any(k.arg in (None, "metaclass") for k in keywords):
                return True
            case ast.Name(id="type", ctx=ast.Load()) if node not in called:
                return True
    return False


def class_statement(
    f: Fn, node: ast.ClassDef, cls: int, number: int, qualname: str, body: Callable[[int], None]
) -> None:
    """R[cls] = the class. The register after it is free for what is between.

    Args:
        number: of the class's record.
        body: makes the code of the class's body, which fills the mapping in the register that it is called with.
    """
    f.top = cls + 1
    made = f.temp()
    native(f, "_.class_begin", made)
    load_value(f, number, f.temp())
    load_value(f, node.name, f.temp())
    f.into(ast.copy_location(ast.Tuple(node.bases, ast.Load()), node), f.temp())
    keywords = f.temp()
    if node.keywords:
        keyword_dict(f, node.keywords, keywords)
    else:
        f.load_constant(keywords, NONE)
    f.line = node.lineno
    f.emit("CALL", made, 4)
    f.top = made + 1
    space = f.temp()
    f.emit("GETIC", space, made, _SPACE)
    for name, text in (("__module__", f.unit.module), ("__qualname__", qualname)):
        value = f.temp()
        load_value(f, text, value)
        set_variable(f, space, name, value)
        f.top = value
    scope = f.unit.program.scopes[node]
    cell_of = scope.variables.get("__class__")
    body(space)
    f.line = node.lineno
    if cell_of is not None and cell_of.captured:
        set_variable(f, space, "__classcell__", cell_of.cell)
    window = f.temp()
    native(f, "_.class_end", window)
    f.move(f.temp(), made)
    load_value(f, number, f.temp())
    f.emit("CALL", window, 2)
    f.move(cls, window)
    f.top = cls + 1
