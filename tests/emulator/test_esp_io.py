# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's pins and serial ports."""

from __future__ import annotations

import pytest
from vmrig_native import _emu

from .esp32c3 import GPIO, IO_MUX, SYSTEM, UART0, UART1, USB, Bench

FIFO, INT_RAW, INT_ENA, INT_CLR, STATUS, CONF0, CONF1, MEM_CONF = 0x00, 0x04, 0x0C, 0x10, 0x1C, 0x20, 0x24, 0x60
RX_FULL, TX_EMPTY, RX_OVF, RX_TOUT, TX_DONE = 1, 2, 1 << 4, 1 << 8, 1 << 14
OUT_W1TS, OUT_W1TC, ENABLE_W1TS, STRAP, IN, INT_STATUS, INT_STATUS_W1TC, PCPU_INT = (
    0x08,
    0x0C,
    0x24,
    0x38,
    0x3C,
    0x44,
    0x4C,
    0x5C,
)
SEND_FRAME_US = 10 * 1_000_000 / 115200


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.baud()
    return bench


def pad(pin: int) -> int:
    return IO_MUX + 4 + 4 * pin


def test_a_byte_takes_its_bits_to_leave(bench: Bench) -> None:
    bench[UART0 + FIFO] = ord("A")
    bench.us(SEND_FRAME_US - 1)
    assert bench.sent() == b"" and not bench[UART0 + INT_RAW] & TX_DONE
    bench.us(2)
    assert bench.sent() == b"A" and bench[UART0 + INT_RAW] & TX_DONE


def test_a_full_transmit_fifo_loses_what_is_written(bench: Bench) -> None:
    for i in range(150):
        bench[UART0 + FIFO] = i
    assert bench[UART0 + STATUS] >> 16 & 0x3FF == 128
    bench.ms(20)
    assert bench.sent() == bytes(range(129)), "one byte was in the shifter, 128 in the FIFO"


def test_the_transmit_threshold_interrupts_when_the_fifo_has_run_down(bench: Bench) -> None:
    bench[UART0 + CONF1] = 10 << 9 | 96
    for i in range(20):
        bench[UART0 + FIFO] = i
    bench[UART0 + INT_CLR] = TX_EMPTY
    assert not bench[UART0 + INT_RAW] & TX_EMPTY
    bench.us(11 * SEND_FRAME_US)
    assert bench[UART0 + INT_RAW] & TX_EMPTY and bench[UART0 + STATUS] >> 16 & 0x3FF < 10


def test_bytes_come_at_the_line_s_pace_and_the_threshold_interrupts(bench: Bench) -> None:
    bench[UART0 + CONF1] = 3
    bench[UART0 + INT_ENA] = RX_FULL
    bench.line(21, 5)
    bench.machine.serial_write(0, b"abcd")
    bench.us(2.5 * SEND_FRAME_US)
    assert bench[UART0 + STATUS] & 0x3FF == 2 and not bench.pending()
    bench.us(SEND_FRAME_US)
    assert bench.pending() == 1 << 5
    assert bytes(bench[UART0 + FIFO] for _ in range(3)) == b"abc"
    bench[UART0 + INT_CLR] = RX_FULL
    assert not bench.pending()


def test_a_pause_on_the_line_raises_the_timeout(bench: Bench) -> None:
    bench[UART0 + MEM_CONF] = bench[UART0 + MEM_CONF] & ~0x3FF0000 | 20 << 16
    bench[UART0 + CONF1] = 1 << 21 | 100
    bench.machine.serial_write(0, b"x")
    bench.us(SEND_FRAME_US + 15 * 1_000_000 / 115200)
    assert not bench[UART0 + INT_RAW] & RX_TOUT
    bench.us(10 * 1_000_000 / 115200)
    assert bench[UART0 + INT_RAW] & RX_TOUT


def test_what_does_not_fit_into_the_receive_fifo_is_lost_and_told(bench: Bench) -> None:
    bench.machine.serial_write(0, bytes(range(140)))
    bench.ms(20)
    assert bench[UART0 + STATUS] & 0x3FF == 128 and bench[UART0 + INT_RAW] & RX_OVF
    bench[UART0 + CONF0] |= 1 << 17
    assert bench[UART0 + STATUS] & 0x3FF == 0


def test_loopback_brings_back_what_was_sent(bench: Bench) -> None:
    bench[UART0 + CONF0] |= 1 << 14
    bench[UART0 + FIFO] = 0x5A
    bench.ms(1)
    assert (bench[UART0 + FIFO], bench.sent()) == (0x5A, b"")


def test_the_baud_rate_follows_the_source_clock(bench: Bench) -> None:
    bench.at_160_mhz()
    bench[UART0 + 0x78] = 3 << 24 | 1 << 22 | 1 << 20  # APB, 80 MHz: twice as fast as the crystal
    bench[UART0 + FIFO] = 1
    bench.us(SEND_FRAME_US / 2 + 1)
    assert bench.sent() == b"\x01"


def test_uart1_reaches_the_pins_that_the_matrix_leads_it_to(bench: Bench) -> None:
    bench.baud(UART1)
    bench[UART1 + FIFO] = 1
    bench.ms(1)
    assert bench.sent(1) == b"", "on no pin"
    bench[pad(7)], bench[GPIO + 0x554 + 4 * 7] = 1 << 12, 9
    bench[pad(6)], bench[GPIO + 0x154 + 4 * 9] = 1 << 12 | 1 << 9, 1 << 6 | 6
    bench[UART1 + FIFO] = 2
    bench.machine.serial_write(1, b"\x03")
    bench.ms(1)
    assert (bench.sent(1), bench[UART1 + FIFO]) == (b"\x02", 3)


def test_a_block_held_in_reset_forgets_and_one_without_a_clock_only_sleeps(bench: Bench) -> None:
    bench[UART1 + CONF1] = 77
    bench[SYSTEM + 0x10] &= ~(1 << 5)
    assert bench[UART1 + CONF1] == 0
    bench[SYSTEM + 0x10] |= 1 << 5
    assert bench[UART1 + CONF1] == 77
    bench[SYSTEM + 0x18] |= 1 << 5
    bench[UART1 + CONF1] = 55
    bench[SYSTEM + 0x18] &= ~(1 << 5)
    assert bench[UART1 + CONF1] == 0xC060


def test_bytes_that_came_during_a_reset_of_the_block_are_there_after_it(bench: Bench) -> None:
    bench[SYSTEM + 0x18] |= 1 << 2
    bench.machine.serial_write(0, b"a")
    bench[SYSTEM + 0x18] &= ~(1 << 2)
    bench.baud()
    bench.ms(1)
    assert bench[UART0 + FIFO] == ord("a")


def test_usb_serial_sends_a_packet_at_wr_done_and_takes_one(bench: Bench) -> None:
    for byte in b"hi":
        bench[USB] = byte
    bench.ms(1)
    assert bench.sent(2) == b""
    bench[USB + 4] = 1
    assert not bench[USB + 4] & 2, "the packet waits for the host"
    bench.machine.serial_write(2, b"ok")
    bench.us(60)
    assert bench.sent(2) == b"hi" and bench[USB + 4] == 6
    assert bench[USB + 8] & 4 and bytes((bench[USB], bench[USB])) == b"ok" and bench[USB + 4] == 2


def test_usb_serial_takes_the_next_packet_when_the_last_one_was_read(bench: Bench) -> None:
    bench.machine.serial_write(2, bytes(range(100)))
    bench.ms(1)
    first = bytes(bench[USB] for _ in range(64))
    assert first == bytes(range(64)) and not bench[USB + 4] & 4
    bench.us(60)
    assert bytes(bench[USB] for _ in range(36)) == bytes(range(64, 100))


def test_a_pin_shows_what_the_register_says_once_it_is_an_output(bench: Bench) -> None:
    bench[GPIO + OUT_W1TS] = 1 << 5
    assert bench.machine.pin_level(5) == _emu.FLOAT
    bench[GPIO + ENABLE_W1TS] = 1 << 5
    assert bench.machine.pin_level(5) == _emu.HIGH and bench[GPIO + IN] >> 5 & 1
    bench[GPIO + OUT_W1TC] = 1 << 5
    assert bench.machine.pin_level(5) == _emu.LOW
    bench[GPIO + 0x554 + 4 * 5] = 128 | 1 << 8
    assert bench.machine.pin_level(5) == _emu.HIGH, "inverted by OUT_SEL"


def test_an_open_drain_pin_lets_go_of_a_one(bench: Bench) -> None:
    bench[GPIO + 0x74 + 4 * 5] = 1 << 2
    bench[GPIO + ENABLE_W1TS] = bench[GPIO + OUT_W1TS] = 1 << 5
    assert bench.machine.pin_level(5) == _emu.FLOAT
    bench[pad(5)] |= 1 << 8
    assert bench.machine.pin_level(5) == _emu.HIGH, "pulled up"


def test_a_pad_without_its_input_enabled_reads_as_zero(bench: Bench) -> None:
    bench.machine.pin_drive(4, _emu.HIGH)
    assert bench[GPIO + IN] >> 4 & 1
    bench[pad(4)] &= ~(1 << 9)
    assert not bench[GPIO + IN] >> 4 & 1


@pytest.mark.parametrize(("kind", "edges"), [(1, [1, 0, 1]), (2, [0, 1, 0]), (3, [1, 1, 1])])
def test_an_edge_latches_the_pin_s_interrupt(bench: Bench, kind: int, edges: list[int]) -> None:
    bench.machine.pin_drive(3, _emu.LOW)
    bench[GPIO + 0x74 + 4 * 3] = kind << 7 | 1 << 13
    bench.line(16, 9)
    for level, expected in zip((_emu.HIGH, _emu.LOW, _emu.HIGH), edges, strict=True):
        bench.machine.pin_drive(3, level)
        assert (bench[GPIO + PCPU_INT] >> 3 & 1, bench.pending() >> 9 & 1) == (expected, expected)
        bench[GPIO + INT_STATUS_W1TC] = 1 << 3
        assert not bench.pending()


def test_a_level_interrupt_stays_while_the_level_does(bench: Bench) -> None:
    bench.machine.pin_drive(3, _emu.HIGH)
    bench[GPIO + 0x74 + 4 * 3] = 5 << 7 | 1 << 13
    bench[GPIO + INT_STATUS_W1TC] = 1 << 3
    assert bench[GPIO + INT_STATUS] >> 3 & 1
    bench.machine.pin_drive(3, _emu.LOW)
    bench[GPIO + INT_STATUS_W1TC] = 1 << 3
    assert not bench[GPIO + INT_STATUS] >> 3 & 1


def test_straps_are_the_levels_at_the_release_of_reset() -> None:
    bench = Bench()
    assert bench[GPIO + STRAP] >> 2 == 0b11
    bench.machine.reset_pin(True)
    bench.machine.pin_drive(9, _emu.LOW)
    bench.machine.reset_pin(False)
    bench.machine.pin_drive(9, _emu.FLOAT)
    assert bench[GPIO + STRAP] >> 2 == 0b01


def test_an_idle_tx_line_is_high_and_the_pads_are_as_the_datasheet_says(bench: Bench) -> None:
    assert bench.machine.pin_level(21) == _emu.HIGH
    assert bench.machine.pin_level(9) == _emu.HIGH, "pulled up"
    assert bench.machine.pin_level(2) == _emu.FLOAT
