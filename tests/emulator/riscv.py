# SPDX-License-Identifier: Apache-2.0
"""Random programs of RV32IMC: every instruction of it but those that trap, over all registers, with accesses to memory that stay inside."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

CODE, CODE_SIZE = 0x4000_0000, 0x4_0000
MEMORY, MEMORY_SIZE = 0x2000_0000, 0x4000
"""More than three pages, so that accesses cross their borders."""
INTERESTING = (0, 1, 2, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_8000, 0x0000_7FFF, 0x0001_0000)

R_TYPE = {(0x00, f): name for f, name in enumerate(("add", "sll", "slt", "sltu", "xor", "srl", "or", "and"))} | {
    (0x20, 0): "sub",
    (0x20, 5): "sra",
}
M_TYPE = {(0x01, f): name for f, name in enumerate(("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"))}


def r_type(f7: int, f3: int, d: int, a: int, b: int, opcode: int = 0x33) -> int:
    return f7 << 25 | b << 20 | a << 15 | f3 << 12 | d << 7 | opcode


def i_type(opcode: int, f3: int, d: int, a: int, imm: int) -> int:
    return (imm & 0xFFF) << 20 | a << 15 | f3 << 12 | d << 7 | opcode


def s_type(f3: int, a: int, b: int, imm: int) -> int:
    return (imm >> 5 & 0x7F) << 25 | b << 20 | a << 15 | f3 << 12 | (imm & 31) << 7 | 0x23


def b_type(f3: int, a: int, b: int, imm: int) -> int:
    at = (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3F) << 25 | (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7
    return at | b << 20 | a << 15 | f3 << 12 | 0x63


def jal(d: int, imm: int) -> int:
    at = (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3FF) << 21 | (imm >> 11 & 1) << 20 | (imm >> 12 & 0xFF) << 12
    return at | d << 7 | 0x6F


def bits(x: int, *places: tuple[int, int, int]) -> int:
    """Bits high..low of x, each moved so that the low one is at the third number."""
    return sum((x >> low & ((1 << high - low + 1) - 1)) << at for high, low, at in places)


def c_jump(imm: int) -> int:
    places = ((11, 11, 12), (4, 4, 11), (9, 8, 9), (10, 10, 8), (6, 6, 7), (7, 7, 6), (3, 1, 3), (5, 5, 2))
    return bits(imm, *places)


def c_branch(imm: int) -> int:
    return bits(imm, (8, 8, 12), (4, 3, 10), (7, 6, 5), (2, 1, 3), (5, 5, 2))


@dataclass
class Program:
    """Instructions, each 2 or 4 bytes; branches are made when it is known where their targets are."""

    instructions: list[int | Callable[[int, list[int]], int]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    base: int = CODE

    def add(self, instruction: int | Callable[[int, list[int]], int], length: int = 4) -> None:
        self.instructions.append(instruction)
        self.lengths.append(length)

    @property
    def code(self) -> bytes:
        """With a breakpoint instruction behind it."""
        at = [0]
        for length in self.lengths:
            at.append(at[-1] + length)
        out = b""
        for index, (instruction, length) in enumerate(zip(self.instructions, self.lengths, strict=True)):
            word = instruction if isinstance(instruction, int) else instruction(at[index], at)
            out += word.to_bytes(length, "little")
        return out + struct.pack("<H", 0x9002)


class Writer:
    """`counter`: a register that nothing but the loops writes."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.p = Program()
        self.counter = 0

    def any(self) -> int:
        return self.rng.randrange(32)

    def target(self) -> int:
        """A register to be written: x0 now and then."""
        while True:
            d = self.rng.randrange(32)
            if d == 0 or d != self.counter:
                return d

    def low(self) -> int:
        while True:
            d = self.rng.randrange(8)
            if 8 + d != self.counter:
                return d

    def load_constant(self, d: int, value: int) -> None:
        low = (value & 0xFFF) - (0x1000 if value & 0x800 else 0)
        self.p.add((value - low & 0xFFFF_F000) | d << 7 | 0x37)
        self.p.add(i_type(0x13, 0, d, d, low))

    # --- one unit each

    def wide_alu(self) -> None:
        rng = self.rng
        f7, f3 = rng.choice([*R_TYPE, *M_TYPE, *M_TYPE])
        self.p.add(r_type(f7, f3, self.target(), self.any(), self.any()))

    def wide_immediate(self) -> None:
        f3 = self.rng.randrange(8)
        imm = self.rng.choice((0, 1, -1, 2047, -2048, self.rng.randrange(-2048, 2048)))
        if f3 in (1, 5):
            imm = self.rng.randrange(32) | (0x400 if f3 == 5 and self.rng.random() < 0.5 else 0)
        self.p.add(i_type(0x13, f3, self.target(), self.any(), imm))

    def upper(self) -> None:
        self.p.add(self.rng.getrandbits(20) << 12 | self.target() << 7 | self.rng.choice((0x37, 0x17)))

    def fence(self) -> None:
        self.p.add(self.rng.choice((0x0FF0_000F, 0x0000_100F)))

    def address_register(self) -> int:
        while True:
            d = self.rng.randrange(1, 32)
            if d != self.counter:
                return d

    def address(self, size: int, offset: int) -> int:
        spread = self.rng.random()
        at = (
            self.rng.randrange(MEMORY_SIZE - size + 1)
            if spread < 0.15
            else size * self.rng.randrange(MEMORY_SIZE // size)
        )
        if spread > 0.9:  # near the border of a page
            at = min(max(4096 - self.rng.randrange(6), 0), MEMORY_SIZE - size)
        return MEMORY + at - offset & 0xFFFF_FFFF

    def wide_memory(self) -> None:
        rng, store = self.rng, self.rng.random() < 0.45
        f3 = rng.choice((0, 1, 2) if store else (0, 1, 2, 4, 5))
        offset, a = rng.randrange(-2048, 2048), self.address_register()
        self.load_constant(a, self.address(1 << (f3 & 3), offset))
        self.p.add(s_type(f3, a, self.any(), offset) if store else i_type(0x03, f3, self.target(), a, offset))

    def narrow_memory(self) -> None:
        rng, store, stack = self.rng, self.rng.random() < 0.45, self.rng.random() < 0.5
        if stack and self.counter != 2:
            offset = 4 * rng.randrange(64)
            self.load_constant(2, self.address(4, offset))
            if store:
                self.p.add(0xC002 | bits(offset, (5, 2, 9), (7, 6, 7)) | self.any() << 2, 2)
            else:
                self.p.add(0x4002 | bits(offset, (5, 5, 12), (4, 2, 4), (7, 6, 2)) | (self.target() or 1) << 7, 2)
            return
        offset, a, b = 4 * rng.randrange(32), self.low(), self.low()
        self.load_constant(8 + a, self.address(4, offset))
        code = 0xC000 if store else 0x4000
        self.p.add(code | bits(offset, (5, 3, 10), (2, 2, 6), (6, 6, 5)) | a << 7 | b << 2, 2)

    def narrow_alu(self) -> None:
        rng = self.rng
        imm = rng.randrange(64)
        six = bits(imm, (5, 5, 12), (4, 0, 2))
        shift = rng.randrange(32) << 2
        d, low = self.target(), self.low() << 7
        written = d or 1 if self.counter != 1 else d or 3
        choices = [
            six | d << 7 | 0x0001,  # C.ADDI, C.NOP
            six | d << 7 | 0x4001,  # C.LI
            shift | low | 0x8001,  # C.SRLI
            shift | low | 0x8401,  # C.SRAI
            six | low | 0x8801,  # C.ANDI
            low | rng.randrange(4) << 5 | rng.randrange(8) << 2 | 0x8C01,  # C.SUB, C.XOR, C.OR, C.AND
            shift | d << 7 | 0x0002,  # C.SLLI
            written << 7 | rng.randrange(1, 32) << 2 | 0x8002,  # C.MV
            written << 7 | rng.randrange(1, 32) << 2 | 0x9002,  # C.ADD
        ]
        if imm:
            choices.append(rng.randrange(1, 256) << 5 | self.low() << 2)  # C.ADDI4SPN
            if written != 2:
                choices.append(six | written << 7 | 0x6001)  # C.LUI
            if self.counter != 2:
                choices.append(six | 2 << 7 | 0x6001)  # C.ADDI16SP
        self.p.add(rng.choice(choices), 2)

    def simple(self) -> None:
        units = (
            [self.wide_alu] * 5
            + [self.wide_immediate] * 4
            + [self.upper]
            + [self.fence] * (self.rng.random() < 0.05)
            + [self.narrow_alu] * 6
            + [self.wide_memory] * 3
            + [self.narrow_memory] * 2
        )
        self.rng.choice(units)()

    def forward(self) -> None:
        """A branch or jump over some instructions."""
        rng = self.rng
        kind = rng.randrange(6)
        a, b, d, f3 = self.any(), self.any(), self.target(), rng.choice((0, 1, 4, 5, 6, 7))
        low = rng.randrange(8) << 7
        index = len(self.p.instructions)
        end = [0]
        if kind == 0:
            self.p.add(lambda at, places: b_type(f3, a, b, places[end[0]] - at))
        elif kind == 1:
            code = rng.choice((0xC001, 0xE001))
            self.p.add(lambda at, places: code | low | c_branch(places[end[0]] - at), 2)
        elif kind == 2:
            self.p.add(lambda at, places: jal(d, places[end[0]] - at))
        elif kind == 3:
            code = 0x2001 if self.counter != 1 and rng.random() < 0.5 else 0xA001  # C.JAL, C.J
            self.p.add(lambda at, places: code | c_jump(places[end[0]] - at), 2)
        else:  # AUIPC, then a jump to a register
            t = self.address_register()
            narrow = rng.random() < 0.5
            link = rng.random() < 0.5 and self.counter != 1
            self.p.add(0x17 | t << 7)
            if narrow:
                self.p.add(lambda at, places: i_type(0x13, 0, t, t, places[end[0]] - places[index]))
                self.p.add((0x9002 if link else 0x8002) | t << 7, 2)
            else:
                odd = rng.randrange(2)  # the lowest bit of the target does not count
                self.p.add(lambda at, places: i_type(0x67, 0, d, t, (places[end[0]] - places[index]) | odd))
        for _ in range(rng.randrange(1, 5)):
            self.simple()
        end[0] = len(self.p.instructions)

    def loop(self) -> None:
        rng = self.rng
        self.counter = rng.randrange(3, 32)
        counter, narrow = self.counter, 8 <= self.counter < 16 and rng.random() < 0.7
        self.p.add(i_type(0x13, 0, counter, 0, rng.randrange(1, 12)))
        start = len(self.p.instructions)
        for _ in range(rng.randrange(1, 6)):
            self.forward() if rng.random() < 0.2 else self.simple()
        if rng.random() < 0.5:
            self.p.add(i_type(0x13, 0, counter, counter, -1))
        else:
            self.p.add(0x1001 | counter << 7 | 0x7C, 2)  # C.ADDI -1
        if narrow and sum(self.p.lengths[start:]) < 200:
            self.p.add(lambda at, places: 0xE001 | counter - 8 << 7 | c_branch(places[start] - at), 2)
        else:
            self.p.add(lambda at, places: b_type(1, counter, 0, places[start] - at))
        self.counter = 0


def make(rng: random.Random, units: int) -> Program:
    writer = Writer(rng)
    for _ in range(units):
        kind = rng.random()
        if kind < 0.12:
            writer.forward()
        elif kind < 0.22:
            writer.loop()
        else:
            writer.simple()
    return writer.p


def random_registers(rng: random.Random) -> list[int]:
    """x0 to x31."""
    choose = rng.choice
    return [0, *(choose(INTERESTING) if rng.random() < 0.3 else rng.getrandbits(32) for _ in range(31))]
