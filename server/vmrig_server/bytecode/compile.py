# SPDX-License-Identifier: Apache-2.0
"""The compiler's front door: Python source in, a .vbc program out."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

# The rooms below register what they compile when they are imported.
from . import assign, blocks, calls, define, displays, expr, generators, loops, match, names, stmt
from .container import write
from .errors import CompileError, Diagnostic
from .fn import Fn
from .link import link
from .resolve import analyse
from .tables import tables
from .unit import Function, Unit
from .unsupported import refuse

_ROOMS = (assign, blocks, calls, define, displays, expr, generators, loops, match, names, stmt)
MODULE = "<module>"


@dataclass(frozen=True)
class CompiledProgram:
    """A program ready for a VM: `image` is the whole .vbc file, names and lines included (see container.strip)."""

    image: bytes
    filename: str
    warnings: tuple[Diagnostic, ...]


def compile_source(text: str, filename: str) -> CompiledProgram:
    """Compiles the source of a program (Python 3.11 to 3.13 syntax, within the language of the VM).

    `filename` is what tracebacks show. Raises CompileError with line, column, reason and the nearest supported form.
    """
    try:
        tree = parse(text, filename)
        return _compile(tree, text, filename)
    except (RecursionError, MemoryError):  # MemoryError is what CPython's parser says of too deep a nesting
        raise CompileError(
            Diagnostic(filename, 1, 1, "the program is nested too deeply", "split long expressions")
        ) from None


def parse(text: str, filename: str) -> ast.Module:
    """The syntax tree, found good by CPython too. Raises CompileError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename)
            # The symbol table pass finds what the parser does not: a return outside of a function, a late `global`, ...
            compile(tree, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        end = error.end_offset or 0 if error.end_lineno == error.lineno else 0
        lines = text.splitlines()
        source_line = lines[line - 1] if 0 < line <= len(lines) else ""
        raise CompileError(
            Diagnostic(filename, line, column, error.msg or "invalid syntax", "", source_line, max(end, 0))
        ) from None
    except ValueError as error:
        raise CompileError(Diagnostic(filename, 1, 1, str(error))) from None
    return tree


def _compile(tree: ast.Module, text: str, filename: str) -> CompiledProgram:
    vm = tables()
    program = analyse(tree, vm.knows)
    unit = Unit(vm, program, filename, text)
    refuse(tree, unit.fail)
    unit.guarded_imports = stmt.guarded_imports(tree)
    unit.guarded_names = stmt.guarded_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            unit.class_names.setdefault(node.name, []).append(node)
    record = Function(MODULE, MODULE, 1)
    unit.functions.append(record)
    f = Fn(unit, program.root.frame, MODULE, MODULE)
    f.line = 1
    _shadowed_builtins(f)
    f.body(tree.body)
    f.line = max((node.end_lineno or node.lineno for node in tree.body), default=1)
    define.finish(f, record)
    container = link(unit, text)
    return CompiledProgram(write(container), filename, tuple(unit.warnings))


def _shadowed_builtins(f: Fn) -> None:
    """A builtin that the program rebinds is a global from the start, so that it is there until it is rebound."""
    for name in sorted(f.unit.program.root.stored):
        native = f.unit.tables.natives.get("builtins." + name)
        if native is not None and name in f.unit.program.module_uses:
            register = f.temp()
            f.emit("LOADX", register, f.unit.native_number(native))
            f.emit("SETG", register, f.unit.global_number(name))
            f.top = register
