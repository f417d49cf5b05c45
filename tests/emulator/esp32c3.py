# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of the ESP32-C3's devices: the chip without a core, its registers driven as the core would, virtual time moved by `ms`."""

from __future__ import annotations

from collections.abc import Mapping

from vmrig_native import _emu

from vmrig_server.boards_data import load_chip
from vmrig_server.boards_data.schema import Chip
from vmrig_server.emulator.machine import BuiltMachine, build_machine

RAM, IRAM, IROM, DROM = 0x3FC80000, 0x40380000, 0x42000000, 0x3C000000
UART0, GPIO, RTC, EFUSE, IO_MUX, UART1 = 0x60000000, 0x60004000, 0x60008000, 0x60008800, 0x60009000, 0x60010000
I2C0, RMT, LEDC, TIMG0, TIMG1, SYSTIMER, SPI2 = (
    0x60013000,
    0x60016000,
    0x60019000,
    0x6001F000,
    0x60020000,
    0x60023000,
    0x60024000,
)
APB_CTRL, SARADC, USB, SYSTEM, INTERRUPT, EXTMEM = (
    0x60026000,
    0x60040000,
    0x60043000,
    0x600C0000,
    0x600C2000,
    0x600C4000,
)
AES, SHA, GDMA, MMU_TABLE = 0x6003A000, 0x6003B000, 0x6003F000, 0x600C5000
WDT_KEY, SWD_KEY = 0x50D83AA1, 0x8F1D312A
POWER_ON, CORE_SW, DEEP_SLEEP, CORE_MWDT0, SYS_RWDT, SYS_SWDT = 0x01, 0x03, 0x05, 0x07, 0x10, 0x12
"""Causes of a reset."""
MAC = bytes.fromhex("7cdfa1b2c3d4")


def chip_with(core: str) -> Chip:
    chip = load_chip("esp32c3")
    return chip.model_copy(update={"core": chip.core.model_copy(update={"type": core})})


class Bench:
    """A powered chip. `calm` stops the watchdogs that guard a boot from flash, and leaves the ROM out."""

    def __init__(self, *, core: str = "none", calm: bool = True, identity: Mapping[str, bytes] | None = None) -> None:
        chip = chip_with(core)
        if calm:
            chip = chip.model_copy(update={"devices": [d for d in chip.devices if d.type != "esp.rom"]})
        self.built: BuiltMachine = build_machine(chip, storage=None, identity=identity or {"mac": MAC})
        self.machine: _emu.Machine = self.built.machine
        self.machine.power(True)
        if calm:
            self.stop_watchdogs()

    def stop_watchdogs(self) -> None:
        self[RTC + 0xA8] = WDT_KEY
        self[RTC + 0x90] = 0
        self[RTC + 0xA8] = 0
        self[RTC + 0xB0] = SWD_KEY
        self[RTC + 0xAC] = 1 << 31
        self[RTC + 0xB0] = 0
        self[TIMG0 + 0x48] = 0

    def __getitem__(self, address: int) -> int:
        return self.machine.bus_read(address)

    def __setitem__(self, address: int, value: int) -> None:
        self.machine.bus_write(address, value)

    def ns(self) -> int:
        return self.machine.nanoseconds(self.machine.now())

    def us(self, time: float) -> None:
        """Lets time pass."""
        left = round(time * self.machine.clock_hz() / 1_000_000)
        while left > 0:
            left -= self.machine.run(left)[1]

    def ms(self, time: float) -> None:
        self.us(1000 * time)

    def at_160_mhz(self) -> None:
        self[SYSTEM + 0x08] = 1 << 2 | 1
        self[SYSTEM + 0x58] = 1 << 10

    def cause(self) -> int:
        """Of the last reset."""
        return self[RTC + 0x38] & 0x3F

    def baud(self, uart: int = UART0, baud: int = 115200) -> None:
        sixteenths = round(16 * 40_000_000 / baud)
        self[uart + 0x78] = 3 << 24 | 1 << 22 | 3 << 20
        self[uart + 0x14] = sixteenths >> 4 | (sixteenths & 15) << 20

    def sent(self, port: int = 0) -> bytes:
        return self.machine.serial_read(port, 65536)

    def line(self, source: int, line: int, *, priority: int = 1, edge: bool = False) -> None:
        """Leads an interrupt source to a line of the CPU."""
        self[INTERRUPT + 4 * source] = line
        self[INTERRUPT + 0x114 + 4 * line] = priority
        self[INTERRUPT + 0x108] = self[INTERRUPT + 0x108] & ~(1 << line) | edge << line
        self[INTERRUPT + 0x104] |= 1 << line

    def pending(self) -> int:
        return self[INTERRUPT + 0x110]
