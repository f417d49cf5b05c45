# SPDX-License-Identifier: Apache-2.0
"""What a container says, by number: functions, names, natives, lines. Read-only, for the disassembler, tracebacks and tools."""

from __future__ import annotations

import json
import struct
from functools import cached_property
from typing import Any

from .container import Container, SectionId, read
from .records import (
    FIRST_NAME,
    ClassNames,
    ClassRecord,
    Definition,
    FuncRecord,
    unpack_classes,
    unpack_definitions,
    unpack_functions,
    unpack_ids,
    unpack_names,
)
from .tables import native_id, tables


class View:
    """A program taken apart. The container must be sound (`verify_image` accepts it); stripped ones have no names and lines."""

    def __init__(self, image: bytes) -> None:
        self.container: Container = read(image)

    @cached_property
    def functions(self) -> list[FuncRecord]:
        """The functions' records."""
        return unpack_functions(self.container)

    @cached_property
    def definitions(self) -> list[Definition]:
        """Names, file and line of the functions; empty when stripped."""
        return unpack_definitions(self.container)[0]

    @cached_property
    def class_names(self) -> list[ClassNames]:
        """Names of the classes; empty when stripped."""
        return unpack_definitions(self.container)[1]

    @cached_property
    def names(self) -> list[str]:
        """The program's own names; empty when stripped."""
        data = self.container.data(SectionId.NAMES)
        return [_text(name) for name in unpack_names(data)]

    @cached_property
    def attributes(self) -> list[int]:
        """Name ids that field C of an instruction counts."""
        return unpack_ids(self.container, SectionId.ATTRS)

    @cached_property
    def class_records(self) -> list[ClassRecord]:
        """The classes' records."""
        return unpack_classes(self.container)

    def name(self, number: int) -> str:
        """The text of a name id, `name#1030` when it was stripped."""
        if number < FIRST_NAME:
            static = tables().names
            return static[number] if number < len(static) else f"name#{number}"
        index = number - FIRST_NAME
        return self.names[index] if index < len(self.names) else f"name#{number}"

    def function_name(self, number: int) -> str:
        """The qualified name of a function."""
        return self.name(self.definitions[number].qualname) if self.definitions else f"function#{number}"

    @cached_property
    def filename(self) -> str:
        """The source file, empty when stripped."""
        return self.name(self.definitions[0].file) if self.definitions and self.debug else ""

    @cached_property
    def natives(self) -> list[str]:
        """The native imports by number; of a stripped container those that this VM knows, others as their id."""
        ids = [n for (n,) in struct.iter_unpack("<I", self.container.data(SectionId.NATIVE))]
        told = self.debug.get("natives", [])
        if len(told) == len(ids):
            return [str(name) for name in told]
        known = {native_id(native): name for name, native in tables().natives.items()}
        return [known.get(n, f"native#{n:08x}") for n in ids]

    @cached_property
    def globals(self) -> list[str]:
        """Names of the global variables by number."""
        ids = unpack_ids(self.container, SectionId.GLOBALS)[: self.container.global_count]
        return [self.name(n) for n in ids] or [f"global#{i}" for i in range(self.container.global_count)]

    @cached_property
    def classes(self) -> list[str]:
        """Qualified names of the classes by number."""
        return [self.name(c.qualname) for c in self.class_names] or [
            f"class#{i}" for i in range(len(self.class_records))
        ]

    @cached_property
    def debug(self) -> dict[str, Any]:
        """The DEBUG section, empty when stripped or when it is none that a compiler makes: no verifier looks at it."""
        data = self.container.data(SectionId.DEBUG)
        try:
            told = json.loads(data) if data else {}
        except (ValueError, RecursionError):
            return {}
        return told if _is_debug(told) else {}

    def words(self, number: int) -> list[int]:
        """The code of a function."""
        f = self.functions[number]
        code = self.container.data(SectionId.CODE)
        return list(struct.unpack_from(f"<{f.code_words}I", code, f.code_offset * 4))

    def handlers(self, number: int) -> list[tuple[int, int, int, int]]:
        """(start, end, target, register) of a function's handlers."""
        return [(h.start, h.end, h.target, h.reg) for h in self.functions[number].handlers]

    def parameters(self, number: int) -> list[str]:
        """Names of a function's parameters in register order."""
        f = self.functions[number]
        if f.parameters is None:
            return [f"r{i}" for i in range(f.parameter_count)]
        return [self.name(n) for n in f.parameters]

    def lines(self, number: int) -> list[int]:
        """The source line of every word of a function; zeros when stripped."""
        f = self.functions[number]
        data = self.container.data(SectionId.LINES)
        if not data:
            return [0] * f.code_words
        base = 4 * (len(self.functions) + 1)
        start, end = struct.unpack_from("<2I", data, 4 * number)
        line, result = self.definitions[number].first_line if self.definitions else 1, []
        for words, delta in struct.iter_unpack("<Bb", data[base + start : base + end]):
            line += delta
            result += [line] * words
        return (result + [line] * f.code_words)[: f.code_words]  # nor at this: it may be of another length

    def constant(self, offset: int) -> int | str | bytes:
        """The object at an offset of CONST."""
        from vmrig_native import _vm

        data = self.container.data(SectionId.CONST)
        kind = data[offset]
        if kind == _vm.T_INT64:
            return int(struct.unpack_from("<q", data, offset + 8)[0])
        aux, length = struct.unpack_from("<HI", data, offset + 2)
        if kind == _vm.T_BIGINT:
            magnitude = int.from_bytes(data[offset + 8 : offset + 8 + 4 * length], "little")
            return -magnitude if aux else magnitude
        raw = data[offset + 12 : offset + 12 + length]
        return _text(raw) if kind == _vm.T_STR else raw

    def float_at(self, offset: int) -> float:
        """The float at an offset of CONST."""
        return float(struct.unpack_from("<d", self.container.data(SectionId.CONST), offset)[0])


def _text(data: bytes) -> str:
    """A name or constant; one that is no UTF-8 is still shown."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _is_debug(told: object) -> bool:
    """Whether DEBUG has the shape that link.py gives it."""
    if not isinstance(told, dict):
        return False
    rows, counts, variables = (told.get(key) or [] for key in ("modules", "globals", "locals"))
    return (
        isinstance(told.get("source_sha256", ""), str)
        and _are_texts(told.get("sources", {}))
        and isinstance(told.get("natives", []), list)
        and all(isinstance(each, list) for each in (rows, counts, variables))
        and all(isinstance(row, list) and len(row) == 3 and _are_texts(row[2]) for row in rows)
        and all(isinstance(row, list) and len(row) == 2 and all(type(n) is int for n in row) for row in counts)
        and all(0 <= row[0] < max(len(rows), 1) and 0 <= row[1] <= 0xFFFF for row in counts)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in variables)
    )


def _are_texts(told: object) -> bool:
    return isinstance(told, dict) and all(isinstance(value, str) for value in told.values())
