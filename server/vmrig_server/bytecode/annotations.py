# SPDX-License-Identifier: Apache-2.0
"""Annotations: never evaluated, unless the program asks for `__annotations__` somewhere."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeVar

from .docstrings import asks_for

ANNOTATIONS = "__annotations__"


def keep_annotations(trees: Sequence[ast.Module], own: Sequence[ast.Module]) -> None:
    """Makes them statements that can be compiled.

    Those of a module or class fill the variable `__annotations__` of its body. A function gets the attribute from a decorator behind its own ones,
    whose default value is the dict, so that the annotations are evaluated once, in the scope around the function.

    Of a program that does not ask itself, but has data classes, only those of these classes are kept, as texts: what matters are the names. Variants
    for functools.singledispatch tell by their annotations what they are for.

    Args:
        trees: all modules; changed in place.
        own: those of them that do not come with the compiler.
    """
    if not any(asks_for(tree, ANNOTATIONS) for tree in own):
        variants = any(asks_for(tree, name) for tree in own for name in ("singledispatch", "singledispatchmethod"))
        for tree in own:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(_makes_data_class(d) for d in node.decorator_list):
                    _body(node, True)
                elif isinstance(node, ast.FunctionDef) and variants and any(map(_registers, node.decorator_list)):
                    _function(node, False)
        return
    for tree in trees:
        as_text = any(isinstance(s, ast.ImportFrom) and s.module == "__future__" and _names(s) for s in tree.body)
        for node in list(ast.walk(tree)):
            if isinstance(node, ast.FunctionDef):
                _function(node, as_text)
            elif isinstance(node, (ast.ClassDef, ast.Module)):
                _body(node, as_text)


def _registers(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr == "register"


def _makes_data_class(decorator: ast.expr) -> bool:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    match named:
        case ast.Name(id="dataclass") | ast.Attribute(attr="dataclass"):
            return True
    return False


def _names(node: ast.ImportFrom) -> bool:
    return any(alias.name == "annotations" for alias in node.names)


def _value(annotation: ast.expr, as_text: bool) -> ast.expr:
    return ast.copy_location(ast.Constant(ast.unparse(annotation)), annotation) if as_text else annotation


def _function(node: ast.FunctionDef, as_text: bool) -> None:
    a = node.args
    given = [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]
    pairs = [(p.arg, p.annotation) for p in given if p.annotation] + (
        [("return", node.returns)] if node.returns else []
    )
    if not pairs:
        return
    keys: list[ast.expr | None] = [ast.Constant(name) for name, _ in pairs]
    parameters = ast.arguments(
        [], [ast.arg("f"), ast.arg("a")], None, [], [], None, [ast.Dict(keys, [_value(v, as_text) for _, v in pairs])]
    )
    f = ast.Name("f", ast.Load())
    store = ast.Call(ast.Name("setattr", ast.Load()), [f, ast.Constant(ANNOTATIONS), ast.Name("a", ast.Load())], [])
    body = ast.Subscript(ast.Tuple([store, f], ast.Load()), ast.Constant(1), ast.Load())
    node.decorator_list.append(_placed(ast.Lambda(parameters, body), node))


class _Bodies(ast.NodeTransformer):
    """Behind each annotation of a name of this body its storing in `__annotations__`."""

    def __init__(self, as_text: bool) -> None:
        self._as_text = as_text

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        return node

    visit_ClassDef = visit_FunctionDef

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.stmt]:
        if not isinstance(node.target, ast.Name) or not node.simple:
            return node
        place = ast.Subscript(ast.Name(ANNOTATIONS, ast.Load()), ast.Constant(node.target.id), ast.Store())
        return [node, _placed(ast.Assign([place], _value(node.annotation, self._as_text)), node)]


def _body(node: ast.ClassDef | ast.Module, as_text: bool) -> None:
    bodies = _Bodies(as_text)
    made: list[ast.stmt] = []
    for statement in node.body:
        found = bodies.visit(statement)
        made += found if isinstance(found, list) else [found]
    if isinstance(node, ast.ClassDef) or len(made) > len(node.body):
        first = 1 if ast.get_docstring(node, clean=False) is not None else 0
        made.insert(first, _placed(ast.Assign([ast.Name(ANNOTATIONS, ast.Store())], ast.Dict([], [])), node.body[0]))
    node.body = made


_Made = TypeVar("_Made", bound=ast.AST)


def _placed(made: _Made, place: ast.AST) -> _Made:
    """The new nodes stand where `place` does; those that have a place keep it."""
    for node in ast.walk(made):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, place)
    return made
