# SPDX-License-Identifier: Apache-2.0
"""The floating point unit against Unicorn: random streams from random states in all rounding modes. Registers, flags, FPSCR and memory must end
alike. A failure names its seed and the first instruction that differs."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from typing import Any, cast

import pytest
from unicorn import UC_ARCH_ARM, UC_MODE_THUMB, arm_const
from unicorn.unicorn_py3.unicorn import Uc
from vmrig_native import _emu

from tests.emulator import fp_streams
from tests.emulator.fp_streams import DATA, DATA_SIZE

CODE, CODE_SIZE = 0x0000_0000, 0x1_0000
START = 0x1000
SELF = struct.pack("<2H", 0xE7FE, 0xE7FE)  # b .
T_BIT = 1 << 24
LENGTH = 40
"""Instructions of a stream."""
FPSCR, S0, FPCA = 33, 64, 4
CPACR = 0xE000_ED88
OUR_REGS = [*range(15), *range(S0, S0 + 32), FPSCR]
UC_REGS = [
    *(arm_const.UC_ARM_REG_R0 + i for i in range(13)), arm_const.UC_ARM_REG_R13, arm_const.UC_ARM_REG_R14,
    *(arm_const.UC_ARM_REG_S0 + i for i in range(32)), arm_const.UC_ARM_REG_FPSCR,
]  # fmt: skip
NAMES = [f"r{i}" for i in range(15)] + [f"s{i}" for i in range(32)] + ["fpscr"]


@dataclass(frozen=True)
class State:
    """Where a stream begins."""

    regs: list[int]
    flags: int
    data: bytes


class Pair:
    """One machine and one Unicorn with the same map, both with the unit switched on."""

    def __init__(self) -> None:
        self.machine = _emu.Machine(fpu=True)
        self.machine.add_memory("code", "ram", CODE, CODE_SIZE)
        self.machine.add_memory("data", "ram", DATA, DATA_SIZE)
        self.machine.power(True)
        self.machine.poke(CODE, struct.pack("<II", DATA + DATA_SIZE, START | 1))
        self.machine.mem_write(CPACR, 4, struct.pack("<I", 0xF << 20))
        # With UC_MODE_MCLASS it is a Cortex-M33, whatever is asked for.
        self.uc: Any = cast(Any, Uc)(UC_ARCH_ARM, UC_MODE_THUMB, arm_const.UC_CPU_ARM_CORTEX_M4)
        self.uc.mem_map(CODE, CODE_SIZE)
        self.uc.mem_map(DATA, DATA_SIZE)
        self.uc.reg_write(arm_const.UC_ARM_REG_C1_C0_2, 0xF << 20)
        self.uc.reg_write(arm_const.UC_ARM_REG_FPEXC, 1 << 30)
        self.at = START

    def compare(self, words: list[int], count: int, state: State, in_bulk: bool) -> list[str]:
        """Runs the first `count` instructions; returns what differs. In bulk: as one long slice, into an endless loop."""
        self.at = START if self.at > CODE_SIZE - 0x800 else self.at + 4 * len(words) + 8
        code = fp_streams.halfwords(words[:count]) + SELF
        m, uc = self.machine, self.uc
        m.poke(self.at, code)
        m.poke(DATA, state.data)
        m.core_set(_emu.REG_CFBP, FPCA << 24)
        for reg, value in zip(OUR_REGS, state.regs, strict=True):
            m.core_set(reg, value)
        m.core_set(15, self.at)
        m.core_set(_emu.REG_XPSR, state.flags | T_BIT)
        uc.mem_write(self.at, code)
        uc.ctl_remove_cache(self.at, self.at + len(code) + 4)
        uc.mem_write(DATA, state.data)
        for reg, value in zip(UC_REGS, state.regs, strict=True):
            uc.reg_write(reg, value)
        uc.reg_write(arm_const.UC_ARM_REG_XPSR, state.flags | T_BIT)
        uc.emu_start(self.at | 1, CODE_SIZE, count=count)
        m.run(count + 300 if in_bulk else count)
        problems = []
        for name, ours, theirs in zip(NAMES, OUR_REGS, UC_REGS, strict=True):
            found, expected = m.core_get(ours), uc.reg_read(theirs) & 0xFFFF_FFFF
            if found != expected:
                problems.append(f"{name} {found:08x} not {expected:08x}")
        found, expected = m.core_get(_emu.REG_XPSR) >> 28, uc.reg_read(arm_const.UC_ARM_REG_XPSR) >> 28 & 15
        if found != expected:
            problems.append(f"flags {found:x} not {expected:x}")
        if m.core_get(15) != self.at + 4 * count:
            problems.append(f"pc {m.core_get(15):08x} not {self.at + 4 * count:08x}")
        if m.peek(DATA, DATA_SIZE) != bytes(uc.mem_read(DATA, DATA_SIZE)):
            problems.append("memory differs")
        return problems

    def check(self, seed: str, in_bulk: bool, words: list[int] | None = None) -> None:
        """One stream, a random one if none is given. An assertion with the shortest beginning of it that differs, if it does."""
        rng = random.Random(seed)
        words = fp_streams.stream(rng, LENGTH) if words is None else words
        regs = [
            *fp_streams.registers(rng),
            *(fp_streams.random_value(rng) for _ in range(32)),
            fp_streams.random_fpscr(rng),
        ]
        state = State(regs, rng.getrandbits(5) << 27, fp_streams.data(rng))
        problems = self.compare(words, len(words), state, in_bulk)
        if not problems:
            return
        for count in range(1, len(words) + 1):
            if found := self.compare(words, count, state, in_bulk):
                before = [f"{n}={self.machine.core_get(r):08x}" for n, r in zip(NAMES, OUR_REGS, strict=True)]
                raise AssertionError(
                    f"seed {seed}: {words[count - 1]:08x}: {', '.join(found)}; state {' '.join(before)}"
                )
        raise AssertionError(f"seed {seed}, together only: {', '.join(problems)}")


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


@pytest.mark.parametrize("in_bulk", [True, False])
def test_random_streams_end_as_on_unicorn(pair: Pair, in_bulk: bool) -> None:
    for seed in range(400):
        pair.check(f"sample {seed} {in_bulk}", in_bulk)


def test_fixed_point_numbers_are_rounded_to_nearest_in_every_mode(pair: Pair) -> None:
    """Unicorn rounds as FPSCR says; DDI 0403E, VCVT (between floating-point and fixed-point): "the fixed-point to floating-point conversion uses
    the Round to Nearest rounding mode". Hence such conversions of 32 bits, the only ones that round, are not in the streams."""
    rng = random.Random(11)
    machine = pair.machine
    for mode in range(4):
        for _ in range(100):
            word = fp_streams.from_fixed(rng, 1)
            d, fraction = (word >> 11 & 30) | (word >> 22 & 1), 32 - ((word & 15) << 1 | (word >> 5 & 1))
            value = rng.getrandbits(32)
            number = value if word >> 16 & 1 else value - (value >> 31 << 32)
            machine.poke(START, fp_streams.halfwords([word]) + SELF)
            machine.core_set(_emu.REG_CFBP, FPCA << 24)
            machine.core_set(FPSCR, mode << 22)
            machine.core_set(S0 + d, value)
            machine.core_set(15, START)
            machine.run(1)
            expected = struct.unpack("<I", struct.pack("<f", number / 2**fraction))[0]
            assert machine.core_get(S0 + d) == expected, f"{word:08x} of {value:08x} in mode {mode}"


@pytest.mark.slow
def test_three_million_random_instructions_end_as_on_unicorn(pair: Pair) -> None:
    for seed in range(3_000_000 // LENGTH):
        pair.check(f"long {seed}", seed % 4 != 0)
