# SPDX-License-Identifier: Apache-2.0
"""What a program does not name is left out of the modules that come with the compiler: a class costs RAM on the board from its first line on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def _names(node: ast.AST) -> Iterator[str]:
    """Everything in it that may name a definition of a module."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")


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


def shake(program: Iterable[ast.Module], shipped: Iterable[ast.Module]) -> None:
    """Drops top-level definitions of `shipped` modules that neither the program nor a definition that stays names."""
    used = {name for tree in program for name in _names(tree)}
    if "*" in used:
        return
    trees = list(shipped)
    pending = [node for tree in trees for node in tree.body]
    kept: set[ast.stmt] = set()
    while True:
        found = [n for n in pending if n not in kept and ((name := _defines(n)) is None or name in used)]
        if not found:
            break
        for node in found:
            kept.add(node)
            used.update(_names(node))
    for tree in trees:
        tree.body = [node for node in tree.body if node in kept]
