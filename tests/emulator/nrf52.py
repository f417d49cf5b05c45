# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of nRF52833 peripherals: the core is halted, registers are driven through the debug port, virtual time moves by `cycles`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vmrig_native import _emu

from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.emulator.machine import BuiltMachine, build_machine

CYCLES_PER_US = 64

CLOCK = POWER = 0x40000000
UARTE0 = 0x40002000
UARTE1 = 0x40028000
GPIOTE = 0x40006000
TIMER0 = 0x40008000
TIMER3 = 0x4001A000
RTC0 = 0x4000B000
RTC1 = 0x40011000
TEMP = 0x4000C000
RNG = 0x4000D000
WDT = 0x40010000
NVMC = 0x4001E000
PPI = 0x4001F000
P0 = 0x50000000
P1 = 0x50000300
RAM = 0x20000000
UICR = 0x10001000

SHORTS, INTENSET, INTENCLR = 0x200, 0x304, 0x308

DHCSR = 0xE000EDF0
DEMCR = 0xE000EDFC
AIRCR = 0xE000ED0C
NVIC_ISPR = 0xE000E200

UID = 0x0123456789ABCDEF


class Bench:
    """A powered micro:bit V2 (or a bare chip) with its core halted out of reset."""

    def __init__(self, target: str | None = "microbit_v2", storage: Path | None = None, power: bool = True) -> None:
        what = load_target(target) if target is not None else load_chip("nrf52833")
        identity: Mapping[str, int | bytes] = {"device_id": UID}
        self.built: BuiltMachine = build_machine(what, storage=storage, identity=identity)
        self.machine: _emu.Machine = self.built.machine
        if power:
            self.power_on()

    def power_on(self) -> None:
        self.machine.power(True)
        self.machine.dp_write(4, 0x50000000)  # CTRL/STAT: debug and system power up
        self.machine.mem_write(DHCSR, 4, (0xA05F0003).to_bytes(4, "little"))
        self.machine.run(1)

    def power_cycle(self) -> None:
        self.machine.power(False)
        self.power_on()

    def read(self, address: int) -> int:
        return int.from_bytes(self.machine.mem_read(address, 4, 4), "little")

    def write(self, address: int, value: int) -> None:
        self.machine.mem_write(address, 4, (value & 0xFFFFFFFF).to_bytes(4, "little"))

    def task(self, address: int) -> None:
        self.write(address, 1)

    def event(self, address: int) -> bool:
        return self.read(address) == 1

    def cycles(self, cycles: int) -> None:
        """Lets exactly so much virtual time pass."""
        while cycles:
            _, done = self.machine.run(cycles)
            assert done > 0
            cycles -= done

    def us(self, us: int) -> None:
        self.cycles(us * CYCLES_PER_US)

    def irq_pending(self, irq: int) -> bool:
        return bool(self.read(NVIC_ISPR + 4 * (irq // 32)) >> (irq % 32) & 1)

    def peek32(self, address: int) -> int:
        return int.from_bytes(self.machine.peek(address, 4), "little")
