# SPDX-License-Identifier: Apache-2.0
"""Source lines and words of code, both ways, from a container's LINES and DEBUG sections."""

from __future__ import annotations

import struct
from bisect import bisect_left
from dataclasses import dataclass

from ..asm import JUMPS
from ..container import SectionId
from ..isa import NAME_EXTENSIONS, extension_count, signed
from ..tables import tables
from ..view import View
from .protocol import Frame


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame is; line 0: unknown."""

    file: str
    line: int
    name: str


class Lines:
    """Of one program."""

    def __init__(self, image: bytes) -> None:
        self.view = View(image)
        self.build_id = self.view.container.build_id
        self._lines = [self.view.lines(n) for n in range(len(self.view.functions))]
        self._locals: list[list[str]] = self.view.debug.get("locals", [])
        self._free: dict[int, dict[int, str]] = {}
        self._starts: dict[tuple[str, int], list[int]] = {}
        for number in range(len(self.view.functions)):
            for word in self._line_starts(number):
                key = (self.file(number), self._lines[number][word])
                self._starts.setdefault(key, []).append(self.view.functions[number].code_offset + word)
        self._drop_ends()

    def file(self, function: int) -> str:
        """The source file that a function is of."""
        return self.view.name(self.view.definitions[function].file) if self.view.definitions else ""

    @property
    def has_handlers(self) -> bool:
        """Some try or with is in it; a range that is its own target only notes what is being handled."""
        numbers = range(len(self.view.functions))
        return any(start != target for n in numbers for start, _, target, _ in self.view.handlers(n))

    @property
    def files(self) -> list[str]:
        """All source files."""
        return sorted({self.file(n) for n in range(len(self.view.functions))} - {""})

    def place(self, frame: Frame) -> Place:
        """Where a frame is."""
        if not 0 <= frame.function < len(self._lines):
            return Place("", 0, f"function#{frame.function}")
        lines = self._lines[frame.function]
        line = lines[frame.word] if frame.word < len(lines) else 0
        return Place(self.file(frame.function), line, self.view.function_name(frame.function))

    def absolute(self, frame: Frame) -> int:
        """The word of CODE."""
        return self.view.functions[frame.function].code_offset + frame.word

    def run_of(self, frame: Frame) -> tuple[int, int]:
        """The words around a frame's that are of the same line, [first, end) in CODE."""
        lines, word = self._lines[frame.function], frame.word
        first, end = word, word + 1
        while first > 0 and lines[first - 1] == lines[word]:
            first -= 1
        while end < len(lines) and lines[end] == lines[word]:
            end += 1
        offset = self.view.functions[frame.function].code_offset
        return offset + first, offset + end

    def is_start(self, frame: Frame) -> bool:
        """A line begins here: a place to show to somebody who steps."""
        return self.place(frame).line > 0 and not self._prologue(frame)

    def _prologue(self, frame: Frame) -> bool:
        """Before the first statement of a function: cells are made there."""
        f = self.view.definitions[frame.function]
        lines = self._lines[frame.function]
        return (
            self.view.function_name(frame.function) != "<module>"
            and lines[frame.word] == f.first_line
            and all(line == f.first_line for line in lines[: frame.word + 1])
            and any(line != f.first_line for line in lines)
        )

    def words(self, file: str, line: int) -> tuple[int, list[int]]:
        """The first line from `line` on that has code, and the words at which it begins; (0, []) when there is none behind it."""
        known = sorted(each for name, each in self._starts if name == file)
        at = bisect_left(known, line)
        if at == len(known):
            return 0, []
        return known[at], self._starts[file, known[at]]

    def lines_with_code(self, file: str) -> list[int]:
        """Lines that a breakpoint can be at."""
        return sorted(line for name, line in self._starts if name == file)

    def _drop_ends(self) -> None:
        """A file's body ends at its last line, which may be one of a function: only the function's code is meant there."""
        end = tables().by_name["RETN"].number
        code = [word for (word,) in struct.iter_unpack("<I", self.view.container.data(SectionId.CODE))]
        for key, words in self._starts.items():
            others = [word for word in words if code[word] & 255 != end]
            if others and len(words) > 1:
                self._starts[key] = others

    def _line_starts(self, number: int) -> list[int]:
        """Where a line begins: its first word in the code, and those of its other runs that something jumps to, or that loop."""
        lines, jumps = self._lines[number], self._jumps(number)
        targets = {target for _, target in jumps} | {target for _, _, target, _ in self.view.handlers(number)}
        loops = {at for at, target in jumps if target <= at}
        seen: set[int] = set()
        starts = []
        for word, line in enumerate(lines):
            if line <= 0 or (word and lines[word - 1] == line) or self._prologue(Frame(number, word)):
                continue
            end = next((i for i in range(word, len(lines)) if lines[i] != line), len(lines))
            if line not in seen or word in targets or not loops.isdisjoint(range(word, end)):
                starts.append(word)
            seen.add(line)
        return starts

    def _jumps(self, number: int) -> list[tuple[int, int]]:
        """Words of a function that jump, and to where."""
        opcodes, words = tables().opcodes, self.view.words(number)
        found = []
        at = 0
        while at < len(words):
            word, start = words[at], at
            op = opcodes[word & 255]
            at += 1 + extension_count(op, word)
            if op.name in JUMPS:
                field = word >> 16 if op.format in ("AS", "S") else word >> 16 & 255 if op.format == "AsC" else 0
                bits = 16 if op.format in ("AS", "S") else 8
                if op.format in ("ABs", "AsC"):
                    field = word >> 24
                found.append((start, at + signed(field, bits)))
        return found

    # --- names

    def register_names(self, function: int) -> list[str]:
        """The variable of each register; empty for what is in between."""
        return self._locals[function] if function < len(self._locals) else []

    def free_names(self, function: int) -> dict[int, str]:
        """Names of a function's free cells by number, as its code asks for them."""
        if function in self._free:
            return self._free[function]
        opcodes, words = tables().opcodes, self.view.words(function)
        names: dict[int, str] = {}
        at = 0
        while at < len(words):
            word = words[at]
            op = opcodes[word & 255]
            if op.name == "GETFREE" and op.name in NAME_EXTENSIONS:
                names[word >> 16 & 255] = self.view.name(words[at + 1] >> 16)
            at += 1 + extension_count(op, word)
        self._free[function] = names
        return names
