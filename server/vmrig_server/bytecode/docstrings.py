# SPDX-License-Identifier: Apache-2.0
"""Docstrings: left out, unless the program asks for `__doc__` somewhere."""

from __future__ import annotations

import ast
from collections.abc import Sequence

DOC = "__doc__"


def asks_for(tree: ast.AST, wanted: str) -> bool:
    """Whether the name stands anywhere in the tree, in a str too."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)) if name == wanted:
                return True
    return False


def keep_docstrings(trees: Sequence[ast.Module], own: Sequence[ast.Module]) -> dict[ast.AST, str]:
    """Makes those of modules and classes assignments of `__doc__`; those of functions are returned.

    Args:
        trees: all modules; changed in place.
        own: those of them that do not come with the compiler: what these do not ask for nobody sees.
    """
    functions: dict[ast.AST, str] = {}
    if not any(asks_for(tree, DOC) for tree in own):
        return functions
    for tree in trees:
        for node in list(ast.walk(tree)):
            if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                continue
            text = ast.get_docstring(node, clean=False)
            if isinstance(node, ast.FunctionDef):
                if text is not None:
                    functions[node] = text
            elif text is not None:
                node.body[0] = _assignment(node.body[0], text)
            elif node.body:
                node.body.insert(0, _assignment(node.body[0], None))  # not that of a base class
    return functions


def body_start(tree: ast.Module) -> int:
    """Where statements can be put in front of a module's own: behind its docstring and its imports from __future__."""
    at = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while at < len(tree.body):
        match tree.body[at]:
            case ast.ImportFrom(module="__future__"):
                at += 1
            case _:
                break
    return at


def _assignment(place: ast.stmt, text: str | None) -> ast.stmt:
    made = ast.Assign([ast.Name(DOC, ast.Store())], ast.Constant(text))
    for node in ast.walk(made):
        ast.copy_location(node, place)
    return made
