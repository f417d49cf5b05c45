# SPDX-License-Identifier: Apache-2.0
"""The records of a container's sections as Python values, both ways (vmimages/core/container.h)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from .container import Container, Section, SectionId

VARARGS, VARKW, GENERATOR, KWONLY, RARE, PARAMETERS, HANDLERS = (1 << i for i in range(7))
FIRST_NAME = 1024

_FUNC = struct.Struct("<IBBH")
_CLASS = struct.Struct("<HBB")


class Handler(NamedTuple):
    """vbc_handler of container.h."""

    start: int
    end: int
    target: int
    reg: int


@dataclass(frozen=True)
class FuncRecord:
    """A function's record with its part of EXTRA. `parameters` are name ids, None when they are stripped."""

    code_offset: int
    code_words: int
    nregs: int
    nargs: int = 0
    flags: int = 0  # VARARGS, VARKW and GENERATOR; the rest follows from the other fields
    ncells: int = 0
    nkwonly: int = 0
    nposonly: int = 0
    parameters: tuple[int, ...] | None = ()
    handlers: tuple[Handler, ...] = ()

    @property
    def parameter_count(self) -> int:
        """Registers that hold parameters."""
        return self.nargs + self.nkwonly + (self.flags & VARARGS) + (self.flags >> 1 & 1)


class Definition(NamedTuple):
    """What DEFS tells of a function: name ids and a line."""

    name: int
    qualname: int
    file: int
    first_line: int


class ClassNames(NamedTuple):
    """What DEFS tells of a class: name ids."""

    name: int
    qualname: int
    module: int


class ClassRecord(NamedTuple):
    """vbc_class of container.h."""

    first_slot: int
    slot_count: int
    attr_count: int


def pack_functions(records: Sequence[FuncRecord]) -> list[Section]:
    """FUNC and EXTRA. Equal parts of EXTRA are kept once."""
    rows = bytearray()
    extra = bytearray()
    places: dict[bytes, int] = {}
    for f in records:
        flags, part = f.flags & (VARARGS | VARKW | GENERATOR), b""
        if f.ncells or f.nkwonly or f.nposonly:
            flags |= RARE | (KWONLY if f.nkwonly else 0)
            part += struct.pack("<BBBx", f.ncells, f.nkwonly, f.nposonly)
        if f.parameters:
            flags |= PARAMETERS
            part += struct.pack(f"<{len(f.parameters)}H", *f.parameters)
        if f.handlers:
            flags |= HANDLERS
            part += struct.pack("<H", len(f.handlers)) + b"".join(struct.pack("<4H", *h) for h in f.handlers)
        place = 0
        if part:
            place = places.setdefault(part, len(extra) // 2)
            if place == len(extra) // 2:
                extra += part
        rows += _FUNC.pack(f.nregs | f.code_offset << 8, f.nargs, flags, place)
    return [Section(SectionId.FUNC, bytes(rows)), Section(SectionId.EXTRA, bytes(extra))]


def unpack_functions(container: Container) -> list[FuncRecord]:
    """The functions of a sound container."""
    extra = container.data(SectionId.EXTRA)
    rows = list(_FUNC.iter_unpack(container.data(SectionId.FUNC)))
    ends = [row[0] >> 8 for row in rows[1:]] + [len(container.data(SectionId.CODE)) // 4]
    result = []
    for (head, nargs, flags, place), end in zip(rows, ends, strict=True):
        at = 2 * place
        ncells = nkwonly = nposonly = 0
        if flags & RARE:
            ncells, nkwonly, nposonly = struct.unpack_from("<BBBx", extra, at)
            at += 4
        count = nargs + nkwonly + (flags & VARARGS) + (flags >> 1 & 1)
        parameters: tuple[int, ...] | None = None if count else ()
        if flags & PARAMETERS:
            parameters = struct.unpack_from(f"<{count}H", extra, at)
            at += 2 * count
        handlers: tuple[Handler, ...] = ()
        if flags & HANDLERS:
            (number,) = struct.unpack_from("<H", extra, at)
            handlers = tuple(Handler(*struct.unpack_from("<4H", extra, at + 2 + 8 * i)) for i in range(number))
        own = flags & (VARARGS | VARKW | GENERATOR)
        offset = head >> 8
        result.append(
            FuncRecord(offset, end - offset, head & 255, nargs, own, ncells, nkwonly, nposonly, parameters, handlers)
        )
    return result


def pack_names(texts: Sequence[bytes]) -> Section:
    """NAMES."""
    first = 4 * (len(texts) + 1)
    offsets = accumulate((len(t) for t in texts), initial=first)
    return Section(SectionId.NAMES, struct.pack(f"<{len(texts) + 1}I", *offsets) + b"".join(texts))


def unpack_names(data: bytes) -> list[bytes]:
    """The texts of NAMES by index; none when the section is not there."""
    if not data:
        return []
    offsets = struct.unpack_from(f"<{int.from_bytes(data[:4], 'little') // 4}I", data)
    return [data[a:b] for a, b in pairwise(offsets)]


def pack_definitions(functions: Sequence[Definition], classes: Sequence[ClassNames]) -> Section:
    """DEFS."""
    rows = b"".join(struct.pack("<4H", *d) for d in functions)
    return Section(SectionId.DEFS, rows + b"".join(struct.pack("<3H2x", *c) for c in classes))


def unpack_definitions(container: Container) -> tuple[list[Definition], list[ClassNames]]:
    """Of functions and of classes; nothing of a stripped container."""
    data = container.data(SectionId.DEFS)
    split = len(container.data(SectionId.FUNC)) if data else 0
    functions = [Definition(*row) for row in struct.iter_unpack("<4H", data[:split])]
    return functions, [ClassNames(*row) for row in struct.iter_unpack("<3H2x", data[split:])]


def pack_classes(records: Sequence[ClassRecord]) -> Section:
    """CLASS."""
    return Section(SectionId.CLASS, b"".join(_CLASS.pack(*r) for r in records))


def unpack_classes(container: Container) -> list[ClassRecord]:
    """The classes' records."""
    return [ClassRecord(*row) for row in _CLASS.iter_unpack(container.data(SectionId.CLASS))]


def pack_modules(rows: Sequence[tuple[int, int, int]]) -> Section:
    """MODULES: of each module name id, first global and count of them."""
    return Section(SectionId.MODULES, b"".join(struct.pack("<3H2x", *row) for row in rows))


def pack_ids(section: SectionId, ids: Sequence[int]) -> Section:
    """A section of u16 (ATTRS, SLOTS, GLOBALS)."""
    return Section(section, struct.pack(f"<{len(ids)}H", *ids))


def unpack_ids(container: Container, section: SectionId) -> list[int]:
    """The u16 of a section, its padding included."""
    return [n for (n,) in struct.iter_unpack("<H", container.data(section))]
