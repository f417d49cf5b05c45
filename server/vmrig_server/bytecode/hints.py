# SPDX-License-Identifier: Apache-2.0
"""Names of typing and collections.abc that a program uses when it runs come from the prelude. All others cost nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from .annotations import ANNOTATIONS
from .docstrings import asks_for
from .fold import checks_types
from .sources import prelude_text, top_level

RUN_TIME = {
    "_typing": frozenset({"typing", "typing_extensions"}),
    "_collections_abc": frozenset({"collections.abc"}),
}
"""Modules of the prelude, and those whose names they have; the others of their names are for annotations alone."""


@cache
def _there(target: str) -> frozenset[str]:
    return frozenset(top_level(ast.parse(prelude_text(f"{target}.py") or "")))


def _evaluated(node: ast.AST, annotations: bool) -> Iterator[ast.AST]:
    """The nodes of code that runs; with annotations or without."""
    pending = [node]
    while pending:
        at = pending.pop()
        if isinstance(at, ast.If) and checks_types(at.test):
            pending += at.orelse
            continue
        yield at
        for name, value in ast.iter_fields(at):
            if not annotations and (
                name == "returns" or (name == "annotation" and isinstance(at, (ast.arg, ast.AnnAssign)))
            ):
                continue
            pending += [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, ast.AST)]


def bring_run_time_names(tree: ast.Module) -> None:
    """Makes imports from such modules ones from the prelude's, as far as what they bind is used outside of annotations. Changes the tree."""
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    targets = [target for target, modules in RUN_TIME.items() if any(_of(modules, node) for node in imports)]
    if not targets:
        return
    used: set[str] = set()
    members: dict[str, set[str]] = {}
    for node in _evaluated(tree, asks_for(tree, ANNOTATIONS)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            members.setdefault(node.value.id, set()).add(node.attr)
    for target in targets:
        _Evaluated(target, used, members).visit(tree)


def _of(modules: frozenset[str], node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module in modules and not node.level
    return any(alias.name in modules for alias in node.names)


class Split(ast.NodeTransformer):
    """Makes imports from some modules ones from another, as far as that is wanted.

    Args:
        modules: names of the modules.
        target: the module that has some of what they have.
        there: what that is.
        members: attributes that the program uses of each name.
    """

    def __init__(
        self, modules: frozenset[str], target: str, there: frozenset[str], members: dict[str, set[str]]
    ) -> None:
        self._modules = modules
        self._target = target
        self._there = there
        self._members = members

    def wanted(self, bound: str) -> bool:
        """Whether what an import binds to the name is to come from the other module."""
        return True

    def whole(self, members: set[str]) -> bool:
        """Whether a module of which the program uses these is to be the other one."""
        return not members.isdisjoint(self._there)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.module not in self._modules or node.level:
            return node
        taken = [a for a in node.names if a.name in self._there and self.wanted(a.asname or a.name)]
        left = [a for a in node.names if a not in taken]
        if not taken:
            return node
        made: list[ast.stmt] = [ast.copy_location(ast.ImportFrom(self._target, taken, 0), node)]
        if left:
            made.append(ast.copy_location(ast.ImportFrom(node.module, left, 0), node))
        return made

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            bound = alias.asname or alias.name
            if alias.name in self._modules and self.wanted(bound) and self.whole(self._members.get(bound, set())):
                alias.name, alias.asname = self._target, bound
        return node


class _Evaluated(Split):
    """Only what is used outside of annotations."""

    def __init__(self, target: str, used: set[str], members: dict[str, set[str]]) -> None:
        super().__init__(RUN_TIME[target], target, _there(target), members)
        self._used = used

    def wanted(self, bound: str) -> bool:
        return bound in self._used

    def whole(self, members: set[str]) -> bool:
        return bool(members) and members <= self._there
