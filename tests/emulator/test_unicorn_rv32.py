# SPDX-License-Identifier: Apache-2.0
"""The RISC-V core against Unicorn: random programs from random states end with the same registers and the same memory."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from typing import Any, cast

import pytest
from unicorn import UC_ARCH_RISCV, UC_ERR_EXCEPTION, UC_ERR_INSN_INVALID, UC_MODE_RISCV32, UcError
from unicorn.riscv_const import UC_RISCV_REG_PC, UC_RISCV_REG_X0
from unicorn.unicorn_py3.unicorn import Uc
from vmrig_native import _emu

from .riscv import CODE, CODE_SIZE, MEMORY, MEMORY_SIZE, Program, make, random_registers

UNITS, STATES = 30, 8
CYCLES = 20_000
"""More than any program takes."""
PC = 32


def slices(rng: random.Random) -> Iterator[int]:
    while True:
        yield rng.choice((1, 1, 2, 3, 5, 8, 13))


class Duel:
    def __init__(self) -> None:
        self.machine = m = _emu.Machine(core="rv32imc", irq_count=31, clock_hz=1_000_000, reset_vector=CODE)
        m.add_memory("code", "ram", CODE, CODE_SIZE)
        m.add_memory("memory", "ram", MEMORY, MEMORY_SIZE)
        m.power(True)
        m.debug_attach(True)
        m.halt()
        self.uc: Any = cast(Any, Uc)(UC_ARCH_RISCV, UC_MODE_RISCV32)
        self.uc.mem_map(CODE, CODE_SIZE)
        self.uc.mem_map(MEMORY, MEMORY_SIZE)
        self.at = self.free = CODE
        self.instructions = 0

    def load(self, program: Program) -> None:
        """Puts a program where none has been for long; now and then across the border of a page."""
        code = program.code
        self.at = self.free
        if self.at + len(code) > CODE + CODE_SIZE:
            self.at = CODE
            self.uc.ctl_flush_tb()
        self.end = self.at + len(code) - 2
        self.free = self.at + len(code) + 3 & ~1
        self.machine.poke(self.at, code)
        self.uc.mem_write(self.at, code)

    def run(self, registers: list[int], pieces: Iterator[int] | None) -> str | None:
        """From these registers, by us in slices of so many cycles (without: in one); what differs afterwards."""
        m, uc = self.machine, self.uc
        for n in range(1, 32):
            m.core_set(n, registers[n])
            uc.reg_write(UC_RISCV_REG_X0 + n, registers[n])
        m.core_set(PC, self.at)
        m.resume()
        before = m.instructions()
        if pieces is None:
            m.run(CYCLES)
        else:
            while m.run(next(pieces))[0] != "break" and m.instructions() - before < CYCLES:
                pass
        self.instructions += m.instructions() - before
        try:
            uc.emu_start(self.at, self.end)
        except UcError as error:
            return f"Unicorn stops at {uc.reg_read(UC_RISCV_REG_PC):#x}: {error}"
        if m.core_get(PC) != self.end:
            return f"we stop at {m.core_get(PC):#x}, mepc {m.core_get(0x1341):#x}, not at {self.end:#x}"
        theirs = [uc.reg_read(UC_RISCV_REG_X0 + n) & 0xFFFF_FFFF for n in range(32)]
        ours = [m.core_get(n) for n in range(32)]
        wrong = [f"x{n} is {ours[n]:#x}, not {theirs[n]:#x}" for n in range(32) if ours[n] != theirs[n]]
        if wrong:
            return "; ".join(wrong)
        return None if m.peek(MEMORY, MEMORY_SIZE) == uc.mem_read(MEMORY, MEMORY_SIZE) else "memory differs"

    def campaign(self, seed: int, programs: int) -> list[str]:
        """So many programs, each from some states. Same seed, same programs."""
        found = []
        for number in range(programs):
            rng = random.Random(f"rv32 {seed} {number}")
            program = make(rng, UNITS)
            memory = rng.randbytes(MEMORY_SIZE)
            self.machine.poke(MEMORY, memory)
            self.uc.mem_write(MEMORY, memory)
            self.load(program)
            for index in range(STATES):
                pieces = slices(rng) if index == STATES - 1 else None
                problem = self.run(random_registers(rng), pieces)
                if problem:
                    code = " ".join(f"{i:04x}" for (i,) in struct.iter_unpack("<H", program.code))
                    found.append(f"seed {seed}, program {number}, state {index} at {self.at:#x}: {problem}\n{code}")
                    self.machine.halt()
                    break
        return found


def judged(programs: int, seed: int) -> int:
    """Instructions run without a difference."""
    duel = Duel()
    differences = duel.campaign(seed, programs)
    assert not differences, f"{len(differences)} differ, for example\n" + "\n\n".join(differences[:5])
    return duel.instructions


def test_random_programs_end_as_on_unicorn() -> None:
    assert judged(250, seed=0) > 200_000


@pytest.mark.slow
def test_ten_million_instructions_end_as_on_unicorn() -> None:
    assert judged(9_000, seed=1) > 10_000_000


# --- what exists

ILLEGAL = 2
OPEN_32 = {
    0x07: "floating point loads",
    0x27: "floating point stores",
    0x2F: "atomic operations",
    0x43: "FMADD",
    0x47: "FMSUB",
    0x4B: "FNMSUB",
    0x4F: "FNMADD",
    0x53: "floating point",
    0x73: "what is privileged, and registers of the system",
}
"""What Unicorn's core has and ours has not, by the opcode; and what it knows otherwise."""


def is_open(encoding: int, wide: bool) -> bool:
    if wide:
        reserved_fence = encoding & 0x7F == 0x0F and encoding >> 12 & 7 == 2
        return encoding & 0x7F in OPEN_32 or encoding & 0x1F == 0x1F or reserved_fence
    floating = encoding & 3 in (0, 2) and encoding >> 13 in (1, 3, 5, 7)
    shift_of_32 = encoding & 0x1000 and (encoding & 0xE003 == 0x0002 or encoding & 0xE803 == 0x8001)
    reserved = (
        encoding & 0xE003 == 0x8000 or encoding & 0xFC03 == 0x9C01
    )  # of other extensions, and C.SUBW, C.ADDW: Unicorn runs them
    return floating or bool(shift_of_32) or reserved or encoding == 0x9002  # C.EBREAK


def is_illegal_here(machine: Any, encoding: int, wide: bool) -> bool:
    machine.poke(CODE, encoding.to_bytes(4, "little") if wide else struct.pack("<HH", encoding, 1))
    machine.core_set(PC, CODE)
    machine.core_set(0x1342, 0)
    for n in range(1, 32):
        machine.core_set(n, MEMORY + 0x1000)
    machine.step()
    machine.run(2)
    return int(machine.core_get(0x1342)) == ILLEGAL


def is_illegal_there(uc: Any, encoding: int, wide: bool) -> bool:
    uc.mem_write(CODE, encoding.to_bytes(4, "little") if wide else struct.pack("<HH", encoding, 1))
    uc.ctl_flush_tb()
    for n in range(1, 32):
        uc.reg_write(UC_RISCV_REG_X0 + n, MEMORY + 0x1000)
    try:
        uc.emu_start(CODE, 0, count=1)
    except UcError as error:
        return cast(int, error.errno) in (UC_ERR_EXCEPTION, UC_ERR_INSN_INVALID)
    return False


def existence_differs(narrow: range, wide: int) -> list[str]:
    duel, rng, problems = Duel(), random.Random(0), []
    encodings = [(h, False) for h in narrow if h & 3 != 3 and not is_open(h, False)]
    while wide:
        word = rng.getrandbits(32) | 3
        if rng.random() < 0.7:
            word = word & ~0x7F | rng.choice((0x03, 0x0F, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6F))
            word &= ~rng.choice((0, 0xDE00_0000, 0xFE00_0000, 0x7000))
        if not is_open(word, True):
            encodings.append((word, True))
            wide -= 1
    for encoding, is_wide in encodings:
        ours = is_illegal_here(duel.machine, encoding, is_wide)
        if ours != is_illegal_there(duel.uc, encoding, is_wide):
            problems.append(f"{encoding:x} is {'il' if ours else ''}legal")
    return problems


def test_the_same_encodings_are_illegal() -> None:
    assert existence_differs(range(0, 0x10000, 31), 2_000) == []


@pytest.mark.slow
def test_every_16_bit_encoding_exists_where_it_should() -> None:
    assert existence_differs(range(0x10000), 50_000) == []
