# SPDX-License-Identifier: Apache-2.0
"""From a compiled unit to a container: constants get their places, functions their code, everything its section."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from itertools import accumulate

from .asm import FunctionTooLarge, line_table
from .container import (
    CLASS_RECORD,
    FEATURE_FLOAT,
    FUNC_RECORD,
    HANDLER_RECORD,
    NATIVE_RECORD,
    SLOT_RECORD,
    Container,
    Section,
    SectionId,
    build_id_of,
)
from .tables import fnv1a32
from .unit import Function, Unit

VARARGS, VARKW, GENERATOR = 1, 2, 4
_FLOAT_OPS = frozenset({"LOADF", "TRUEDIV"})
_FLOAT_NATIVES = frozenset({"builtins.float", "time.time", "time.monotonic"})
_MAX_CONST = 0xFFFF * 8


class _Constants:
    """The CONST section: objects first, the bare floats after them."""

    def __init__(self, unit: Unit) -> None:
        from vmrig_native import _vm

        self.data = bytearray()
        self.objects: list[int] = []
        self.floats: list[int] = []
        for kind, raw in unit.objects:
            self.objects.append(len(self.data) // 8)
            if kind == "int":
                self.data += struct.pack("<BBHI", _vm.T_INT64, _vm.ROM, 0, 0) + raw
            else:
                text = kind == "str"
                flags = _vm.ROM | (_vm.ASCII if text and raw.isascii() else 0)
                # A hash of 0 means "not computed yet" on the VM, so 0 is kept as 1.
                self.data += struct.pack(
                    "<BBHII", _vm.T_STR if text else _vm.T_BYTES, flags, 0, len(raw), fnv1a32(raw) or 1
                )
                self.data += raw + b"\0"
            self.data += bytes(-len(self.data) % 8)
        for raw in unit.floats:
            self.floats.append(len(self.data) // 8)
            self.data += raw
        self.count = len(self.objects) + len(self.floats)


def _assemble(unit: Unit, constants: _Constants) -> None:
    for record, code, node in unit.codes:
        for ins in code.items:
            if ins.op == "LOADK":
                ins.b = constants.objects[ins.b]
            elif ins.op == "LOADF":
                ins.b = constants.floats[ins.b]
        try:
            record.code = code.assemble()
        except FunctionTooLarge:
            unit.fail(
                node, f"{record.qualname}() is too large: its code does not fit 64 Ki words", "split the function"
            )


def _names(unit: Unit) -> Section:
    texts = [name.encode("utf-8", "surrogatepass") for name in unit.names]
    offsets = [0, *accumulate(len(t) for t in texts)]
    return Section(SectionId.NAMES, struct.pack(f"<{len(offsets)}I", *offsets) + b"".join(texts), len(texts))


def _functions(unit: Unit) -> list[Section]:
    rows, code, handlers, args = bytearray(), bytearray(), bytearray(), bytearray()
    file = unit.name_id(unit.filename)
    for f in unit.functions:
        rows += FUNC_RECORD.pack(
            len(code) // 4,
            len(f.code.words),
            f.nregs,
            f.nargs,
            f.nkwonly,
            (VARARGS if f.varargs else 0) | (VARKW if f.varkw else 0) | (GENERATOR if f.generator else 0),
            f.nposonly,
            f.ncells,
            unit.name_id(f.name),
            unit.name_id(f.qualname),
            len(args) // 2,
            len(handlers) // 8,
            len(f.code.handlers),
            f.first_line,
            file,
        )
        code += struct.pack(f"<{len(f.code.words)}I", *f.code.words)
        for handler in f.code.handlers:
            handlers += HANDLER_RECORD.pack(*handler)
        for name in f.parameters:
            args += struct.pack("<H", unit.name_id(name))
    return [
        Section(SectionId.FUNC, bytes(rows), len(unit.functions)),
        Section(SectionId.CODE, bytes(code)),
        Section(SectionId.HANDLERS, bytes(handlers), len(handlers) // 8),
        Section(SectionId.ARGS, bytes(args), len(args) // 2),
    ]


def _classes(unit: Unit) -> list[Section]:
    rows, slots = bytearray(), bytearray()
    for c in unit.classes:
        first = len(slots) // SLOT_RECORD.size
        rows += CLASS_RECORD.pack(unit.name_id(c.name), unit.name_id(c.qualname), first, len(c.slots), c.attr_count, 0)
        for name, slot in sorted((unit.name_id(name), slot) for slot, name in enumerate(c.slots)):
            slots += SLOT_RECORD.pack(name, slot)
    return [
        Section(SectionId.CLASS, bytes(rows), len(unit.classes)),
        Section(SectionId.SLOTS, bytes(slots), len(slots) // SLOT_RECORD.size),
    ]


def _natives(unit: Unit) -> Section:
    rows = [
        NATIVE_RECORD.pack(fnv1a32(n.name.encode()), unit.name_id(n.name), n.min_args, n.max_args)
        for n in unit.native_rows
    ]
    return Section(SectionId.NATIVE, b"".join(rows), len(rows))


def _lines(functions: list[Function]) -> Section:
    tables = [line_table(f.code.lines, f.first_line) for f in functions]
    offsets = [0, *accumulate(len(t) for t in tables)]
    return Section(SectionId.LINES, struct.pack(f"<{len(offsets)}I", *offsets) + b"".join(tables))


def _debug(unit: Unit, source: str) -> Section:
    content = {
        "file": unit.filename,
        "source_sha256": hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest(),
        "locals": [f.registers for f in unit.functions],
    }
    return Section(
        SectionId.DEBUG,
        json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode("utf-8", "replace"),
    )


def link(unit: Unit, source: str) -> Container:
    """The container of a compiled unit. Raises CompileError when the program is too large for the format."""
    from vmrig_native import _vm

    constants = _Constants(unit)
    if len(constants.data) > _MAX_CONST:
        unit.fail(unit.program.root.node, "the constants of the program do not fit 512 KiB", "shorten texts and tables")
    _assemble(unit, constants)
    sections = [
        Section(SectionId.CONST, bytes(constants.data), constants.count),
        *_functions(unit),
        *_classes(unit),
        _natives(unit),
        Section(
            SectionId.GLOBALS, b"".join(struct.pack("<H", unit.name_id(g)) for g in unit.globals), len(unit.globals)
        ),
        _lines(unit.functions),
        _debug(unit, source),
        _names(unit),  # last: all the others may have added names
    ]
    uses_float = any(i.op in _FLOAT_OPS for _, code, _ in unit.codes for i in code.items) or any(
        n.name in _FLOAT_NATIVES or n.kind == "float" or n.name.startswith("math.") for n in unit.native_rows
    )
    kept = {int(s.id): s for s in sections if s.data or s.id in (SectionId.FUNC, SectionId.CODE)}
    container = Container(
        sections=kept,
        features=FEATURE_FLOAT if uses_float else 0,
        value_model=_vm.VALUE_MODEL,
        vm_abi=_vm.ABI,
        global_count=len(unit.globals),
        entry=0,
        max_regs=max(f.nregs for f in unit.functions),
    )
    return replace(container, build_id=build_id_of(container))
