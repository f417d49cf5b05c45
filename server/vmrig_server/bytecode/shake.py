# SPDX-License-Identifier: Apache-2.0
"""What a program does not name is left out of the modules that come with the compiler: a class costs RAM on the board from its first line on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard


def _names(node: ast.AST) -> Iterator[str]:
    """Everything in it that may name a definition of a module."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")
            case ast.Constant(value=str() as text) if text.isidentifier():
                yield text


def _defines(node: ast.stmt) -> str | None:
    """The one name that the statement defines and that it is there for. An import of a shipped module does nothing else, either."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.ImportFrom(names=[ast.alias(name=name, asname=asname)]):
            return asname or name
    return None


# With these a program gets at an attribute by a text that it may make up.
_BY_TEXT = frozenset({"getattr", "dir", "__dict__", "__getattribute__", "__getattr__"})

# Methods that a VM or a module calls by name, without the program's naming them.
_CALLED_BY_NAME = frozenset({"keys", "send", "throw", "close", "write", "flush", "release", "acquire"})


def _is_method(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Whether it is left out of its class when nobody names it."""
    return (
        isinstance(node, ast.FunctionDef)
        and not (node.name.startswith("__") and node.name.endswith("__"))
        and node.name not in _CALLED_BY_NAME
    )


def _used_whole(tree: ast.Module) -> Iterator[str]:
    """Modules that the program uses as values: getattr(module, name) may then ask for anything in them."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            bound |= {a.asname or a.name: a.name for a in node.names}
    owners = {node.value for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bound and node not in owners:
            yield bound[node.id]


def _name_by_name(node: ast.stmt) -> list[ast.stmt]:
    """An import of several names as one of each, so that each may be left out."""
    if not isinstance(node, ast.ImportFrom):
        return [node]
    return [ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node) for alias in node.names]


def _merged(body: list[ast.stmt]) -> list[ast.stmt]:
    """Imports from one module that stand side by side are one again: each looks whether the module's body has run."""
    merged: list[ast.stmt] = []
    for node in body:
        last = merged[-1] if merged else None
        if isinstance(node, ast.ImportFrom) and isinstance(last, ast.ImportFrom) and node.module == last.module:
            last.names += node.names
        else:
            merged.append(node)
    return merged


def shake(program: Iterable[ast.Module], shipped: Mapping[str, ast.Module]) -> None:
    """Drops top-level definitions of `shipped` modules, and methods of their classes, that neither the program nor a definition that stays
    names. A program that may make up names keeps all methods."""
    program = list(program)
    used = {name for tree in program for name in _names(tree)}
    if "*" in used:
        return
    every_method = not used.isdisjoint(_BY_TEXT)
    trees = list(shipped.values())
    for tree in trees:
        tree.body = [part for node in tree.body for part in _name_by_name(node)]
    for module in {name for tree in program for name in _used_whole(tree)} & set(shipped):
        defined = (_defines(node) for node in shipped[module].body)
        used |= {name for name in defined if name and not name.startswith("_")}
    pending: list[tuple[ast.stmt, str | None]] = [(node, _defines(node)) for tree in trees for node in tree.body]
    kept: set[ast.stmt] = set()
    while True:
        found = [(n, name) for n, name in pending if n not in kept and (name is None or name in used)]
        if not found:
            break
        for node, _ in found:
            kept.add(node)
            if isinstance(node, ast.ClassDef) and not every_method:
                methods = [n for n in node.body if _is_method(n)]
                pending += [(n, n.name) for n in methods]
                used.update(name for part in ast.iter_child_nodes(node) if part not in methods for name in _names(part))
            else:
                used.update(_names(node))
    for tree in trees:
        tree.body = _merged([node for node in tree.body if node in kept])
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not every_method:
                node.body = [n for n in node.body if not _is_method(n) or n in kept] or [
                    ast.copy_location(ast.Pass(), node)
                ]
