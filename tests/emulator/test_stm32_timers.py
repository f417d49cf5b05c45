# SPDX-License-Identifier: Apache-2.0
"""Timers, watchdogs and the real-time clock of STM32."""

from __future__ import annotations

import itertools

import pytest

from tests.emulator.stm32 import F1, F4, FAMILIES, L4, Bench

TIM2, TIM3, TIM1 = 0x40000000, 0x40000400, 0x40010000
CR1, DIER, SR, EGR, CCMR1, CCER, CNT, PSC, ARR, RCR, CCR1, BDTR = (
    0,
    0x0C,
    0x10,
    0x14,
    0x18,
    0x20,
    0x24,
    0x28,
    0x2C,
    0x30,
    0x34,
    0x44,
)
CEN, OPM, ARPE, DOWN, CENTER = 1, 1 << 3, 1 << 7, 1 << 4, 1 << 5
PWM1 = 6 << 4
IWDG, RTC, PWR = 0x40003000, 0x40002800, 0x40007000


def timer(base: int = TIM3, *, psc: int = 15, arr: int = 99, cr1: int = 0, **registers: int) -> Bench:
    """At 16 MHz: psc 15 counts microseconds."""
    bench = Bench(F4)
    bench.write(base + PSC, psc)
    bench.write(base + ARR, arr)
    dier = registers.pop("DIER", 0)
    for name, value in registers.items():
        bench.write(base + globals()[name], value)
    bench.write(base + EGR, 1)
    bench.write(base + SR, 0)
    bench.write(base + DIER, dier)
    bench.write(base + CR1, cr1 | CEN)
    return bench


def test_a_timer_counts_its_prescaled_clock_and_interrupts_at_each_update() -> None:
    bench = timer(DIER=1)
    bench.us(42)
    assert (bench.read(TIM3 + CNT), bench.irq_pending(29)) == (42, False)
    bench.us(58)
    assert (bench.read(TIM3 + CNT), bench.read(TIM3 + SR) & 1, bench.irq_pending(29)) == (0, 1, True)
    bench.us(1234)
    assert bench.read(TIM3 + CNT) == 34


@pytest.mark.parametrize(("cr1", "after"), [(DOWN, [99, 57, 0, 99]), (CENTER, [0, 42, 99, 98])])
def test_down_and_center_aligned_counting(cr1: int, after: list[int]) -> None:
    bench = timer(cr1=cr1)
    if cr1 == DOWN:
        bench.write(TIM3 + CNT, 99)
    seen = [bench.read(TIM3 + CNT)]
    for us in (42, 57, 1):
        bench.us(us)
        seen.append(bench.read(TIM3 + CNT))
    assert seen == after


def test_one_pulse_stops_by_itself() -> None:
    bench = timer(cr1=OPM)
    bench.us(500)
    assert (bench.read(TIM3 + CR1) & CEN, bench.read(TIM3 + CNT), bench.read(TIM3 + SR) & 1) == (0, 0, 1)


def test_preloaded_values_take_effect_at_the_update_only() -> None:
    bench = timer(cr1=ARPE)
    bench.us(10)
    bench.write(TIM3 + ARR, 49)
    bench.write(TIM3 + PSC, 31)
    bench.us(80)
    assert bench.read(TIM3 + CNT) == 90
    bench.us(10 + 2 * 20)
    assert bench.read(TIM3 + CNT) == 20
    bench.us(2 * 30)
    assert bench.read(TIM3 + CNT) == 0


def test_pwm_has_its_duty_on_the_pin_in_exact_time() -> None:
    bench = timer(TIM2, CCMR1=PWM1, CCR1=25, CCER=1)
    bench.pin_mode("PA5", 2, 1)  # TIM2_CH1
    start = bench.machine.now()
    bench.us(1000)
    edges = [(cycle - start, level) for cycle, level in bench.edges("PA5") if cycle > start]
    highs = [cycle for cycle, level in edges if level == 1]
    lows = [cycle for cycle, level in edges if level == 0]
    assert {b - a for a, b in itertools.pairwise(highs)} == {1600}
    assert {low - high for high, low in zip(highs, (low for low in lows if low > highs[0]), strict=False)} == {400}


def test_an_advanced_timer_drives_pins_only_with_its_main_output_enabled() -> None:
    bench = timer(TIM1, CCMR1=5 << 4, CCER=1)  # forced active
    bench.pin_mode("PA8", 2, 1)
    assert bench.level("PA8") == -1
    bench.write(TIM1 + BDTR, 1 << 15)
    assert bench.level("PA8") == 1


def test_a_repetition_counter_lets_every_third_period_update() -> None:
    bench = timer(TIM1, RCR=2, DIER=1)
    bench.us(299)
    assert not bench.irq_pending(25)
    bench.us(1)
    assert bench.irq_pending(25)


def test_an_edge_captures_the_count() -> None:
    bench = timer(TIM2, arr=0xFFFF, CCMR1=1, CCER=1, DIER=2)
    bench.pin_mode("PA5", 2, 1)
    bench.drive("PA5", 0)
    bench.us(777)
    bench.drive("PA5", 1)
    assert (bench.read(TIM2 + SR) & 2, bench.irq_pending(28)) == (2, True)
    assert bench.read(TIM2 + CCR1) == 777
    assert bench.read(TIM2 + SR) & 2 == 0, "reading the value clears the flag"


def test_a_wait_for_an_update_costs_no_turns() -> None:
    """A polled timer is as good as an interrupt: the poll loop is skipped."""
    bench = timer(arr=49_999)
    assert bench.read(TIM3 + SR) & 1 == 0
    assert bench.machine.debug_poll() is None or bench.machine.debug_poll() == bench.machine.now() + 50_000 * 16


@pytest.mark.parametrize("target", FAMILIES)
def test_the_independent_watchdog_bites_unless_it_is_fed(target: str) -> None:
    bench = Bench(target)
    csr = bench.rcc + {F4: 0x74, F1: 0x24, L4: 0x94}[target]
    bench.write(IWDG, 0x5555)
    bench.write(IWDG + 8, 99)
    bench.us(300)
    assert bench.read(IWDG + 0x0C) == 0
    bench.write(IWDG, 0xCCCC)
    for _ in range(5):
        bench.us(9_000)
        bench.write(IWDG, 0xAAAA)
    assert not bench.read(csr) >> 29 & 1
    bench.us(14_000)
    assert bench.read(csr) >> 29 & 1


def test_the_window_watchdog_bites_when_it_is_fed_too_early_too() -> None:
    wwdg = 0x40002C00
    for window, bites in ((0x7F, False), (0x50, True)):
        bench = Bench(F4)
        bench.write(wwdg + 4, window)
        bench.write(wwdg, 0xFF)
        bench.us(600)
        bench.write(wwdg, 0xFF)
        bench.machine.run(10)
        assert (bench.read(bench.rcc + 0x74) >> 30 & 1 == 1) is bites


def open_rtc(bench: Bench) -> None:
    bench.change(PWR, set=1 << 8)
    bdcr = bench.rcc + (0x90 if bench.target == L4 else 0x70)
    bench.change(bdcr, set=1)
    bench.wait(bdcr, 2, 2)
    bench.change(bdcr, set=1 << 15 | 1 << 8)
    for key in (0xCA, 0x53):
        bench.write(RTC + 0x24, key)


@pytest.mark.parametrize("target", [F4, L4])
def test_the_calendar_knows_leap_years_and_rings(target: str) -> None:
    bench = Bench(target)
    open_rtc(bench)
    bench.write(RTC + 0x0C, 0x80)
    bench.write(RTC, 0x235959)
    bench.write(RTC + 4, 0x240228 | 3 << 13)
    bench.write(RTC + 0x1C, 0x80000000)  # alarm A at midnight, any day
    bench.write(RTC + 0x0C, 0)
    bench.write(RTC + 0x08, 1 << 8 | 1 << 12)
    line = 18 if target == L4 else 17
    exti = 0x40010400 if target == L4 else 0x40013C00
    bench.write(exti + 0x08, 1 << line)
    bench.write(exti, 1 << line)
    bench.us(1_000_100)
    assert (bench.read(RTC), bench.read(RTC + 4)) == (0, 0x240229 | 4 << 13)
    assert bench.read(RTC + 0x0C) >> 8 & 1
    assert bench.irq_pending(41)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.enable_clocks()
    bench.us(2_000_000)
    assert bench.read(RTC) == 2, "no reset stops it"


def test_the_rtc_of_f1_counts_seconds() -> None:
    bench = Bench(F1)
    bench.change(PWR, set=1 << 8)
    bdcr = bench.rcc + 0x20
    bench.change(bdcr, set=1)
    bench.wait(bdcr, 2, 2)
    bench.change(bdcr, set=1 << 15 | 1 << 8)
    bench.write(RTC + 4, 1 << 4)
    for offset, value in ((0x08, 0), (0x0C, 0x7FFF), (0x18, 0x12), (0x1C, 0xFFFE)):
        bench.write(RTC + offset, value)
    bench.write(RTC + 4, 0)
    bench.us(3_000_100)
    assert (bench.read(RTC + 0x18), bench.read(RTC + 0x1C)) == (0x13, 1)
