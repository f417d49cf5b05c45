# SPDX-License-Identifier: Apache-2.0
"""RCC and PWR of STM32 (RM0008, RM0090, RM0351): ready flags, the system clock switch, gates, resets, the backup domain."""

from __future__ import annotations

import pytest

from tests.emulator.stm32 import F1, F4, FAMILIES, L4, Bench

AIRCR = 0xE000ED0C
CSR = {F4: 0x74, F1: 0x24, L4: 0x94}
BDCR = {F4: 0x70, F1: 0x20, L4: 0x90}
CFGR = {F4: 0x08, F1: 0x04, L4: 0x08}
PWR = 0x40007000
HSEON, HSERDY, PLLON, PLLRDY = 1 << 16, 1 << 17, 1 << 24, 1 << 25


def start_pll(bench: Bench) -> None:
    """F4 from HSI to 168 MHz, F1 from HSI to 64 MHz, L4 from MSI to 80 MHz; the switch is left to the test."""
    if bench.target == F4:
        bench.write(bench.rcc + 0x04, 8 | 168 << 6 | 4 << 24)
    elif bench.target == F1:
        bench.write(bench.rcc + 0x04, 14 << 18 | 4 << 8)
    else:
        bench.write(bench.rcc + 0x0C, 1 | 40 << 8 | 1 << 24)
    bench.change(bench.rcc, set=PLLON)


@pytest.mark.parametrize(("target", "reset_hz", "pll_hz", "switch"), [(F4, 16, 168, 2), (F1, 8, 64, 2), (L4, 4, 80, 3)])
def test_the_core_runs_at_the_clock_that_the_firmware_chose(
    target: str, reset_hz: int, pll_hz: int, switch: int
) -> None:
    bench = Bench(target)
    assert bench.machine.clock_hz() == reset_hz * 1_000_000
    start_pll(bench)
    assert bench.read(bench.rcc) & PLLRDY == 0
    cfgr = bench.rcc + CFGR[target]
    bench.change(cfgr, clear=3, set=switch)
    assert bench.read(cfgr) >> 2 & 3 == 0, "the switch waits for the PLL"
    bench.wait(bench.rcc, PLLRDY, PLLRDY)
    assert bench.read(cfgr) >> 2 & 3 == switch
    assert bench.machine.clock_hz() == pll_hz * 1_000_000


@pytest.mark.parametrize("target", FAMILIES)
def test_after_a_power_cycle_the_core_runs_at_the_clock_of_its_reset_again(target: str) -> None:
    bench = Bench(target)
    reset_hz = bench.machine.clock_hz()
    bench.machine.power(False)
    bench.machine.power(True)
    assert bench.machine.clock_hz() == reset_hz


def test_time_goes_on_where_it_was_when_the_clock_changes() -> None:
    bench = Bench(F4)
    bench.us(1000)
    before = bench.machine.now()
    start_pll(bench)
    bench.change(bench.rcc + 0x08, set=2)
    bench.wait(bench.rcc, PLLRDY, PLLRDY)
    switched = bench.ns()
    bench.cycles(168_000)
    assert bench.ns() - switched == 1_000_000
    assert bench.machine.nanoseconds(before) == before * 1000 // 16


def test_what_is_due_at_a_time_is_due_then_at_any_clock() -> None:
    bench = Bench(F4)
    bench.change(bench.rcc, set=HSEON)  # ready 2 ms later
    begun = bench.ns()
    start_pll(bench)
    bench.change(bench.rcc + 0x08, set=2)
    bench.wait(bench.rcc, HSERDY, HSERDY)
    assert bench.machine.clock_hz() == 168_000_000
    assert 1_999_000 <= bench.ns() - begun <= 2_100_000


def test_a_crystal_that_is_not_there_never_starts() -> None:
    bench = Bench(L4)
    bench.change(bench.rcc, set=HSEON)
    bench.us(100_000)
    assert not bench.read(bench.rcc) & HSERDY


@pytest.mark.parametrize("target", FAMILIES)
def test_the_clock_in_use_cannot_be_switched_off(target: str) -> None:
    bench = Bench(target)
    bench.write(bench.rcc, 0)
    assert bench.read(bench.rcc) & 1


def test_a_peripheral_without_its_clock_reads_zero_and_takes_nothing() -> None:
    bench = Bench(F4, clocks=False)
    bench.write(0x40020014, 0xFFFF)  # GPIOA.ODR
    assert bench.read(0x40020000) == 0
    bench.change(bench.rcc + 0x30, set=1)
    assert (bench.read(0x40020000), bench.read(0x40020014)) == (0xA8000000, 0)


@pytest.mark.parametrize(
    ("target", "enable", "reset", "bit", "register"), [(F4, 0x30, 0x10, 0, 0x40020014), (F1, 0x18, 0x0C, 2, 0x4001080C)]
)
def test_a_reset_bit_takes_a_peripheral_back_to_its_start(
    target: str, enable: int, reset: int, bit: int, register: int
) -> None:
    bench = Bench(target)
    bench.write(register, 0x1234)
    bench.write(bench.rcc + reset, 1 << bit)
    bench.write(bench.rcc + reset, 0)
    assert bench.read(register) == 0


@pytest.mark.parametrize("target", FAMILIES)
def test_the_reset_flags_tell_what_happened_until_they_are_removed(target: str) -> None:
    bench = Bench(target)
    csr = bench.rcc + CSR[target]
    remove = 1 << (23 if target == L4 else 24)
    assert bench.read(csr) >> 27 & 1, "power on"
    bench.change(csr, set=remove)
    assert bench.read(csr) >> 25 == 0
    bench.write(AIRCR, 0x05FA0004)
    bench.machine.run(1)
    assert bench.read(csr) >> 25 == 0b1010, "software, and the pin that it pulls"
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    assert bench.read(csr) >> 25 == 0b1010, "flags add up"
    bench.change(csr, set=remove)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    assert bench.read(csr) >> 25 == 0b0010


@pytest.mark.parametrize("target", FAMILIES)
def test_the_backup_domain_is_closed_until_pwr_opens_it_and_no_reset_touches_it(target: str) -> None:
    bench = Bench(target)
    bdcr = bench.rcc + BDCR[target]
    bench.change(bdcr, set=1)
    assert bench.read(bdcr) == 0
    bench.change(PWR, set=1 << 8)  # DBP
    bench.change(bdcr, set=1)
    bench.wait(bdcr, 2, 2)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    assert bench.read(bdcr) & 3 == 3


def test_over_drive_is_ready_after_its_time() -> None:
    bench = Bench(F4)
    bench.change(PWR, set=1 << 16)
    assert not bench.read(PWR + 4) >> 16 & 1
    assert bench.wait(PWR + 4, 1 << 16, 1 << 16) >= 40
    bench.change(PWR, set=1 << 17)
    bench.wait(PWR + 4, 1 << 17, 1 << 17)
    bench.change(PWR, clear=3 << 16)
    assert bench.read(PWR + 4) >> 16 & 3 == 0
