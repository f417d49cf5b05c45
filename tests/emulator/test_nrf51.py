# SPDX-License-Identifier: Apache-2.0
"""What the nRF51822 has otherwise than the nRF52 (nRF51 Series Reference Manual): fewer channels, 16-bit timers, a UART without DMA, its MPU."""

from __future__ import annotations

import pytest

from tests.emulator.nrf52 import GPIOTE, NVMC, P0, POWER, PPI, TIMER0, Bench

UART = 0x40002000
TIMER1 = 0x40009000
US = 16
"""Cycles."""


@pytest.fixture
def bench() -> Bench:
    return Bench("microbit_v1")


def test_ficr_tells_the_memory_sizes(bench: Bench) -> None:
    page, pages, blocks, block = (bench.read(0x10000000 + n) for n in (0x10, 0x14, 0x34, 0x38))
    assert (page * pages, blocks * block) == (256 * 1024, 16 * 1024)
    assert bench.read(0xF0000FE0) & 0xFF == 1


def test_there_are_31_pins_and_4_gpiote_channels(bench: Bench) -> None:
    bench.write(P0 + 0x518, 0xFFFFFFFF)
    assert bench.read(P0 + 0x514) == 0x7FFFFFFF
    bench.write(GPIOTE + 0x51C, 1)
    bench.write(GPIOTE + 0x520, 1)
    assert (bench.read(GPIOTE + 0x51C), bench.read(GPIOTE + 0x520)) == (1, 0)


def test_ppi_has_16_channels_and_no_forks(bench: Bench) -> None:
    bench.write(PPI + 0x510 + 8 * 15, 1)
    bench.write(PPI + 0x510 + 8 * 16, 1)
    bench.write(PPI + 0x910, 1)
    assert [bench.read(PPI + n) for n in (0x510 + 8 * 15, 0x510 + 8 * 16, 0x910)] == [1, 0, 0]


@pytest.mark.parametrize(("timer", "count"), [(TIMER0, 70_000), (TIMER1, 70_000 - 65_536)])
def test_only_timer0_counts_more_than_16_bits(bench: Bench, timer: int, count: int) -> None:
    bench.write(timer + 0x508, 3)  # BITMODE
    bench.task(timer)
    bench.cycles(70_000 * US)
    bench.task(timer + 0x40)
    assert bench.read(timer + 0x540) == count


def test_the_uart_takes_its_bytes_from_txd_one_by_one(bench: Bench) -> None:
    for register, value in ((0x50C, 24), (0x514, 25), (0x524, 0x01D60000), (0x500, 4)):
        bench.write(UART + register, value)
    bench.task(UART + 8)
    sent = b""
    for byte in b"hello":
        bench.write(UART + 0x11C, 0)
        bench.write(UART + 0x51C, byte)
        bench.cycles(88 * US)
        assert bench.event(UART + 0x11C)
        sent += bench.machine.serial_read(0)
    assert sent == b"hello"
    bench.task(UART)
    bench.machine.serial_write(0, b"ab")
    bench.cycles(2 * 88 * US)
    assert bench.event(UART + 0x108)
    assert (bench.read(UART + 0x518), bench.read(UART + 0x518)) == (0x61, 0x62)


def test_the_uart_has_no_dma(bench: Bench) -> None:
    bench.write(UART + 0x500, 8)
    assert bench.read(UART + 0x500) == 0


def test_the_mpu_keeps_blocks_of_flash_from_being_changed_until_a_reset(bench: Bench) -> None:
    bench.write(POWER + 0x608, 0)  # DISABLEINDEBUG: a debugger is held to it too
    bench.write(POWER + 0x600, 1 << 2)
    bench.write(POWER + 0x600, 0)
    assert bench.read(POWER + 0x600) == 1 << 2, "set only"
    bench.machine.poke(0x2000, bytes(4))
    bench.write(NVMC + 0x504, 2)
    bench.write(NVMC + 0x508, 0x2000)
    bench.cycles(22_300 * US)
    assert bench.peek32(0x2000) == 0
    bench.write(NVMC + 0x508, 0x1000)
    bench.cycles(22_300 * US)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    assert bench.read(POWER + 0x600) == 0


def test_gpregret_and_the_ram_registers_answer(bench: Bench) -> None:
    assert (bench.read(POWER + 0x524), bench.read(POWER + 0x554)) == (3, 3)
    bench.write(POWER + 0x51C, 0x1A5)
    assert bench.read(POWER + 0x51C) == 0xA5


def test_interrupts_have_two_priority_bits(bench: Bench) -> None:
    bench.write(0xE000E400, 0xFFFFFFFF)
    assert bench.read(0xE000E400) == 0xC0C0C0C0
