# SPDX-License-Identifier: Apache-2.0
"""Modules of the VM of which Python has more than the VM: what a program uses of that comes from a module of the prelude."""

from __future__ import annotations

import ast
from functools import cache

from .hints import Split
from .sources import prelude_text, top_level
from .tables import tables

COMPANIONS = {"gc": "_gc", "json": "_json", "random": "_random", "time": "_time"}
"""Each has under the VM's names what the VM has."""


@cache
def _members(companion: str) -> frozenset[str]:
    return frozenset(top_level(ast.parse(prelude_text(f"{companion}.py") or "")))


def bring_companions(tree: ast.Module) -> None:
    """Makes imports of what only the companion of a module has imports from that. Changes the tree."""
    imported = {name for node in ast.walk(tree) for name in _modules(node)}
    for module in imported & set(COMPANIONS):
        companion = COMPANIONS[module]
        more = _members(companion) - set(
            tables().members(module)
        )  # a small VM's lack of its own members is told as it is
        members: dict[str, set[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                members.setdefault(node.value.id, set()).add(node.attr)
        # A module some of whose members only the companion has is the companion: that has the others, too.
        Split(frozenset({module}), companion, more, members).visit(tree)


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
