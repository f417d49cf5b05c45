# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of STM32 peripherals: the core is halted, registers are driven through the debug port, virtual time moves by cycles."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from vmrig_native import _emu

from vmrig_server.boards_data import load_target
from vmrig_server.emulator.machine import BuiltMachine, build_machine

DHCSR = 0xE000EDF0
NVIC_ISPR = 0xE000E200
UID = bytes(range(1, 13))

F4, F412, F1, L4 = "nucleo_f429zi", "nucleo_f412zg", "nucleo_f103rb", "disco_l475"
FAMILIES = (F4, F1, L4)

RCC = {F4: 0x40023800, F412: 0x40023800, F1: 0x40021000, L4: 0x40021000}
FLASH = {F4: 0x40023C00, F412: 0x40023C00, F1: 0x40022000, L4: 0x40022000}
ENABLES = {
    F4: (0x30, 0x34, 0x38, 0x40, 0x44),
    F412: (0x30, 0x34, 0x38, 0x40, 0x44),
    F1: (0x14, 0x18, 0x1C),
    L4: (0x48, 0x4C, 0x50, 0x58, 0x5C, 0x60),
}
FLASH_BASE = 0x08000000
RAM = 0x20000000


class Bench:
    """A powered board with its core halted out of reset, and all peripherals clocked."""

    def __init__(self, target: str = F4, *, storage: Path | None = None, clocks: bool = True) -> None:
        self.target = target
        self.built: BuiltMachine = build_machine(load_target(target), storage=storage, identity={"unique_id": UID})
        self.machine: _emu.Machine = self.built.machine
        self.clocks = clocks
        self.power_on()

    @property
    def rcc(self) -> int:
        return RCC[self.target]

    @property
    def flash(self) -> int:
        return FLASH[self.target]

    def power_on(self) -> None:
        self.machine.power(True)
        self.machine.dp_write(4, 0x50000000)  # CTRL/STAT: debug and system power up
        self.write(DHCSR, 0xA05F0003)
        self.machine.run(1)
        self.enable_clocks()

    def enable_clocks(self) -> None:
        for offset in ENABLES[self.target] if self.clocks else ():
            self.write(self.rcc + offset, 0xFFFFFFFF)

    def power_cycle(self) -> None:
        self.machine.power(False)
        self.power_on()

    def read(self, address: int, width: Literal[1, 2, 4] = 4) -> int:
        return int.from_bytes(self.machine.mem_read(address, width, width), "little")

    def write(self, address: int, value: int, width: Literal[1, 2, 4] = 4) -> None:
        self.machine.mem_write(address, width, (value & 0xFFFFFFFF).to_bytes(4, "little")[:width])

    def change(self, address: int, *, clear: int = 0, set: int = 0) -> None:
        self.write(address, (self.read(address) & ~clear) | set)

    def cycles(self, cycles: int) -> None:
        """Lets exactly so much virtual time pass."""
        while cycles:
            _, done = self.machine.run(cycles)
            assert done > 0
            cycles -= done

    def us(self, us: int) -> None:
        """At the clock as it is now."""
        self.cycles(us * self.machine.clock_hz() // 1_000_000)

    def ns(self) -> int:
        return self.machine.nanoseconds(self.machine.now())

    def wait(self, address: int, mask: int, value: int = 0, limit_us: int = 40_000_000) -> int:
        """Passes time until the register is as wanted; returns the microseconds, roughly."""
        waited = 0
        while self.read(address) & mask != value:
            step = max(1, waited // 64)
            self.us(step)
            waited += step
            assert waited < limit_us, hex(self.read(address))
        return waited

    def irq_pending(self, irq: int) -> bool:
        return bool(self.read(NVIC_ISPR + 4 * (irq // 32)) >> (irq % 32) & 1)

    def level(self, pin: str) -> int:
        return self.machine.pin_level(self.built.pin_number(pin))

    def drive(self, pin: str, level: Literal[-1, 0, 1]) -> None:
        self.machine.pin_drive(self.built.pin_number(pin), level)

    def edges(self, pin: str) -> list[tuple[int, int]]:
        """(cycle, level) of a pin's changes so far."""
        number = self.built.pin_number(pin)
        return [(cycle, level) for cycle, changed, level in self.machine.pin_edges()[0] if changed == number]

    def pin_mode(self, pin: str, mode: int, af: int = 0, pull: int = 0) -> None:
        """Of F4 and L4: 0 input, 1 output, 2 alternate function, 3 analog."""
        number = self.built.pin_number(pin)
        port = (0x48000000 if self.target == L4 else 0x40020000) + 0x400 * (number // 32)
        bit = number % 32
        self.change(port + 0x20 + 4 * (bit // 8), clear=15 << 4 * (bit % 8), set=af << 4 * (bit % 8))
        self.change(port + 0x0C, clear=3 << 2 * bit, set=pull << 2 * bit)
        self.change(port, clear=3 << 2 * bit, set=mode << 2 * bit)
