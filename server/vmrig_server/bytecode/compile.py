# SPDX-License-Identifier: Apache-2.0
"""The compiler's front door: Python source in, a .vbc program out."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from . import (
    assign,
    blocks,
    calls,
    coroutines,
    define,
    displays,
    expr,
    generators,
    groups,
    loops,
    match,
    metaclasses,
    names,
    stmt,
)

# The rooms below register what they compile when they are imported.
from .annotations import keep_annotations
from .companions import COMPANIONS, bring_companions
from .container import FEATURE_BIGINT, FEATURE_FLOAT, write
from .docstrings import keep_docstrings
from .errors import CompileError, Diagnostic
from .fn import Fn
from .hints import bring_run_time_names
from .link import link
from .modules import Module, Modules, begin_body, end_body
from .profiles import VmFeatures, attributes, hint, refuse_missing
from .resolve import analyse
from .scope import AsyncFunction
from .shake import shake
from .sources import MAIN, Sources, absolute, imported_names, parents
from .stand_ins import bring_stand_ins
from .tables import Tables, tables_of
from .unit import Function, Pools, Unit
from .unsupported import refuse, warn_of_finalizers

_ROOMS = (assign, blocks, calls, coroutines, define, displays, expr, generators, loops, match, names, stmt)
MODULE = "<module>"
INTERNAL = " has no _."


@dataclass(frozen=True)
class CompiledProgram:
    """A program ready for a VM: `image` is the whole .vbc file, names and lines included (see container.strip)."""

    image: bytes
    filename: str
    warnings: tuple[Diagnostic, ...]


def compile_source(text: str, filename: str, vm: VmFeatures | None = None) -> CompiledProgram:
    """Compiles the source of a program of one file (Python 3.11 to 3.13 syntax, within the language of the VM).

    `filename` is what tracebacks show; `vm` the VM that it is for: what that one has not is refused. Raises CompileError with line, column, reason and the nearest supported form.
    """
    return _whole(Sources({filename: text}, filename), {}, vm)


def compile_files(
    files: Mapping[str, bytes],
    entry: str,
    roots: tuple[str, ...] = ("",),
    resources: Mapping[str, bytes] | None = None,
    vm: VmFeatures | None = None,
) -> CompiledProgram:
    """Compiles a program of several files.

    Args:
        files: the modules' texts by path, relative to the program's folder, with slashes.
        entry: the file that is run.
        roots: folders in which modules are looked for, in order; "" is the program's own.
        resources: files that the program reads with `resources.get(name)`.
        vm: the one that the program is for: what that one has not is refused.

    Raises CompileError.
    """
    texts: dict[str, str] = {}
    for name, data in files.items():
        if not name.endswith(".py") and name != entry:
            continue
        try:
            texts[name] = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise CompileError(Diagnostic(name, line, 1, f"the file is no UTF-8: {error.reason}")) from None
    if entry not in texts:
        raise CompileError(Diagnostic(entry, 1, 1, "the program has no such file", "name its main file"))
    return _whole(Sources(texts, entry, roots), resources or {}, vm)


def _whole(sources: Sources, resources: Mapping[str, bytes], vm: VmFeatures | None) -> CompiledProgram:
    filename = sources.main.filename
    try:
        return _compile(sources, resources, vm)
    except (RecursionError, MemoryError):  # MemoryError is what CPython's parser says of too deep a nesting
        raise CompileError(
            Diagnostic(filename, 1, 1, "the program is nested too deeply", "split long expressions")
        ) from None


def _load(sources: Sources, vm: Tables) -> Modules:
    """The main module and all that it imports, directly or not."""
    modules = Modules(sources.names())
    pending = [sources.main]
    refused: list[Diagnostic] = []  # files that are not looked into further
    while pending:
        source = pending.pop(0)
        if source.name in modules:
            continue
        try:
            tree = parse(source.text, source.filename)
        except CompileError as error:
            refused += error.diagnostics
            continue
        beyond = absolute(tree, source)
        if beyond is not None:
            line = source.text.splitlines()[beyond.lineno - 1]
            reason = "attempted relative import with no known parent package"
            hint = "only a module of a package imports relatively: write the module's whole name"
            refused.append(Diagnostic(source.filename, beyond.lineno, beyond.col_offset + 1, reason, hint, line))
        bring_stand_ins(tree)
        bring_run_time_names(tree)
        if source.name not in COMPANIONS.values():
            bring_companions(tree)
        groups.bring_groups(tree)
        modules.add(source, tree)
        for name in imported_names(tree):
            for part in parents(name):
                found = sources.find(part) if part not in modules and part not in vm.modules else None
                if found is not None:
                    pending.append(found)
    if refused:
        raise CompileError(*refused)
    own = [module for module in modules if module.source.filename in sources.files]
    shake((m.tree for m in own), {m.name: m.tree for m in modules if m not in own})
    _drop_unneeded(modules, own)
    return modules


def _drop_unneeded(modules: Modules, own: list[Module]) -> None:
    """Without the shipped modules that are imported by none that stays."""
    kept, pending = {module.name for module in own}, list(own)
    while pending:
        for name in imported_names(pending.pop().tree):
            for part in parents(name):
                module = modules.get(part)
                if module is not None and part not in kept:
                    kept.add(part)
                    pending.append(module)
    modules.keep(kept)


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
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef):
            node.__class__ = AsyncFunction  # type: ignore[assignment]
    return tree


def _compile(sources: Sources, resources: Mapping[str, bytes], features: VmFeatures | None) -> CompiledProgram:
    vm = tables_of(features)
    modules = _load(sources, vm)
    trees = [module.tree for module in modules]
    own = [module.tree for module in modules if module.source.filename in sources.files]
    keep_annotations(trees, own)
    docstrings = keep_docstrings(trees, own)
    pools = Pools()
    pools.errors = []
    methods: set[str] = set()
    # A VM without them has the metaclass refused, not each class of the program.
    with_metaclasses = metaclasses.used_by(trees) and "_.class_begin" in vm.natives
    for module in modules:
        program = module.program = analyse(module.tree, vm.knows, modules)
        methods |= program.methods
        program.metaclasses = with_metaclasses
        source = module.source
        unit = module.unit = Unit(vm, program, source.filename, source.text, modules, pools, module.name)
        refuse(module.tree, unit.note)
        warn_of_finalizers(module.tree, unit.warn)
        unit.docstrings = docstrings
        unit.guarded_imports = stmt.guarded_imports(module.tree)
        unit.guarded_names = stmt.guarded_names(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                unit.class_names.setdefault(node.name, []).append(node)
        module.function = len(pools.functions)
        pools.functions.append(Function(MODULE, MODULE, 1, filename=source.filename))
    for module in modules:
        assert module.program is not None
        module.program.methods |= methods  # what special methods there can be at run time
    main = modules.by_name[MAIN].unit
    assert main is not None
    if len(modules) > 1:
        modules.note_stores()
        modules.number_globals(main)
    for module in modules:
        compile_body(module)
    if features is not None:
        defined = attributes(module.tree for module in modules)
        for module in modules:
            assert module.unit is not None
            refuse_missing(module.unit, module.tree, features, defined)
        _blame_imports(modules, sources, pools.errors)
        _drop_doubles(pools.errors)
    pools.check()
    container = link(main, resources)
    if features is not None:
        _check_features(main, container.features, features)
    return CompiledProgram(write(container), sources.main.filename, tuple(main.warnings))


def _blame_imports(modules: Modules, sources: Sources, errors: list[Diagnostic]) -> None:
    """What a module that comes with the compiler cannot have is told where the program imports it: its own text is not the user's."""
    for number, error in enumerate(errors):
        if error.filename in sources.files:
            continue
        shipped = next(m.name for m in modules if m.source.filename == error.filename)
        reason, form = f"{error.reason}, which the module {shipped!r} needs", error.hint
        if shipped == groups.MODULE:
            reason, form = groups.refusal(error.reason), groups.REFUSAL_HINT
        errors[number] = next(
            module.unit.diagnostic(node, reason, form)
            for module in modules
            if module.source.filename in sources.files and module.unit is not None
            for node in ast.walk(module.tree)
            if isinstance(node, (ast.Import, ast.ImportFrom)) and shipped in modules.reached_by(node)
        )


def _drop_doubles(errors: list[Diagnostic]) -> None:
    """What the compiler itself imports stands for a form of the language, which the same line's other error names."""
    named = {(e.filename, e.line) for e in errors if INTERNAL not in e.reason}
    errors[:] = [e for e in errors if INTERNAL not in e.reason or (e.filename, e.line) not in named]


def _check_features(main: Unit, bits: int, vm: VmFeatures) -> None:
    """What the header will say that the program needs, if no place was found for it."""
    needed = ((FEATURE_FLOAT, "float", "floats"), (FEATURE_BIGINT, "bigint", "ints beyond 64 bits"))
    for bit, feature, what in needed:
        if bits & bit and vm.lacks((feature,)):
            main.fail(main.program.root.node, f"{vm.name} has no {what}, and the program makes some", hint((feature,)))


def compile_body(module: Module) -> None:
    """The function of a module's own statements."""
    assert module.unit is not None and module.program is not None
    f = Fn(module.unit, module.program.root.frame, MODULE, MODULE)
    f.line = 1
    start = begin_body(f, module)
    _shadowed_builtins(f)
    f.body(module.tree.body)
    f.line = max((node.end_lineno or node.lineno for node in module.tree.body), default=1)
    end_body(f, module, start)
    define.finish(f, module.unit.functions[module.function])


def _shadowed_builtins(f: Fn) -> None:
    """A builtin that the program rebinds is a global from the start, so that it is there until it is rebound."""
    for name in sorted(f.unit.program.root.stored):
        native = f.unit.tables.natives.get("builtins." + name)
        if native is not None and name in f.unit.program.module_uses:
            register = f.temp()
            f.emit("LOADX", register, f.unit.native_number(native))
            f.emit("SETG", register, f.unit.global_number(name))
            f.top = register
