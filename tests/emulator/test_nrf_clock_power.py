# SPDX-License-Identifier: Apache-2.0
"""CLOCK, POWER, TEMP and RNG of the nRF52833 (Product Specification, chapters of those names), and FICR."""

from __future__ import annotations

import pytest

from tests.emulator.nrf52 import AIRCR, CLOCK, CYCLES_PER_US, INTENSET, POWER, RNG, SHORTS, TEMP, UID, Bench

HFCLKSTART, HFCLKSTOP, LFCLKSTART, LFCLKSTOP, CAL, CTSTART, CTSTOP = (CLOCK + 4 * n for n in range(7))
HFCLKSTARTED, LFCLKSTARTED, DONE, CTTO = CLOCK + 0x100, CLOCK + 0x104, CLOCK + 0x10C, CLOCK + 0x110
HFCLKRUN, HFCLKSTAT, LFCLKRUN, LFCLKSTAT, LFCLKSRCCOPY = (CLOCK + o for o in (0x408, 0x40C, 0x414, 0x418, 0x41C))
LFCLKSRC, CTIV = CLOCK + 0x518, CLOCK + 0x538
RESETREAS, GPREGRET, GPREGRET2, DCDCEN = POWER + 0x400, POWER + 0x51C, POWER + 0x520, POWER + 0x578
RC, XTAL, SYNTH = range(3)
RESETPIN, SREQ, LOCKUP = 1 << 0, 1 << 2, 1 << 3


@pytest.fixture
def bench() -> Bench:
    return Bench()


def pin_reset(bench: Bench) -> None:
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.machine.run(1)


def soft_reset(bench: Bench) -> None:
    bench.write(AIRCR, 0x05FA0004)
    bench.machine.run(1)


def test_hfxo_starts_after_a_while_and_says_so(bench: Bench) -> None:
    assert bench.read(HFCLKSTAT) == 1 << 16
    bench.write(INTENSET + CLOCK, 1)
    bench.task(HFCLKSTART)
    assert (bench.read(HFCLKRUN), bench.event(HFCLKSTARTED)) == (1, False)
    bench.us(1_000)
    assert bench.event(HFCLKSTARTED)
    assert bench.read(HFCLKSTAT) == 1 << 16 | 1
    assert bench.irq_pending(0)
    bench.task(HFCLKSTOP)
    assert (bench.read(HFCLKRUN), bench.read(HFCLKSTAT)) == (0, 1 << 16)


@pytest.mark.parametrize("source", [RC, SYNTH])
def test_lfclk_starts_from_its_source(bench: Bench, source: int) -> None:
    bench.write(LFCLKSRC, source)
    bench.task(LFCLKSTART)
    assert (bench.read(LFCLKRUN), bench.read(LFCLKSTAT)) == (1, 0)
    bench.us(1_000)
    assert bench.event(LFCLKSTARTED)
    assert (bench.read(LFCLKSTAT), bench.read(LFCLKSRCCOPY)) == (1 << 16 | source, source)
    bench.task(LFCLKSTOP)
    assert bench.read(LFCLKSTAT) == 0


def test_the_crystal_oscillator_never_starts_on_a_board_without_a_crystal(bench: Bench) -> None:
    bench.write(LFCLKSRC, XTAL)
    bench.task(LFCLKSTART)
    bench.us(2_000_000)
    assert not bench.event(LFCLKSTARTED)


def test_the_crystal_oscillator_starts_where_there_is_one() -> None:
    bench = Bench(target=None)
    bench.write(LFCLKSRC, XTAL)
    bench.task(LFCLKSTART)
    bench.us(240_000)
    assert not bench.event(LFCLKSTARTED)
    bench.us(20_000)
    assert bench.event(LFCLKSTARTED)


def test_calibration_needs_both_clocks(bench: Bench) -> None:
    bench.task(CAL)
    bench.us(50_000)
    assert not bench.event(DONE)
    bench.task(HFCLKSTART)
    bench.task(LFCLKSTART)
    bench.us(1_000)
    bench.task(CAL)
    bench.us(50_000)
    assert bench.event(DONE)


def test_the_calibration_timer_runs_in_quarter_seconds(bench: Bench) -> None:
    bench.write(CTIV, 2)
    bench.task(CTSTART)
    bench.us(499_999)
    assert not bench.event(CTTO)
    bench.us(1)
    assert bench.event(CTTO)


def test_reset_reasons_collect_until_cleared_by_ones(bench: Bench) -> None:
    assert bench.read(RESETREAS) == 0
    pin_reset(bench)
    soft_reset(bench)
    assert bench.read(RESETREAS) == RESETPIN | SREQ
    bench.write(RESETREAS, RESETPIN)
    assert bench.read(RESETREAS) == SREQ


def test_a_blank_chip_resets_itself_over_and_over_and_says_why() -> None:
    chip = Bench(power=False)
    chip.machine.power(True)
    chip.cycles(45_000 * CYCLES_PER_US)
    assert chip.machine.core_locked_up()
    assert chip.read(RESETREAS) == LOCKUP
    chip.write(RESETREAS, LOCKUP)
    chip.us(9_000)
    assert chip.read(RESETREAS) == LOCKUP


def test_a_run_that_ends_as_a_lockup_reset_is_due_leaves_nothing_to_wait_for() -> None:
    chip = Bench(power=False)
    chip.machine.power(True)
    chip.cycles(1)
    for _ in range(3):
        event = chip.machine.next_event()
        assert event is not None
        chip.cycles(event - chip.machine.now())
        assert not chip.machine.core_idle()  # it has begun anew
        chip.cycles(1)
        assert chip.machine.core_locked_up()


def test_power_on_clears_reset_reasons(bench: Bench) -> None:
    pin_reset(bench)
    bench.power_cycle()
    assert bench.read(RESETREAS) == 0


def test_retention_registers_survive_a_soft_reset_only(bench: Bench) -> None:
    bench.write(GPREGRET, 0xB1)
    bench.write(GPREGRET2, 0x1FF)
    soft_reset(bench)
    assert (bench.read(GPREGRET), bench.read(GPREGRET2)) == (0xB1, 0xFF)
    pin_reset(bench)
    assert (bench.read(GPREGRET), bench.read(GPREGRET2)) == (0, 0)


def test_peripherals_are_reset_by_a_soft_reset(bench: Bench) -> None:
    bench.write(DCDCEN, 1)
    soft_reset(bench)
    assert bench.read(DCDCEN) == 0


def test_ram_power_registers_set_and_clear(bench: Bench) -> None:
    assert bench.read(POWER + 0x900) == 0xFFFF
    bench.write(POWER + 0x908, 0xFF)
    bench.write(POWER + 0x904, 0x0F)
    assert bench.read(POWER + 0x900) == 0xFF0F


def test_a_register_that_is_not_modelled_is_logged_once(bench: Bench) -> None:
    for _ in range(3):
        assert bench.read(CLOCK + 0x5C0) == 0
    assert [entry[0] for entry in bench.machine.unmodelled()].count(CLOCK + 0x5C0) == 1


def test_ficr_tells_the_part_and_the_board_its_uid(bench: Bench) -> None:
    part, variant, _, ram_kb, flash_kb = (bench.read(0x10000100 + 4 * n) for n in range(5))
    assert (part, variant.to_bytes(4, "big"), ram_kb, flash_kb) == (0x52833, b"AAA0", 128, 512)
    assert (bench.read(0x10000010), bench.read(0x10000014)) == (4096, 128)
    assert bench.read(0x10000060) | bench.read(0x10000064) << 32 == UID


def test_the_code_ram_window_shows_the_same_ram(bench: Bench) -> None:
    bench.write(0x20000100, 0x12345678)
    assert bench.read(0x00800100) == 0x12345678


def test_a_temperature_is_ready_after_its_time(bench: Bench) -> None:
    bench.task(TEMP)
    bench.us(35)
    assert not bench.event(TEMP + 0x100)
    bench.us(1)
    assert bench.event(TEMP + 0x100)
    assert bench.read(TEMP + 0x508) == 4 * 25


def random_bytes(bench: Bench, count: int) -> bytes:
    bench.task(RNG)
    result = bytearray()
    while len(result) < count:
        bench.us(5)
        if bench.event(RNG + 0x100):
            bench.write(RNG + 0x100, 0)
            result.append(bench.read(RNG + 0x508))
    return bytes(result)


def test_random_bytes_repeat_for_the_same_chip() -> None:
    first, second = random_bytes(Bench(), 64), random_bytes(Bench(), 64)
    assert first == second
    assert len(set(first)) > 40


def test_the_rng_stops_after_one_byte_with_its_short(bench: Bench) -> None:
    bench.write(RNG + SHORTS, 1)
    assert len(random_bytes(bench, 1)) == 1
    bench.us(1_000)
    assert not bench.event(RNG + 0x100)
