# SPDX-License-Identifier: Apache-2.0
"""Functions and source lines of an ELF file, by address."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection


class FirmwareError(Exception):
    """The file is no ELF file of a firmware; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program: [start, end), its name, and where its source begins (None: no debug information)."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """Instructions [start, end) of one line of source."""

    start: int
    end: int
    file: str
    line: int


class Firmware:
    """An ELF file as it came from the linker: nothing was added to it.

    Args:
        path: with symbols; with DWARF line information too, lines are known.

    Raises:
        FirmwareError: it cannot be read, or has no symbols.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as stream:
                elf = ELFFile(stream)
                self.functions = _functions(elf)
                self.lines = (
                    sorted(_lines(elf.get_dwarf_info()), key=lambda line: line.start) if elf.has_dwarf_info() else []
                )
        except OSError as error:
            raise FirmwareError(f"{path}: {error.strerror}") from None
        except (ELFError, DWARFError) as error:
            raise FirmwareError(f"{path} is no ELF file that can be read: {error}") from None
        if not self.functions:
            raise FirmwareError(f"{path} has no symbols: it was stripped")
        self._starts = [function.start for function in self.functions]
        self._line_starts = [line.start for line in self.lines]

    def function(self, address: int) -> Function | None:
        """The function that has the instruction."""
        at = bisect.bisect_right(self._starts, address) - 1
        return self.functions[at] if at >= 0 and address < self.functions[at].end else None

    def line(self, address: int) -> Line | None:
        """The line of source that the instruction is of."""
        at = bisect.bisect_right(self._line_starts, address) - 1
        return self.lines[at] if at >= 0 and address < self.lines[at].end else None

    def place(self, address: int) -> str:
        """``main+0x1c main.c:12``; what is not known is left out."""
        function, line = self.function(address), self.line(address)
        parts = [f"{function.name}+0x{address - function.start:x}"] if function else []
        return " ".join([*parts, f"{PurePosixPath(line.file).name}:{line.line}"] if line else parts)


def _functions(elf: ELFFile) -> Sequence[Function]:
    found: dict[int, Function] = {}
    for section in elf.iter_sections():
        if not isinstance(section, SymbolTableSection):
            continue
        for symbol in section.iter_symbols():
            if symbol["st_info"]["type"] == "STT_FUNC" and symbol["st_shndx"] != "SHN_UNDEF":
                start = symbol["st_value"] & ~1  # bit 0 says Thumb
                function = Function(start, start + max(symbol["st_size"], 2), symbol.name)
                if start not in found or symbol["st_info"]["bind"] == "STB_GLOBAL":
                    found[start] = function
    return sorted(found.values(), key=lambda function: function.start)


def _lines(dwarf: DWARFInfo) -> Iterator[Line]:
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        files = _file_names(program.header, unit.get_top_DIE())
        previous = None
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if previous is not None and state.address > previous.address and previous.line and previous.file in files:
                yield Line(previous.address, state.address, files[previous.file], previous.line)
            previous = None if state.end_sequence else state


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _file_names(header: Mapping[str, Any], top: DIE) -> dict[int, str]:
    """By the numbers of the line program: DWARF 5 counts files and folders from 0, the versions before from 1 with the unit's folder as 0."""
    version: int = header["version"]
    entries = header["file_entry"]
    folders = [_text(folder) for folder in header["include_directory"]]
    attributes = top.attributes
    base = _text(attributes["DW_AT_comp_dir"].value) if "DW_AT_comp_dir" in attributes else ""
    if version < 5:
        folders = [base, *folders]
    names = {}
    for number, entry in enumerate(entries, 0 if version >= 5 else 1):
        folder = folders[entry.dir_index] if entry.dir_index < len(folders) else ""
        names[number] = str(PurePosixPath(base, folder, _text(entry.name)))
    return names
