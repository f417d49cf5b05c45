# SPDX-License-Identifier: Apache-2.0
"""Random programs that end: straight runs, IT blocks, branches forward, counted loops, tables, accesses to a small memory.

A program loads its registers and flags from STATE, does its work, and pushes all registers and flags onto its stack: that two machines ran it
alike can be seen in their memories alone.
"""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass

from . import encodings as e
from .writer import LOW, STACK, Writer


@dataclass(frozen=True)
class Program:
    halfwords: list[int]
    starts: list[int]
    """Index of the first halfword of every instruction."""

    @property
    def code(self) -> bytes:
        return struct.pack(f"<{len(self.halfwords)}H", *self.halfwords)


def random_state(rng: random.Random, core: str) -> bytes:
    """APSR, r8..r12, lr, sp, r0..r7 as the program's frame loads them."""
    words = [rng.choice(_INTERESTING) if rng.random() < 0.4 else rng.getrandbits(32) for _ in range(16)]
    words[0] = rng.getrandbits(5) << 27 | rng.getrandbits(4) << 16
    if core == "cortex-m0":
        words[0] &= 0xF000_0000  # see UNICORN_IS_WRONG
    words[7] = STACK
    return struct.pack("<16I", *words)


_INTERESTING = (
    *(0, 1, 2, 31, 32, 33, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF),
    *(0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FF80, 0x7FFF_8000),
)


def make(rng: random.Random, core: str, units: int) -> Program:
    """A program of so many units, each one to about ten instructions; core: cortex-m0, cortex-m3, cortex-m4."""
    writer = _Writer(rng, core)
    writer.prologue()
    writer.units(units)
    writer.epilogue()
    return Program(writer.out, writer.starts)


class _Writer(Writer):
    """And what goes on elsewhere: IT blocks, branches, loops, tables; exclusives and system registers."""

    def __init__(self, rng: random.Random, core: str) -> None:
        super().__init__(rng, core)
        kinds = [(self.data, 40), (self.memory, 12), (self.multiple, 4), (self.stack, 6), (self.literal, 3), (self.without_effect, 2),
                 (self.skip, 8), (self.loop, 2), (self.call, 3), (self.jump, 3), (self.stack_pointer, 2)]  # fmt: skip
        if self.v7m:
            kinds += [
                (self.if_then, 10),
                (self.exclusive, 2),
                (self.table, 2),
                (self.compare_and_skip, 3),
                (self.system, 2),
            ]
        else:
            kinds += [(self.system, 1)]
        self.kinds = [kind for kind, weight in kinds for _ in range(weight)]

    def units(self, count: int) -> None:
        for _ in range(count):
            self.rng.choice(self.kinds)()

    def if_then(self) -> None:
        rng = self.rng
        condition, mask = rng.randrange(15), rng.randrange(1, 16)
        if condition == 14:
            mask &= -mask
        count = 4 - (mask & -mask).bit_length() + 1
        base = self.low()
        self.room(64 * count, 64 * count)
        self.pointer(base, 4)
        before = self.kept
        self.kept = (*before, base)
        if rng.random() < 0.5:
            self.add(*self.one_data())
        self.add(0xBF00 | condition << 4 | mask)
        moved_down = moved_up = 0
        usable = True
        for _ in range(count):
            kind = rng.random()
            if kind < 0.7:
                self.add(*self.one_data())
            elif kind < 0.85 and usable:
                row = rng.choice([*e.MEMORY_16[1:4], *e.UNALIGNED_V7M[:4], e.ALIGNED_V7M[0]])
                self.add(*self.kept_row(row, N=base, **({"w": 0} if "LDRD" in row.name else {})))
                usable = "indexed" not in row.name  # else it may not be aligned any more
            else:
                code, moved = self.stack_step()
                self.add(*code)
                moved_down, moved_up = min(moved_down, moved_down + moved), max(moved_up, moved_up + moved)
        self.kept = before
        self.sp = (self.sp[0] + moved_down, self.sp[1] + moved_up)

    def ahead(self, most: int) -> int:
        """Units that a branch may jump over; the halfword index after them."""
        before = self.sp
        self.units_over(self.rng.randrange(most))
        self.sp = (min(before[0], self.sp[0]), max(before[1], self.sp[1]))
        return len(self.out)

    def units_over(self, count: int) -> None:
        for _ in range(count):
            self.rng.choice((self.data, self.memory, self.stack, self.multiple))()

    def skip(self) -> None:
        """A branch forward, conditional or not."""
        rng, condition = self.rng, self.rng.randrange(15)
        wide = self.v7m and rng.random() < 0.4
        at = self.add(0, 0) if wide else self.add(0)
        distance = self.ahead(4) - at - 2
        if wide and condition < 14:
            self.out[at : at + 2] = [0xF000 | condition << 6, 0x8000 | distance]
        elif wide:
            self.out[at : at + 2] = [0xF000, 0xB800 | distance]  # B.W: J1 = J2 = 1
        elif condition < 14:
            self.out[at] = 0xD000 | condition << 8 | distance & 0xFF
        else:
            self.out[at] = 0xE000 | distance & 0x7FF

    def compare_and_skip(self) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            self.add(0x2000 | rng.randrange(8) << 8)
        at = self.add(0)
        kind, register = rng.getrandbits(1), rng.randrange(8)
        distance = self.ahead(4) - at - 2
        if distance < 0:  # the nearest it reaches is the second halfword after it
            self.add(0xBF00)
            distance = 0
        self.out[at] = 0xB100 | kind << 11 | (distance & 0x20) << 4 | (distance & 31) << 3 | register

    def loop(self) -> None:
        rng, counter = self.rng, self.low()
        before = self.kept
        self.set(counter, rng.randrange(1, 6))
        self.kept = (*before, counter)
        start = len(self.out)
        for _ in range(rng.randrange(1, 4)):
            self.add(*self.one_data())
        self.add(0x3801 | counter << 8)  # subs
        if self.v7m and rng.random() < 0.3:
            self.add(0xF47F, 0xA800 | (start - len(self.out) - 2) & 0x7FF)  # bne.w
        else:
            self.add(0xD100 | (start - len(self.out) - 2) & 0xFF)
        self.kept = before

    def target(self, register: int) -> tuple[int, int]:
        """register = an address with its Thumb bit, filled in by `aim`: ADR and ADDS."""
        if len(self.out) & 1:
            self.add(0xBF00)
        at = self.add(0xA000 | register << 8)
        self.add(0x3001 | register << 8)
        return at, register

    def aim(self, place: tuple[int, int], index: int) -> None:
        at, register = place
        self.out[at] = 0xA000 | register << 8 | (index - at - 2) // 2

    def even(self) -> int:
        if len(self.out) & 1:
            self.add(0xBF00)
        return len(self.out)

    def call(self) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            at = self.add(0, 0)  # BL
            distance = self.ahead(3) - at - 2
            self.out[at : at + 2] = [0xF000, 0xF800 | distance]
            return
        r = self.low()
        place = self.target(r)
        self.add(0x4780 | r << 3)  # BLX
        self.ahead(3)
        self.aim(place, self.even())

    def jump(self) -> None:
        """BX, MOV PC, ADD PC, POP {PC}, LDR PC, LDM PC."""
        rng, r = self.rng, self.low()
        kind = rng.randrange(7 if self.v7m else 4)
        self.room(64, 64)
        if kind == 3:
            at = self.add(0, 0x4487 | r << 3) + 1  # MOVS, ADD PC
            self.starts.append(at)
            over = max(0, self.ahead(3) - at - 2)
            if len(self.out) < at + 2:
                self.add(0xBF00)
            self.out[at - 1] = 0x2000 | r << 8 | 2 * over
            return
        place = self.target(r)
        if kind == 0:
            self.add(0x4700 | r << 3)
        elif kind == 1:
            self.add(0x4687 | r << 3)
        elif kind == 2:
            self.add(0xB400 | 1 << r)
            self.add(0xBD00)
        else:
            base = rng.choice([b for b in LOW if b != r])
            self.pointer(base, 4)
            self.add(0x6000 | base << 3 | r)
            if kind == 4:
                self.add(0xF8D0 | base, 0xF000)
            elif kind == 5:
                self.add(0xF850 | base, 0xFB04)  # post-indexed
            else:
                self.add(0x6040 | base << 3 | r)
                self.add(0xE8B0 | base, 0x8000 | 1 << rng.choice([x for x in LOW if x != base]))
        self.ahead(3)
        self.aim(place, self.even())

    def table(self) -> None:
        """TBB or TBH over four ways of different length."""
        rng, index = self.rng, self.low()
        half = rng.getrandbits(1)
        self.set(index, rng.randrange(4))
        if rng.getrandbits(1) and not half:
            at = self.add(0xE8DF, 0xF000 | index)
        else:
            half = 1
            at = self.add(0xE8DF, 0xF010 | index)
        entries = self.add(*([0] * (4 if half else 2)))
        self.starts.pop()  # not an instruction
        ways = []
        for _ in range(4):
            ways.append(len(self.out) - at - 2)
            for _ in range(rng.randrange(1, 3)):
                self.add(*self.one_data())
        if half:
            self.out[entries : entries + 4] = ways
        else:
            self.out[entries : entries + 2] = [ways[0] | ways[1] << 8, ways[2] | ways[3] << 8]

    def exclusive(self) -> None:
        rng, base = self.rng, self.low()
        load, store = rng.choice(e.EXCLUSIVE)
        kind = rng.random()
        if kind < 0.2:
            self.add(*e.CLREX)
        self.pointer(base, 4)
        before = self.kept
        self.kept = (*before, base)
        if kind >= 0.2:
            offset = {"i": rng.getrandbits(8)} if load.name == "LDREX" else {}
            self.row(load, N=base, **offset)
            if rng.getrandbits(1):
                self.add(*self.one_data())
        else:
            offset = {}
        while True:
            word, f = store.fill(rng, N=base, **offset)
            if f["D"] not in (base, f["T"]) and f["D"] not in self.kept:
                break
        self.add(word >> 16, word & 0xFFFF)
        self.kept = before

    def system(self) -> None:
        """Masks are set, read back and cleared again."""
        rng, r = self.rng, self.low()
        (write, v6m_written, v7m_written), (read, v6m_read, v7m_read) = e.SYSTEM
        which = rng.choice(v7m_written if self.v7m else v6m_written)
        self.add(*write.halfwords(rng, s=which))
        self.row(read, D=self.any_register(), s=rng.choice(v7m_read if self.v7m else v6m_read))
        self.add(rng.choice(e.CPS_V7M if self.v7m else e.CPS_V6M))
        self.row(read, D=self.any_register(), s=rng.choice(v7m_read if self.v7m else v6m_read))
        self.add(0x2000 | r << 8)
        for s in v7m_written if self.v7m else v6m_written:
            self.add(*write.halfwords(rng, N=r, s=s))
