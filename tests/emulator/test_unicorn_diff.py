# SPDX-License-Identifier: Apache-2.0
"""The Cortex-M4 core against Unicorn: random instructions on random states, one by one, in straight runs and in IT blocks.

Both start from the same registers, flags and memory, run the same instructions, and must end alike. Left out is what ARMv7-M calls unpredictable,
what needs an NVIC (Unicorn has none), and branches other than those tested on their own.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB
from unicorn.arm_const import (
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_R3,
    UC_ARM_REG_R4,
    UC_ARM_REG_R5,
    UC_ARM_REG_R6,
    UC_ARM_REG_R7,
    UC_ARM_REG_R8,
    UC_ARM_REG_R9,
    UC_ARM_REG_R10,
    UC_ARM_REG_R11,
    UC_ARM_REG_R12,
    UC_ARM_REG_R13,
    UC_ARM_REG_R14,
    UC_ARM_REG_R15,
    UC_ARM_REG_XPSR,
    UC_CPU_ARM_CORTEX_M4,
)
from unicorn.unicorn_py3.unicorn import Uc
from vmrig_native import _emu

CODE, CODE_SIZE = 0x0000_0000, 0x1_0000
DATA, DATA_SIZE = 0x2000_0000, 0x1000
START = 0x1000
SELF = 0xE7FE  # b .
T_BIT = 1 << 24
COMPARED_XPSR = 0xF800_0000  # Unicorn does not show GE; test_parallel_* looks at it through SEL
UC_REGS = [
    UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4, UC_ARM_REG_R5, UC_ARM_REG_R6, UC_ARM_REG_R7,
    UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12, UC_ARM_REG_R13, UC_ARM_REG_R14,
]  # fmt: skip


class Pair:
    """One machine and one Unicorn with the same map: code RAM at 0, data RAM at 0x20000000."""

    def __init__(self) -> None:
        self.machine = _emu.Machine()
        self.machine.add_memory("code", "ram", CODE, CODE_SIZE)
        self.machine.add_memory("data", "ram", DATA, DATA_SIZE)
        self.machine.power(True)
        self.machine.poke(CODE, struct.pack("<II", DATA + DATA_SIZE, START | 1))
        self.uc: Any = cast(Any, Uc)(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
        self.uc.mem_map(CODE, CODE_SIZE)
        self.uc.mem_map(DATA, DATA_SIZE)
        self.at = START

    def compare(
        self, halfwords: list[int], count: int, regs: list[int], flags: int, data: bytes, in_bulk: bool
    ) -> str | None:
        """Runs `count` instructions from the same state; returns what differs, or None. In bulk: the slice is long enough for the core's fast path,
        and the instructions are followed by an endless loop."""
        self.at = START if self.at > CODE_SIZE - 0x400 else self.at + 0x80
        code = struct.pack(f"<{len(halfwords) + 2}H", *halfwords, SELF, SELF)
        end = self.at + 2 * len(halfwords)
        m, uc = self.machine, self.uc
        m.poke(self.at, code)
        m.poke(DATA, data)
        for i, value in enumerate(regs):
            m.core_set(i, value)
        m.core_set(15, self.at)
        m.core_set(_emu.REG_XPSR, flags | T_BIT)
        uc.mem_write(self.at, code)
        uc.ctl_remove_cache(self.at, self.at + len(code) + 4)
        uc.mem_write(DATA, data)
        for reg, value in zip(UC_REGS, regs, strict=True):
            uc.reg_write(reg, value)
        uc.reg_write(UC_ARM_REG_XPSR, flags | T_BIT)
        uc.emu_start(self.at | 1, CODE_SIZE, count=count)
        m.run(count + 300 if in_bulk else count)
        expected = [uc.reg_read(r) & 0xFFFFFFFF for r in UC_REGS]
        found = [m.core_get(i) for i in range(15)]
        problems = [f"r{i} {f:08x} not {e:08x}" for i, (f, e) in enumerate(zip(found, expected, strict=True)) if f != e]
        xpsr, uc_xpsr = m.core_get(_emu.REG_XPSR) & COMPARED_XPSR, uc.reg_read(UC_ARM_REG_XPSR) & COMPARED_XPSR
        if xpsr != uc_xpsr:
            problems.append(f"xpsr {xpsr:08x} not {uc_xpsr:08x}")
        pc, uc_pc = m.core_get(15), uc.reg_read(UC_ARM_REG_R15) & ~1
        if pc != (end if in_bulk and uc_pc == end else uc_pc):
            problems.append(f"pc {pc:08x} not {uc_pc:08x}")
        if m.peek(DATA, DATA_SIZE) != bytes(uc.mem_read(DATA, DATA_SIZE)):
            problems.append("memory differs")
        if not problems:
            return None
        words = " ".join(f"{h:04x}" for h in halfwords)
        return f"{words} from {' '.join(f'{r:08x}' for r in regs)} {flags:08x}: " + ", ".join(problems)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


INTERESTING = (
    0,
    1,
    2,
    31,
    32,
    33,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0xFFFF_FF80,
)


def random_registers(rng: random.Random, pointer: bool) -> list[int]:
    """r0..r14; with `pointer` every one is a small number or an address in the middle of the data."""
    if pointer:
        regs = [rng.choice((DATA + 0x800 + 4 * rng.randrange(-64, 64), 4 * rng.randrange(16))) for _ in range(15)]
    else:
        regs = [rng.choice(INTERESTING) if rng.random() < 0.4 else rng.getrandbits(32) for _ in range(15)]
    regs[13] = DATA + 0x800 + 8 * rng.randrange(16)
    return regs


def random_flags(rng: random.Random) -> int:
    return rng.getrandbits(5) << 27


def fields(rng: random.Random, template: str, registers: str, low: int = 0) -> list[int]:
    """Fills a 32-bit encoding: 0 and 1 are fixed, a lower-case letter is a random bit, an upper-case letter a register (r0..r12, r14)."""
    values: dict[str, int] = {}
    bits = template.replace(" ", "")
    assert len(bits) == 32, template
    for letter in registers:
        values[letter] = rng.choice([*range(13), 14])
    word = 0
    seen: dict[str, int] = {}
    widths = {letter: bits.count(letter) for letter in registers}
    for bit in bits:
        word <<= 1
        if bit == "1":
            word |= 1
        elif bit in values:
            index = seen.get(bit, 0)
            seen[bit] = index + 1
            word |= values[bit] >> (widths[bit] - 1 - index) & 1
        elif bit != "0":
            word |= rng.getrandbits(1)
    return [word >> 16, word & 0xFFFF]


# --- 16-bit


def is_plain_16(h: int) -> bool:
    """Data processing that neither branches nor touches memory nor r13/r15 as a destination."""
    if h < 0x4400:
        return True
    if 0x4400 <= h < 0x4700:  # hi registers
        d = (h & 7) | (h >> 4 & 8)
        m = h >> 3 & 15
        if h >> 8 & 3 == 1:
            return d != 15 and m != 15 and (d >= 8 or m >= 8)
        return d not in (13, 15) and m != 15
    if 0xA000 <= h < 0xB100:
        return True
    if 0xB200 <= h < 0xB300:
        return True
    return 0xBA00 <= h < 0xBB00 and (h >> 6 & 3) != 2


def test_16_bit_data_processing_does_what_unicorn_does(pair: Pair) -> None:
    rng = random.Random(1)
    problems: list[str] = []
    for h in range(0x10000):
        if is_plain_16(h) and (h >= 0x4000 or h % 5 == rng.randrange(5)):
            problem = pair.compare(
                [h], 1, random_registers(rng, False), random_flags(rng), bytes(DATA_SIZE), h & 1 == 0
            )
            if problem:
                problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:20])


def is_memory_16(h: int) -> bool:
    if 0x5000 <= h < 0xA000:
        return True
    if 0xB400 <= h < 0xB500 or 0xBC00 <= h < 0xBD00:
        return h & 0xFF != 0
    if 0xB500 <= h < 0xB600:
        return True
    if 0xC000 <= h < 0xD000:
        rn, registers = h >> 8 & 7, h & 0xFF
        stores = h < 0xC800
        return registers != 0 and not (stores and registers >> rn & 1)
    return False


def test_16_bit_loads_and_stores_do_what_unicorn_does(pair: Pair) -> None:
    rng = random.Random(2)
    data = rng.randbytes(DATA_SIZE)
    problems: list[str] = []
    for h in range(0x5000, 0xD000):
        if not is_memory_16(h) or h % 4 != rng.randrange(4):
            continue
        regs = random_registers(rng, True)
        if h < 0x9000:
            regs[h >> 3 & 7] = DATA + 0x400 + 4 * rng.randrange(64)
        if 0x5000 <= h < 0x6000:
            regs[h >> 6 & 7] = 4 * rng.randrange(32)
            if h >> 6 & 7 == h >> 3 & 7:
                regs[h >> 3 & 7] = (DATA + 0x400) // 2
        if 0xC000 <= h < 0xD000:
            regs[h >> 8 & 7] = DATA + 0x400 + 4 * rng.randrange(64)
        if 0x9000 <= h < 0xA000 or 0xB400 <= h < 0xBE00:
            regs[13] = DATA + 0x400
        problem = pair.compare([h], 1, regs, random_flags(rng), data, h & 1 == 0)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:20])


# --- 32-bit

DATA_32 = {
    "modified immediate": ("11110 i 0 oooo s NNNN 0 iii DDDD iiiiiiii", "ND"),
    "shifted register": ("1110101 oooo s NNNN 0 iii DDDD ii tt MMMM", "NDM"),
    "mov and mvn, shifted": ("1110101 001 o s 1111 0 iii DDDD ii tt MMMM", "DM"),
    "mov and mvn, immediate": ("11110 i 0 001 o s 1111 0 iii DDDD iiiiiiii", "D"),
    "compare immediate": ("11110 i 0 1 o 0 o 1 NNNN 0 iii 1111 iiiiiiii", "N"),
    "compare shifted": ("1110101 1 o 0 o 1 NNNN 0 iii 1111 ii tt MMMM", "NM"),
    "test immediate": ("11110 i 0 0 o 0 0 1 NNNN 0 iii 1111 iiiiiiii", "N"),
    "test shifted": ("1110101 0 o 0 0 1 NNNN 0 iii 1111 ii tt MMMM", "NM"),
    "addw subw": ("11110 i 10 o 0 o 0 NNNN 0 iii DDDD iiiiiiii", "ND"),
    "movw movt": ("11110 i 10 o 100 iiii 0 iii DDDD iiiiiiii", "D"),
    "bit field extract": ("11110 0 11 o 1 0 0 NNNN 0 iii DDDD ii 0 wwwww", "ND"),
    "bit field insert": ("11110 0 11 0110 NNNN 0 iii DDDD ii 0 wwwww", "ND"),
    "bit field clear": ("11110 0 11 0110 1111 0 iii DDDD ii 0 wwwww", "D"),
    "saturate": ("11110 0 11 o 0 h 0 NNNN 0 iii DDDD ii 0 wwwww", "ND"),
    "shift by register": ("11111010 0 tt s NNNN 1111 DDDD 0000 MMMM", "NDM"),
    "extend": ("11111010 0 ooo 1111 1111 DDDD 10 rr MMMM", "DM"),
    "extend and add": ("11111010 0 ooo NNNN 1111 DDDD 10 rr MMMM", "NDM"),
    "parallel": ("11111010 1 ooo NNNN 1111 DDDD 0 fff MMMM", "NDM"),
    "saturating add": ("11111010 1 000 NNNN 1111 DDDD 10 oo MMMM", "NDM"),
    "multiply": ("11111011 0 000 NNNN AAAA DDDD 000 o MMMM", "NADM"),
    "multiply only": ("11111011 0 000 NNNN 1111 DDDD 0000 MMMM", "NDM"),
    "multiply halfwords": ("11111011 0 001 NNNN AAAA DDDD 00 xx MMMM", "NADM"),
    "multiply halfwords only": ("11111011 0 001 NNNN 1111 DDDD 00 xx MMMM", "NDM"),
    "dual multiply": ("11111011 0 010 NNNN AAAA DDDD 000 x MMMM", "NADM"),
    "dual multiply only": ("11111011 0 010 NNNN 1111 DDDD 000 x MMMM", "NDM"),
    "word by halfword": ("11111011 0 011 NNNN AAAA DDDD 000 x MMMM", "NADM"),
    "word by halfword only": ("11111011 0 011 NNNN 1111 DDDD 000 x MMMM", "NDM"),
    "dual multiply subtract": ("11111011 0 100 NNNN AAAA DDDD 000 x MMMM", "NADM"),
    "dual multiply subtract only": ("11111011 0 100 NNNN 1111 DDDD 000 x MMMM", "NDM"),
    "most significant word": ("11111011 0 101 NNNN AAAA DDDD 000 x MMMM", "NADM"),
    "most significant word only": ("11111011 0 101 NNNN 1111 DDDD 000 x MMMM", "NDM"),
    "most significant word subtract": ("11111011 0 110 NNNN AAAA DDDD 000 x MMMM", "NADM"),
    "absolute differences": ("11111011 0 111 NNNN AAAA DDDD 0000 MMMM", "NADM"),
    "absolute differences only": ("11111011 0 111 NNNN 1111 DDDD 0000 MMMM", "NDM"),
    "divide": ("11111011 1 0 o 1 NNNN 1111 DDDD 1111 MMMM", "NDM"),
    "bit reversal and clz": ("11111010 1 001 MMMM 1111 DDDD 10 oo MMMM", "DM"),
    "count leading zeros": ("11111010 1 011 MMMM 1111 DDDD 1000 MMMM", "DM"),
    "pack halfwords": ("1110101 0110 0 NNNN 0 iii DDDD ii t 0 MMMM", "NDM"),
}


def usable_data_32(name: str, h1: int, h2: int) -> bool:
    d, n = h2 >> 8 & 15, h1 & 15
    if name in ("modified immediate", "shifted register"):
        op = h1 >> 5 & 15
        allowed = {0, 1, 2, 3, 4, 8, 10, 11, 13, 14}
        if op not in allowed:
            return False
    if name == "modified immediate" and (h1 >> 10 & 1, h2 >> 12 & 7) < (0, 4) and h2 >> 12 & 3 and not h2 & 0xFF:
        return False  # replicated zero is unpredictable
    if "immediate" in name and not (h1 >> 10 & 1 or h2 >> 14 & 1) and h2 >> 12 & 3 and not h2 & 0xFF:
        return False
    if name == "addw subw" and h1 >> 5 & 5 not in (0, 5):
        return False
    if name in ("compare immediate", "compare shifted") and (h1 >> 5 & 15) not in (8, 13):
        return False
    lsb, width = (h2 >> 10 & 0x1C) | (h2 >> 6 & 3), h2 & 31
    if name == "bit field extract":
        return lsb + width <= 31 and (h1 >> 4 & 31) in (20, 28)
    if name.startswith("bit field"):
        return width >= lsb
    if name == "saturate" and h1 >> 5 & 1 and not lsb:
        return not h2 & 0x10  # the 16-bit forms
    if name.startswith("extend") and h1 >> 4 & 7 > 5:
        return False
    if name == "parallel":
        return h1 >> 4 & 7 in (0, 1, 2, 4, 5, 6) and h2 >> 4 & 3 != 3
    if name == "multiply" and h2 >> 4 & 1 == 0 and h2 >> 12 == 15:
        return False
    return (
        not (d in (13, 15) and name not in ("compare immediate", "compare shifted", "test immediate", "test shifted"))
        and n != 13
    )


@pytest.mark.parametrize("name", DATA_32)
def test_32_bit_data_processing_does_what_unicorn_does(pair: Pair, name: str) -> None:
    template, registers = DATA_32[name]
    rng = random.Random(name)
    problems: list[str] = []
    for i in range(300):
        h1, h2 = fields(rng, template, registers)
        if not usable_data_32(name, h1, h2):
            continue
        problem = pair.compare(
            [h1, h2], 1, random_registers(rng, False), random_flags(rng), bytes(DATA_SIZE), i & 1 == 0
        )
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:10])


def test_parallel_additions_set_the_flags_that_sel_reads(pair: Pair) -> None:
    rng = random.Random(7)
    problems: list[str] = []
    for i in range(1500):
        parallel = fields(rng, *DATA_32["parallel"])
        if not usable_data_32("parallel", *parallel) or parallel[1] >> 4 & 3:
            continue  # the saturating and halving ones leave GE alone
        code = [*parallel, *fields(rng, *SELECT)]
        problem = pair.compare(code, 2, random_registers(rng, False), random_flags(rng), bytes(DATA_SIZE), i & 1 == 0)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:10])


SELECT = ("11111010 1 010 NNNN 1111 DDDD 1000 MMMM", "NDM")
LONG_32 = {
    "smull umull": ("11111011 1 0 u 0 NNNN LLLL HHHH 0000 MMMM", "NLHM"),
    "smlal umlal": ("11111011 1 1 u 0 NNNN LLLL HHHH 0000 MMMM", "NLHM"),
    "smlalxy": ("11111011 1 100 NNNN LLLL HHHH 10 xx MMMM", "NLHM"),
    "smlald smlsld": ("11111011 1 10 s NNNN LLLL HHHH 110 x MMMM", "NLHM"),
    "umaal": ("11111011 1 110 NNNN LLLL HHHH 0110 MMMM", "NLHM"),
}


@pytest.mark.parametrize("name", LONG_32)
def test_long_multiplications_do_what_unicorn_does(pair: Pair, name: str) -> None:
    template, registers = LONG_32[name]
    rng = random.Random(name)
    problems: list[str] = []
    for i in range(300):
        h1, h2 = fields(rng, template, registers)
        if h2 >> 12 == h2 >> 8 & 15:
            continue
        problem = pair.compare(
            [h1, h2], 1, random_registers(rng, False), random_flags(rng), bytes(DATA_SIZE), i & 1 == 0
        )
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:10])


MEMORY_32 = {
    "imm12": ("1111100 g 1 zz l NNNN TTTT iiiiiiiiiiii", "NT"),
    "offset": ("1111100 g 0 zz l NNNN TTTT 1 1 0 0 iiiiiiii", "NT"),
    "pre": ("1111100 g 0 zz l NNNN TTTT 1 1 u 1 iiiiiiii", "NT"),
    "post": ("1111100 g 0 zz l NNNN TTTT 1 0 u 1 iiiiiiii", "NT"),
    "register": ("1111100 g 0 zz l NNNN TTTT 0 00000 ss MMMM", "NTM"),
    "dual": ("1110100 1 u 1 w l NNNN TTTT SSSS iiiiiiii", "NTS"),
    "dual post": ("1110100 0 u 1 1 l NNNN TTTT SSSS iiiiiiii", "NTS"),
    "multiple after": ("1110100 01 0 w l NNNN 0 m 0 mmmmmmmmmmmmm", "N"),
    "multiple before": ("1110100 10 0 w l NNNN 0 m 0 mmmmmmmmmmmmm", "N"),
    "exclusive load": ("11101000 0101 NNNN TTTT 1111 iiiiiiii", "NT"),
    "exclusive store without load": ("11101000 0100 NNNN TTTT DDDD iiiiiiii", "NTD"),
}


@pytest.mark.parametrize("name", MEMORY_32)
def test_32_bit_loads_and_stores_do_what_unicorn_does(pair: Pair, name: str) -> None:
    template, registers = MEMORY_32[name]
    rng = random.Random(name)
    data = rng.randbytes(DATA_SIZE)
    problems: list[str] = []
    for i in range(400):
        h1, h2 = fields(rng, template, registers)
        n, t = h1 & 15, h2 >> 12
        single = name in ("imm12", "offset", "pre", "post", "register")
        size, load, is_signed = h1 >> 5 & 3, h1 >> 4 & 1, h1 >> 8 & 1
        if single and (size == 3 or (is_signed and (size == 2 or not load))):
            continue
        if name in ("pre", "post", "dual", "dual post") and n == t:
            continue
        if name.startswith("dual"):
            s = h2 >> 8 & 15
            if s in (n, t) or n == t:
                continue
        if name.startswith("multiple"):
            registers_moved = h2 & 0x5FFF
            if bin(registers_moved).count("1") < 2 or registers_moved >> n & 1:
                continue
        if name.startswith("exclusive store"):
            d = h2 >> 8 & 15
            if d in (n, t):
                continue
        regs = random_registers(rng, False)
        regs[n] = (
            DATA
            + 0x400
            + (4 if name.startswith(("dual", "multiple", "exclusive")) else rng.choice((1, 2, 4))) * rng.randrange(128)
        )
        if name == "register":
            m = h2 & 15
            if m == n:
                continue
            regs[m] = rng.randrange(64)
        if name == "imm12":
            h2 &= 0xF7FF
        if name == "register" and regs[n] & 3:
            regs[n] &= ~3
        code = [0xF3BF, 0x8F2F, h1, h2]  # CLREX first
        problem = pair.compare(code, 2, regs, random_flags(rng), data, i & 1 == 0)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:10])


# --- more than one instruction


def random_alu(rng: random.Random, in_it: bool = False) -> list[int]:
    """One data processing instruction of 1 or 2 halfwords that is defined everywhere, also in an IT block."""
    while True:
        if rng.random() < 0.6:
            h = rng.randrange(0x10000)
            if (
                is_plain_16(h)
                and not (0xB000 <= h < 0xB100)
                and not (0x4400 <= h < 0x4700 and (h & 7 | h >> 4 & 8) == 13)
            ):
                return [h]
        else:
            name = rng.choice([*DATA_32])
            h1, h2 = fields(rng, *DATA_32[name])
            if usable_data_32(name, h1, h2):
                return [h1, h2]


def test_straight_runs_leave_the_same_registers_and_flags(pair: Pair) -> None:
    rng = random.Random(3)
    problems: list[str] = []
    for _ in range(1500):
        code: list[int] = []
        count = rng.randrange(2, 24)
        for _ in range(count):
            code += random_alu(rng)
        problem = pair.compare(code, count, random_registers(rng, False), random_flags(rng), bytes(DATA_SIZE), True)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:5])


def it_blocks() -> Iterator[tuple[int, int]]:
    """Every IT instruction with its number of instructions."""
    for condition in range(15):
        for mask in range(1, 16):
            length = 4 - (mask & -mask).bit_length() + 1
            if condition == 14 and mask & (mask - 1):
                continue
            yield 0xBF00 | condition << 4 | mask, length


@pytest.mark.parametrize("in_bulk", [True, False])
def test_it_blocks_execute_what_their_conditions_allow(pair: Pair, in_bulk: bool) -> None:
    rng = random.Random(4)
    problems: list[str] = []
    for it, length in it_blocks():
        for _ in range(8):
            before, code = random_alu(rng), []
            for _ in range(length):
                code += random_alu(rng, True)
            after = random_alu(rng)
            problem = pair.compare(
                [*before, it, *code, *after],
                length + 3,
                random_registers(rng, False),
                random_flags(rng),
                bytes(DATA_SIZE),
                in_bulk,
            )
            if problem:
                problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:5])


def conditional_branch(rng: random.Random) -> list[int]:
    return [0xD000 | rng.randrange(14) << 8 | 3]


def wide_conditional_branch(rng: random.Random) -> list[int]:
    return [0xF000 | rng.randrange(14) << 6, 0x8003]


def compare_and_branch(rng: random.Random) -> list[int]:
    return [0xB100 | rng.getrandbits(1) << 11 | 3 << 3 | rng.randrange(8)]


@pytest.mark.parametrize("branch", [conditional_branch, wide_conditional_branch, compare_and_branch])
def test_conditional_branches_go_where_unicorn_goes(pair: Pair, branch: Callable[[random.Random], list[int]]) -> None:
    rng = random.Random(5)
    problems: list[str] = []
    for i in range(600):
        # the compare or operation before may be fused with the branch; both ways out end in an endless loop
        code = [*random_alu(rng), *branch(rng), 0x3001, SELF, 0x3002, 0x3004, 0x3008]
        regs = random_registers(rng, False)
        if i % 3 == 0:
            regs[rng.randrange(8)] = 0
        problem = pair.compare(code, 6, regs, random_flags(rng), bytes(DATA_SIZE), i & 1 == 0)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:5])


def test_flags_set_by_every_compare_lead_to_the_same_branch(pair: Pair) -> None:
    rng = random.Random(6)
    problems: list[str] = []
    for _ in range(3000):
        rn, rm, imm = rng.randrange(8), rng.randrange(8), rng.choice((0, 1, 127, 128, 255))
        compare = rng.choice(
            [
                [0x2800 | rn << 8 | imm],
                [0x4280 | rm << 3 | rn],
                [0x4200 | rm << 3 | rn],
                [0x3800 | rn << 8 | imm],
                [0x1A00 | rm << 6 | rn << 3 | rng.randrange(8)],
                [0xF1B0 | rn, 0x0F00 | imm],
                [0xF010 | rn, 0x0F00 | imm],
                [0xEBB0 | rn, 0x0F00 | rm],
            ]
        )
        regs = random_registers(rng, False)
        if rng.random() < 0.3:
            regs[rm] = regs[rn]
        code = [*compare, 0xD000 | rng.randrange(14) << 8 | 1, 0x3001, SELF, 0x3002]
        problem = pair.compare(code, 4, regs, random_flags(rng), bytes(DATA_SIZE), rng.random() < 0.7)
        if problem:
            problems.append(problem)
    assert not problems, f"{len(problems)} differ, for example\n" + "\n".join(problems[:5])
