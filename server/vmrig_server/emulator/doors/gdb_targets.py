# SPDX-License-Identifier: Apache-2.0
"""What GDB must know of a kind of core: its registers, how it is halted and stepped, and its breakpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from vmrig_server.emulator.doors.gdb_cortexm import CortexM
from vmrig_server.emulator.doors.gdb_registers import Register
from vmrig_server.emulator.machine_api import Machine


class GdbTarget(Protocol):
    """One core behind the protocol. All of it is called while nobody else uses the debug control of the machine."""

    @property
    def architecture(self) -> str:
        """BFD's name of it."""

    @property
    def features(self) -> Mapping[str, Sequence[Register]]:
        """By the names of GDB's standard features; the first one's registers are the "general" ones."""

    def attach(self) -> None:
        """Halts the core."""

    def detach(self) -> None:
        """It runs on, without breakpoints."""

    def halted(self) -> bool: ...
    def halt(self) -> None: ...
    def resume(self) -> None: ...
    def step(self) -> None:
        """The halted core goes for one instruction as soon as time passes."""

    def read(self, register: int) -> int | None:
        """By GDB's number; None: there is no such register."""

    def write(self, register: int, value: int) -> bool: ...
    def breakpoint(self, address: int, on: bool) -> bool:
        """False: there is none left, or none there."""

    def reset(self, pulse: Callable[[], None]) -> None:
        """Resets the chip by a pulse of its pin; the core halts before its first instruction."""


_ABI = (
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
    "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
)  # fmt: skip
"""Of x0 to x31."""
_POINTERS = {"ra": "code_ptr", "sp": "data_ptr", "gp": "data_ptr", "tp": "data_ptr", "fp": "data_ptr"}
_PC = 32
_CSR = 65
"""GDB's number of CSR 0."""
_EMU_CSR = 0x1000
"""The machine's."""
_CSRS = {
    "mstatus": 0x300, "misa": 0x301, "mtvec": 0x305, "mscratch": 0x340, "mepc": 0x341, "mcause": 0x342, "mtval": 0x343, "mvendorid": 0xF11,
    "marchid": 0xF12, "mimpid": 0xF13, "mhartid": 0xF14,
}  # fmt: skip


class RiscV:
    """An RV32 core, by the machine's own debug control."""

    architecture = "riscv:rv32"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.features: Mapping[str, Sequence[Register]] = {
            "org.gnu.gdb.riscv.cpu": [
                *(Register(name, number, _POINTERS.get(name, "int")) for number, name in enumerate(_ABI)),
                Register("pc", _PC, "code_ptr"),
            ],
            "org.gnu.gdb.riscv.csr": [Register(name, _CSR + number) for name, number in _CSRS.items()],
        }

    def attach(self) -> None:
        self._machine.debug_attach(True)
        self._machine.halt()

    def detach(self) -> None:
        self._machine.debug_attach(False)

    def halted(self) -> bool:
        return self._machine.halted()

    def halt(self) -> None:
        self._machine.halt()

    def resume(self) -> None:
        self._machine.resume()

    def step(self) -> None:
        self._machine.step()

    def read(self, register: int) -> int | None:
        if register <= _PC:
            return self._machine.core_get(register)
        csr = register - _CSR
        return self._machine.core_get(_EMU_CSR + csr) if csr in _CSRS.values() else None

    def write(self, register: int, value: int) -> bool:
        if register <= _PC:
            self._machine.core_set(register, value)
            return True
        if register - _CSR not in _CSRS.values():
            return False
        self._machine.core_set(_EMU_CSR + register - _CSR, value)
        return True

    def breakpoint(self, address: int, on: bool) -> bool:
        return self._machine.breakpoint_add(address) if on else self._machine.breakpoint_remove(address)

    def reset(self, pulse: Callable[[], None]) -> None:
        pulse()
        self._machine.halt()  # no time has passed since


def target_of(core_type: str, machine: Machine) -> GdbTarget | None:
    """None: nobody knows how to debug such a core here."""
    if core_type.startswith("rv32"):
        return RiscV(machine)
    return CortexM(machine) if core_type.startswith("cortex-m") else None
