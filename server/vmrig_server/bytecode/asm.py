# SPDX-License-Identifier: Apache-2.0
"""The assembler of one function: instructions with labels in, 32-bit words, handlers and a line table out.

Jumps are written to labels; the assembler removes code that cannot be reached, threads jumps through jumps, and makes the short ones
(8-bit distances) long where the label is too far: the inverse condition jumps over a JMP.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .isa import ENDS
from .tables import Opcode, Tables

# A condition and its exact opposite. The ordered comparisons have none but the JN* forms: with a NaN neither `<` nor `>=` holds.
INVERSE = {"JT": "JF", "JNONE": "JNNONE", "JEQ": "JNE", "JEQI": "JNEI", "JBS": "JBC"}
INVERSE |= {f"J{c}{i}": f"JN{c}{i}" for c in ("LT", "LE", "GT", "GE") for i in ("", "I")}
INVERSE |= {v: k for k, v in INVERSE.items()}

SHORT_JUMPS = frozenset(name for name in INVERSE if name not in ("JT", "JF", "JNONE", "JNNONE"))
LONG_JUMPS = frozenset({"JMP", "JT", "JF", "JNONE", "JNNONE", "FORPREP", "FOR0", "FORR", "FOR"})
JUMPS = SHORT_JUMPS | LONG_JUMPS


class FunctionTooLarge(Exception):
    """A jump or the function itself does not fit its 16 bits; the compiler names the function."""


@dataclass(eq=False, slots=True)
class Label:
    """A place in the code. `bound` is the set of variables that are assigned on every way to it (None: no way seen yet)."""

    index: int = -1
    bound: int | None = None


@dataclass(eq=False, slots=True)
class Ins:
    """One instruction before it has an address. Fields are the operands as opcodes.def names them; a jump has its label."""

    op: str
    a: int = 0
    b: int = 0
    c: int = 0
    ext: tuple[int, ...] = ()
    line: int = 0
    label: Label | None = None


@dataclass(slots=True)
class Range:
    """A region of code whose exceptions go to `target`, the exception in register `reg`."""

    start: Label
    end: Label
    target: Label
    reg: int


@dataclass
class Assembled:
    """The finished code of a function: words, handlers as (start, end, target, register), and the source line of each word."""

    words: list[int] = field(default_factory=list)
    handlers: list[tuple[int, int, int, int]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def encode(op: Opcode, a: int, b: int, c: int) -> int:
    """One instruction word. For the formats AS, AU and S, `b` is the 16-bit operand; signed fields may be negative."""
    if op.format in ("AS", "AU", "S", "U"):
        return op.number | (a & 255) << 8 | (b & 0xFFFF) << 16
    return op.number | (a & 255) << 8 | (b & 255) << 16 | (c & 255) << 24


class Code:
    """The instructions of one function while it is compiled."""

    def __init__(self, tables: Tables, inexact: frozenset[str] = frozenset()) -> None:
        self.tables = tables
        self.inexact = inexact  # jumps whose inverse may differ in this program
        self.items: list[Ins] = []
        self.ranges: list[Range] = []
        self.contexts: list[Range] = []  # code that handles the exception in `reg`; target is start
        self.placed = 0  # where the last label was placed

    def add(self, ins: Ins) -> None:
        """Appends an instruction."""
        self.items.append(ins)

    def place(self, label: Label) -> None:
        """The label means the next instruction to be appended."""
        label.index = self.placed = len(self.items)

    def last(self) -> Ins | None:
        """The last instruction, if nothing jumps behind it, so that it may be changed."""
        return self.items[-1] if self.items and self.placed < len(self.items) else None

    def prepend(self, items: list[Ins]) -> None:
        """Puts instructions before all others; nothing jumps to them."""
        if not items:
            return
        for label in self._labels():
            label.index += len(items)
        self.items[:0] = items

    def _labels(self) -> list[Label]:
        labels = {id(ins.label): ins.label for ins in self.items if ins.label is not None}
        for r in [*self.ranges, *self.contexts]:
            for label in (r.start, r.end, r.target):
                labels[id(label)] = label
        return list(labels.values())

    # --- improvement before addresses exist
    def _thread(self) -> None:
        """A jump to a JMP goes where that goes; a JMP to a return is that return."""
        for ins in self.items:
            if ins.label is None:
                continue
            for _ in range(8):
                index = ins.label.index
                target = self.items[index] if index < len(self.items) else None
                if target is None or target.op != "JMP" or target.label is None or target is ins:
                    break
                ins.label = target.label
            if ins.op == "JMP" and ins.label.index < len(self.items):
                final = self.items[ins.label.index]
                if final.op in ("RET", "RETN"):
                    ins.op, ins.a, ins.label, ins.line = final.op, final.a, None, final.line

    def _reachable(self) -> list[bool]:
        seen = [False] * len(self.items)
        pending = [0]
        while True:
            while pending:
                i = pending.pop()
                while i < len(self.items) and not seen[i]:
                    seen[i] = True
                    ins = self.items[i]
                    if ins.label is not None:
                        pending.append(ins.label.index)
                    if ins.op in ENDS:
                        break
                    i += 1
            for r in self.ranges:
                if not seen[r.target.index] and any(seen[r.start.index : r.end.index]):
                    pending.append(r.target.index)
            if not pending:
                return seen

    def _keep(self, keep: list[bool]) -> None:
        position = []
        kept: list[Ins] = []
        for i, ins in enumerate(self.items):
            position.append(len(kept))
            if keep[i]:
                kept.append(ins)
        position.append(len(kept))
        for label in self._labels():
            label.index = position[label.index]
        self.items = kept
        self.ranges = [r for r in self.ranges if r.start.index < r.end.index]

    def _improve(self) -> None:
        self._thread()
        self._keep(self._reachable())
        while True:
            keep = [
                not (ins.op == "JMP" and ins.label is not None and ins.label.index == i + 1)
                for i, ins in enumerate(self.items)
            ]
            if all(keep):
                return
            self._keep(keep)

    # --- addresses
    def _layout(self, long: set[int]) -> list[int]:
        address, addresses = 0, []
        for i, ins in enumerate(self.items):
            addresses.append(address)
            address += 1 + len(ins.ext)
            if i in long:
                address += 1 if self.inverse(ins.op) else 2
        addresses.append(address)
        return addresses

    def inverse(self, op: str) -> str | None:
        """The jump that is taken exactly when this one is not, or None when there is no such."""
        return None if op in self.inexact else INVERSE.get(op)

    def assemble(self) -> Assembled:
        """The words. Raises FunctionTooLarge."""
        self._improve()
        long: set[int] = set()
        while True:
            addresses = self._layout(long)
            far = {
                i
                for i, ins in enumerate(self.items)
                if i not in long
                and ins.op in SHORT_JUMPS
                and ins.label is not None
                and not -128 <= addresses[ins.label.index] - addresses[i] - 1 <= 127
            }
            if not far:
                break
            long |= far
        if addresses[-1] > 0xFFFF:
            raise FunctionTooLarge
        result = Assembled()
        for i, ins in enumerate(self.items):
            words = self._words(ins, addresses, addresses[i], i in long)
            result.words += words
            result.lines += [ins.line] * len(words)
        for r in [*self.contexts, *self.ranges]:
            row = (addresses[r.start.index], addresses[r.end.index], addresses[r.target.index], r.reg)
            if row[0] < row[1]:
                result.handlers.append(row)
        return result

    def _words(self, ins: Ins, addresses: list[int], here: int, long: bool) -> list[int]:
        by_name = self.tables.by_name
        if ins.label is None:
            ext = by_name["EXT"]
            return [encode(by_name[ins.op], ins.a, ins.b, ins.c), *(encode(ext, e >> 16, e, 0) for e in ins.ext)]
        target = addresses[ins.label.index]
        if ins.op in SHORT_JUMPS:
            if not long:
                return [encode(by_name[ins.op], ins.a, ins.b, target - here - 1)]
            inverse = self.inverse(ins.op)
            if inverse is not None:
                return [encode(by_name[inverse], ins.a, ins.b, 1), self._jmp(target - here - 2)]
            return [encode(by_name[ins.op], ins.a, ins.b, 1), self._jmp(1), self._jmp(target - here - 3)]
        distance = target - here - 1
        if not -0x8000 <= distance <= 0x7FFF:
            raise FunctionTooLarge
        return [encode(by_name[ins.op], ins.a, distance, 0)]

    def _jmp(self, distance: int) -> int:
        if not -0x8000 <= distance <= 0x7FFF:
            raise FunctionTooLarge
        return encode(self.tables.by_name["JMP"], 0, distance, 0)


def line_table(lines: list[int], first_line: int) -> bytes:
    """The LINES pairs of one function: `line += lines`, then the next `words` words are of that line."""
    out = bytearray()
    current, i = first_line, 0
    while i < len(lines):
        run = i
        while run < len(lines) and lines[run] == lines[i]:
            run += 1
        delta = lines[i] - current
        while not -128 <= delta <= 127:
            step = max(-128, min(127, delta))
            out += struct.pack("<Bb", 0, step)
            delta -= step
        count = run - i
        while count > 0:
            part = min(count, 255)
            out += struct.pack("<Bb", part, delta)
            delta, count = 0, count - part
        current, i = lines[i], run
    return bytes(out)
