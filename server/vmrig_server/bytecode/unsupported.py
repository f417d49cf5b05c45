# SPDX-License-Identifier: Apache-2.0
"""What the language of the VM leaves out: refused before any code is made, each with the nearest form that works."""

from __future__ import annotations

import ast
from collections.abc import Callable

REFUSED: dict[str, tuple[str, str]] = {
    "TypeAlias": ("type aliases are not supported", "leave the alias out: annotations are ignored"),
    "TemplateStr": ("template strings are not supported", "use an f-string"),
}

MISSING_BUILTINS: dict[str, str] = {
    "eval": "the VM has no compiler on board; use a dict of functions",
    "exec": "the VM has no compiler on board; use a dict of functions",
    "compile": "the VM has no compiler on board; use a dict of functions",
    "open": "the board has no files; keep data in constants of the program",
    "input": "the console of a program is write-only",
    "__import__": "imports are resolved when the program is compiled; use an import statement",
    "complex": "complex numbers are not supported; use two floats",
    "breakpoint": "use print()",
    "help": "see the language reference",
    "aiter": "the VM has calls aiter(x) only; use x.__aiter__",
    "anext": "the VM has calls anext(x) only; catch StopAsyncIteration for a default",
}


def _of_constant(node: ast.Constant) -> tuple[ast.AST, str, str] | None:
    if isinstance(node.value, complex):
        return node, "complex numbers are not supported", "keep the real and the imaginary part in two floats"
    return None


def warn_of_finalizers(tree: ast.Module, warn: Callable[[ast.AST, str, str], None]) -> None:
    """Calls `warn(node, reason, hint)` for each method __del__: CPython calls it when the last reference goes, which no collector can tell."""
    for node in ast.walk(tree):
        for line in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(line, ast.FunctionDef) and line.name == "__del__":
                warn(
                    line,
                    "__del__() is never called: the VM does not tell when it drops an object",
                    "give the class __enter__() and __exit__() for a with statement, or call a close() in `finally`",
                )


def refuse(tree: ast.Module, fail: Callable[[ast.AST, str, str], None]) -> None:
    """Calls `fail(node, reason, hint)` for each construct that the VM does not have, in source order."""
    found: list[tuple[int, int, ast.AST, str, str]] = []
    for node in ast.walk(tree):
        refused = REFUSED.get(type(node).__name__)
        hit: tuple[ast.AST, str, str] | None = (node, *refused) if refused else None
        if isinstance(node, ast.Constant):
            hit = _of_constant(node)
        if hit is None and getattr(node, "type_params", None):
            hit = (node, "type parameters are not supported", "leave the [T] out: annotations are ignored")
        if hit is not None:
            found.append((getattr(hit[0], "lineno", 1), getattr(hit[0], "col_offset", 0), *hit))
    for _, _, place, reason, hint in sorted(found, key=lambda item: item[:2]):
        fail(place, reason, hint)
