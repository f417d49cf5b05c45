# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's clocks, timers, watchdogs, interrupts, and the windows onto its flash."""

from __future__ import annotations

from typing import Literal

import pytest
from vmrig_native import _emu

from .esp32c3 import (
    APB_CTRL,
    CORE_MWDT0,
    CORE_SW,
    DEEP_SLEEP,
    DROM,
    EXTMEM,
    INTERRUPT,
    IROM,
    MAC,
    MMU_TABLE,
    POWER_ON,
    RTC,
    SWD_KEY,
    SYS_RWDT,
    SYS_SWDT,
    SYSTEM,
    SYSTIMER,
    TIMG0,
    TIMG1,
    WDT_KEY,
    Bench,
)

STORE0 = RTC + 0x50


@pytest.fixture
def bench() -> Bench:
    return Bench()


def systimer(bench: Bench, unit: int = 0) -> int:
    bench[SYSTIMER + 4 + 4 * unit] = 1 << 30
    assert bench[SYSTIMER + 4 + 4 * unit] >> 29 & 1
    return bench[SYSTIMER + 0x40 + 8 * unit] << 32 | bench[SYSTIMER + 0x44 + 8 * unit]


def rtc_time(bench: Bench) -> int:
    bench[RTC + 0x0C] = 1 << 31
    return bench[RTC + 0x14] << 32 | bench[RTC + 0x10]


# --- clocks


@pytest.mark.parametrize(
    ("sel", "period", "divider", "hz"),
    [(0, 0, 1, 20_000_000), (0, 0, 0, 40_000_000), (1, 0, 0, 80_000_000), (1, 1, 0, 160_000_000)],
)
def test_the_core_s_clock_is_what_the_registers_say(bench: Bench, sel: int, period: int, divider: int, hz: int) -> None:
    bench[SYSTEM + 0x08] = 1 << 2 | period
    bench[SYSTEM + 0x58] = sel << 10 | divider
    assert bench.machine.clock_hz() == hz


def test_a_timer_keeps_its_count_when_the_clock_changes(bench: Bench) -> None:
    bench[TIMG0] = 1 << 31 | 1 << 30 | 2 << 13  # of the APB clock, 20 MHz
    bench.us(100)
    bench.at_160_mhz()
    bench.us(100)
    bench[TIMG0 + 0x0C] = 1
    assert abs(bench[TIMG0 + 4] - (1000 + 4000)) <= 2


# --- SYSTIMER


def test_the_system_timer_counts_sixteen_a_microsecond_at_any_clock(bench: Bench) -> None:
    start = systimer(bench)
    bench.us(100)
    bench.at_160_mhz()
    bench.us(100)
    assert abs(systimer(bench) - start - 3200) <= 1


def test_a_target_interrupts_when_the_count_is_reached_and_not_before(bench: Bench) -> None:
    bench.line(38, 4)
    at = systimer(bench) + 1600
    bench[SYSTIMER + 0x24], bench[SYSTIMER + 0x28] = at >> 32, at & 0xFFFFFFFF
    bench[SYSTIMER + 0x54] = 1
    bench[SYSTIMER] |= 1 << 23
    bench[SYSTIMER + 0x64] = 2
    bench.us(99.9)
    assert not bench.pending()
    bench.us(0.2)
    assert bench.pending() == 1 << 4 and systimer(bench) >= at
    bench[SYSTIMER + 0x6C] = 2
    bench.ms(1)
    assert not bench.pending(), "once"


def test_a_target_in_the_past_fires_at_once(bench: Bench) -> None:
    bench.ms(1)
    bench[SYSTIMER + 0x20] = 5
    bench[SYSTIMER] |= 1 << 24
    bench[SYSTIMER + 0x50] = 1
    bench.us(1)
    assert bench[SYSTIMER + 0x68] & 1


def test_a_period_fires_again_and_again(bench: Bench) -> None:
    bench[SYSTIMER + 0x3C] = 1 << 30 | 16 * 100
    bench[SYSTIMER + 0x58] = 1
    bench[SYSTIMER] |= 1 << 22
    for _ in range(3):
        bench.us(99)
        assert not bench[SYSTIMER + 0x68] & 4
        bench.us(1.1)
        assert bench[SYSTIMER + 0x68] & 4
        bench[SYSTIMER + 0x6C] = 4


def test_a_unit_stands_until_it_is_switched_on_and_can_be_loaded(bench: Bench) -> None:
    assert systimer(bench, 1) == 0
    bench[SYSTIMER + 0x18], bench[SYSTIMER + 0x60] = 1000, 1
    bench[SYSTIMER] |= 1 << 29
    bench.us(10)
    assert abs(systimer(bench, 1) - 1160) <= 1


# --- timer groups


def test_the_alarm_of_a_timer_reloads_it_and_disables_itself(bench: Bench) -> None:
    bench.line(34, 7)
    bench[TIMG1 + 0x70] = 1
    bench[TIMG1 + 0x10], bench[TIMG1 + 0x18] = 1000, 100
    bench[TIMG1] = 1 << 31 | 1 << 30 | 1 << 29 | 40 << 13 | 1 << 10 | 1 << 9  # 1 MHz, of the crystal
    bench.us(999)
    assert not bench.pending()
    bench.us(2)
    assert bench.pending() == 1 << 7 and not bench[TIMG1] >> 10 & 1
    bench[TIMG1 + 0x0C] = 1
    assert 100 <= bench[TIMG1 + 4] <= 102
    bench[TIMG1 + 0x7C] = 1
    assert not bench.pending()


def test_a_timer_counts_down(bench: Bench) -> None:
    bench[TIMG1 + 0x18], bench[TIMG1 + 0x20] = 500, 1
    bench[TIMG1] = 1 << 31 | 40 << 13 | 1 << 9
    bench.us(100)
    bench[TIMG1 + 0x0C] = 1
    assert abs(bench[TIMG1 + 4] - 400) <= 1


def test_the_slow_clock_is_measured_against_the_crystal(bench: Bench) -> None:
    bench[TIMG0 + 0x68] = 1 << 31 | 100 << 16
    bench.us(700)
    assert not bench[TIMG0 + 0x68] >> 15 & 1
    bench.us(100)
    assert bench[TIMG0 + 0x68] >> 15 & 1 and bench[TIMG0 + 0x6C] >> 7 == 100 * 40_000_000 // 136_000


# --- watchdogs and resets


def test_firmware_that_leaves_the_boot_s_watchdogs_alone_is_reset() -> None:
    bench = Bench()
    bench[TIMG0 + 0x48] = 1 << 14
    bench.ms(1400)
    assert bench.cause() == CORE_MWDT0


def test_the_main_watchdog_goes_through_its_stages_and_a_feed_starts_over(bench: Bench) -> None:
    bench[TIMG0 + 0x70] = 2
    bench.line(33, 3)
    bench[TIMG0 + 0x4C] = 20_000 << 16  # 1 ms of the 20 MHz APB clock
    bench[TIMG0 + 0x50], bench[TIMG0 + 0x54] = 10, 10
    bench[TIMG0 + 0x48] = 1 << 31 | 1 << 29 | 3 << 27
    bench.ms(9)
    bench[TIMG0 + 0x60] = 1
    bench.ms(9)
    assert not bench.pending()
    bench.ms(2)
    assert bench.pending() == 1 << 3
    bench.ms(8)
    assert bench.cause() == POWER_ON
    bench.ms(2)
    assert bench.cause() == CORE_MWDT0


def test_a_locked_watchdog_does_not_listen(bench: Bench) -> None:
    bench[RTC + 0x90] = 1 << 31 | 4 << 28
    assert not bench[RTC + 0x90] >> 31
    bench[TIMG0 + 0x64] = 1
    bench[TIMG0 + 0x48] = 1 << 31
    assert not bench[TIMG0 + 0x48] >> 31


def test_the_rtc_watchdog_that_esptool_sets_resets_the_system(bench: Bench) -> None:
    bench[STORE0] = 0x1234
    for offset, value in ((0xA8, WDT_KEY), (0x94, 2000), (0x90, 0xD0000102), (0xA8, 0)):
        bench[RTC + offset] = value
    bench.ms(20)
    assert bench.cause() == POWER_ON
    bench.ms(15)
    assert bench.cause() == SYS_RWDT and bench[STORE0] == 0, "2 * 2000 ticks of 136 kHz"


def test_the_super_watchdog_wants_to_be_fed(bench: Bench) -> None:
    bench[RTC + 0xB0] = SWD_KEY
    bench[RTC + 0xAC] = 1 << 29
    bench.ms(900)
    bench[RTC + 0xAC] = 1 << 29
    bench.ms(900)
    assert bench.cause() == POWER_ON
    bench.ms(200)
    assert bench.cause() == SYS_SWDT and bench[RTC + 0xAC] & 1


def test_a_software_reset_keeps_the_rtc_s_registers_and_says_so(bench: Bench) -> None:
    bench[STORE0] = 0xCAFE
    before = rtc_time(bench)
    bench[RTC] |= 1 << 31
    bench.us(100)
    assert bench.cause() == CORE_SW and bench[STORE0] == 0xCAFE and rtc_time(bench) > before
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    assert bench.cause() == POWER_ON and bench[STORE0] == 0


def test_the_rtc_counts_its_slow_clock(bench: Bench) -> None:
    before = rtc_time(bench)
    bench.ms(100)
    assert abs(rtc_time(bench) - before - 13600) <= 1


def test_deep_sleep_ends_at_the_alarm_with_a_reset_of_its_own(bench: Bench) -> None:
    at = rtc_time(bench) + 1360
    bench[RTC + 0x04], bench[RTC + 0x08] = at, 1 << 16
    bench[RTC + 0x3C] = 1 << 18
    bench[RTC + 0x88] |= 1 << 31
    bench[STORE0] = 7
    bench[RTC + 0x18] = 1 << 31
    bench.ms(9)
    assert bench.cause() == POWER_ON
    bench.ms(2)
    assert bench.cause() == DEEP_SLEEP and bench[STORE0] == 7 and bench[RTC + 0xF8] == 1 << 3


@pytest.mark.parametrize(("kind", "level"), [(4, 0), (5, 1)])
def test_a_pin_ends_deep_sleep_by_its_level(bench: Bench, kind: int, level: Literal[0, 1]) -> None:
    bench.machine.pin_drive(3, _emu.LOW if level else _emu.HIGH)
    bench[RTC + 0x110] = 1 << (31 - 3) | kind << (23 - 9)
    bench[RTC + 0x3C] = 1 << 17
    bench[RTC + 0x88] |= 1 << 31
    bench[RTC + 0x18] = 1 << 31
    bench.ms(50)
    assert bench.cause() == POWER_ON
    bench.machine.pin_drive(3, level)
    bench.us(100)
    assert bench.cause() == DEEP_SLEEP and bench[RTC + 0xF8] == 1 << 2 and bench[RTC + 0x110] & 0x3F == 1 << 3


# --- interrupts


def test_the_line_with_the_highest_priority_over_the_threshold_is_pending(bench: Bench) -> None:
    bench.line(50, 3, priority=2)
    bench.line(51, 4, priority=5)
    bench[SYSTEM + 0x28] = bench[SYSTEM + 0x2C] = 1
    assert bench.pending() == 1 << 3 | 1 << 4
    assert bench[INTERRUPT + 0xFC] == 3 << (50 - 32)
    bench[SYSTEM + 0x2C] = 0
    assert bench.pending() == 1 << 3


def test_an_edge_stays_pending_until_it_is_cleared(bench: Bench) -> None:
    bench.line(50, 3, edge=True)
    bench[SYSTEM + 0x28] = 1
    bench[SYSTEM + 0x28] = 0
    assert bench.pending() == 1 << 3
    bench[INTERRUPT + 0x10C] = 1 << 3
    assert not bench.pending()


# --- the cache's windows


def open_windows(bench: Bench) -> None:
    bench[EXTMEM + 0x04] = 0
    bench[EXTMEM] = 1


def test_an_entry_shows_the_same_page_in_both_windows(bench: Bench) -> None:
    bench.machine.memory_write("flash", 0x210004, b"page")
    with pytest.raises(ValueError, match="bus error"):
        bench[DROM + 0x30004]
    open_windows(bench)
    bench[MMU_TABLE + 4 * 3] = 0x21
    word = int.from_bytes(b"page", "little")
    assert bench[DROM + 0x30004] == bench[IROM + 0x30004] == word
    bench[MMU_TABLE + 4 * 3] = 0x121
    with pytest.raises(ValueError, match="bus error"):
        bench[IROM + 0x30004]


def test_a_change_of_the_flash_shows_at_once_and_a_store_is_refused(bench: Bench) -> None:
    open_windows(bench)
    bench[MMU_TABLE] = 0
    bench.machine.memory_write("flash", 0, b"\x01\x02\x03\x04")
    assert bench[DROM] == 0x04030201
    with pytest.raises(ValueError, match="bus error"):
        bench[DROM] = 0


def test_a_shut_bus_shows_nothing(bench: Bench) -> None:
    open_windows(bench)
    bench[MMU_TABLE] = 0
    bench[EXTMEM + 4] = 2
    assert bench[IROM] == 0xFFFFFFFF
    with pytest.raises(ValueError, match="bus error"):
        bench[DROM]


def test_a_fork_and_a_restored_machine_have_the_windows_of_their_state(bench: Bench) -> None:
    open_windows(bench)
    bench[MMU_TABLE] = 1
    bench.machine.memory_write("flash", 0x10000, b"\x11\x11\x11\x11")
    snapshot, fork = bench.machine.snapshot(), bench.machine.fork()
    assert fork.state_hash() == bench.machine.state_hash()
    bench[MMU_TABLE] = 2
    bench.machine.memory_write("flash", 0x10000, b"\x22\x22\x22\x22")
    assert fork.bus_read(DROM) == 0x11111111 and bench[DROM] == 0xFFFFFFFF
    bench.machine.restore(snapshot)
    assert bench[DROM] == 0x11111111


def test_memory_on_no_bus_is_reached_by_name_alone(bench: Bench) -> None:
    bench.machine.memory_write("flash", 0x3FFFFF, b"z")
    assert bench.machine.memory_read("flash", 0x3FFFFE, 2) == b"\xffz"
    with pytest.raises(ValueError, match="no 2 bytes at offset 0x3fffff"):
        bench.machine.memory_read("flash", 0x3FFFFF, 2)
    with pytest.raises(ValueError, match="not wholly in one memory"):
        bench.machine.peek(0, 1)


# --- random numbers


def test_random_numbers_follow_from_the_board_s_number_and_go_on_over_resets() -> None:
    first, same, other = Bench(), Bench(), Bench(identity={"mac": MAC[::-1]})
    drawn = [[b[APB_CTRL + 0xB0] for _ in range(8)] for b in (first, same, other)]
    assert drawn[0] == drawn[1] != drawn[2] and len(set(drawn[0])) == 8
    first[RTC] |= 1 << 31
    first.us(10)
    assert first[APB_CTRL + 0xB0] not in drawn[0]
