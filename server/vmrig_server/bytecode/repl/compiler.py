# SPDX-License-Identifier: Apache-2.0
"""Compiles lines one after the other. What a line adds to the program's sections goes on from what is there, so that numbers given once
(of functions, classes, names, globals, imports) stay what they are, and what the VM has of the earlier lines stays good.
"""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass

from .. import groups, metaclasses
from ..asm import FunctionTooLarge, Ins
from ..compile import MODULE, compile_body, parse
from ..container import SectionId, read
from ..define import finish
from ..errors import CompileError, Diagnostic
from ..fn import Fn
from ..isa import ATTRIBUTE_OPS, extension_count
from ..link import Constants
from ..modules import Module, Modules, set_state
from ..records import (
    GENERATOR,
    VARARGS,
    VARKW,
    ClassNames,
    ClassRecord,
    Definition,
    FuncRecord,
    Handler,
    pack_classes,
    pack_definitions,
    pack_functions,
    pack_ids,
    pack_names,
    unpack_classes,
    unpack_definitions,
    unpack_functions,
    unpack_ids,
)
from ..resolve import analyse
from ..sources import MAIN, Sources, imported_names, parents
from ..stmt import guarded_imports, guarded_names
from ..tables import native_id, tables
from ..unit import ClassInfo, Function, Pools, Unit
from ..unsupported import refuse
from ..view import View
from .completion import Scope

FILENAME = "<stdin>"
BASE = "_ = None\ndef __repl__(value):\n    global _\n    if value is not None:\n        print(repr(value))\n        _ = value\n"
"""A REPL's first line: __repl__ is what becomes of an expression's value."""
SPECIAL = frozenset({"__ne__", *(f"__i{name}__" for name in ("add", "sub", "mul", "and", "or", "xor"))})
"""Methods whose absence a whole program's compiler makes use of: here a later line may define them."""
_MAX_CONST = 0xFFFF * 8


@dataclass(frozen=True)
class Line:
    """A compiled line, but for its constants' places."""

    constants: bytes
    lasting: bool
    """It defines functions, which go on using its constants."""
    loads: list[int]
    """Words of CODE that load constants."""


class ReplCompiler:
    """The program so far. A line is compiled, then `place`d where the VM has put its constants; `sections` is then what the VM is to have.

    Args:
        base: the image that the VM was loaded with.
    """

    def __init__(self, base: bytes) -> None:
        container = read(base)
        view = View(base)
        self._tables = tables()
        self.base_constants = container.data(SectionId.CONST)
        self._records = unpack_functions(container)
        self._definitions, self._class_definitions = unpack_definitions(container)
        self._code = bytearray(container.data(SectionId.CODE))
        self._extra = bytearray(container.data(SectionId.EXTRA))
        self._rows = bytearray(container.data(SectionId.FUNC))
        self._attributes = container.data(SectionId.ATTRS)
        self._classes = unpack_classes(container)
        self._slots = unpack_ids(container, SectionId.SLOTS)[: sum(c.slot_count for c in self._classes)]
        self._file_lines: list[tuple[str, list[int]]] = [
            (view.name(d.file), view.lines(n)) for n, d in enumerate(self._definitions)
        ]
        self._names = {name: 1024 + i for i, name in enumerate(view.names)}
        self._modules: dict[str, Module] = {}
        self._globals: dict[tuple[str, str], int] = {}
        for number, name in enumerate(view.globals):  # the main module's come first
            self._globals[MAIN if (MAIN, name) not in self._globals else f"module {number}", name] = number
        by_id = {native_id(n): n for n in self._tables.natives.values()}
        ids = struct.unpack(f"<{len(container.data(SectionId.NATIVE)) // 4}I", container.data(SectionId.NATIVE))
        self._natives = [by_id[i] for i in ids]
        self._imports: list[ast.Import | ast.ImportFrom] = []
        self._methods: set[str] = set(SPECIAL)
        self._metaclasses = False
        self._sources: dict[str, list[str]] = {}
        # The function that each line's own code is in turn, behind all that lasts.
        self.body = len(self._records)
        self._records.append(FuncRecord(len(self._code) // 4, 0, 1))
        self._definitions.append(Definition(self._id(MODULE), self._id(MODULE), self._id(FILENAME), 1))
        self._file_lines.append(("", []))
        self._rows += bytes(8)
        self._body_code = self._body_extra = b""
        self._count = 0

    def _id(self, name: str) -> int:
        known = self._tables.name_ids.get(name)
        return known if known is not None else self._names.setdefault(name, 1024 + len(self._names))

    @property
    def functions(self) -> int:
        """How many there are."""
        return len(self._records)

    @property
    def globals(self) -> int:
        """How many there are."""
        return len(self._globals)

    @property
    def natives(self) -> int:
        """How many imports there are."""
        return len(self._natives)

    def scope(self) -> Scope:
        """The names that a line can begin with."""
        return Scope(
            self._tables, self._imports, (name for owner, name in self._globals if owner == MAIN and name != "__repl__")
        )

    # --- compiling

    def compile(self, text: str) -> Line:
        """A line or a block; an expression's value is given to __repl__.

        Raises:
            CompileError: as `compile_source` does. The program is as before then.
        """
        try:
            tree = parse(text, FILENAME)
            groups.bring_groups(tree)
            return self._compile(tree, text)
        except (RecursionError, MemoryError):
            raise CompileError(Diagnostic(FILENAME, 1, 1, "the line is nested too deeply")) from None

    def _compile(self, tree: ast.Module, text: str) -> Line:
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        mine = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        bound = {name for node in mine for name in _bound(node)}
        imports = [node for node in self._imports if not set(_bound(node)) & (stored | bound)]
        tree.body = [*imports, *(_Shown().visit(node) for node in tree.body)]
        sources = Sources({FILENAME: text}, FILENAME)
        modules = Modules(sources.names())
        module = modules.add(sources.main, tree)
        new = self._load(sources, modules, tree)
        program = module.program = analyse(tree, self._tables.knows, modules)
        for each in new:
            each.program = analyse(each.tree, self._tables.knows, modules)
            self._methods |= each.program.methods
        known = [name for owner, name in self._globals if owner == MAIN and name not in program.root.imported]
        fresh = set(program.root.stored) - set(known)
        for name in known:
            program.root.stored.setdefault(name, 1)
        program.methods |= self._methods
        self._metaclasses |= metaclasses.used_by([tree, *(each.tree for each in new)])
        for each in (module, *new):
            assert each.program is not None
            each.program.metaclasses = self._metaclasses
        unit = module.unit = self._unit(module, modules, Pools())
        refuse(tree, unit.fail)
        record = unit.functions[self.body] = Function(MODULE, MODULE, 1, filename=FILENAME)
        self._begin_modules(modules, new, unit)
        unit.guarded_imports = guarded_imports(tree)
        unit.guarded_names = guarded_names(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                unit.class_names.setdefault(node.name, []).append(node)
        f = Fn(unit, program.root.frame, MODULE, MODULE)
        f.line = 1
        for each in new:
            register = f.temp()
            set_state(f, each, 0, register)
            f.top = register
        self._shadowed(f, fresh)
        f.body(tree.body)
        f.line = max((node.end_lineno or node.lineno for node in tree.body), default=1)
        finish(f, record)
        for each in new:
            compile_body(each)
        if modules.as_values:
            unit.fail(tree.body[-1], "a module is not a value in a REPL", "use its members")
        line = self._take(unit, text)
        self._imports = imports + mine
        self._modules.update({each.name: each for each in new})
        self._methods |= program.methods
        return line

    def _load(self, sources: Sources, modules: Modules, tree: ast.Module) -> list[Module]:
        """Modules written in Python that the line imports for the first time; those of earlier lines are there."""
        new: list[Module] = []
        modules.by_name.update(self._modules)
        pending = list(imported_names(tree))
        while pending:
            for part in parents(pending.pop()):
                found = sources.find(part) if part not in modules and part not in self._tables.modules else None
                if found is not None:
                    new.append(modules.add(found, parse(found.text, found.filename)))
                    pending += imported_names(new[-1].tree)
        return new

    def _begin_modules(self, modules: Modules, new: list[Module], unit: Unit) -> None:
        for old in self._modules.values():
            assert old.unit is not None
            for shared in vars(Pools()):  # they count on with this line
                setattr(old.unit, shared, getattr(unit, shared))
            old.unit.modules = modules
        for each in new:
            assert each.program is not None
            each.program.methods |= self._methods
            source = each.source
            mine = each.unit = Unit(
                self._tables, each.program, source.filename, source.text, modules, Pools(), each.name
            )
            for shared in vars(Pools()):
                setattr(mine, shared, getattr(unit, shared))
            refuse(each.tree, mine.fail)
            mine.guarded_imports, mine.guarded_names = guarded_imports(each.tree), guarded_names(each.tree)
            for node in ast.walk(each.tree):
                if isinstance(node, ast.ClassDef):
                    mine.class_names.setdefault(node.name, []).append(node)
            each.function = len(unit.functions)
            unit.functions.append(Function(MODULE, MODULE, 1, filename=source.filename))
        if len(modules) > 1:
            modules.note_stores()
            modules.number_globals(unit)

    def _unit(self, module: Module, modules: Modules, pools: Pools) -> Unit:
        """A unit that counts on from the program so far, and leaves it alone until the line is known to be good."""
        assert module.program is not None
        pools.names = dict(self._names)
        pools.globals = dict(self._globals)
        pools.native_rows = list(self._natives)
        pools.natives = {n.name: i for i, n in enumerate(self._natives)}
        pools.functions = [Function("", "", 0) for _ in self._records]
        pools.classes = [ClassInfo("", "", [], 0) for _ in self._classes]
        return Unit(self._tables, module.program, FILENAME, module.source.text, modules, pools, MAIN)

    def _shadowed(self, f: Fn, fresh: set[str]) -> None:
        for name in sorted(fresh):
            native = self._tables.natives.get("builtins." + name)
            if native is not None and name in f.unit.program.module_uses:
                register = f.temp()
                f.emit("LOADX", register, f.unit.native_number(native))
                f.emit("SETG", register, f.unit.global_number(name))
                f.top = register

    def _take(self, unit: Unit, text: str) -> Line:
        constants = Constants(unit)
        for record, code, node in unit.codes:
            for ins in code.items:
                _plain(ins, constants)
            try:
                record.code = code.assemble()
            except FunctionTooLarge:
                unit.fail(node, f"{record.qualname}() is too large: its code does not fit 64 Ki words", "split it")
        self._count += 1
        self._names, self._natives = unit.names, unit.native_rows
        self._globals = unit.globals
        source = f"{FILENAME}-{self._count}"
        self._sources[source] = text.splitlines()
        loads: list[int] = []
        added = unit.functions[len(self._records) :]
        for each in added:
            loads += [len(self._code) // 4 + word for word in constant_loads(each.code.words)]
            self._add_function(unit, each, source)
        body = unit.functions[self.body]
        loads += [len(self._code) // 4 + word for word in constant_loads(body.code.words)]
        self._set_body(unit, body, source)
        for each_class in unit.classes[len(self._classes) :]:
            self._classes.append(ClassRecord(len(self._slots), len(each_class.slots), min(each_class.attr_count, 255)))
            self._slots += [unit.name_id(name) for name in each_class.slots]
            names = (unit.name_id(name) for name in (each_class.name, each_class.qualname, each_class.module))
            self._class_definitions.append(ClassNames(*names))
        return Line(bytes(constants.data), bool(added), loads)

    def _packed(self, unit: Unit, f: Function) -> tuple[FuncRecord, bytes, bytes]:
        """A function's record, its row, and its part of EXTRA, all behind what lasts."""
        record = FuncRecord(
            len(self._code) // 4,
            len(f.code.words),
            f.nregs,
            f.nargs,
            (VARARGS if f.varargs else 0) | (VARKW if f.varkw else 0) | (GENERATOR if f.generator else 0),
            f.ncells,
            f.nkwonly,
            f.nposonly,
            tuple(unit.name_id(name) for name in f.parameters),
            tuple(Handler(*handler) for handler in f.code.handlers),
        )
        row, extra = (section.data for section in pack_functions([record]))
        if extra:  # its place counts from the start of EXTRA
            if len(self._extra) + len(extra) > 0x1FFFE:
                raise CompileError(Diagnostic(FILENAME, 1, 1, "the session is too large", "begin a new one"))
            (place,) = struct.unpack_from("<H", row, len(row) - 2)
            row = row[:-2] + struct.pack("<H", place + len(self._extra) // 2)
        return record, row, extra

    def _add_function(self, unit: Unit, f: Function, source: str) -> None:
        record, row, extra = self._packed(unit, f)
        self._extra += extra
        self._rows += row
        self._records.append(record)
        self._code += struct.pack(f"<{len(f.code.words)}I", *f.code.words)
        file = unit.name_id(f.filename or FILENAME)
        self._definitions.append(Definition(unit.name_id(f.name), unit.name_id(f.qualname), file, f.first_line))
        self._file_lines.append((source if f.filename in ("", FILENAME) else f.filename, f.code.lines))

    def _set_body(self, unit: Unit, f: Function, source: str) -> None:
        record, row, extra = self._packed(unit, f)
        self._records[self.body] = record
        self._rows[8 * self.body : 8 * self.body + 8] = row
        self._body_extra = extra
        self._body_code = struct.pack(f"<{len(f.code.words)}I", *f.code.words)
        self._file_lines[self.body] = (source, f.code.lines)

    # --- what the VM is to have

    def move_base(self, place: int) -> None:
        """The base's constants are at `place`: its code loads them from there."""
        words = struct.unpack(f"<{len(self._code) // 4}I", self._code)
        self._move(constant_loads(list(words)), place)

    def place(self, line: Line, place: int) -> None:
        """The line's constants are at `place`."""
        self._move(line.loads, place)

    def _move(self, loads: list[int], place: int) -> None:
        whole = bytearray(self._code + self._body_code)
        for at in loads:
            (word,) = struct.unpack_from("<I", whole, 4 * at)
            offset = (word >> 16) + place // 8
            if offset > 0xFFFF:
                raise CompileError(
                    Diagnostic(
                        FILENAME, 1, 1, "its constants would lie beyond 512 KiB of the heap", "use a smaller heap"
                    )
                )
            struct.pack_into("<I", whole, 4 * at, word & 0xFFFF | offset << 16)
        self._code, self._body_code = whole[: len(self._code)], bytes(whole[len(self._code) :])

    def sections(self) -> dict[int, bytes]:
        """The sections by id, constants left out."""
        global_names = [self._id(name) for _, name in self._globals]  # before NAMES: it may add some
        names = pack_names([name.encode("utf-8", "surrogatepass") for name in self._names])
        natives = b"".join(struct.pack("<I", native_id(n)) for n in self._natives)
        found = {
            SectionId.FUNC: bytes(self._rows),
            SectionId.CODE: bytes(self._code) + self._body_code,
            SectionId.EXTRA: bytes(self._extra) + self._body_extra,
            SectionId.ATTRS: self._attributes,
            SectionId.CLASS: pack_classes(self._classes).data,
            SectionId.SLOTS: pack_ids(SectionId.SLOTS, self._slots).data,
            SectionId.NATIVE: natives,
            SectionId.GLOBALS: pack_ids(SectionId.GLOBALS, global_names).data,
            SectionId.DEFS: pack_definitions(self._definitions, self._class_definitions).data,
            SectionId.NAMES: names.data,
        }
        return {int(section): data for section, data in found.items() if data}

    # --- places

    def traceback(self, trace: tuple[tuple[int, int], ...], exception: str) -> str:
        """Worded as CPython's, with the source of the lines that were typed; calls of the base's own are left out."""
        out = ["Traceback (most recent call last):"] if trace else []
        for function, word in trace:
            out += self.place_lines(function, word)
        out.append(exception)
        return "\n".join(out) + "\n"

    def place_lines(self, function: int, word: int) -> list[str]:
        """The lines of a traceback for one call; none for the base's own."""
        if function >= len(self._definitions):
            return []
        source, lines = self._file_lines[function]
        line = lines[word] if word < len(lines) else 0
        name_id = self._definitions[function].name
        names = self._tables.names
        name = (
            names[name_id]
            if name_id < len(names)
            else next((n for n, number in self._names.items() if number == name_id), "?")
        )
        if name == "__repl__":
            return []
        if source not in self._sources:
            return [f'  File "{source}", line {line}, in {name}']
        text = self._sources[source]
        typed = text[line - 1].strip() if 0 < line <= len(text) else ""
        return [f'  File "{FILENAME}", line {line}, in {name}', *(["    " + typed] if typed else [])]


def _bound(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [alias.asname or alias.name.partition(".")[0] for alias in node.names]


class _Shown(ast.NodeTransformer):
    """The values of expressions are shown, also of those inside of compound statements."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        call = ast.Call(ast.Name("__repl__", ast.Load()), [node.value], [])
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(ast.copy_location(call, node)), node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return node


def _plain(ins: Ins, constants: Constants) -> None:
    """An instruction as it is without ATTRS, its constants counted from the line's first."""
    if ins.op == "LOADK":
        ins.b = constants.objects[ins.b]
    elif ins.op == "LOADF":
        ins.b = constants.floats[ins.b]
    elif ins.op in ATTRIBUTE_OPS:
        ins.c = 255


def constant_loads(words: list[int]) -> list[int]:
    """The words of a function that load constants."""
    opcodes = tables().opcodes
    found, at = [], 0
    while at < len(words):
        op = opcodes[words[at] & 255]
        if op.name in ("LOADK", "LOADF"):
            found.append(at)
        at += 1 + extension_count(op, words[at])
    return found
