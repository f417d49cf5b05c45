# SPDX-License-Identifier: Apache-2.0
"""RP2040: pins, serial line, PWM, converter, SPI, I2C, DMA, PIO and the USB device controller without a host."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence

import pytest
from vmrig_native import _emu

from tests.emulator.rp2040 import (
    ADC,
    CLR,
    DMA,
    FLASH,
    I2C0,
    IO_BANK0,
    PADS_BANK0,
    PIO0,
    PWM,
    RAM,
    SET,
    SIO,
    SPI0,
    UART0,
    USB,
    Bench,
    boot2,
)
from vmrig_server.agent.flashing.plan import crc32_mpeg2

FUNC_SPI, FUNC_UART, FUNC_PWM, FUNC_SIO, FUNC_PIO0, FUNC_NULL = 1, 2, 4, 5, 6, 31
GPIO_IN, OUT_SET, OUT_CLR, OUT_XOR, OE_SET = SIO + 4, SIO + 0x14, SIO + 0x18, SIO + 0x1C, SIO + 0x24
PROC0_INTE0, INTR0 = IO_BANK0 + 0x100, IO_BANK0 + 0xF0
UARTDR, UARTFR, UARTIMSC, UARTRIS, UARTICR = (UART0 + n for n in (0, 0x18, 0x38, 0x3C, 0x44))
TRANS_COUNT, CTRL_TRIG, DMA_CSR = 8, 0x0C, DMA + 0x400
DREQ_UART0_TX, DREQ_FORCE, TREQ_TIMER0 = 20, 0x3F, 0x3B


@pytest.fixture
def bench() -> Bench:
    made = Bench(flash=boot2())
    made.clocks()
    return made


def edges(bench: Bench, pin: int, first: int = 0) -> list[tuple[int, int]]:
    return [(cycle, level) for cycle, where, level in bench.machine.pin_edges(first)[0] if where == pin]


# --- pins


def test_a_pin_follows_the_register_and_is_read_back(bench: Bench) -> None:
    bench.function(15, FUNC_SIO)
    bench.write(OE_SET, 1 << 15)
    levels = []
    for register in (OUT_SET, OUT_CLR, OUT_XOR):
        bench.write(register, 1 << 15)
        levels.append((bench.machine.pin_level(15), bench.read(GPIO_IN) >> 15 & 1))
    assert levels == [(1, 1), (0, 0), (1, 1)]


def test_an_input_has_the_pads_pulls_and_what_drives_it(bench: Bench) -> None:
    bench.function(15, FUNC_SIO)
    for pad, level in ((1 << 6 | 1 << 3, 1), (1 << 6 | 1 << 2, 0)):
        bench.write(PADS_BANK0 + 4 + 4 * 15, pad)
        assert bench.read(GPIO_IN) >> 15 & 1 == level
    bench.machine.pin_drive(15, _emu.HIGH)
    assert bench.read(GPIO_IN) >> 15 & 1 == 1
    bench.write(PADS_BANK0 + 4 + 4 * 15 + CLR, 1 << 6)  # input disabled
    assert bench.read(GPIO_IN) >> 15 & 1 == 0


def test_overrides_invert_what_leaves_and_what_comes_in(bench: Bench) -> None:
    bench.function(15, FUNC_SIO | 1 << 8 | 1 << 16)  # OUTOVER, INOVER: invert
    bench.write(OE_SET, 1 << 15)
    bench.write(OUT_SET, 1 << 15)
    assert bench.machine.pin_level(15) == 0
    assert bench.read(GPIO_IN) >> 15 & 1 == 1


def test_edges_and_levels_are_interrupts(bench: Bench) -> None:
    bench.function(9, FUNC_SIO)
    bench.write(PADS_BANK0 + 4 + 4 * 9, 1 << 6)
    bench.machine.pin_drive(9, _emu.LOW)
    bench.write(INTR0 + 4, 0xFFFFFFFF)
    bench.write(PROC0_INTE0 + 4, 8 << 4)  # pin 9: rising
    assert not bench.irq_pending(13)
    bench.machine.pin_drive(9, _emu.HIGH)
    assert bench.irq_pending(13)
    assert bench.read(INTR0 + 4) >> 4 & 15 == 0b1010  # edge high, level high
    bench.write(INTR0 + 4, 8 << 4)
    assert bench.read(INTR0 + 4) >> 4 & 15 == 0b0010
    assert not bench.irq_pending(13, dp=1)


# --- UART


def open_uart(bench: Bench) -> None:
    for pin in (0, 1):
        bench.function(pin, FUNC_UART)
    for offset, value in ((0x24, 67), (0x28, 52), (0x2C, 0x70), (0x30, 0x301)):  # 115200 8N1, FIFOs, on
        bench.write(UART0 + offset, value)


def test_text_leaves_at_the_baud_rate(bench: Bench) -> None:
    open_uart(bench)
    for byte in b"hello, world":
        bench.write(UARTDR, byte)
    bench.us(5 * 87)
    assert bench.machine.serial_read(0) in (b"hello", b"hell")
    assert bench.read(UARTFR) & 1 << 3  # BUSY
    bench.us(800)
    assert bench.machine.serial_read(0).endswith(b"world")
    assert bench.read(UARTFR) & 0xFF == 0x90  # both FIFOs are empty


def test_the_receiver_interrupts_at_its_level_or_after_a_silence(bench: Bench) -> None:
    open_uart(bench)
    bench.write(UARTIMSC, 1 << 4 | 1 << 6)
    bench.write(UART0 + 0x34, 2 << 3)  # half full
    bench.machine.serial_write(0, b"ab")
    bench.us(3 * 87)
    assert not bench.irq_pending(20)
    bench.us(300)
    assert bench.read(UARTRIS) & 0x50 == 0x40  # time-out
    assert bench.irq_pending(20)
    assert [bench.read(UARTDR) for _ in "ab"] == list(b"ab")
    assert bench.read(UARTRIS) & 0x40 == 0
    bench.machine.serial_write(0, bytes(range(16)))
    bench.us(17 * 87)
    assert bench.read(UARTRIS) & 0x10


def test_too_many_bytes_are_an_overrun(bench: Bench) -> None:
    open_uart(bench)
    bench.machine.serial_write(0, bytes(40))
    bench.us(41 * 87)
    assert bench.read(UARTRIS) & 1 << 10
    for _ in range(32):
        assert bench.read(UARTDR) & 0xFF == 0
    assert bench.machine.serial_stats(0)["to_chip"] == 40


def test_loopback(bench: Bench) -> None:
    open_uart(bench)
    bench.write(UART0 + 0x30 + SET, 1 << 7)
    bench.write(UARTDR, 0x5A)
    bench.us(200)
    assert bench.read(UARTDR) == 0x5A


# --- PWM, ADC


def test_pwm_on_a_pin_has_its_period_and_duty(bench: Bench) -> None:
    bench.function(4, FUNC_PWM)  # slice 2, A
    base = PWM + 0x14 * 2
    bench.write(base + 4, 10 << 4)  # DIV
    bench.write(base + 0x10, 99)  # TOP
    bench.write(base + 0x0C, 25)  # CC
    bench.write(base, 1)
    bench.us(100)
    seen = edges(bench, 4)[2:]
    rises, falls = [c for c, level in seen if level == 1], [c for c, level in seen if level == 0]
    assert {late - early for early, late in itertools.pairwise(rises)} == {1000}
    assert {fall - rise for rise, fall in zip(rises, falls[-len(rises) :], strict=True) if fall > rise} == {250}


def test_a_pwm_wrap_is_an_interrupt_and_the_counter_goes_round(bench: Bench) -> None:
    bench.write(PWM + 0x10, 999)
    bench.write(PWM + 0xA8, 1)
    bench.write(PWM, 1)
    bench.cycles(900)
    assert not bench.irq_pending(4)
    assert 800 < bench.read(PWM + 8) < 1000
    bench.cycles(200)
    assert bench.irq_pending(4)
    bench.write(PWM + 0xA4, 1)
    assert bench.read(PWM + 0xA4) == 0


def test_the_converter_reads_the_temperature_sensor(bench: Bench) -> None:
    bench.write(ADC, 1 << 0 | 1 << 1 | 4 << 12)  # on, sensor on, input 4
    bench.us(10)
    bench.write(ADC + SET, 1 << 2)
    bench.us(7)
    assert not bench.read(ADC) & 1 << 8
    bench.us(2)  # 96 cycles of 12 MHz
    assert bench.read(ADC) & 1 << 8
    volts = (bench.read(ADC + 4) & 0xFFF) * 3.3 / 4096
    assert 27 - (volts - 0.706) / 0.001721 == pytest.approx(25, abs=1)


def test_conversions_in_a_row_fill_the_fifo(bench: Bench) -> None:
    bench.write(ADC, 3)
    bench.us(10)
    bench.write(ADC + 8, 1)  # FCS.EN
    bench.write(ADC + SET, 1 << 3 | 4 << 12)  # START_MANY
    bench.us(50)
    bench.write(ADC + CLR, 1 << 3)
    assert bench.read(ADC + 8) >> 16 & 15 == 4  # FCS.LEVEL: all it holds
    assert bench.read(ADC + 8) & 1 << 11  # OVER


# --- SPI, I2C


def test_spi_receives_what_it_sends_in_loopback(bench: Bench) -> None:
    bench.write(SPI0, 7)  # 8 bits
    bench.write(SPI0 + 0x10, 2)
    bench.write(SPI0 + 4, 1 << 1 | 1 << 0)
    for byte in (1, 2, 3):
        bench.write(SPI0 + 8, byte)
    assert bench.read(SPI0 + 0x0C) & 1 << 4  # busy
    bench.us(10)
    assert [bench.read(SPI0 + 8) for _ in range(3)] == [1, 2, 3]
    assert bench.read(SPI0 + 0x0C) & 0x1F == 0b00011


def test_i2c_without_a_slave_aborts(bench: Bench) -> None:
    bench.write(I2C0 + 4, 0x50)  # TAR
    bench.write(I2C0 + 0x6C, 1)
    bench.us(10)
    bench.write(I2C0 + 0x10, 0x200 | 0x11)
    bench.us(2000)
    assert bench.read(I2C0 + 0x34) & 1 << 6  # TX_ABRT
    assert bench.read(I2C0 + 0x80) & 1  # ABRT_7B_ADDR_NOACK
    bench.read(I2C0 + 0x54)
    assert not bench.read(I2C0 + 0x34) & 1 << 6


def test_i2c_that_loses_the_bus_to_another_master_aborts_and_lets_go(bench: Bench) -> None:
    sda, scl = 4, 5
    for pin in (sda, scl):
        bench.write(IO_BANK0 + 8 * pin + 4, 3)  # FUNCSEL: I2C0
        bench.machine.pin_pull(pin, 1)
    bench.write(I2C0 + 4, 0x50)  # TAR: its first bit is a one
    bench.write(I2C0 + 0x6C, 1)
    bench.us(10)
    bench.write(I2C0 + 0x10, 0x200 | 0x11)
    for _ in range(200):
        bench.us(1)
        if bench.machine.pin_level(scl) == 0:
            break
    bench.machine.pin_drive(sda, 0)
    bench.us(2000)
    assert bench.read(I2C0 + 0x34) & 1 << 6  # TX_ABRT
    assert bench.read(I2C0 + 0x80) & 0xFFFF == 1 << 12  # ARB_LOST
    bench.machine.pin_drive(sda, -1)
    assert bench.machine.pin_level(sda) == bench.machine.pin_level(scl) == 1


# --- DMA


def channel(bench: Bench, n: int, source: int, target: int, count: int, control: int) -> None:
    base = DMA + 0x40 * n
    for offset, value in ((0, source), (4, target), (TRANS_COUNT, count), (CTRL_TRIG, control | 1)):
        bench.write(base + offset, value)


def control(
    size: int, *, read: bool = True, write: bool = True, treq: int = DREQ_FORCE, chain: int | None = None, own: int = 0
) -> int:
    return size << 2 | read << 4 | write << 5 | (own if chain is None else chain) << 11 | treq << 15


def test_dma_copies_and_sums_up(bench: Bench) -> None:
    data = bytes(range(1, 101))
    bench.machine.poke(RAM, data)
    bench.write(DMA + 0x434, 0xFFFFFFFF)  # SNIFF_CTRL, _DATA: CRC-32 of channel 0
    bench.write(DMA + 0x438, 0xFFFFFFFF)
    bench.write(DMA + 0x434, 1)
    channel(bench, 0, RAM, RAM + 0x1000, 100, control(0) | 1 << 23)
    bench.us(5)
    assert bench.machine.peek(RAM + 0x1000, 100) == data
    assert bench.read(DMA + 0x438) == crc32_mpeg2(data)
    assert bench.read(DMA + 0x400) & 1  # INTR
    assert not bench.read(DMA + CTRL_TRIG) & 1 << 24


def test_dma_reads_the_flash_and_rings_wrap(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x1000, bytes(range(64)))
    ring = 4 << 6 | 1 << 10  # the write address wraps at 16 bytes
    channel(bench, 3, FLASH + 0x1000, RAM + 0x2000, 8, control(2, own=3) | ring)
    bench.us(5)
    assert bench.machine.peek(RAM + 0x2000, 16) == bytes(range(16, 32))


def test_dma_at_the_pace_of_the_uart(bench: Bench) -> None:
    open_uart(bench)
    bench.write(UART0 + 0x48, 2)
    text = b"the quick brown fox jumps over the lazy dog, twice over"
    bench.machine.poke(RAM, text)
    channel(bench, 0, RAM, UARTDR, len(text), control(0, write=False, treq=DREQ_UART0_TX))
    bench.us(10)
    assert bench.read(DMA + CTRL_TRIG) & 1 << 24  # BUSY
    bench.us((len(text) + 2) * 87)
    assert bench.machine.serial_read(0) == text
    assert not bench.read(DMA + CTRL_TRIG) & 1 << 24


def test_dma_at_the_pace_of_a_timer_and_chained(bench: Bench) -> None:
    bench.machine.poke(RAM, bytes(range(64)))
    bench.write(DMA + 0x420, 1 << 16 | 1250)  # TIMER0: every 10 us
    bench.write(DMA + 0x404, 1 << 1)  # INTE0: channel 1
    base = DMA + 0x40
    for offset, value in (
        (0, RAM),
        (4, RAM + 0x4000),
        (TRANS_COUNT, 1),
        (0x10, control(2, own=1) | 1),
    ):  # armed, not started
        bench.write(base + offset, value)
    channel(bench, 0, RAM, RAM + 0x3000, 10, control(0, treq=TREQ_TIMER0, chain=1))
    bench.us(55)
    assert bench.read(DMA + TRANS_COUNT) in (4, 5)
    assert not bench.irq_pending(11)
    bench.us(55)
    assert bench.machine.peek(RAM + 0x3000, 10) == bytes(range(10))
    assert bench.machine.peek(RAM + 0x4000, 4) == bytes(range(4))
    assert bench.irq_pending(11)


def test_a_dma_channel_is_aborted(bench: Bench) -> None:
    bench.write(DMA + 0x420, 1 << 16 | 12500)
    channel(bench, 0, RAM, RAM + 0x3000, 1000, control(0, treq=TREQ_TIMER0))
    bench.us(250)
    bench.write(DMA + 0x444, 1)
    bench.us(1)
    assert bench.read(DMA + 0x444) == 0
    assert not bench.read(DMA + CTRL_TRIG) & 1 << 24


# --- PIO


def pio(
    bench: Bench,
    program: Sequence[int],
    *,
    sm: int = 0,
    clkdiv: int = 1 << 16,
    exec_: int = 0,
    shift: int = 3 << 18,
    pins: int = 0,
) -> int:
    """Loads a program and configures a state machine; returns the base of its registers."""
    for n, instruction in enumerate(program):
        bench.write(PIO0 + 0x48 + 4 * n, instruction)
    base = PIO0 + 0xC8 + 0x18 * sm
    bench.write(base, clkdiv)
    bench.write(base + 4, exec_ | (len(program) - 1) << 12)
    bench.write(base + 8, shift)
    bench.write(base + 0x14, pins)
    bench.write(base + 0x10, 0)  # jmp 0
    return base


def test_a_pio_program_makes_a_square_wave(bench: Bench) -> None:
    bench.function(7, FUNC_PIO0)
    base = pio(
        bench, [0xE001 | 3 << 8, 0xE000 | 3 << 8], pins=1 << 26 | 7 << 5, clkdiv=10 << 16
    )  # set pins 1 [3]; set pins 0 [3]
    bench.write(base + 0x10, 0xE081)  # set pindirs 1
    bench.write(PIO0, 1)
    bench.us(50)
    times = [cycle for cycle, _ in edges(bench, 7)][2:]
    assert len(times) > 100
    assert {late - early for early, late in itertools.pairwise(times)} == {40}


def test_a_pio_sends_bits_from_its_fifo_with_side_set(bench: Bench) -> None:
    for pin in (2, 3):
        bench.function(pin, FUNC_PIO0)
    # out pins, 1 side 0; nop side 1: data on pin 2, clock on pin 3
    base = pio(
        bench,
        [0x6001, 0xB042],
        pins=1 << 29 | 1 << 26 | 1 << 20 | 3 << 10 | 2 << 5 | 2,
        shift=1 << 17 | 8 << 25,  # autopull at 8, left first
        clkdiv=4 << 16,
    )
    for pin in (2, 3):
        bench.write(base + 0x14, 1 << 26 | pin << 5)
        bench.write(base + 0x10, 0xE081)
    bench.write(base + 0x14, 1 << 29 | 1 << 26 | 1 << 20 | 3 << 10 | 2 << 5 | 2)
    bench.write(PIO0 + 0x10, 0xA5 << 24)
    bench.write(PIO0 + 0x10, 0x3C << 24)
    bench.write(PIO0, 1)
    bench.us(5)
    bits, data = [], 0
    for _, pin, level in bench.machine.pin_edges(0)[0]:
        if pin == 2:
            data = level
        elif pin == 3 and level == 1:
            bits.append(data)
    assert int("".join(map(str, bits[-16:])), 2) == 0xA53C
    assert bench.read(PIO0 + 8) >> 24 & 1  # FSTAT.TXEMPTY


def test_a_pio_shifts_pins_in_and_interrupts(bench: Bench) -> None:
    bench.write(PADS_BANK0 + 4 + 4 * 5, 1 << 6)
    bench.machine.pin_drive(5, _emu.HIGH)
    pio(bench, [0x4001, 0xC000], pins=5 << 15, shift=1 << 16 | 8 << 20)  # in pins, 1; irq 0: autopush at 8
    bench.write(PIO0 + 0x12C, 1 << 8)  # IRQ0_INTE: flag 0
    bench.write(PIO0, 1)
    bench.us(1)
    assert bench.read(PIO0 + 0x20) == 0xFF  # RXF0
    assert bench.read(PIO0 + 0x30) & 1
    assert bench.irq_pending(7)
    bench.write(PIO0, 0)
    bench.write(PIO0 + 0x30, 1)
    assert bench.read(PIO0 + 0x30) == 0


def test_a_pio_counts_and_jumps_and_stalls_at_an_empty_fifo(bench: Bench) -> None:
    # pull block; mov x, osr; loop: jmp x-- loop; mov isr, !x; push
    pio(bench, [0x80A0, 0xA027, 0x0042, 0xA0C9, 0x8020])
    bench.write(PIO0, 1)
    bench.cycles(100)
    assert bench.read(PIO0 + 0xD4) == 0  # SM0_ADDR: it waits at the pull
    bench.write(PIO0 + 0x10, 50)
    bench.cycles(50)
    assert bench.read(PIO0 + 0x0C) >> 4 & 15 == 0  # FLEVEL.RX0
    bench.cycles(10)
    assert bench.read(PIO0 + 0x0C) >> 4 & 15 == 1
    assert bench.read(PIO0 + 0x20) == 0  # not of all ones


# --- USB


def test_the_usb_controller_waits_for_a_bus_that_never_comes(bench: Bench) -> None:
    bench.write(USB + 0x74, 1 << 0 | 1 << 3)  # USB_MUXING
    bench.write(USB + 0x40, 1)  # MAIN_CTRL
    bench.write(USB + 0x4C, 1 << 16)  # SIE_CTRL: pull-up
    bench.write(USB + 0x90, 1 << 12 | 1 << 4)  # INTE: BUS_RESET, BUFF_STATUS
    bench.us(10_000)
    assert not bench.irq_pending(5)
    assert bench.read(USB + 0x50) & 1 << 16 == 0  # SIE_STATUS.CONNECTED
    bench.machine.poke(0x50100000, struct.pack("<I", 0x12345678))
    assert bench.read(0x50100000) == 0x12345678
