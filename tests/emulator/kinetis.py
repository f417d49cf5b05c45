# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of Kinetis peripherals: the core is halted, registers are driven through the debug port, virtual time moves by `us`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from vmrig_native import _emu

from vmrig_server.boards_data import load_target
from vmrig_server.emulator.machine import BuiltMachine, build_machine

K64, KL25 = "frdm_k64f", "frdm_kl25z"

SIM = 0x40047000
SIM_SOPT1, SIM_SOPT2, SIM_SDID = SIM, SIM + 0x1004, SIM + 0x1024
SIM_CLKDIV1, SIM_COPC, SIM_SRVCOP = SIM + 0x1044, SIM + 0x1100, SIM + 0x1104
MCG, OSC = 0x40064000, 0x40065000
FTF = 0x40020000
RCM_SRS0, RCM_SRS1 = 0x4007F000, 0x4007F001
WDOG = 0x40052000
PORTA, PORTB, PORTC, PORTD = 0x40049000, 0x4004A000, 0x4004B000, 0x4004C000
GPIO = 0x400FF000
UART0 = 0x4006A000
PIT, LPTMR, RTC = 0x40037000, 0x40040000, 0x4003D000
TPM0 = FTM0 = 0x40038000
ADC0 = 0x4003B000
DMA, DMAMUX = 0x40008000, 0x40021000

DHCSR, DEMCR, AIRCR, NVIC_ISPR = 0xE000EDF0, 0xE000EDFC, 0xE000ED0C, 0xE000E200
RAM = 0x20000000
UID = bytes(range(1, 17))

Width = Literal[1, 2, 4]


def gate(number: int, bit: int) -> tuple[int, int]:
    """SCGCn bit b, as (address, mask)."""
    return SIM + 0x1028 + 4 * (number - 1), 1 << bit


class Bench:
    """A powered board with its core halted out of reset."""

    def __init__(self, target: str, storage: Path | None = None, flash: Mapping[int, bytes] | None = None) -> None:
        size = 16 if target == K64 else 12
        self.built: BuiltMachine = build_machine(load_target(target), storage=storage, identity={"uid": UID[:size]})
        self.machine: _emu.Machine = self.built.machine
        for address, data in (flash or {}).items():
            self.machine.poke(address, data)
        self.power_on()

    def power_on(self) -> None:
        self.machine.power(True)
        self.machine.dp_write(4, 0x50000000)  # CTRL/STAT: debug and system power up
        self.halt()

    def halt(self) -> None:
        try:
            self.write(DHCSR, 0xA05F0003)
        except _emu.Fault:
            return  # locked
        self.machine.run(1)

    def read(self, address: int, width: Width = 4) -> int:
        return int.from_bytes(self.machine.mem_read(address, width, width), "little")

    def write(self, address: int, value: int, width: Width = 4) -> None:
        self.machine.mem_write(address, width, (value & (1 << 8 * width) - 1).to_bytes(width, "little"))

    def r8(self, address: int) -> int:
        return self.read(address, 1)

    def w8(self, address: int, value: int) -> None:
        self.write(address, value, 1)

    def open(self, number: int, bit: int) -> None:
        """Opens a clock gate."""
        address, mask = gate(number, bit)
        self.write(address, self.read(address) | mask)

    def cycles(self, cycles: int) -> None:
        """Lets exactly so much virtual time pass."""
        while cycles:
            _, done = self.machine.run(cycles)
            assert done > 0
            cycles -= done

    def us(self, us: float) -> None:
        self.cycles(round(us * self.core_hz / 1_000_000))

    core_hz = 20_971_520
    """Of the core and, as long as nobody changes dividers, of the bus: the FLL on the slow internal reference."""

    def irq_pending(self, irq: int) -> bool:
        return bool(self.read(NVIC_ISPR + 4 * (irq // 32)) >> (irq % 32) & 1)

    def mux(self, port: int, bit: int, alternative: int, flags: int = 0) -> None:
        """Gives a pin to an alternative; port: address."""
        self.open(5, 9 + (port - PORTA) // 0x1000)
        self.write(port + 4 * bit, alternative << 8 | flags)

    def faults(self, address: int) -> bool:
        try:
            self.read(address)
        except _emu.Fault:
            self.machine.dp_write(0, 4)
            return True
        return False


@pytest.fixture
def k64() -> Bench:
    return Bench(K64)


@pytest.fixture
def kl25() -> Bench:
    return Bench(KL25)


@pytest.fixture(params=[K64, KL25])
def either(request: pytest.FixtureRequest) -> Bench:
    return Bench(str(request.param))
