# SPDX-License-Identifier: Apache-2.0
"""TIMER, RTC, WDT and PPI of the nRF52833 (Product Specification, chapters of those names)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.nrf52 import (
    CLOCK,
    GPIOTE,
    INTENSET,
    POWER,
    PPI,
    RTC0,
    RTC1,
    SHORTS,
    TIMER0,
    TIMER3,
    WDT,
    Bench,
)

START, STOP, COUNT, CLEAR, SHUTDOWN, CAPTURE = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x40
COMPARE = 0x140
MODE, BITMODE, PRESCALER, CC = 0x504, 0x508, 0x510, 0x540
BITS_16, BITS_8, BITS_24, BITS_32 = range(4)

TICK, OVRFLW = 0x100, 0x104
EVTENSET, EVTENCLR = 0x344, 0x348
COUNTER, RTC_PRESCALER = 0x504, 0x508
RTC_CLEAR, TRIGOVRFLW = 0x08, 0x0C

CRV, RREN, CONFIG, RR, RUNSTATUS, REQSTATUS = 0x504, 0x508, 0x50C, 0x600, 0x400, 0x404
RELOAD = 0x6E524635
RESETREAS = POWER + 0x400
DOG = 1 << 1

LFCLK_CYCLES = 64_000_000 / 32768


@pytest.fixture
def bench() -> Bench:
    return Bench()


def start_lfclk(bench: Bench) -> None:
    bench.task(CLOCK + 0x008)
    while not bench.event(CLOCK + 0x104):
        bench.us(10)


def lf_ticks(bench: Bench, ticks: int) -> None:
    bench.cycles(round(ticks * LFCLK_CYCLES))


def capture(bench: Bench, timer: int, channel: int = 0) -> int:
    bench.task(timer + CAPTURE + 4 * channel)
    return bench.read(timer + CC + 4 * channel)


# --- TIMER


@settings(max_examples=50, deadline=None)
@given(prescaler=st.integers(0, 9), us=st.integers(0, 20_000))
def test_a_timer_counts_16_mhz_divided_by_two_to_the_prescaler(prescaler: int, us: int) -> None:
    bench = Bench()
    bench.write(TIMER0 + BITMODE, BITS_32)
    bench.write(TIMER0 + PRESCALER, prescaler)
    bench.task(TIMER0 + START)
    bench.us(us)
    assert capture(bench, TIMER0) == us * 16 >> prescaler


def test_a_compare_event_comes_in_the_cycle_of_the_match(bench: Bench) -> None:
    bench.write(TIMER0 + PRESCALER, 0)
    bench.write(TIMER0 + CC, 100)
    bench.task(TIMER0 + START)
    bench.cycles(399)
    assert not bench.event(TIMER0 + COMPARE)
    bench.cycles(1)
    assert bench.event(TIMER0 + COMPARE)


def test_the_counter_wraps_at_its_width(bench: Bench) -> None:
    bench.write(TIMER0 + PRESCALER, 0)
    bench.write(TIMER0 + BITMODE, BITS_8)
    bench.task(TIMER0 + START)
    bench.cycles(4 * 300)
    assert capture(bench, TIMER0) == 300 - 256


def test_a_match_comes_again_after_the_wrap(bench: Bench) -> None:
    bench.write(TIMER0 + PRESCALER, 0)
    bench.write(TIMER0 + BITMODE, BITS_8)
    bench.write(TIMER0 + CC, 10)
    bench.task(TIMER0 + START)
    bench.cycles(4 * 10)
    bench.write(TIMER0 + COMPARE, 0)
    bench.cycles(4 * 255)
    assert not bench.event(TIMER0 + COMPARE)
    bench.cycles(4)
    assert bench.event(TIMER0 + COMPARE)


def test_compare_clear_short_makes_a_period_of_cc_ticks(bench: Bench) -> None:
    bench.write(TIMER0 + CC, 50)  # 1 MHz by the reset value of PRESCALER
    bench.write(TIMER0 + SHORTS, 1)
    bench.task(TIMER0 + START)
    for _ in range(3):
        bench.us(49)
        assert not bench.event(TIMER0 + COMPARE)
        bench.us(1)
        assert bench.event(TIMER0 + COMPARE)
        bench.write(TIMER0 + COMPARE, 0)


def test_compare_stop_short_stops_at_the_match(bench: Bench) -> None:
    bench.write(TIMER0 + CC + 4, 20)
    bench.write(TIMER0 + SHORTS, 1 << 9)
    bench.task(TIMER0 + START)
    bench.us(100)
    assert capture(bench, TIMER0) == 20


def test_two_channels_at_one_value_both_fire_although_one_clears(bench: Bench) -> None:
    bench.write(TIMER0 + CC, 20)
    bench.write(TIMER0 + CC + 4, 20)
    bench.write(TIMER0 + SHORTS, 1)
    bench.task(TIMER0 + START)
    bench.us(20)
    assert bench.event(TIMER0 + COMPARE) and bench.event(TIMER0 + COMPARE + 4)


def test_stop_keeps_the_count_and_start_goes_on_from_it(bench: Bench) -> None:
    bench.task(TIMER0 + START)
    bench.us(30)
    bench.task(TIMER0 + STOP)
    bench.us(30)
    bench.task(TIMER0 + START)
    bench.us(5)
    assert capture(bench, TIMER0) == 35


def test_clear_works_running_and_shutdown_stops(bench: Bench) -> None:
    bench.task(TIMER0 + START)
    bench.us(30)
    bench.task(TIMER0 + CLEAR)
    bench.us(7)
    assert capture(bench, TIMER0) == 7
    bench.task(TIMER0 + SHUTDOWN)
    bench.us(7)
    assert capture(bench, TIMER0) == 0


def test_counter_mode_counts_tasks_only(bench: Bench) -> None:
    bench.write(TIMER0 + MODE, 1)
    bench.write(TIMER0 + CC + 4, 3)
    bench.task(TIMER0 + START)
    for _ in range(3):
        bench.us(50)
        bench.task(TIMER0 + COUNT)
    assert bench.event(TIMER0 + COMPARE + 4)
    assert capture(bench, TIMER0) == 3


def test_timer_3_has_six_channels_and_timer_0_four(bench: Bench) -> None:
    bench.write(TIMER3 + CC + 20, 7)
    assert bench.read(TIMER3 + CC + 20) == 7
    assert bench.read(TIMER0 + CC + 16) == 0
    assert TIMER0 + CC + 16 in [entry[0] for entry in bench.machine.unmodelled()]


def test_a_compare_pends_its_interrupt(bench: Bench) -> None:
    bench.write(TIMER0 + CC + 8, 5)
    bench.write(TIMER0 + INTENSET, 1 << 18)
    bench.task(TIMER0 + START)
    bench.us(4)
    assert not bench.irq_pending(8)
    bench.us(1)
    assert bench.irq_pending(8)


# --- RTC


def test_the_rtc_stands_still_without_lfclk(bench: Bench) -> None:
    bench.task(RTC0 + START)
    bench.us(10_000)
    assert bench.read(RTC0 + COUNTER) == 0


def test_the_rtc_counts_lfclk_periods(bench: Bench) -> None:
    start_lfclk(bench)
    bench.task(RTC1 + START)
    bench.us(1_000_000)
    assert bench.read(RTC1 + COUNTER) in (32767, 32768)


def test_the_prescaler_divides(bench: Bench) -> None:
    start_lfclk(bench)
    bench.write(RTC1 + RTC_PRESCALER, 327)
    bench.task(RTC1 + START)
    bench.us(1_000_000)
    assert bench.read(RTC1 + COUNTER) == 32768 // 328


def test_a_compare_needs_evten_or_inten(bench: Bench) -> None:
    start_lfclk(bench)
    bench.write(RTC1 + CC, 5)
    bench.task(RTC1 + START)
    lf_ticks(bench, 10)
    assert not bench.event(RTC1 + COMPARE)
    bench.task(RTC1 + RTC_CLEAR)
    bench.write(RTC1 + EVTENSET, 1 << 16)
    lf_ticks(bench, 4)
    assert not bench.event(RTC1 + COMPARE)
    lf_ticks(bench, 2)
    assert bench.event(RTC1 + COMPARE)


def test_tick_comes_each_period(bench: Bench) -> None:
    start_lfclk(bench)
    bench.write(RTC0 + INTENSET, 1)
    bench.task(RTC0 + START)
    for _ in range(3):
        lf_ticks(bench, 2)
        assert bench.event(RTC0 + TICK)
        assert bench.irq_pending(11)
        bench.write(RTC0 + TICK, 0)


def test_trigovrflw_overflows_after_sixteen_ticks(bench: Bench) -> None:
    start_lfclk(bench)
    bench.write(RTC0 + EVTENSET, 2)
    bench.task(RTC0 + START)
    bench.task(RTC0 + TRIGOVRFLW)
    assert bench.read(RTC0 + COUNTER) == 0xFFFFF0
    lf_ticks(bench, 15)
    assert not bench.event(RTC0 + OVRFLW)
    lf_ticks(bench, 2)
    assert bench.event(RTC0 + OVRFLW)


def test_stop_holds_the_rtc(bench: Bench) -> None:
    start_lfclk(bench)
    bench.task(RTC0 + START)
    lf_ticks(bench, 100)
    bench.task(RTC0 + STOP)
    held = bench.read(RTC0 + COUNTER)
    lf_ticks(bench, 100)
    assert bench.read(RTC0 + COUNTER) == held


def test_ticks_do_not_drift(bench: Bench) -> None:
    """A million compare events of one tick each would show a rounding error of a part of a cycle; ten seconds show one of a tick."""
    start_lfclk(bench)
    bench.task(RTC1 + START)
    lf_ticks(bench, 327_680)
    assert bench.read(RTC1 + COUNTER) in (327_679, 327_680)


# --- WDT


def start_watchdog(bench: Bench, ticks: int = 3277, config: int = 0x9) -> None:
    """CONFIG 9: it counts while the core sleeps and while it is halted, as it is here."""
    bench.write(WDT + CRV, ticks - 1)
    bench.write(WDT + CONFIG, config)
    bench.task(WDT + START)


def test_a_watchdog_that_is_not_fed_resets_the_chip(bench: Bench) -> None:
    start_watchdog(bench)
    bench.us(99_000)
    assert bench.read(WDT + RUNSTATUS) == 1
    assert bench.read(RESETREAS) & DOG == 0
    bench.us(2_000)
    assert bench.read(RESETREAS) & DOG
    assert bench.read(WDT + RUNSTATUS) == 0


def test_a_fed_watchdog_does_not_bite(bench: Bench) -> None:
    start_watchdog(bench)
    for _ in range(5):
        bench.us(60_000)
        bench.write(WDT + RR, RELOAD)
    assert bench.read(RESETREAS) & DOG == 0


def test_every_enabled_request_register_must_be_fed(bench: Bench) -> None:
    bench.write(WDT + RREN, 0b101)
    start_watchdog(bench)
    bench.us(60_000)
    bench.write(WDT + RR, RELOAD)
    assert bench.read(WDT + REQSTATUS) == 0b100
    bench.us(45_000)
    assert bench.read(RESETREAS) & DOG


def test_only_the_reload_value_feeds(bench: Bench) -> None:
    start_watchdog(bench)
    bench.us(60_000)
    bench.write(WDT + RR, 1)
    bench.us(45_000)
    assert bench.read(RESETREAS) & DOG


def test_a_running_watchdog_cannot_be_changed(bench: Bench) -> None:
    start_watchdog(bench)
    bench.write(WDT + CRV, 0xFFFFFF)
    bench.write(WDT + CONFIG, 0)
    assert (bench.read(WDT + CRV), bench.read(WDT + CONFIG)) == (3276, 9)


def test_the_watchdog_pauses_while_the_debugger_halts_the_core(bench: Bench) -> None:
    start_watchdog(bench, config=0x1)
    bench.us(1_000_000)
    assert bench.read(RESETREAS) & DOG == 0


def test_timeout_pends_the_interrupt_two_periods_before_the_reset(bench: Bench) -> None:
    bench.write(WDT + INTENSET, 1)
    start_watchdog(bench, 100)
    bench.cycles(round(101 * LFCLK_CYCLES))
    assert bench.irq_pending(16)
    assert bench.read(RESETREAS) & DOG == 0


# --- PPI


def connect(bench: Bench, channel: int, event: int, task: int) -> None:
    bench.write(PPI + 0x510 + 8 * channel, event)
    bench.write(PPI + 0x514 + 8 * channel, task)


def test_an_enabled_channel_carries_an_event_to_a_task(bench: Bench) -> None:
    pin = 2
    bench.write(GPIOTE + 0x510, 3 | pin << 8 | 3 << 16)
    bench.write(TIMER0 + CC, 10)
    bench.write(TIMER0 + SHORTS, 1)
    connect(bench, 4, TIMER0 + COMPARE, GPIOTE + 0x000)
    _, start = bench.machine.pin_edges()
    bench.write(PPI + 0x504, 1 << 4)
    bench.task(TIMER0 + START)
    began = bench.machine.now()
    bench.us(35)
    edges, _ = bench.machine.pin_edges(start)
    assert [(cycle - began, level) for cycle, _, level in edges] == [(640, 1), (1280, 0), (1920, 1)]
    bench.write(PPI + 0x508, 1 << 4)
    bench.us(50)
    assert bench.machine.pin_edges(start)[1] == start + 3


def test_a_fork_triggers_a_second_task(bench: Bench) -> None:
    bench.write(TIMER0 + CC, 10)
    connect(bench, 0, TIMER0 + COMPARE, TIMER3 + START)
    bench.write(PPI + 0x910, TIMER0 + STOP)
    bench.write(PPI + 0x504, 1)
    bench.task(TIMER0 + START)
    bench.us(30)
    assert capture(bench, TIMER3) == 20
    assert capture(bench, TIMER0, 1) == 10


def test_a_group_task_enables_and_disables_its_channels(bench: Bench) -> None:
    bench.write(PPI + 0x800, 0b1100)
    bench.task(PPI + 0x000)
    assert bench.read(PPI + 0x500) == 0b1100
    bench.task(PPI + 0x004)
    assert bench.read(PPI + 0x500) == 0


def test_a_loop_of_channels_ends(bench: Bench) -> None:
    bench.write(TIMER0 + MODE, 1)
    bench.write(TIMER0 + BITMODE, BITS_8)
    bench.write(TIMER0 + CC, 1)
    bench.write(TIMER0 + SHORTS, 1)
    connect(bench, 0, TIMER0 + COMPARE, TIMER0 + COUNT)
    bench.write(PPI + 0x504, 1)
    bench.task(TIMER0 + START)
    bench.task(TIMER0 + COUNT)
    assert bench.event(TIMER0 + COMPARE)


def test_rtc_events_reach_ppi_only_through_evten(bench: Bench) -> None:
    start_lfclk(bench)
    connect(bench, 0, RTC0 + COMPARE, TIMER0 + START)
    bench.write(PPI + 0x504, 1)
    bench.write(RTC0 + CC, 2)
    bench.write(RTC0 + INTENSET, 1 << 16)
    bench.task(RTC0 + START)
    lf_ticks(bench, 5)
    assert bench.event(RTC0 + COMPARE)
    assert capture(bench, TIMER0) == 0
    bench.write(RTC0 + EVTENSET, 1 << 16)
    bench.task(RTC0 + RTC_CLEAR)
    lf_ticks(bench, 5)
    assert capture(bench, TIMER0) > 0
