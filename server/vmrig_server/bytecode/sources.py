# SPDX-License-Identifier: Apache-2.0
"""The files of a program, and the modules that they are: where `import a.b` finds its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

MAIN = "__main__"
PRELUDE = Path(__file__).with_name("prelude")


@dataclass(frozen=True)
class Source:
    """A module's text. `filename` is what tracebacks show."""

    name: str
    filename: str
    text: str
    is_package: bool = False

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


@cache
def prelude_text(path: str) -> str | None:
    """The text of a library module written in Python, by its path there; None when there is none."""
    file = PRELUDE / path
    inside = file.resolve().is_relative_to(PRELUDE.resolve())
    return file.read_text("utf-8") if inside and file.is_file() else None


class Sources:
    """Finds modules among a program's files (paths with slashes, relative to its folder), then in the prelude."""

    def __init__(self, files: Mapping[str, str], entry: str, roots: tuple[str, ...] = ("",)) -> None:
        self.files = files
        self.main = Source(MAIN, entry, files[entry])
        self._roots = roots

    def find(self, name: str) -> Source | None:
        """The module, or None. A folder with modules in it but no `__init__.py` is a package without a body."""
        path = name.replace(".", "/")
        for root in self._roots:
            base = str(PurePosixPath(root, path))
            for file, is_package in ((f"{base}/__init__.py", True), (f"{base}.py", False)):
                if file in self.files:
                    return Source(name, file, self.files[file], is_package)
        for root in self._roots:
            folder = f"{PurePosixPath(root, path)}/"
            if any(file.startswith(folder) and file.endswith(".py") for file in self.files):
                return Source(name, folder, "", True)
        for file, is_package in ((f"{path}/__init__.py", True), (f"{path}.py", False)):
            text = prelude_text(file)
            if text is not None:
                return Source(name, file, text, is_package)
        return None

    def names(self) -> list[str]:
        """Modules that could be imported, for suggestions."""
        own = [
            f.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for f in self.files if f.endswith(".py")
        ]
        return [n for n in own if n] + [p.stem for p in PRELUDE.glob("*.py")]


def parents(name: str) -> Iterator[str]:
    """a, a.b, a.b.c of "a.b.c"."""
    parts = name.split(".")
    for i in range(1, len(parts) + 1):
        yield ".".join(parts[:i])


class _Absolute(ast.NodeTransformer):
    """Relative imports made absolute; in a module that is not the main one `__name__ == "__main__"` is False."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.beyond: ast.ImportFrom | None = None  # a relative import that leaves the top-level package

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.level:
            parts = self.source.package.split(".") if self.source.package else []
            if node.level > len(parts):
                self.beyond = self.beyond or node
                return node
            kept = parts[: len(parts) - (node.level - 1)]
            node.module = ".".join([*kept, node.module] if node.module else kept)
            node.level = 0
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        from .fold import is_main_test

        if self.source.name != MAIN and is_main_test(node):
            return ast.copy_location(ast.Constant(False), node)
        return self.generic_visit(node)


def absolute(tree: ast.Module, source: Source) -> ast.ImportFrom | None:
    """Rewrites the tree; the first import that goes beyond the program, if any."""
    transformer = _Absolute(source)
    transformer.visit(tree)
    return transformer.beyond


def imported_names(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that may be a module the tree imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*")


def top_level(tree: ast.Module) -> dict[str, bool]:
    """Names that the module's body binds, and whether it surely does: not just in a branch or loop, and never deleted."""
    found: dict[str, bool] = {}
    for statement in tree.body:
        for node in _statements(statement):
            sure = node is statement
            for name in _bound_by(node, sure):
                found[name] = found.get(name, False) or sure
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            found[node.id] = False
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
        return
    for child in ast.iter_child_nodes(node):
        yield from _statements(child)


def _bound_by(node: ast.AST, sure: bool) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (a.asname or a.name.partition(".")[0] for a in node.names if a.name != "*")
    elif sure and isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if node.value else []
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def exported(tree: ast.Module) -> list[str] | None:
    """The names of a constant `__all__`, or None when there is none."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elts) | ast.Tuple(elts=elts)):
                return [e.value for e in elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
    return None
