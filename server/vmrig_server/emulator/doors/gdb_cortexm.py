# SPDX-License-Identifier: Apache-2.0
"""A Cortex-M core for GDB, by the registers that a debugger has on the chip (ARMv7-M Architecture Reference Manual, DDI 0403E, part C)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from vmrig_server.emulator.doors.gdb_registers import Register
from vmrig_server.emulator.machine_api import Machine

_DFSR, _DHCSR, _DEMCR = 0xE000ED30, 0xE000EDF0, 0xE000EDFC
_DBGKEY = 0xA05F0000
_DEBUGEN, _HALT, _STEP, _MASKINTS = 1, 2, 4, 8
_VC_CORERESET = 1
_FP_CTRL, _FP_COMP0 = 0xE0002000, 0xE0002008
_FPB_END = 0x20000000
"""What comparators reach; elsewhere a breakpoint is an instruction."""
_BKPT = b"\x00\xbe"
_CTRL_STAT, _POWER_UP = 4, 0x50000000
_NUMBERS = {**{n: n for n in range(16)}, 25: 16, 26: 17, 27: 18}
"""DCRSR.REGSEL by GDB's numbers: r0 to pc, xPSR, MSP, PSP."""


class CortexM:
    """The (first) core, through the debug port."""

    architecture = "arm"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._comparators: list[int | None] = []
        """Which address each of them is for."""
        self._replaced: dict[int, bytes] = {}
        """What stood where a breakpoint instruction is."""
        self.features: Mapping[str, Sequence[Register]] = {
            "org.gnu.gdb.arm.m-profile": [
                *(Register(f"r{n}", n) for n in range(13)),
                Register("sp", 13, "data_ptr"),
                Register("lr", 14),
                Register("pc", 15, "code_ptr"),
                Register("xpsr", 25),
            ],
            "org.gnu.gdb.arm.m-system": [Register("msp", 26, "data_ptr"), Register("psp", 27, "data_ptr")],
        }

    def attach(self) -> None:
        self._machine.dp_write(_CTRL_STAT, _POWER_UP)
        self.halt()
        control = self._read(_FP_CTRL)
        self._comparators = [None] * (control >> 4 & 15 | control >> 8 & 0x70)
        self._replaced.clear()
        for n in range(len(self._comparators)):
            self._write(_FP_COMP0 + 4 * n, 0)
        self._write(_FP_CTRL, 3)  # KEY, ENABLE

    def detach(self) -> None:
        for address in [*self._replaced, *(address for address in self._comparators if address is not None)]:
            self.breakpoint(address, False)
        self._write(_DHCSR, _DBGKEY)

    def halted(self) -> bool:
        return self._machine.core_halted()

    def halt(self) -> None:
        self._write(_DHCSR, _DBGKEY | _DEBUGEN | _HALT)
        self._settle()

    def resume(self) -> None:
        self._write(_DFSR, 0x1F)
        self._write(_DHCSR, _DBGKEY | _DEBUGEN | _HALT)  # MASKINTS changes in a halted core only
        self._write(_DHCSR, _DBGKEY | _DEBUGEN)

    def step(self) -> None:
        self._write(_DFSR, 0x1F)
        self._write(_DHCSR, _DBGKEY | _DEBUGEN | _HALT | _MASKINTS)
        self._write(_DHCSR, _DBGKEY | _DEBUGEN | _STEP | _MASKINTS)

    def read(self, register: int) -> int | None:
        number = _NUMBERS.get(register)
        return None if number is None else self._machine.core_get(number)

    def write(self, register: int, value: int) -> bool:
        number = _NUMBERS.get(register)
        if number is None:
            return False
        self._machine.core_set(number, value)
        return True

    def breakpoint(self, address: int, on: bool) -> bool:
        if address >= _FPB_END:
            return self._instruction(address, on)
        wanted = None if on else address
        if wanted not in self._comparators:
            return False
        n = self._comparators.index(wanted)
        self._comparators[n] = address if on else None
        half = 2 if address & 2 else 1
        self._write(_FP_COMP0 + 4 * n, half << 30 | address & ~3 | 1 if on else 0)
        return True

    def reset(self, pulse: Callable[[], None]) -> None:
        catches = self._read(_DEMCR)
        self._write(_DEMCR, catches | _VC_CORERESET)
        pulse()
        self._settle()
        self._write(_DEMCR, catches)
        if not self.halted():  # a chip whose reset switches the catch off
            self.halt()

    def _instruction(self, address: int, on: bool) -> bool:
        if on:
            before = self._machine.mem_read(address, 2, 2)
            self._machine.mem_write(address, 2, _BKPT)
            if self._machine.mem_read(address, 2, 2) != _BKPT:
                return False
            self._replaced[address] = before
            return True
        replaced = self._replaced.pop(address, None)
        if replaced is not None:
            self._machine.mem_write(address, 2, replaced)
        return replaced is not None

    def _settle(self) -> None:
        """What was asked for happens between two instructions, so there has to be a next one."""
        for _ in range(16):
            if self.halted():
                return
            self._machine.run(1)

    def _read(self, address: int) -> int:
        return int.from_bytes(self._machine.mem_read(address, 4, 4), "little")

    def _write(self, address: int, value: int) -> None:
        self._machine.mem_write(address, 4, value.to_bytes(4, "little"))
