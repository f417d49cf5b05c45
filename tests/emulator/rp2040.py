# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of the RP2040: the first core is halted, registers are driven through its debug port, virtual time moves by `cycles`."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from vmrig_native import _emu

from vmrig_server.agent.flashing.plan import crc32_mpeg2
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.emulator.machine import BuiltMachine, build_machine

CYCLES_PER_US = 125
FLASH, RAM, SIO = 0x10000000, 0x20000000, 0xD0000000
CLOCKS, RESETS, PSM, IO_BANK0, PADS_BANK0 = 0x40008000, 0x4000C000, 0x40010000, 0x40014000, 0x4001C000
XOSC, PLL_SYS, UART0, SPI0, I2C0, ADC, PWM = (
    0x40024000,
    0x40028000,
    0x40034000,
    0x4003C000,
    0x40044000,
    0x4004C000,
    0x40050000,
)
TIMER, WATCHDOG, RTC, VREG = 0x40054000, 0x40058000, 0x4005C000, 0x40064000
DMA, USB, PIO0, XIP_CTRL, SSI, IO_QSPI = 0x50000000, 0x50110000, 0x50200000, 0x14000000, 0x18000000, 0x40018000
XOR, SET, CLR = 0x1000, 0x2000, 0x3000
"""Atomic aliases."""
CORE_0, CORE_1, RESCUE = 0x01002927, 0x11002927, 0xF1002927
"""Values of TARGETSEL."""
DHCSR, AIRCR, NVIC_ISER, NVIC_ISPR, NVIC_ICPR = 0xE000EDF0, 0xE000ED0C, 0xE000E100, 0xE000E200, 0xE000E280
UID = bytes.fromhex("e66138528350be2a")
NO_RESETS = 0
ALL_RESETS = 0x01FFFFFF


def boot2(code: Sequence[int] = (0x4800, 0x4700, 0x0100 | 1, 0x2004)) -> bytes:
    """A second stage with its checksum. The default one jumps to 0x20040101 (ldr r0, [pc]; bx r0; the address), where there is nothing of ours."""
    stage = struct.pack(f"<{len(code)}H", *code).ljust(252, b"\0")
    return stage + crc32_mpeg2(stage).to_bytes(4, "little")


class Bench:
    """A powered Pico (or a bare chip). With `halted` its first core is held in its ROM."""

    def __init__(
        self, *, flash: bytes = b"", target: str | None = "rpi_pico", storage: Path | None = None, halted: bool = True
    ) -> None:
        what = load_target(target) if target is not None else load_chip("rp2040")
        self.built: BuiltMachine = build_machine(what, storage=storage, identity={"flash_id": UID})
        self.machine: _emu.Machine = self.built.machine
        if flash:
            self.machine.poke(FLASH, flash)
        self.machine.power(True)
        for dp in (0, 1):
            self.machine.dp_write(4, 0x50000000, dp)  # CTRL/STAT: debug and system power up
        if halted:
            self.halt()
            self.cycles(1)

    def halt(self, dp: int = 0) -> None:
        self.machine.mem_write(DHCSR, 4, (0xA05F0003).to_bytes(4, "little"), dp)

    def go(self, dp: int = 0) -> None:
        self.machine.mem_write(DHCSR, 4, (0xA05F0001).to_bytes(4, "little"), dp)

    def read(self, address: int, dp: int = 0) -> int:
        return int.from_bytes(self.machine.mem_read(address, 4, 4, dp), "little")

    def write(self, address: int, value: int, dp: int = 0) -> None:
        self.machine.mem_write(address, 4, (value & 0xFFFFFFFF).to_bytes(4, "little"), dp)

    def cycles(self, cycles: int) -> None:
        """Lets exactly so much virtual time pass."""
        while cycles:
            _, done = self.machine.run(cycles)
            assert done > 0
            cycles -= done

    def us(self, us: int) -> None:
        self.cycles(us * CYCLES_PER_US)

    def irq_pending(self, irq: int, dp: int = 0) -> bool:
        return bool(self.read(NVIC_ISPR, dp) >> irq & 1)

    def run_code(self, code: Thumb, at: int = RAM, dp: int = 0) -> None:
        """Puts a program into RAM and lets a halted core run it."""
        self.machine.poke(at, code.image())
        self.core_set(15, at, dp)
        self.core_set(16, 0x01000000, dp)
        self.go(dp)

    def call(self, function: int, *arguments: int) -> int:
        """A function of the boot ROM, by its two letters' value, called on the halted first core with interrupts off; what it returns in r0."""
        self.call_at(self.lookup(function), *arguments)
        return self.machine.core_get(0)

    def lookup(self, code: int, table: int = 0x14) -> int:
        """Where the ROM has a function, or with `table` 0x16 data; 0: it has none."""
        pointers = struct.unpack("<HHH", self.machine.peek(0x14, 6))
        self.call_at(pointers[2], pointers[0 if table == 0x14 else 1], code)
        return self.machine.core_get(0)

    def call_at(self, address: int, *arguments: int) -> None:
        end = RAM + 0x3FF00
        self.machine.poke(end, Thumb.BKPT.to_bytes(2, "little"))
        for reg, value in enumerate(arguments):
            self.core_set(reg, value)
        self.core_set(13, RAM + 0x3FE00)
        self.core_set(14, end | 1)
        self.core_set(15, address & ~1)
        self.core_set(16, 0x01000000)
        self.core_set(20, 1)  # PRIMASK
        self.go()
        for _ in range(1000):
            if self.machine.core_halted():
                break
            self.machine.run(1_000_000)
        assert self.machine.core_get(15) == end

    def core_set(self, reg: int, value: int, dp: int = 0) -> None:
        """Through DCRDR and DCRSR, as a debugger does."""
        self.write(0xE000EDF8, value, dp)
        self.write(0xE000EDF4, 1 << 16 | reg, dp)

    def clocks(self) -> None:
        """Everything out of reset; crystal and PLL on, clk_sys and clk_peri at 125 MHz, a tick of a microsecond."""
        self.write(RESETS, NO_RESETS)
        self.write(XOSC + 0x0C, 47)
        self.write(XOSC, 0xFABAA0)
        self.us(2000)
        self.write(PLL_SYS + 8, 125)
        self.write(PLL_SYS + 0xC, 6 << 16 | 2 << 12)
        self.write(PLL_SYS + 4, 0)
        self.us(100)
        self.write(CLOCKS + 0x30, 2)  # clk_ref: crystal
        self.write(CLOCKS + 0x3C, 1)  # clk_sys: PLL
        self.write(CLOCKS + 0x48, 1 << 11)  # clk_peri: clk_sys
        self.write(CLOCKS + 0x60, 1 << 11 | 3 << 5)  # clk_adc: crystal
        self.write(CLOCKS + 0x6C, 1 << 11 | 3 << 5)  # clk_rtc: crystal
        self.write(WATCHDOG + 0x2C, 1 << 9 | 12)

    def function(self, pin: int, function: int) -> None:
        """FUNCSEL of a pin."""
        self.write(IO_BANK0 + 8 * pin + 4, function)


class Thumb:
    """A few instructions of ARMv6-M put one after the other, with literals behind them (ARMv6-M Architecture Reference Manual, chapter A6.7)."""

    NOP, WFI, WFE, SEV, BKPT, CPSID = 0xBF00, 0xBF30, 0xBF20, 0xBF40, 0xBE00, 0xB672

    def __init__(self) -> None:
        self._code: list[int] = []
        self._literals: list[tuple[int, int]] = []

    def op(self, *halfwords: int) -> Thumb:
        self._code += halfwords
        return self

    def load(self, rd: int, value: int) -> Thumb:
        """rd = value, from behind the code."""
        self._literals.append((len(self._code), value & 0xFFFFFFFF))
        return self.op(0x4800 | rd << 8)

    def store(self, rt: int, rn: int, offset: int = 0) -> Thumb:
        return self.op(0x6000 | offset // 4 << 6 | rn << 3 | rt)

    def fetch(self, rt: int, rn: int, offset: int = 0) -> Thumb:
        return self.op(0x6800 | offset // 4 << 6 | rn << 3 | rt)

    def add(self, rd: int, value: int) -> Thumb:
        return self.op(0x3000 | rd << 8 | value)

    def here(self) -> int:
        return len(self._code)

    def back(self, to: int, condition: int | None = None) -> Thumb:
        """To a place from `here`; `condition`: 0 equal, 1 not equal."""
        by = to - len(self._code) - 2
        return self.op(0xE000 | by & 0x7FF if condition is None else 0xD000 | condition << 8 | by & 0xFF)

    def halfwords(self) -> list[int]:
        code = list(self._code)
        if len(code) % 2:
            code.append(self.NOP)
        for at, value in self._literals:
            code[at] |= (len(code) - (at + 2 & ~1)) // 2
            code += [value & 0xFFFF, value >> 16]
        return code

    def image(self) -> bytes:
        return struct.pack(f"<{len(self.halfwords())}H", *self.halfwords())
