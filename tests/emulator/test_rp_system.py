# SPDX-License-Identifier: Apache-2.0
"""RP2040: atomic aliases, resets, clocks, watchdog, timer, real-time clock, and accesses that make no sense."""

from __future__ import annotations

import contextlib
import random

import pytest
from vmrig_native import _emu

from tests.emulator.rp2040 import (
    CLOCKS,
    CLR,
    NO_RESETS,
    PLL_SYS,
    PSM,
    RESETS,
    RTC,
    SET,
    TIMER,
    UART0,
    WATCHDOG,
    XOR,
    XOSC,
    Bench,
    boot2,
)

SCRATCH0, SYSINFO, ROSC, VREG_BASE = WATCHDOG + 0x0C, 0x40000000, 0x40060000, 0x40064000
ALARM0, ARMED, TIMERAWL, PAUSE, INTR, INTE, DBGPAUSE = (TIMER + n for n in (0x10, 0x20, 0x28, 0x30, 0x34, 0x38, 0x2C))
UART_RESET, RTC_RESET = 1 << 22, 1 << 15


@pytest.fixture
def bench() -> Bench:
    made = Bench(flash=boot2())
    made.clocks()
    return made


def test_atomic_aliases_set_clear_and_toggle_bits(bench: Bench) -> None:
    bench.write(SCRATCH0, 0x0F0F)
    bench.write(SCRATCH0 + SET, 0xF000)
    assert bench.read(SCRATCH0) == 0xFF0F
    bench.write(SCRATCH0 + CLR, 0x000F)
    assert bench.read(SCRATCH0) == 0xFF00
    bench.write(SCRATCH0 + XOR, 0x0FF0)
    assert bench.read(SCRATCH0 + SET) == 0xF0F0


def test_a_narrow_write_reaches_the_whole_register(bench: Bench) -> None:
    """2.1.4: peripherals see the byte on all lanes."""
    bench.machine.mem_write(SCRATCH0, 1, b"\xa5")
    assert bench.read(SCRATCH0) == 0xA5A5A5A5


def test_a_block_in_reset_forgets_and_is_done_when_released(bench: Bench) -> None:
    bench.write(UART0 + 0x24, 67)
    bench.write(RESETS + SET, UART_RESET)
    assert not bench.read(RESETS + 8) & UART_RESET
    bench.write(RESETS + CLR, UART_RESET)
    assert bench.read(RESETS + 8) & UART_RESET
    assert bench.read(UART0 + 0x24) == 0


def test_after_power_on_peripherals_are_in_reset() -> None:
    assert Bench(flash=boot2()).read(RESETS) & UART_RESET


def test_the_crystal_takes_its_time_and_the_pll_locks() -> None:
    bench = Bench(flash=boot2())
    bench.write(RESETS, NO_RESETS)
    assert not bench.read(XOSC + 4) >> 31
    bench.write(XOSC + 0x0C, 47)
    bench.write(XOSC, 0xFABAA0)
    bench.us(900)
    assert not bench.read(XOSC + 4) >> 31
    bench.us(200)
    assert bench.read(XOSC + 4) >> 31
    bench.write(PLL_SYS + 8, 125)
    assert not bench.read(PLL_SYS) >> 31
    bench.write(PLL_SYS + 4 + CLR, 0x21)
    bench.us(100)
    assert bench.read(PLL_SYS) >> 31


def test_clock_sources_are_shown_as_selected(bench: Bench) -> None:
    assert (bench.read(CLOCKS + 0x38), bench.read(CLOCKS + 0x44)) == (1 << 2, 1 << 1)
    bench.write(CLOCKS + 0x3C, 0)
    bench.us(1)
    assert bench.read(CLOCKS + 0x44) == 1


def test_the_frequency_counter_measures_the_system_clock(bench: Bench) -> None:
    for offset, value in (
        (0x80, 12_000),
        (0x84, 0),
        (0x88, 0x1FFFFFF),
        (0x8C, 0),
        (0x90, 8),
        (0x94, 9),
    ):  # FC0: clk_sys
        bench.write(CLOCKS + offset, value)
    bench.us(2000)
    assert bench.read(CLOCKS + 0x98) & 1 << 4
    assert bench.read(CLOCKS + 0x9C) >> 5 == pytest.approx(125_000, rel=0.001)


def test_the_timer_counts_microseconds_and_its_alarms_fire_on_time(bench: Bench) -> None:
    start = bench.read(TIMERAWL)
    bench.us(1234)
    assert bench.read(TIMERAWL) - start == 1234
    bench.write(INTE, 1 << 2)
    bench.write(ALARM0 + 8, bench.read(TIMERAWL) + 100)
    assert bench.read(ARMED) == 1 << 2
    bench.us(98)
    assert not bench.irq_pending(2)
    bench.us(3)
    assert bench.irq_pending(2)
    assert (bench.read(ARMED), bench.read(INTR)) == (0, 1 << 2)
    bench.write(INTR, 1 << 2)
    assert bench.read(INTR) == 0


def test_an_alarm_can_be_disarmed(bench: Bench) -> None:
    bench.write(ALARM0, bench.read(TIMERAWL) + 50)
    bench.write(ARMED, 1)
    bench.us(100)
    assert bench.read(INTR) == 0


def test_the_timer_has_64_bits_that_are_read_low_word_first(bench: Bench) -> None:
    bench.write(TIMER + 4, 0xFFFFFFF0)  # TIMELW
    bench.write(TIMER, 7)  # TIMEHW
    low = bench.read(TIMER + 0x0C)
    bench.us(100)
    assert (low >> 4, bench.read(TIMER + 8)) == (0xFFFFFFF, 7)  # TIMEHR is of the moment when TIMELR was read
    assert bench.read(TIMER + 0x0C) < 0x100
    assert bench.read(TIMER + 8) == 8


def test_the_timer_can_be_paused(bench: Bench) -> None:
    bench.write(PAUSE, 1)
    before = bench.read(TIMERAWL)
    bench.us(50)
    assert bench.read(TIMERAWL) == before
    bench.write(PAUSE, 0)
    bench.us(50)
    assert bench.read(TIMERAWL) == pytest.approx(before + 50, abs=1)


def test_a_watchdog_that_is_fed_stays_and_else_reboots(bench: Bench) -> None:
    bench.write(SCRATCH0, 0xBEEF)
    bench.write(PSM + 8, 0x1FFFC)  # WDSEL
    bench.write(WATCHDOG + 4, 2 * 1000)  # LOAD counts down twice a tick (erratum E1)
    bench.write(WATCHDOG, 1 << 30)
    for _ in range(4):
        bench.us(700)
        bench.write(WATCHDOG + 4, 2 * 1000)
    assert bench.read(WATCHDOG + 8) == 0
    bench.us(1100)
    assert bench.read(WATCHDOG + 8) == 1  # REASON: TIMER
    assert bench.read(SCRATCH0) == 0xBEEF
    assert bench.read(RESETS) & UART_RESET


def test_the_rtc_counts_seconds_and_rolls_over_the_leap_day(bench: Bench) -> None:
    bench.write(RTC, 46874)  # CLKDIV_M1: 12 MHz / 256
    bench.write(CLOCKS + 0x70, 256 << 8)
    bench.write(RTC + 4, 2024 << 12 | 2 << 8 | 28)  # SETUP_0
    bench.write(RTC + 8, 3 << 24 | 23 << 16 | 59 << 8 | 58)  # SETUP_1: Wednesday
    bench.write(RTC + 0x0C, 1 << 4)  # LOAD
    bench.write(RTC + 0x0C, 1)
    bench.us(2_100_000)
    time = bench.read(RTC + 0x1C)
    date = bench.read(RTC + 0x18)
    assert (date >> 12, date >> 8 & 15, date & 31) == (2024, 2, 29)
    assert (time >> 24 & 7, time >> 16 & 31, time >> 8 & 63, time & 63) == (4, 0, 0, 0)


def test_an_rtc_alarm_is_an_interrupt(bench: Bench) -> None:
    bench.write(RTC, 46874)
    bench.write(CLOCKS + 0x70, 256 << 8)
    bench.write(RTC + 4, 2024 << 12 | 1 << 8 | 1)
    bench.write(RTC + 8, 0)
    bench.write(RTC + 0x0C, 1 << 4)
    bench.write(RTC + 0x0C, 1)
    bench.write(RTC + 0x14, 1 << 28 | 2)  # IRQ_SETUP_1: seconds 2
    bench.write(RTC + 0x10, 1 << 28)  # IRQ_SETUP_0: match
    bench.write(RTC + 0x24, 1)
    bench.us(1_500_000)
    assert not bench.irq_pending(25)
    bench.us(1_000_000)
    assert bench.irq_pending(25)


def test_the_chip_says_what_it_is_and_random_bits_differ(bench: Bench) -> None:
    assert bench.read(SYSINFO) & 0x0FFFFFFF == 0x0002927
    bits = 0
    for _ in range(64):
        bits = bits << 1 | bench.read(ROSC + 0x1C) & 1
        bench.cycles(200)
    assert 10 < bits.bit_count() < 54


def storm(seed: int, accesses: int) -> tuple[Bench, int]:
    bench, dice = Bench(flash=boot2()), random.Random(seed)
    devices = [device.base for device in bench.built.chip.devices if device.base]
    for n in range(accesses):
        if n % 50 == 0:
            bench.write(RESETS, NO_RESETS)
            bench.halt()
            bench.halt(1)
        width = dice.choice((1, 2, 4))
        offset = dice.choice((dice.randrange(0x40), dice.randrange(0x200), dice.randrange(0x4000))) & ~(width - 1)
        address, dp = dice.choice(devices) + offset, dice.randrange(2)
        value = dice.choice((0, 0xFFFFFFFF, dice.getrandbits(32), 1 << dice.randrange(32))) & (1 << 8 * width) - 1
        try:
            if dice.random() < 0.6:
                bench.machine.mem_write(address, width, value.to_bytes(width, "little"), dp)  # type: ignore[arg-type]
            else:
                bench.machine.mem_read(address, width, width, dp)  # type: ignore[arg-type]
        except _emu.Fault:
            bench.machine.dp_write(0, 4, dp)
        event = dice.random()
        if event < 0.1:
            bench.machine.run(dice.choice((1, 10, 1000, 50_000)))
        elif event < 0.12:
            bench.machine.pin_drive(dice.randrange(38), dice.choice((_emu.HIGH, _emu.LOW, _emu.FLOAT)))
        elif event < 0.13:
            bench.machine.serial_write(0, bytes(dice.randrange(1, 30)))
    return bench, bench.machine.state_hash()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_accesses_leaves_a_machine_that_can_be_looked_at(seed: int) -> None:
    bench, after = storm(seed, 1500)
    assert storm(seed, 1500)[1] == after
    assert bench.machine.fork().state_hash() == after
    bench.machine.power(False)
    bench.machine.power(True)
    bench.machine.dp_write(4, 0x50000000)
    with contextlib.suppress(_emu.Fault):
        bench.machine.dp_write(0, 0x1F)
    bench.halt()
    bench.write(0x20000000, 0x12345678)
    assert bench.read(0x20000000) == 0x12345678
