# SPDX-License-Identifier: Apache-2.0
"""RADIO's states and times (nRF52833 PS, "RADIO"; nRF51 RM), ECB against FIPS 197, EGU, and PPI's pre-programmed channels."""

from __future__ import annotations

import pytest

from tests.emulator.nrf52 import PPI, RAM, TIMER0, Bench

RADIO = 0x40001000
TXEN, RXEN, START, STOP, DISABLE = (RADIO + 4 * n for n in range(5))
READY, ADDRESS, PAYLOAD, END, DISABLED, RSSIEND, BCMATCH = (RADIO + 0x100 + 4 * n for n in (0, 1, 2, 3, 4, 7, 10))
SHORTS, PACKETPTR, MODE, PCNF0, PCNF1, CRCCNF, RSSISAMPLE, STATE, BCC, MODECNF0 = (
    RADIO + n for n in (0x200, 0x504, 0x510, 0x514, 0x518, 0x534, 0x548, 0x550, 0x560, 0x650)
)
BLE_1M = 3
IS_DISABLED, IS_RX, IS_TXRU, IS_TXIDLE, IS_TX = 0, 3, 9, 10, 11
READY_START, END_DISABLE = 1, 2


def advertising(bench: Bench, payload: int = 6) -> None:
    """A BLE advertisement of so many bytes: S0, 8 bits of length, access address of 4 bytes, CRC of 3."""
    bench.machine.poke(RAM, bytes([0x40, payload]))
    for register, value in (
        (PACKETPTR, RAM), (MODE, BLE_1M), (PCNF0, 8 | 1 << 8), (PCNF1, 255 | 3 << 16), (CRCCNF, 3), (MODECNF0, 1),
    ):  # fmt: skip
        bench.write(register, value)


@pytest.mark.parametrize(("fast", "ramp_us"), [(1, 40), (0, 140)])
def test_a_packet_takes_the_ramp_up_and_its_bits(fast: int, ramp_us: int) -> None:
    bench = Bench()
    advertising(bench)
    bench.write(MODECNF0, fast)
    bench.task(TXEN)
    assert bench.read(STATE) == IS_TXRU
    bench.us(ramp_us)
    assert (bench.event(READY), bench.read(STATE)) == (True, IS_TXIDLE)
    bench.task(START)
    bench.us(40)  # preamble and access address
    assert (bench.event(ADDRESS), bench.event(PAYLOAD), bench.read(STATE)) == (True, False, IS_TX)
    bench.us(8 * (2 + 6))
    assert (bench.event(PAYLOAD), bench.event(END)) == (True, False)
    bench.us(24)
    assert (bench.event(END), bench.read(STATE)) == (True, IS_TXIDLE)


def test_shortcuts_send_and_switch_off_without_the_core() -> None:
    bench = Bench()
    advertising(bench)
    bench.write(SHORTS, READY_START | END_DISABLE)
    bench.task(TXEN)
    bench.us(40 + 40 + 64 + 24 + 6)
    assert (bench.event(END), bench.event(DISABLED), bench.read(STATE)) == (True, True, IS_DISABLED)


def test_a_receiver_hears_nothing_until_it_is_switched_off() -> None:
    bench = Bench()
    advertising(bench)
    bench.write(SHORTS, READY_START | 1 << 4)
    bench.task(RXEN)
    bench.us(100_000)
    assert (bench.event(READY), bench.event(ADDRESS), bench.read(STATE)) == (True, False, IS_RX)
    bench.task(RADIO + 0x14)  # RSSISTART
    bench.us(10)
    assert (bench.event(RSSIEND), bench.read(RSSISAMPLE)) == (True, 127)
    bench.task(DISABLE)
    bench.us(1)
    assert bench.event(DISABLED)


def test_the_bit_counter_counts_from_the_address() -> None:
    bench = Bench()
    advertising(bench)
    bench.write(BCC, 16)
    bench.write(SHORTS, READY_START | 1 << 6)
    bench.task(TXEN)
    bench.us(40 + 40 + 15)
    assert not bench.event(BCMATCH)
    bench.us(1)
    assert bench.event(BCMATCH)


def test_a_timer_starts_the_radio_through_a_pre_programmed_channel() -> None:
    bench = Bench()
    advertising(bench)
    bench.write(PPI + 0x504, 1 << 20 | 1 << 26)  # TIMER0.COMPARE0 -> TXEN, ADDRESS -> CAPTURE1
    bench.write(SHORTS, READY_START)
    bench.write(TIMER0 + 0x540, 100)
    bench.task(TIMER0)
    bench.us(100)
    assert bench.read(STATE) == IS_TXRU
    bench.us(80)
    assert bench.read(TIMER0 + 0x544) == 180


def test_an_nrf51_ramps_up_in_140_us() -> None:
    bench = Bench("microbit_v1")
    bench.task(TXEN)
    bench.cycles(139 * 16)
    assert not bench.event(READY)
    bench.cycles(16)
    assert bench.event(READY)


@pytest.mark.parametrize("target", ["microbit_v1", "microbit_v2"])
def test_ecb_encrypts_the_example_of_fips_197(target: str) -> None:
    bench = Bench(target)
    clear = bytes.fromhex("00112233445566778899aabbccddeeff")
    bench.machine.poke(RAM, bytes(range(16)) + clear)
    bench.write(0x4000E504, RAM)
    bench.task(0x4000E000)
    bench.us(8)
    assert bench.event(0x4000E100)
    assert bench.machine.peek(RAM + 32, 16) == bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")


def test_ecb_stopped_in_between_or_pointed_nowhere_is_an_error() -> None:
    bench = Bench()
    bench.write(0x4000E504, RAM)
    bench.task(0x4000E000)
    bench.task(0x4000E004)
    assert bench.event(0x4000E104)
    bench.write(0x4000E104, 0)
    bench.write(0x4000E504, 0x60000000)
    bench.task(0x4000E000)
    bench.us(8)
    assert (bench.event(0x4000E100), bench.event(0x4000E104)) == (False, True)


def test_egu_turns_a_task_into_an_event_and_an_interrupt() -> None:
    bench = Bench()
    bench.write(0x40015000 + 0x304, 1 << 5)
    bench.task(0x40015000 + 4 * 4)
    assert (bench.event(0x40015110), bench.irq_pending(21)) == (True, False)
    bench.task(0x40015000 + 4 * 5)
    assert bench.irq_pending(21)


def test_a_peripheral_that_is_not_modelled_is_logged_and_does_no_harm() -> None:
    bench = Bench()
    bench.write(0x40020510, 1)  # MWU
    assert bench.read(0x40020510) == 0
    assert [entry[0] for entry in bench.machine.unmodelled()] == [0x40020510]
