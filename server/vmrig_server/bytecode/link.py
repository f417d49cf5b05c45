# SPDX-License-Identifier: Apache-2.0
"""From a compiled unit to a container: constants get their places, functions their code, everything its section."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate, groupby

from .asm import FunctionTooLarge, Ins, line_table
from .container import FEATURE_BIGINT, FEATURE_FLOAT, FEATURE_MODULES, Container, Section, SectionId
from .isa import ATTRIBUTE_OPS
from .records import (
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
    pack_modules,
    pack_names,
)
from .sources import MAIN
from .stripping import build_id_of
from .tables import fnv1a32, native_id
from .unit import Function, Unit

_FLOAT_OPS = frozenset({"LOADF", "TRUEDIV"})
_FLOAT_NATIVES = frozenset({"builtins.float", "time.time", "time.monotonic"})
_MAX_CONST = 0xFFFF * 8


def _object(raw: bytes, text: bool) -> bytes:
    """A str or bytes object, as vmimages/core/object.h lays it out."""
    from vmrig_native import _vm

    flags = _vm.ROM | (_vm.ASCII if text and raw.isascii() else 0)
    # A hash of 0 means "not computed yet" on the VM, so 0 is kept as 1.
    head = struct.pack("<BBHII", _vm.T_STR if text else _vm.T_BYTES, flags, 0, len(raw), fnv1a32(raw) or 1)
    return head + raw + bytes(8 - (len(head) + len(raw)) % 8)


def _resources(files: Mapping[str, bytes]) -> Section:
    pairs = (_object(name.encode(), True) + _object(data, False) for name, data in sorted(files.items()))
    return Section(SectionId.RESOURCES, b"".join(pairs))


class Constants:
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
            elif kind == "bigint":
                self.data += struct.pack("<BB", _vm.T_BIGINT, _vm.ROM) + raw
            else:
                self.data += _object(raw, kind == "str")
            self.data += bytes(-len(self.data) % 8)
        for raw in unit.floats:
            self.floats.append(len(self.data) // 8)
            self.data += raw


def _attributes(unit: Unit) -> list[int]:
    """Gives the names of attributes their numbers in ATTRS, the most used ones first; the ids of those, padding left out.

    A name in ATTRS takes two bytes, in an extension word four at each place; the section itself has a directory entry.
    """
    places: dict[int, list[Ins]] = {}
    for _, code, _ in unit.codes:
        for ins in code.items:
            if ins.op in ATTRIBUTE_OPS:
                ins.c = 255
                places.setdefault(ins.ext[0], []).append(ins)
    ids = sorted(places, key=lambda n: -len(places[n]))[:255]
    if 4 * sum(len(places[n]) for n in ids) <= 8 + (2 * len(ids) + 3 & ~3):
        return []
    for number, name in enumerate(ids):
        for ins in places[name]:
            ins.c, ins.ext = number, ()
    return ids


def _assemble(unit: Unit, constants: Constants) -> None:
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


def _functions(unit: Unit) -> list[Section]:
    records: list[FuncRecord] = []
    code = bytearray()
    for f in unit.functions:
        records.append(
            FuncRecord(
                len(code) // 4,
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
        )
        code += struct.pack(f"<{len(f.code.words)}I", *f.code.words)
    sections = [*pack_functions(records), Section(SectionId.CODE, bytes(code))]
    if len(code) // 4 >= 1 << 24 or any(len(s.data) > 0x1FFFE for s in sections if s.id == SectionId.EXTRA):
        unit.fail(unit.program.root.node, "the program is too large for a container", "split it into several programs")
    return sections


def _classes(unit: Unit) -> list[Section]:
    rows: list[ClassRecord] = []
    slots: list[int] = []
    for c in unit.classes:
        rows.append(ClassRecord(len(slots), len(c.slots), min(c.attr_count, 255)))
        slots += [unit.name_id(name) for name in c.slots]
    return [pack_classes(rows), pack_ids(SectionId.SLOTS, slots)]


def _modules(unit: Unit) -> Section:
    rows = [(unit.name_id(m.name), m.first_global, m.count) for m in unit.modules] if unit.modules.as_values else []
    return pack_modules(rows)


def _definitions(unit: Unit) -> Section:
    name_id = unit.name_id
    return pack_definitions(
        [Definition(name_id(f.name), name_id(f.qualname), name_id(f.filename), f.first_line) for f in unit.functions],
        [ClassNames(name_id(c.name), name_id(c.qualname), name_id(c.module)) for c in unit.classes],
    )


def _lines(functions: list[Function]) -> Section:
    tables = [line_table(f.code.lines, f.first_line) for f in functions]
    offsets = [0, *accumulate(len(t) for t in tables)]
    return Section(SectionId.LINES, struct.pack(f"<{len(offsets)}I", *offsets) + b"".join(tables))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _namespaces(unit: Unit) -> dict[str, object]:
    """For a debugger: modules as [name, file, {name imported: what it is}], and of which of them global variables are, [module, how many]."""
    modules = [
        [
            m.name,
            m.source.filename,
            {n: t.dotted for n, t in m.program.root.aliases.items() if t.module in unit.modules},
        ]
        for m in unit.modules
        if m.program is not None
    ]
    owners = groupby(unit.globals, lambda key: unit.modules.by_name[key[0]].number)
    return {"modules": modules, "globals": [[number, len(list(keys))] for number, keys in owners]}


def _debug(unit: Unit) -> Section:
    content = {
        **_namespaces(unit),
        "file": unit.filename,
        "source_sha256": _digest(unit.modules.by_name[MAIN].source.text),
        "sources": {m.source.filename: _digest(m.source.text) for m in unit.modules if m.name != MAIN},
        "locals": [f.registers for f in unit.functions],
        "natives": [n.name for n in unit.native_rows],
    }
    return Section(
        SectionId.DEBUG,
        json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode("utf-8", "replace"),
    )


def link(unit: Unit, resources: Mapping[str, bytes]) -> Container:
    """The container of a compiled unit. Raises CompileError when the program is too large for the format."""
    from vmrig_native import _vm

    constants = Constants(unit)
    if len(constants.data) > _MAX_CONST:
        unit.fail(unit.program.root.node, "the constants of the program do not fit 512 KiB", "shorten texts and tables")
    attributes = _attributes(unit)
    _assemble(unit, constants)
    sections = [
        Section(SectionId.CONST, bytes(constants.data)),
        _resources(resources),
        *_functions(unit),
        pack_ids(SectionId.ATTRS, attributes),
        *_classes(unit),
        Section(SectionId.NATIVE, b"".join(struct.pack("<I", native_id(n)) for n in unit.native_rows)),
        pack_ids(SectionId.GLOBALS, [unit.name_id(name) for _, name in unit.globals]),
        _modules(unit),
        _definitions(unit),
        _lines(unit.functions),
        _debug(unit),
    ]
    # Last: all the others may have added names.
    sections.append(pack_names([name.encode("utf-8", "surrogatepass") for name in unit.names]))
    uses_float = any(i.op in _FLOAT_OPS for _, code, _ in unit.codes for i in code.items) or any(
        n.name in _FLOAT_NATIVES or n.kind == "float" or n.name.startswith("math.") for n in unit.native_rows
    )
    kept = {int(s.id): s for s in sections if s.data or s.id in (SectionId.FUNC, SectionId.CODE)}
    container = Container(
        sections=kept,
        features=(FEATURE_FLOAT if uses_float else 0)
        | (FEATURE_BIGINT if any(m.unit is not None and m.unit.uses_bigint for m in unit.modules) else 0)
        | (FEATURE_MODULES if unit.modules.as_values else 0),
        vm_abi=_vm.ABI,
        global_count=len(unit.globals),
        max_regs=max(f.nregs for f in unit.functions),
    )
    return replace(container, build_id=build_id_of(container))
