# SPDX-License-Identifier: Apache-2.0
"""SPI, SPIM, TWI and TWIM (nRF52833 PS, sections of these names; nRF51 RM): roles, times, events, with nothing wired to the bus."""

from __future__ import annotations

import pytest

from tests.emulator.nrf52 import INTENSET, RAM, SHORTS, Bench

BUS = 0x40003000
ENABLE, PSEL, RXD, TXD, FREQUENCY = BUS + 0x500, BUS + 0x508, BUS + 0x518, BUS + 0x51C, BUS + 0x524
RX_PTR, RX_MAXCNT, RX_AMOUNT, TX_PTR, TX_MAXCNT, TX_AMOUNT = (BUS + 0x534 + n for n in (0, 4, 8, 16, 20, 24))
RX_LIST, CONFIG, ERRORSRC, ADDRESS = BUS + 0x540, BUS + 0x554, BUS + 0x4C4, BUS + 0x588
SPI, TWI, TWIM, SPIM = 1, 5, 6, 7
STARTRX, STARTTX, START, STOP = BUS + 0x000, BUS + 0x008, BUS + 0x010, BUS + 0x014
STOPPED, READY, ENDRX, END, ENDTX, ERROR, STARTED, TXSTARTED = (BUS + 0x100 + 4 * n for n in (1, 2, 4, 6, 8, 9, 19, 20))
M1, K100 = 0x10000000, 0x01980000
SCK, MOSI, MISO = 2, 3, 4
ANACK = 2


@pytest.fixture
def bench() -> Bench:
    it = Bench()
    it.write(PSEL, SCK)
    it.write(PSEL + 4, MOSI)
    it.write(PSEL + 8, MISO)
    return it


def spim(bench: Bench, sent: int, received: int) -> None:
    bench.write(ENABLE, SPIM)
    bench.write(FREQUENCY, M1)
    for register, value in ((TX_PTR, RAM), (TX_MAXCNT, sent), (RX_PTR, RAM + 0x100), (RX_MAXCNT, received)):
        bench.write(register, value)


def test_an_spim_transfer_takes_eight_bits_a_byte_and_reads_the_level_of_miso(bench: Bench) -> None:
    bench.machine.pin_drive(MISO, 1)
    bench.machine.poke(RAM + 0x100, bytes(8))
    spim(bench, 6, 4)
    bench.task(START)
    assert bench.event(STARTED)
    bench.us(6 * 8 - 1)
    assert not bench.event(END)
    bench.us(2)
    assert (bench.event(ENDTX), bench.event(ENDRX), bench.event(END)) == (True, True, True)
    assert (bench.read(TX_AMOUNT), bench.read(RX_AMOUNT)) == (6, 4)
    assert bench.machine.peek(RAM + 0x100, 6) == b"\xff" * 4 + bytes(2)


def test_an_spim_list_moves_on_and_the_shortcut_starts_again(bench: Bench) -> None:
    spim(bench, 0, 2)
    bench.write(RX_LIST, 1)
    bench.write(BUS + SHORTS, 1 << 17)
    bench.task(START)
    bench.us(3 * 2 * 8 + 2)
    assert bench.read(RX_PTR) == RAM + 0x100 + 6


def test_stopping_an_spim_transfer_ends_it_without_a_result(bench: Bench) -> None:
    spim(bench, 100, 100)
    bench.task(START)
    bench.us(50)
    bench.task(STOP)
    bench.us(10)
    assert bench.event(STOPPED)
    bench.us(1000)
    assert not bench.event(END)


def test_spi_has_two_bytes_under_way_and_tells_of_each(bench: Bench) -> None:
    bench.machine.pin_drive(MISO, 1)
    bench.write(ENABLE, SPI)
    bench.write(FREQUENCY, M1)
    bench.write(TXD, 0x12)
    bench.write(TXD, 0x34)
    bench.us(9)
    assert bench.event(READY)
    bench.write(READY, 0)
    assert bench.read(RXD) == 0xFF
    assert not bench.event(READY)
    bench.us(8)
    assert bench.event(READY)
    assert bench.read(RXD) == 0xFF


def test_spi_lines_idle_at_their_levels_while_spi_owns_them(bench: Bench) -> None:
    bench.write(CONFIG, 1 << 2)  # CPOL: the clock idles high
    bench.write(ENABLE, SPIM)
    assert (bench.machine.pin_level(SCK), bench.machine.pin_level(MOSI)) == (1, 0)
    bench.write(ENABLE, 0)
    assert (bench.machine.pin_level(SCK), bench.machine.pin_level(MOSI)) == (-1, -1)


@pytest.mark.parametrize(
    ("role", "task", "started"), [(TWIM, STARTTX, TXSTARTED), (TWIM, STARTRX, STARTED), (TWI, STARTTX, 0)]
)
def test_an_address_that_nobody_acknowledges_is_an_error(bench: Bench, role: int, task: int, started: int) -> None:
    bench.write(ENABLE, role)
    bench.write(FREQUENCY, K100)
    bench.write(ADDRESS, 0x1D)
    bench.write(BUS + INTENSET, 1 << 9)
    bench.task(task)
    assert not started or bench.event(started)
    bench.us(90)
    assert not bench.event(ERROR)
    bench.us(20)
    assert (bench.event(ERROR), bench.read(ERRORSRC), bench.irq_pending(3)) == (True, ANACK, True)
    bench.write(ERRORSRC, ANACK)
    assert bench.read(ERRORSRC) == 0
    bench.task(STOP)
    bench.us(20)
    assert bench.event(STOPPED)


def test_the_nrf51_has_no_roles_with_dma() -> None:
    bench = Bench("microbit_v1")
    for role, kept in ((SPI, SPI), (TWI, TWI), (SPIM, 0), (TWIM, 0)):
        bench.write(ENABLE, 0)
        bench.write(ENABLE, role)
        assert bench.read(ENABLE) == kept
