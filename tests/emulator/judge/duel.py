# SPDX-License-Identifier: Apache-2.0
"""Our core and Unicorn, side by side: the same program from the same memory; what each leaves behind; the shortest program that still differs."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from unicorn import UC_ARCH_ARM, UC_ERR_INSN_INVALID, UC_MODE_THUMB, UcError
from unicorn.arm_const import (
    UC_ARM_REG_R0,
    UC_ARM_REG_R13,
    UC_ARM_REG_R14,
    UC_ARM_REG_R15,
    UC_ARM_REG_XPSR,
    UC_CPU_ARM_CORTEX_M0,
    UC_CPU_ARM_CORTEX_M3,
    UC_CPU_ARM_CORTEX_M4,
)
from unicorn.unicorn_py3.unicorn import Uc
from vmrig_native import _emu

from .streams import Program, make, random_state
from .writer import CODE, CODE_SIZE, MEMORY, MEMORY_SIZE, SELF, STATE

CORES = {"cortex-m0": UC_CPU_ARM_CORTEX_M0, "cortex-m3": UC_CPU_ARM_CORTEX_M3, "cortex-m4": UC_CPU_ARM_CORTEX_M4}
DHCSR, DEMCR, CFSR = 0xE000_EDF0, 0xE000_EDFC, 0xE000_ED28
CYCLES = 20_000
"""More than any program takes."""
_STOPPED = ("break", "halted")
_VECTORS = struct.pack("<4I", 0x3000, *[CODE | 1] * 3)
_REGISTERS = [*range(UC_ARM_REG_R0, UC_ARM_REG_R0 + 13), UC_ARM_REG_R13, UC_ARM_REG_R14]


@dataclass(frozen=True)
class Difference:
    program: Program
    state: bytes
    memory: bytes
    at: int
    text: str
    stopped: bool
    """Unicorn could not run it to the end."""


def _slices(rng: random.Random) -> Iterator[int]:
    while True:
        yield rng.choice((1, 1, 2, 3, 5, 8, 13))


class Duel:
    def __init__(self, core: str, ours: str | None = None) -> None:
        """`ours`: a different core on our side, for those who want to lose."""
        self.core = core
        self.machine = m = _emu.Machine(core=ours or core, priority_bits=8, irq_count=32)
        m.add_memory("memory", "ram", MEMORY, MEMORY_SIZE)
        m.add_memory("code", "ram", CODE, CODE_SIZE)
        m.power(True)
        m.poke(CODE, bytes(CODE_SIZE))
        self.uc: Any = cast(Any, Uc)(
            UC_ARCH_ARM, UC_MODE_THUMB, CORES[core]
        )  # with UC_MODE_MCLASS it is a Cortex-M33, whatever is asked for
        self.uc.mem_map(MEMORY, MEMORY_SIZE)
        self.uc.mem_map(CODE, CODE_SIZE)
        self.at = self.free = CODE
        self.instructions = 0
        """Retired by our core."""
        self.fill(bytes(MEMORY_SIZE))
        self.reset()

    def fill(self, memory: bytes) -> None:
        """The memory of both."""
        memory = _VECTORS + memory[len(_VECTORS) :]
        self.machine.poke(MEMORY, memory)
        self.uc.mem_write(MEMORY, memory)

    def reset(self) -> None:
        """Our core to where it is in thread mode, with nothing pending; a fault halts it."""
        m = self.machine
        m.reset_pin(True)
        m.reset_pin(False)
        m.mem_write(DHCSR, 4, struct.pack("<I", 0xA05F_0001))
        m.mem_write(DEMCR, 4, struct.pack("<I", 0x0000_0400))

    def load(self, program: Program) -> None:
        """Puts a program where none has been for long."""
        self.at = self.free
        if self.at + len(program.code) > CODE + CODE_SIZE - 0x1100:
            self.at = CODE
            self.uc.ctl_flush_tb()
        self.free = self.at + len(program.code) + 15 & ~15
        self.machine.poke(self.at, program.code)
        self.uc.mem_write(self.at, program.code)

    def run(self, program: Program, state: bytes, slices: Iterator[int] | None = None) -> str | None:
        """From this state, by us in slices of so many cycles (without: in one); what differs afterwards."""
        m, uc = self.machine, self.uc
        m.poke(STATE, state)
        uc.mem_write(STATE, state)
        m.core_set(15, self.at)
        m.mem_write(DHCSR, 4, b"\x01\x00\x5f\xa0")
        before = m.instructions()
        if slices is None:
            m.run(CYCLES)
        else:
            while m.run(next(slices))[0] not in _STOPPED and m.instructions() - before < CYCLES:
                pass
        self.instructions += m.instructions() - before
        end = self.at + len(program.code) - 2
        try:
            uc.emu_start(self.at | 1, end)
        except UcError as error:
            return f"Unicorn stops at {uc.reg_read(UC_ARM_REG_R15):#x}: {error}"
        if m.core_get(15) != end:
            return f"we stop at {m.core_get(15):#x} in exception {m.core_get(_emu.REG_XPSR) & 0x1FF}, not at {end:#x}"
        ours, theirs = m.peek(MEMORY, MEMORY_SIZE), uc.mem_read(MEMORY, MEMORY_SIZE)
        if ours == theirs:
            return None
        at = [i for i in range(0, MEMORY_SIZE, 4) if ours[i : i + 4] != theirs[i : i + 4]]
        return f"{len(at)} words of memory differ, from {at[0]:#x} on"

    def campaign(self, seed: int, programs: int, units: int, states: int) -> list[Difference]:
        """So many programs, each from so many states. Same seed, same programs."""
        found = []
        for number in range(programs):
            rng = random.Random(f"{self.core} {seed} {number}")
            program = make(rng, self.core, units)
            memory = rng.randbytes(MEMORY_SIZE)
            self.fill(memory)
            self.load(program)
            for index in range(states):
                state = random_state(rng, self.core)
                before = self.machine.peek(MEMORY, MEMORY_SIZE)
                problem = self.run(program, state, _slices(rng) if index == states - 1 else None)
                if problem:
                    text = f"{self.core}, seed {seed}, program {number}: {problem}"
                    found.append(
                        self.reduce(Difference(program, state, before, self.at, text, "Unicorn stops" in problem))
                    )
                    self.reset()
                    break
        return found

    # --- what exists

    def is_undefined(self, encoding: int, wide: bool) -> tuple[bool, bool]:
        """Whether each of the two takes it for undefined. Registers hold a good address, so that nothing else goes wrong with it."""
        m, uc, at = self.machine, self.uc, CODE + 0x1000
        halfwords = (encoding >> 16, encoding & 0xFFFF) if wide else (encoding, 0xBF00)
        code = struct.pack("<4H", *halfwords, SELF, SELF)
        m.poke(at, code)
        uc.mem_write(at, code)
        uc.ctl_flush_tb()
        for i, register in enumerate(_REGISTERS):
            m.core_set(i, 0x2000)
            uc.reg_write(register, 0x2000)
        m.core_set(15, at)
        m.core_set(_emu.REG_XPSR, 1 << 24)
        uc.reg_write(UC_ARM_REG_XPSR, 1 << 24)
        m.mem_write(DHCSR, 4, b"\x01\x00\x5f\xa0")
        m.run(1)
        m.run(1)
        faulted = m.core_get(_emu.REG_XPSR) & 0x1FF == 3 and m.core_get(15) == CODE
        cfsr = struct.unpack("<I", m.mem_read(CFSR, 4, 4))[0]
        ours = bool(cfsr & 1 << 16) if self.core != "cortex-m0" else faulted
        if faulted or m.core_get(_emu.REG_XPSR) & 0x1FF or m.core_idle():
            self.reset()
        if cfsr:
            m.mem_write(CFSR, 4, struct.pack("<I", cfsr))
        try:
            uc.emu_start(at | 1, at + 4 if wide else at + 2, count=1)
        except UcError as error:
            return ours, error.errno == UC_ERR_INSN_INVALID
        return ours, False

    # --- finding the instruction

    def registers(self, program: Program, d: Difference, count: int) -> tuple[list[int], list[int], bool]:
        """Ours and theirs when the program is cut off after so many instructions, at whatever endless loop each has come to; whether memories
        are alike."""
        halfwords = list(program.halfwords)
        cut = program.starts[count] if count < len(program.starts) else len(halfwords) - 1
        halfwords[cut:] = [SELF] * (len(halfwords) - cut)
        self.at = d.at  # the same place: literals
        code = struct.pack(f"<{len(halfwords)}H", *halfwords)
        m, uc = self.machine, self.uc
        self.fill(d.memory)
        m.poke(STATE, d.state)
        uc.mem_write(STATE, d.state)
        m.poke(self.at, code)
        uc.mem_write(self.at, code)
        uc.ctl_flush_tb()
        self.reset()
        m.core_set(15, self.at)
        m.core_set(_emu.REG_XPSR, 1 << 24)
        m.mem_write(DHCSR, 4, b"\x01\x00\x5f\xa0")
        m.run(4000)
        m.mem_write(DHCSR, 4, b"\x03\x00\x5f\xa0")
        try:
            uc.emu_start(self.at | 1, 0, count=4000)
        except UcError:  # what is left does no longer make sense, unless that was the difference
            if not d.stopped:
                return [], [], True
        ours = [m.core_get(i) for i in range(16)] + [m.core_get(_emu.REG_XPSR) & 0xF80F_01FF]
        theirs = [uc.reg_read(r) for r in (*_REGISTERS, UC_ARM_REG_R15)] + [uc.reg_read(UC_ARM_REG_XPSR) & 0xF80F_01FF]
        theirs[15] &= ~1
        if self.core == "cortex-m4":  # Unicorn's xPSR has no GE
            ours[16] &= 0xF800_01FF
            theirs[16] &= 0xF800_01FF
        return ours, theirs, m.peek(MEMORY, MEMORY_SIZE) == uc.mem_read(MEMORY, MEMORY_SIZE)

    def differs(self, program: Program, d: Difference, count: int) -> bool:
        ours, theirs, alike = self.registers(program, d, count)
        return ours != theirs or not alike

    def reduce(self, d: Difference) -> Difference:
        """The first instruction after which the two differ, and as few as possible before it."""
        program, last = d.program, len(d.program.starts)
        low, high = 0, last
        while low < high:
            middle = (low + high) // 2
            if self.differs(program, d, middle):
                high = middle
            else:
                low = middle + 1
        if not self.differs(program, d, high):
            return replace(d, text=d.text + "\n  (not the same when cut short)")
        halfwords = list(program.halfwords)
        for i in range(high - 1):  # leave out what is not needed
            start, end = program.starts[i], program.starts[i + 1]
            trial = halfwords[:start] + [0xBF00] * (end - start) + halfwords[end:]
            if self.differs(replace(program, halfwords=trial), d, high):
                halfwords = trial
        smaller = replace(program, halfwords=halfwords)
        before, _, _ = self.registers(smaller, d, high - 1)
        ours, theirs, alike = self.registers(smaller, d, high)
        lines = [d.text]
        for i in range(high):
            code = halfwords[program.starts[i] : program.starts[i + 1] if i + 1 < last else len(halfwords)]
            if code != [0xBF00] * len(code):
                lines.append(f"  {self.at + 2 * program.starts[i]:#07x}  " + " ".join(f"{h:04x}" for h in code))
        names = [f"r{i}" for i in range(16)] + ["xpsr"]
        lines.append("  before: " + " ".join(f"{n}={v:08x}" for n, v in zip(names, before, strict=True)))
        for name, mine, other in zip(names, ours, theirs, strict=True):
            if mine != other:
                lines.append(f"  {name} is {mine:08x}, Unicorn has {other:08x}")
        if not alike:
            lines.append("  memory differs")
        return replace(d, program=smaller, text="\n".join(lines))
