# SPDX-License-Identifier: Apache-2.0
"""Writes instructions that neither fault nor lose their stack: data processing, loads and stores of the small memory, PUSH and POP."""

from __future__ import annotations

import random

from . import encodings as e

MEMORY, MEMORY_SIZE = 0x0000, 0x4000
STATE = 0x100
CODE, CODE_SIZE = 0x4000, 0x3C000
STACK_LOW, STACK, STACK_HIGH = 0x2A00, 0x3000, 0x3600
SELF, BKPT = 0xE7FE, 0xBE00

NO_REGISTER = -1
LOW = range(8)


class Writer:
    def __init__(self, rng: random.Random, core: str) -> None:
        self.rng = rng
        self.v7m = core != "cortex-m0"
        self.dsp = core == "cortex-m4"
        self.out: list[int] = []
        self.starts: list[int] = []
        """Index of the first halfword of every instruction."""
        self.sp = (STACK, STACK)
        """It is between these."""
        self.kept: tuple[int, ...] = ()
        """Registers that must not change now."""
        self.data_32 = (e.DATA_V7M + e.DATA_DSP * (1 if self.dsp else 0)) if self.v7m else []

    # --- the frame

    def prologue(self) -> None:
        self.add(0x2080)  # movs r0, #128
        self.add(0x0040)  # lsls r0, r0, #1
        self.add(0xC8FE)  # ldmia r0!, {r1-r7}
        self.add(0xF381, 0x8C00 if self.dsp else 0x8800)  # msr APSR_nzcvq(g), r1
        for d, s in ((8, 2), (9, 3), (10, 4), (11, 5), (12, 6), (14, 7)):
            self.add(_move(d, s))
        self.add(0x6801)  # ldr r1, [r0]
        self.add(_move(13, 1))
        self.add(0x1D00)  # adds r0, r0, #4: sets flags, which the body starts with
        self.add(0xC8FF)  # ldmia r0, {r0-r7}

    def epilogue(self) -> None:
        if self.sp[0] < STACK_LOW + 64:
            self.stack_pointer()
        self.add(0xB4FF)  # push {r0-r7}
        self.add(0xF3EF, 0x8000)  # mrs r0, APSR
        for d, s in enumerate((8, 9, 10, 11, 12, 14, 13), 1):
            self.add(_move(d, s))
        self.add(0xB4FF)
        self.add(BKPT)

    # --- help

    def add(self, *halfwords: int) -> int:
        """One instruction; its index among the halfwords."""
        at = len(self.out)
        self.starts.append(at)
        self.out += halfwords
        return at

    def low(self) -> int:
        while True:
            r = self.rng.randrange(8)
            if r not in self.kept:
                return r

    def row(self, row: e.Row, **fixed: int) -> None:
        """With destinations that may change."""
        self.add(*self.kept_row(row, **fixed))

    def kept_row(self, row: e.Row, **fixed: int) -> list[int]:
        while True:
            word, values = row.fill(self.rng, **fixed)
            if not self.kept or not any(values.get(d, NO_REGISTER) in self.kept for d in "DLHTS"):
                return [word >> 16, word & 0xFFFF] if row.wide else [word]

    def set(self, register: int, value: int) -> None:
        """register = value, 0..0xFFFF; a low one, or any on ARMv7-M."""
        if self.v7m and (register > 7 or self.rng.random() < 0.6):
            self.add(0xF240 | value >> 12 | (value >> 1 & 0x400), (value << 4 & 0x7000) | register << 8 | value & 0xFF)
            return
        self.add(0x2000 | register << 8 | value >> 8)
        if value & 0xFF or self.rng.random() < 0.5:
            self.add(8 << 6 | register << 3 | register)  # lsls #8
            self.add(0x3000 | register << 8 | value & 0xFF)
        else:
            self.add(8 << 6 | register << 3 | register)

    def pointer(self, register: int, alignment: int) -> None:
        self.set(register, self.rng.randrange(0x1400, 0x2700, alignment))

    def any_register(self) -> int:
        while True:
            r = self.rng.choice(e.REGISTERS) if self.v7m else self.rng.randrange(8)
            if r not in self.kept:
                return r

    # --- units

    def one_data(self) -> list[int]:
        rng = self.rng
        if self.data_32 and rng.random() < 0.6:
            return self.kept_row(rng.choice(self.data_32))
        while True:
            h = rng.choice(e.DATA_16)
            if e.destination_16(h) not in self.kept:
                return [h]

    def data(self) -> None:
        for _ in range(self.rng.randrange(1, 5)):
            self.add(*self.one_data())

    def memory(self) -> None:
        rng, base = self.rng, self.any_register()
        if base > 7 or (self.v7m and rng.random() < 0.7):
            aligned = rng.random() < 0.3
            self.pointer(base, 4 if aligned else 1)
            row = rng.choice(e.ALIGNED_V7M[:2] if aligned else e.UNALIGNED_V7M)
            self.with_offset(row, base, range(0x200))  # shifted by 3 at most
            return
        row = rng.choice(e.MEMORY_16[:4])
        self.pointer(base, 1 if self.v7m else 4)
        self.with_offset(row, base, range(0, 0x400, 1 if self.v7m else 4))

    def with_offset(self, row: e.Row, base: int, offsets: range) -> None:
        """A load or store; an offset register is set first."""
        if not any(letter == "M" for letter, _, _ in row.fields):
            self.row(row, N=base)
            return
        while True:
            index = self.low()
            if index != base:
                break
        self.set(index, self.rng.choice(offsets))
        self.row(row, N=base, M=index)

    def multiple(self) -> None:
        rng, base = self.rng, self.any_register()
        self.pointer(base, 4)
        if base > 7 or (self.v7m and rng.random() < 0.6):
            row = rng.choice(e.ALIGNED_V7M[2:])
            while True:
                h1, h2 = row.halfwords(rng, N=base)
                if not (h1 & 0x10 and any(h2 >> k & 1 for k in self.kept)):
                    break
            self.add(h1, h2)
            return
        while True:
            (h,) = rng.choice(e.MEMORY_16[4:6]).halfwords(rng, N=base)
            if not any(h >> k & 1 for k in self.kept if k < 8):
                break
        self.add(h)

    def room(self, down: int, up: int) -> None:
        if self.sp[0] - down < STACK_LOW or self.sp[1] + up > STACK_HIGH:
            self.stack_pointer()

    def stack_pointer(self) -> None:
        """Puts it back into the middle."""
        r = self.low()
        self.set(r, STACK)
        self.add(_move(13, r))
        self.sp = (STACK, STACK)

    def stack_step(self) -> tuple[list[int], int]:
        """An instruction that moves or uses the stack, and by how many bytes it moves."""
        rng, choice = self.rng, self.rng.randrange(8 if self.v7m else 5)
        while True:
            registers = rng.randrange(1, 256)
            if not any(registers >> k & 1 for k in self.kept if k < 8):
                break
        size = 4 * registers.bit_count()
        if choice == 0:
            link = rng.getrandbits(1)
            return [0xB400 | link << 8 | registers], -size - 4 * link
        if choice == 1:
            return [0xBC00 | registers], size
        if choice == 2:
            words = rng.randrange(1, 16)
            return [0xB000 | words], 4 * words
        if choice == 3:
            words = rng.randrange(1, 16)
            return [0xB080 | words], -4 * words
        if choice == 4:
            return self.kept_row(e.STACK_16[0]), 0
        wide = registers << rng.choice((0, 4)) & 0x1FFF
        if any(wide >> k & 1 for k in self.kept) or wide.bit_count() < 2:
            wide = 0
        if choice == 5 and wide:
            return [0xE92D, wide], -4 * wide.bit_count()  # PUSH.W
        if choice == 6 and wide:
            return [0xE8BD, wide], 4 * wide.bit_count()
        return [0xF84D, self.low() << 12 | 0xD04], -4  # PUSH of one register, T3

    def stack(self) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            self.room(64, 64)
            code, moved = self.stack_step()
            self.add(*code)
            self.sp = (self.sp[0] + moved, self.sp[1] + moved)

    def literal(self) -> None:
        self.row(self.rng.choice(e.LITERAL_16 + e.LITERAL_V7M if self.v7m else e.LITERAL_16))

    def without_effect(self) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            self.add(rng.choice(e.HINTS_16))
        else:
            self.row(rng.choice(e.WITHOUT_EFFECT_V7M if self.v7m else e.BARRIERS_V6M))


def _move(d: int, s: int) -> int:
    return 0x4600 | (d & 8) << 4 | s << 3 | d & 7
