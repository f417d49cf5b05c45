# SPDX-License-Identifier: Apache-2.0
"""What a container says, by number: functions, names, natives, lines. Read-only, for the disassembler, tracebacks and tools."""

from __future__ import annotations

import json
import struct
from functools import cached_property
from itertools import pairwise
from typing import Any

from .container import CLASS_RECORD, FUNC_RECORD, HANDLER_RECORD, NATIVE_RECORD, Container, FuncRecord, SectionId, read
from .tables import fnv1a32, tables

FIRST_NAME = 1024


class View:
    """A program taken apart. The container must be sound (`verify_image` accepts it); stripped ones have no names and lines."""

    def __init__(self, image: bytes) -> None:
        self.container: Container = read(image)

    @cached_property
    def functions(self) -> list[FuncRecord]:
        """The FUNC records."""
        return [FuncRecord(*row) for row in FUNC_RECORD.iter_unpack(self.container.data(SectionId.FUNC))]

    @cached_property
    def names(self) -> list[str]:
        """The program's own names; empty when stripped."""
        section = self.container.sections.get(SectionId.NAMES)
        if section is None:
            return []
        offsets = struct.unpack_from(f"<{section.count + 1}I", section.data)
        text = section.data[4 * (section.count + 1) :]
        return [text[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(offsets)]

    def name(self, number: int) -> str:
        """The text of a name id, `name#1030` when it was stripped."""
        if number < FIRST_NAME:
            static = tables().names
            return static[number] if number < len(static) else f"name#{number}"
        index = number - FIRST_NAME
        return self.names[index] if index < len(self.names) else f"name#{number}"

    def function_name(self, number: int) -> str:
        """The qualified name of a function."""
        if self.names or self.functions[number].qualname < FIRST_NAME:
            return self.name(self.functions[number].qualname)
        return f"function#{number}"

    @cached_property
    def filename(self) -> str:
        """The source file, empty when stripped."""
        return self.name(self.functions[0].file) if self.names and self.functions else ""

    @cached_property
    def natives(self) -> list[str]:
        """The native imports by number; of a stripped container those that this VM knows, others as their hash."""
        known = {fnv1a32(name.encode()): name for name in tables().natives}
        rows = NATIVE_RECORD.iter_unpack(self.container.data(SectionId.NATIVE))
        return [
            self.name(name) if name != 0xFFFF and self.names else known.get(h, f"native#{h:08x}")
            for h, name, _, _ in rows
        ]

    @cached_property
    def globals(self) -> list[str]:
        """Names of the global variables by number."""
        section = self.container.data(SectionId.GLOBALS)
        if not section:
            return [f"global#{i}" for i in range(self.container.global_count)]
        return [self.name(n) for (n,) in struct.iter_unpack("<H", section)]

    @cached_property
    def classes(self) -> list[str]:
        """Qualified names of the classes by number."""
        return [self.name(row[1]) for row in CLASS_RECORD.iter_unpack(self.container.data(SectionId.CLASS))]

    @cached_property
    def debug(self) -> dict[str, Any]:
        """The DEBUG section, empty when stripped."""
        data = self.container.data(SectionId.DEBUG)
        return json.loads(data) if data else {}

    def words(self, number: int) -> list[int]:
        """The code of a function."""
        f = self.functions[number]
        code = self.container.data(SectionId.CODE)
        return list(struct.unpack_from(f"<{f.code_words}I", code, f.code_offset * 4))

    def handlers(self, number: int) -> list[tuple[int, int, int, int]]:
        """(start, end, target, register) of a function's handlers."""
        f = self.functions[number]
        rows = list(HANDLER_RECORD.iter_unpack(self.container.data(SectionId.HANDLERS)))
        return [(a, b, c, d) for a, b, c, d in rows[f.first_handler : f.first_handler + f.handler_count]]

    def parameters(self, number: int) -> list[str]:
        """Names of a function's parameters in register order."""
        f = self.functions[number]
        count = f.nargs + f.nkwonly + (f.flags & 1) + (f.flags >> 1 & 1)
        data = self.container.data(SectionId.ARGS)
        return [self.name(n) for n in struct.unpack_from(f"<{count}H", data, f.first_arg * 2)]

    def lines(self, number: int) -> list[int]:
        """The source line of every word of a function; zeros when stripped."""
        f = self.functions[number]
        data = self.container.data(SectionId.LINES)
        if not data:
            return [0] * f.code_words
        base = 4 * (len(self.functions) + 1)
        start, end = struct.unpack_from("<2I", data, 4 * number)
        line, result = f.first_line, []
        for words, delta in struct.iter_unpack("<Bb", data[base + start : base + end]):
            line += delta
            result += [line] * words
        return result

    def constant(self, offset: int) -> int | str | bytes:
        """The object at an offset of CONST."""
        from vmrig_native import _vm

        data = self.container.data(SectionId.CONST)
        kind = data[offset]
        if kind == _vm.T_INT64:
            return int(struct.unpack_from("<q", data, offset + 8)[0])
        (length,) = struct.unpack_from("<I", data, offset + 4)
        raw = data[offset + 12 : offset + 12 + length]
        return raw.decode("utf-8", "surrogatepass") if kind == _vm.T_STR else raw

    def float_at(self, offset: int) -> float:
        """The float at an offset of CONST."""
        return float(struct.unpack_from("<d", self.container.data(SectionId.CONST), offset)[0])
