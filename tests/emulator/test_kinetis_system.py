# SPDX-License-Identifier: Apache-2.0
"""Clock tree, clock gates, watchdogs and causes of resets of K64 and KL25 (their Reference Manuals, chapters MCG, SIM, WDOG, RCM)."""

from __future__ import annotations

from tests.emulator.kinetis import (
    AIRCR,
    GPIO,
    MCG,
    OSC,
    PIT,
    PORTA,
    PORTB,
    RCM_SRS0,
    RCM_SRS1,
    SIM_CLKDIV1,
    SIM_COPC,
    SIM_SRVCOP,
    WDOG,
    Bench,
    either,
    gate,
    k64,
    kl25,
)

__all__ = ["either", "k64", "kl25"]

C1, C2, C5, C6, S = MCG, MCG + 1, MCG + 4, MCG + 5, MCG + 6
IRCST, OSCINIT, CLKST, IREFST, PLLST, LOCK = 0x01, 0x02, 0x0C, 0x10, 0x20, 0x40
POR, PIN, WATCHDOG, SW = 0x80, 0x40, 0x20, 0x04


def settle(bench: Bench, bits: int, value: int, limit_us: int = 3000) -> int:
    """Passes time until bits of MCG.S have a value; returns microseconds."""
    for us in range(0, limit_us, 5):
        if bench.r8(S) & bits == value:
            return us
        bench.us(5)
    raise AssertionError(f"MCG.S stays at {bench.r8(S):#04x}")


def to_pll(bench: Bench, c1: int, c2: int, prdiv: int, vdiv: int) -> None:
    """FEI, FBE, PBE, PEE."""
    bench.w8(OSC, 0x80)
    bench.w8(C2, c2)
    bench.w8(C1, 0x80 | c1)
    settle(bench, IREFST | CLKST, 2 << 2)
    bench.w8(C5, prdiv)
    bench.w8(C6, 0x40 | vdiv)
    settle(bench, PLLST | LOCK, PLLST | LOCK)
    bench.w8(C1, c1)
    settle(bench, CLKST, CLKST)


def pit_ticks(bench: Bench, cycles: int) -> int:
    """Ticks of the bus clock in so many cycles of the core's."""
    bench.open(6, 23)
    bench.write(PIT, 0)
    bench.write(PIT + 0x100, 0xFFFFFFFF)
    bench.write(PIT + 0x108, 0)
    bench.write(PIT + 0x108, 1)
    bench.cycles(cycles)
    return 0xFFFFFFFF - bench.read(PIT + 0x104)


def test_reset_leaves_the_fll_on_the_internal_reference(either: Bench) -> None:
    assert [either.r8(address) for address in (C1, C2, S)] == [0x04, 0x80, IREFST]


def test_the_way_to_the_plls_clock_takes_the_times_of_the_data_sheet(k64: Bench) -> None:
    k64.write(SIM_CLKDIV1, 0x01240000)
    k64.w8(C2, 0x20)
    k64.w8(C1, 0x80 | 7 << 3)
    assert k64.r8(S) & IREFST, "the reference changes after a while"
    assert settle(k64, IREFST, 0) >= 30
    settle(k64, CLKST, 2 << 2)
    k64.w8(C5, 19)
    k64.w8(C6, 0x40 | 24)
    assert settle(k64, LOCK, LOCK) >= 150
    k64.w8(C1, 7 << 3)
    settle(k64, CLKST, CLKST)
    assert pit_ticks(k64, 10_000) == 5_000, "bus: half of 120 MHz"
    assert k64.machine.clock_hz() == 120_000_000


def test_a_crystal_needs_its_time_and_the_kl25_runs_at_48_mhz(kl25: Bench) -> None:
    kl25.write(SIM_CLKDIV1, 0x10010000)
    kl25.w8(C2, 0x14)
    kl25.w8(C1, 0x80 | 3 << 3)
    assert kl25.r8(S) & OSCINIT == 0
    assert settle(kl25, OSCINIT, OSCINIT) >= 500
    to_pll(kl25, 3 << 3, 0x14, 1, 0)
    assert kl25.machine.clock_hz() == 48_000_000
    assert pit_ticks(kl25, 10_000) == 5_000


def test_a_pll_whose_reference_is_out_of_range_never_locks(k64: Bench) -> None:
    k64.w8(C2, 0x20)
    k64.w8(C1, 0x80 | 7 << 3)
    settle(k64, IREFST | CLKST, 2 << 2)
    k64.w8(C5, 4)  # 50 MHz / 5 = 10 MHz
    k64.w8(C6, 0x40)
    k64.us(20_000)
    assert k64.r8(S) & LOCK == 0


def test_a_peripheral_without_clock_answers_with_a_bus_error(either: Bench) -> None:
    assert either.faults(PORTB)
    either.open(5, 10)
    assert either.read(PORTB) == 0
    address, _ = gate(5, 10)
    either.write(address, either.read(address) & ~(1 << 10))
    assert either.faults(PORTB)
    assert not either.faults(GPIO), "has no gate"


def test_the_first_reset_is_power_on_and_others_are_told_apart(either: Bench) -> None:
    assert (either.r8(RCM_SRS0), either.r8(RCM_SRS1)) == (POR | 2, 0)
    either.write(AIRCR, 0x05FA0004)
    either.halt()
    assert (either.r8(RCM_SRS0), either.r8(RCM_SRS1)) == (0, SW)
    either.machine.reset_pin(True)
    either.machine.reset_pin(False)
    either.halt()
    assert (either.r8(RCM_SRS0), either.r8(RCM_SRS1)) == (PIN, 0)


LOOP = b"\x00\x20\x00\x20\x09\x00\x00\x00\xfe\xe7" + b"\xff" * 2
"""A vector table and `b .` at 8."""


def running(target: str) -> Bench:
    """With the core running a loop."""
    bench = Bench(target, flash={0: LOOP})
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.write(0xE000EDF0, 0xA05F0000)
    return bench


def test_the_watchdog_of_the_k64_bites_unless_it_is_unlocked_and_switched_off() -> None:
    bench = running("frdm_k64f")
    bench.us(1_100_000)
    assert bench.r8(RCM_SRS0) == PIN
    bench.us(200_000)  # 5 000 012 ticks of the bus clock / 5: 1.19 s
    assert bench.r8(RCM_SRS0) == WATCHDOG
    bench.write(WDOG + 0xE, 0xC520, 2)
    bench.write(WDOG + 0xE, 0xD928, 2)
    bench.write(WDOG, 0x01D2, 2)
    bench.us(3_000_000)
    assert bench.read(WDOG, 2) == 0x01D2
    assert bench.r8(RCM_SRS0) == WATCHDOG, "no further one"


def test_the_watchdog_of_the_k64_is_content_when_refreshed_and_bites_a_wrong_word() -> None:
    bench = running("frdm_k64f")
    for _ in range(3):
        bench.us(1_000_000)
        bench.write(WDOG + 0xC, 0xA602, 2)
        bench.write(WDOG + 0xC, 0xB480, 2)
    assert bench.r8(RCM_SRS0) == PIN
    bench.write(WDOG + 0xC, 0x1234, 2)
    bench.cycles(10)
    assert bench.r8(RCM_SRS0) == WATCHDOG


def test_the_cop_of_the_kl25_bites_unless_served_or_switched_off() -> None:
    bench = running("frdm_kl25z")
    for _ in range(3):
        bench.us(900_000)
        bench.write(SIM_SRVCOP, 0x55)
        bench.write(SIM_SRVCOP, 0xAA)
    assert bench.r8(RCM_SRS0) == PIN
    bench.us(1_100_000)
    assert bench.r8(RCM_SRS0) == WATCHDOG
    bench.write(SIM_COPC, 0)
    bench.write(SIM_COPC, 0xC)
    assert bench.read(SIM_COPC) == 0, "can be written once"
    bench.us(3_000_000)
    assert bench.r8(RCM_SRS0) == WATCHDOG


def test_a_halted_core_is_not_bitten(either: Bench) -> None:
    either.us(5_000_000)
    assert either.r8(RCM_SRS0) & WATCHDOG == 0


def test_the_unique_id_is_what_the_board_was_given(k64: Bench, kl25: Bench) -> None:
    assert k64.machine.mem_read(0x40048054, 4, 16) == bytes(range(1, 17))
    assert kl25.machine.mem_read(0x40048058, 4, 12) == bytes(range(1, 13))


def test_a_decorated_access_changes_bits_of_a_peripheral(kl25: Bench) -> None:
    """KL25 RM, "Bit Manipulation Engine": OR, AND, XOR, bit field insert and extract, load and set or clear one bit."""
    kl25.open(5, 9)
    pcr = (PORTA + 4 * 5) & 0xFFFFF
    kl25.write(0x48000000 | pcr, 0x103)
    assert kl25.read(PORTA + 4 * 5) == 0x103
    kl25.write(0x44000000 | pcr, 0xFFFFFFFE)
    assert kl25.read(PORTA + 4 * 5) == 0x102
    kl25.write(0x4C000000 | pcr, 0x003)
    assert kl25.read(PORTA + 4 * 5) == 0x101
    kl25.write(0x50000000 | 8 << 23 | 2 << 19 | pcr & 0x7FFFF, 3 << 8)
    assert kl25.read(PORTA + 4 * 5) == 0x301
    assert kl25.read(0x50000000 | 8 << 23 | 2 << 19 | pcr & 0x7FFFF) == 3
    assert kl25.read(0x4C000000 | 1 << 21 | pcr) == 0
    assert kl25.read(PORTA + 4 * 5) == 0x303
    assert kl25.read(0x48000000 | 1 << 21 | pcr) == 1
    assert kl25.read(PORTA + 4 * 5) == 0x301
    assert kl25.faults(0x60000000)


def test_bits_that_start_something_and_are_over_at_once_read_as_zero(k64: Bench) -> None:
    """FMC_PFB0CR: ways and buffer to invalidate (K64 RM, "Flash Bank 0 Control Register")."""
    k64.write(0x4001F004, 0xFFFFFFFF)
    assert k64.read(0x4001F004) == 0xFFFFFFFF & ~0x00F80000
