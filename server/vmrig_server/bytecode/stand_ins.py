# SPDX-License-Identifier: Apache-2.0
"""Names of CPython that others stand for on a VM: its console as sys.stdout, its one clock as time.perf_counter, classes of typing.NamedTuple.

A program that uses none of them pays nothing; one that does gets what it uses from the module `_console` of the prelude.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_CONSOLE = "_console"
_FILES = frozenset({"stdout", "stderr"})
_OF_SYS = _FILES | {"argv", "setrecursionlimit"}
_CLOCKS = {"perf_counter": "monotonic", "perf_counter_ns": "monotonic_ns"}
STAND_INS = {"sys": _OF_SYS, "time": frozenset(_CLOCKS)}
"""By module: names that no VM has, and that work nevertheless."""
_TYPING = frozenset({"typing", "typing_extensions"})
_ABC = "collections.abc"


_MODULES = frozenset({*STAND_INS, *_TYPING, _ABC})


def _asks(nodes: list[ast.AST]) -> bool:
    """Whether the program may name anything of the kind: most do not."""
    for node in nodes:
        match node:
            case ast.Import(names=names) if any(a.name in _MODULES for a in names):
                return True
            case ast.ImportFrom(module=str(module)) if module in _MODULES:
                return True
            case ast.keyword(arg="file"):
                return True
    return False


def _bindings(nodes: list[ast.AST]) -> Iterator[str]:
    """Every name that something else than an import binds."""
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name


def _imports(nodes: list[ast.AST]) -> dict[str, str]:
    """What is imported by which name: `sys`, `time.monotonic`."""
    meant: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for a in node.names:
                meant[a.asname or a.name.partition(".")[0]] = a.name if a.asname else a.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for a in node.names:
                meant[a.asname or a.name] = f"{node.module}.{a.name}"
    return meant


def bring_stand_ins(tree: ast.Module) -> None:
    """Changes the tree so that it names what the VM has."""
    nodes = list(ast.walk(tree))
    if not _asks(nodes):
        return
    change = _Change(nodes)
    change.visit(tree)
    first = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while first < len(tree.body) and isinstance(s := tree.body[first], ast.ImportFrom) and s.module == "__future__":
        first += 1
    for node in change.brought.values():
        tree.body.insert(first, ast.fix_missing_locations(ast.copy_location(node, tree.body[first])))


class _Change(ast.NodeTransformer):
    def __init__(self, nodes: list[ast.AST]) -> None:
        bound = set(_bindings(nodes))
        self._plain_print = "print" not in bound | set(_imports(nodes))
        self._meant = {name: dotted for name, dotted in _imports(nodes).items() if name not in bound}
        self.brought: dict[str, ast.stmt] = {}

    def _dotted(self, node: ast.AST) -> str:
        """`sys.stdout` for whatever names it."""
        if isinstance(node, ast.Name):
            return self._meant.get(node.id, "")
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            return f"{base}.{node.attr}" if (base := self._dotted(node.value)) else ""
        return ""

    def _console(self, name: str, place: ast.expr) -> ast.expr:
        """A name for a member of `_console`, which no name of the program can be."""
        hidden = f"{_CONSOLE}.{name}"
        self.brought.setdefault(hidden, ast.ImportFrom(_CONSOLE, [ast.alias(name, hidden)], 0))
        return ast.copy_location(ast.Name(hidden, ast.Load()), place)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        dotted = self._dotted(node)
        module, _, name = dotted.rpartition(".")
        if module == "sys" and name in _OF_SYS:
            return self._console(name, node)
        if module == "time" and name in _CLOCKS:
            node.attr = _CLOCKS[name]
        elif dotted == _ABC and isinstance(node.value, ast.Name):
            hidden = ast.alias(_ABC, _ABC)
            self.brought.setdefault(_ABC, ast.Import([hidden]))
            return ast.copy_location(ast.Name(_ABC, ast.Load()), node)
        return self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            if alias.name == _ABC and not alias.asname and self._meant.get("collections") == "collections":
                alias.name = "collections"
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.level or node.module not in ("sys", "time"):
            return node
        taken = [a for a in node.names if node.module == "sys" and a.name in _OF_SYS]
        for alias in node.names:
            if node.module == "time" and alias.name in _CLOCKS:
                alias.asname, alias.name = alias.asname or alias.name, _CLOCKS[alias.name]
        if not taken:
            return node
        left = [a for a in node.names if a not in taken]
        made: list[ast.stmt] = [ast.copy_location(ast.ImportFrom(_CONSOLE, taken, 0), node)]
        if left:
            made.append(ast.copy_location(ast.ImportFrom("sys", left, 0), node))
        return made

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if self._plain_print and isinstance(node.func, ast.Name) and node.func.id == "print":
            for keyword in node.keywords:
                if keyword.arg == "file":
                    self._to_file(node, keyword)
                    break
        return self.generic_visit(node)

    def _to_file(self, node: ast.Call, keyword: ast.keyword) -> None:
        is_none = isinstance(keyword.value, ast.Constant) and keyword.value.value is None
        if is_none or self._dotted(keyword.value) in {f"sys.{name}" for name in _FILES}:
            node.keywords.remove(keyword)
        else:
            node.func = self._console("print_to", node.func)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """`class C(NamedTuple)` is one derived from what NamedTuple("C", fields, defaults) makes."""
        if len(node.bases) == 1 and self._dotted(node.bases[0]) in {f"{module}.NamedTuple" for module in _TYPING}:
            names: list[ast.expr] = []
            defaults: list[ast.expr] = []
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    names.append(ast.Constant(statement.target.id))
                    if statement.value:
                        defaults.append(statement.value)
                        statement.value = None
            parts: list[ast.expr] = [ast.Constant(node.name), ast.Tuple(names, ast.Load())]
            if defaults:
                parts.append(ast.Tuple(defaults, ast.Load()))
            call = ast.Call(node.bases[0], parts, [])
            node.bases = [ast.fix_missing_locations(ast.copy_location(call, node.bases[0]))]
        return self.generic_visit(node)
