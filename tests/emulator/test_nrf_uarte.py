# SPDX-License-Identifier: Apache-2.0
"""UART and UARTE of the nRF52833 (Product Specification, "UART", "UARTE")."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.nrf52 import INTENSET, RAM, SHORTS, UARTE0, UARTE1, Bench

STARTRX, STOPRX, STARTTX, STOPTX, FLUSHRX = 0x000, 0x004, 0x008, 0x00C, 0x02C
RXDRDY, ENDRX, TXDRDY, ENDTX, ERROR, RXTO = 0x108, 0x110, 0x11C, 0x120, 0x124, 0x144
RXSTARTED, TXSTARTED, TXSTOPPED = 0x14C, 0x150, 0x158
ERRORSRC, ENABLE, PSEL_TXD, PSEL_RXD, RXD, TXD, BAUDRATE = 0x480, 0x500, 0x50C, 0x514, 0x518, 0x51C, 0x524
RXD_PTR, RXD_MAXCNT, RXD_AMOUNT, TXD_PTR, TXD_MAXCNT, TXD_AMOUNT = 0x534, 0x538, 0x53C, 0x544, 0x548, 0x54C
CONFIG = 0x56C
TX_PIN, RX_PIN = 6, 40  # P0.06, P1.08
BAUD_115200 = 0x01D60000
FRAME = (10 * 4 << 32) // BAUD_115200
"""Cycles of ten bits at 115200 baud."""


class Uart(Bench):
    """UARTE0 set up as the board wires it."""

    def __init__(self, mode: int, base: int = UARTE0, tx: int = TX_PIN, rx: int = RX_PIN) -> None:
        super().__init__()
        self.base = base
        self.write(base + PSEL_TXD, tx)
        self.write(base + PSEL_RXD, rx)
        self.write(base + BAUDRATE, BAUD_115200)
        self.write(base + ENABLE, mode)

    def get(self, offset: int) -> int:
        return self.read(self.base + offset)

    def set(self, offset: int, value: int = 1) -> None:
        self.write(self.base + offset, value)

    def transmit(self, data: bytes, at: int = RAM + 0x100) -> None:
        self.machine.poke(at, data)
        self.set(TXD_PTR, at)
        self.set(TXD_MAXCNT, len(data))
        self.set(STARTTX)

    def receive(self, room: int, at: int = RAM + 0x200) -> None:
        self.set(RXD_PTR, at)
        self.set(RXD_MAXCNT, room)
        self.set(STARTRX)


@pytest.fixture
def uarte() -> Uart:
    return Uart(8)


@pytest.fixture
def uart() -> Uart:
    return Uart(4)


def test_easydma_sends_a_buffer_at_the_baud_rate(uarte: Uart) -> None:
    uarte.transmit(b"hello")
    assert uarte.get(TXSTARTED) == 1
    uarte.cycles(5 * FRAME - 1)
    assert (uarte.machine.serial_read(0), uarte.get(ENDTX)) == (b"hell", 0)
    uarte.cycles(1)
    assert (uarte.machine.serial_read(0), uarte.get(ENDTX), uarte.get(TXD_AMOUNT)) == (b"o", 1, 5)


@pytest.mark.parametrize(("config", "bits"), [(0x0, 10), (0xE, 11), (0x10, 11), (0x1E, 12)])
def test_parity_and_stop_bits_lengthen_a_frame(uarte: Uart, config: int, bits: int) -> None:
    uarte.set(CONFIG, config)
    frame = (bits * 4 << 32) // BAUD_115200
    uarte.transmit(b"x")
    uarte.cycles(frame - 1)
    assert uarte.get(ENDTX) == 0
    uarte.cycles(1)
    assert uarte.get(ENDTX) == 1


def test_an_empty_transmission_ends_at_once(uarte: Uart) -> None:
    uarte.transmit(b"")
    assert uarte.get(ENDTX) == 1


def test_stoptx_finishes_the_byte_under_way(uarte: Uart) -> None:
    uarte.transmit(b"abcdef")
    uarte.cycles(FRAME + FRAME // 2)
    uarte.set(STOPTX)
    uarte.cycles(10 * FRAME)
    assert uarte.machine.serial_read(0) == b"ab"
    assert (uarte.get(TXSTOPPED), uarte.get(TXD_AMOUNT)) == (1, 2)


def test_easydma_does_not_reach_flash(uarte: Uart) -> None:
    uarte.set(TXD_PTR, 0x1000)
    uarte.set(TXD_MAXCNT, 1)
    uarte.set(STARTTX)
    assert any(entry[0] == 0x1000 for entry in uarte.machine.unmodelled())


def test_bytes_are_received_into_the_buffer_one_frame_apart(uarte: Uart) -> None:
    uarte.receive(4)
    assert uarte.get(RXSTARTED) == 1
    uarte.machine.serial_write(0, b"wxyz")
    uarte.cycles(FRAME - 1)
    assert uarte.get(RXDRDY) == 0
    uarte.cycles(1)
    assert (uarte.get(RXDRDY), uarte.get(ENDRX)) == (1, 0)
    uarte.cycles(3 * FRAME)
    assert (uarte.get(ENDRX), uarte.get(RXD_AMOUNT)) == (1, 4)
    assert uarte.machine.peek(RAM + 0x200, 4) == b"wxyz"


def test_endrx_startrx_short_switches_to_the_next_buffer_without_losing_a_byte(uarte: Uart) -> None:
    uarte.set(SHORTS, 1 << 5)
    uarte.receive(4, RAM + 0x200)
    uarte.set(RXD_PTR, RAM + 0x204)  # double-buffered: taken at the next STARTRX
    uarte.machine.serial_write(0, b"01234567")
    uarte.cycles(8 * FRAME)
    assert uarte.machine.peek(RAM + 0x200, 8) == b"01234567"


def test_four_bytes_wait_in_the_fifo_between_buffers_the_fifth_overruns(uarte: Uart) -> None:
    uarte.receive(1)
    uarte.machine.serial_write(0, b"abcdef")
    uarte.cycles(6 * FRAME)
    assert (uarte.get(ERROR), uarte.get(ERRORSRC)) == (1, 1)
    uarte.receive(4)
    assert uarte.machine.peek(RAM + 0x200, 4) == b"bcde"
    assert uarte.machine.serial_stats(0)["lost_rx"] == 1


def test_stoprx_ends_the_buffer_before_rxto(uarte: Uart) -> None:
    uarte.receive(16)
    uarte.machine.serial_write(0, b"abc")
    uarte.cycles(3 * FRAME)
    uarte.set(STOPRX)
    assert uarte.get(RXTO) == 0
    uarte.cycles(4 * FRAME)
    assert (uarte.get(ENDRX), uarte.get(RXTO), uarte.get(RXD_AMOUNT)) == (1, 1, 3)


def test_flushrx_moves_what_the_fifo_holds(uarte: Uart) -> None:
    uarte.set(SHORTS, 1 << 6)  # ENDRX_STOPRX
    uarte.receive(2)
    uarte.machine.serial_write(0, b"abcd")
    uarte.cycles(8 * FRAME)
    assert uarte.get(RXTO) == 1
    uarte.set(ENDRX, 0)
    uarte.set(RXD_PTR, RAM + 0x300)
    uarte.set(RXD_MAXCNT, 5)
    uarte.set(FLUSHRX)
    assert (uarte.get(ENDRX), uarte.get(RXD_AMOUNT)) == (1, 2)
    assert uarte.machine.peek(RAM + 0x300, 2) == b"cd"


def test_an_empty_receive_buffer_ends_without_taking_a_byte(uarte: Uart) -> None:
    uarte.set(SHORTS, 1 << 5)
    uarte.receive(0)
    uarte.machine.serial_write(0, b"x")
    uarte.cycles(2 * FRAME)
    assert (uarte.get(ENDRX), uarte.get(RXD_AMOUNT)) == (1, 0)
    uarte.receive(1)
    assert uarte.machine.peek(RAM + 0x200, 1) == b"x"


def test_bytes_that_come_while_no_receiver_is_on_are_lost_and_counted(uarte: Uart) -> None:
    uarte.machine.serial_write(0, b"lost")
    uarte.cycles(4 * FRAME)
    uarte.receive(4)
    uarte.machine.serial_write(0, b"kept")
    uarte.cycles(4 * FRAME)
    assert uarte.machine.peek(RAM + 0x200, 4) == b"kept"
    assert uarte.machine.serial_stats(0) == {"to_chip": 8, "from_chip": 0, "lost_rx": 4, "lost_tx": 0}


def test_enabled_events_pend_the_interrupt(uarte: Uart) -> None:
    uarte.set(INTENSET, 1 << 8)
    uarte.transmit(b"x")
    assert not uarte.irq_pending(2)
    uarte.cycles(FRAME)
    assert uarte.irq_pending(2)


def test_nothing_reaches_the_serial_port_from_another_pin() -> None:
    uarte = Uart(8, tx=7)
    uarte.transmit(b"x")
    uarte.cycles(FRAME)
    assert uarte.get(ENDTX) == 1
    assert uarte.machine.serial_read(0) == b""


def test_a_uart_without_a_port_sends_into_nothing() -> None:
    uarte = Uart(8, base=UARTE1)
    uarte.transmit(b"x")
    uarte.cycles(FRAME)
    assert uarte.get(ENDTX) == 1
    assert uarte.machine.serial_read(0) == b""


def test_the_tx_pin_idles_high_while_the_uart_has_it(uarte: Uart) -> None:
    assert uarte.machine.pin_level(TX_PIN) == 1
    uarte.set(ENABLE, 0)
    assert uarte.machine.pin_level(TX_PIN) == -1


def test_the_legacy_uart_sends_byte_by_byte(uart: Uart) -> None:
    uart.set(STARTTX)
    for byte in b"ok":
        uart.set(TXDRDY, 0)
        uart.set(TXD, byte)
        uart.cycles(FRAME - 1)
        assert uart.get(TXDRDY) == 0
        uart.cycles(1)
        assert uart.get(TXDRDY) == 1
    assert uart.machine.serial_read(0) == b"ok"


def test_the_legacy_uart_receives_through_a_six_byte_fifo(uart: Uart) -> None:
    uart.set(STARTRX)
    uart.machine.serial_write(0, b"1234567")
    uart.cycles(7 * FRAME)
    assert uart.get(ERRORSRC) == 1
    received = bytearray()
    while uart.get(RXDRDY):
        uart.set(RXDRDY, 0)
        received.append(uart.get(RXD))
    assert received == b"123456"


def test_reset_values(uarte: Uart) -> None:
    uarte.machine.reset_pin(True)
    uarte.machine.reset_pin(False)
    uarte.machine.run(1)
    assert [uarte.get(offset) for offset in (ENABLE, PSEL_TXD, BAUDRATE)] == [0, 0xFFFFFFFF, 0x04000000]


@settings(max_examples=30, deadline=None)
@given(chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=8), room=st.integers(1, 12))
def test_any_stream_arrives_whole_through_buffers_of_any_size(chunks: list[bytes], room: int) -> None:
    uarte = Uart(8)
    uarte.set(SHORTS, 1 << 5)
    uarte.receive(room)
    received = bytearray()
    for chunk in chunks:
        assert uarte.machine.serial_write(0, chunk) == len(chunk)
        for _ in chunk:
            uarte.cycles(FRAME)
            if uarte.get(ENDRX):
                uarte.set(ENDRX, 0)
                received += uarte.machine.peek(RAM + 0x200, room)
    received += uarte.machine.peek(RAM + 0x200, uarte.get(RXD_AMOUNT))
    assert received == b"".join(chunks)
