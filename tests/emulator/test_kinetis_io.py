# SPDX-License-Identifier: Apache-2.0
"""Pins, serial lines, timers, DMA and the small peripherals of K64 and KL25. The core's clock and the bus clock are those after reset."""

from __future__ import annotations

import binascii
import itertools

import pytest
from vmrig_native import _emu

from tests.emulator.kinetis import (
    ADC0,
    DMA,
    DMAMUX,
    FTM0,
    GPIO,
    LPTMR,
    PIT,
    PORTA,
    PORTB,
    PORTC,
    PORTD,
    RAM,
    RTC,
    SIM_CLKDIV1,
    SIM_SOPT2,
    TPM0,
    UART0,
    Bench,
    either,
    k64,
    kl25,
)

__all__ = ["either", "k64", "kl25"]

PDOR, PSOR, PCOR, PTOR, PDIR, PDDR = (4 * n for n in range(6))
B = 0x40
"""Offset of port B's registers in GPIO."""


def full_bus_clock(bench: Bench) -> None:
    """Bus clock = core clock, as long as nobody needs flash."""
    bench.write(SIM_CLKDIV1, 0x00000000)


# --- pins


def test_a_pin_that_is_gpio_follows_its_registers(either: Bench) -> None:
    either.mux(PORTB, 18, 1)
    either.write(GPIO + B + PDDR, 1 << 18)
    levels = []
    for register in (PSOR, PTOR, PTOR, PCOR):
        either.write(GPIO + B + register, 1 << 18)
        levels.append(either.machine.pin_level(50))
    assert levels == [_emu.HIGH, _emu.LOW, _emu.HIGH, _emu.LOW]
    either.write(PORTB + 4 * 18, 0)
    assert either.machine.pin_level(50) == _emu.FLOAT, "disabled"


def test_single_cycle_gpio_is_a_window_onto_the_same_pins(kl25: Bench) -> None:
    kl25.mux(PORTB, 18, 1)
    kl25.write(0xF80FF000 + B + PDDR, 1 << 18)
    kl25.write(0xF80FF000 + B + PSOR, 1 << 18)
    assert kl25.read(GPIO + B + PDOR) == 1 << 18
    assert kl25.machine.pin_level(50) == _emu.HIGH


def test_pulls_and_levels_from_outside_are_read(either: Bench) -> None:
    either.mux(PORTB, 2, 1, 3)
    assert either.read(GPIO + B + PDIR) >> 2 & 1 == 1
    either.write(PORTB + 4 * 2, 0x102)
    assert either.read(GPIO + B + PDIR) >> 2 & 1 == 0
    either.machine.pin_drive(34, _emu.HIGH)
    assert either.read(GPIO + B + PDIR) >> 2 & 1 == 1


@pytest.mark.parametrize(("irqc", "edges"), [(9, [1, 0]), (10, [0, 1]), (11, [1, 1])])
def test_an_edge_sets_the_flag_and_the_interrupt(either: Bench, irqc: int, edges: list[int]) -> None:
    irq = 59 if either.built.chip.name == "mk64fn1m0" else 30
    either.mux(PORTA, 12, 1, 2)
    either.write(PORTA + 4 * 12, irqc << 16 | 0x102)
    seen = []
    for level in (_emu.HIGH, _emu.LOW):
        either.machine.pin_drive(12, level)
        seen.append(either.read(PORTA + 0xA0) >> 12 & 1)
        either.write(PORTA + 0xA0, 1 << 12)
    assert seen == edges
    assert either.irq_pending(irq)


def test_a_level_interrupt_comes_again_while_the_level_lasts(either: Bench) -> None:
    either.mux(PORTA, 12, 1)
    either.machine.pin_drive(12, _emu.LOW)
    either.write(PORTA + 4 * 12, 8 << 16 | 0x100)
    either.write(PORTA + 0xA0, 1 << 12)
    assert either.read(PORTA + 0xA0) == 1 << 12
    either.machine.pin_drive(12, _emu.HIGH)
    either.write(PORTA + 0xA0, 1 << 12)
    assert either.read(PORTA + 0xA0) == 0


# --- UART


def serial(bench: Bench) -> None:
    """UART0 on the board's pins with the shortest frames that there are."""
    bench.open(4, 10)
    if bench.built.chip.name == "mk64fn1m0":
        bench.mux(PORTB, 16, 3)
        bench.mux(PORTB, 17, 3)
    else:
        bench.write(SIM_SOPT2, 1 << 26)
        bench.mux(PORTA, 1, 2)
        bench.mux(PORTA, 2, 2)
    bench.w8(UART0, 0)
    bench.w8(UART0 + 1, 1)
    bench.w8(UART0 + 3, 0x0C)


TDRE, TC, RDRF, IDLE, OR = 0x80, 0x40, 0x20, 0x10, 0x08


def test_bytes_leave_one_after_the_other(either: Bench) -> None:
    serial(either)
    for byte in b"ok":
        assert either.r8(UART0 + 4) & TDRE
        either.w8(UART0 + 7, byte)
    assert either.r8(UART0 + 4) & (TDRE | TC) == 0
    either.us(8.5)  # 160 cycles a frame
    assert either.machine.serial_read(0) == b"o"
    either.us(8.5)
    assert either.machine.serial_read(0) == b"k"
    assert either.r8(UART0 + 4) & (TDRE | TC) == TDRE | TC


def test_a_byte_comes_and_the_line_is_idle_after_it(either: Bench) -> None:
    serial(either)
    either.machine.serial_write(0, b"x")
    either.us(8)
    assert either.r8(UART0 + 4) & (RDRF | IDLE) == RDRF
    either.us(9)
    assert either.r8(UART0 + 4) & (RDRF | IDLE) == RDRF | IDLE
    assert either.r8(UART0 + 7) == ord("x")
    assert either.r8(UART0 + 4) & RDRF == 0


def test_what_does_not_fit_is_an_overrun(either: Bench) -> None:
    serial(either)
    either.machine.serial_write(0, b"abc")
    either.us(30)
    assert either.r8(UART0 + 4) & (RDRF | OR) == RDRF | OR
    assert either.machine.serial_stats(0)["lost_rx"] == 2
    assert either.r8(UART0 + 7) == ord("a")


def test_eight_bytes_of_fifo_and_its_watermark(k64: Bench) -> None:
    serial(k64)
    k64.w8(UART0 + 3, 0)
    k64.w8(UART0 + 0x10, 0x88)
    k64.w8(UART0 + 0x15, 4)
    k64.w8(UART0 + 3, 0x0C)
    k64.machine.serial_write(0, b"12345678")
    k64.us(25)
    assert k64.r8(UART0 + 4) & RDRF == 0
    k64.us(45)
    assert (k64.r8(UART0 + 4) & (RDRF | OR), k64.r8(UART0 + 0x16)) == (RDRF, 8)
    assert bytes(k64.r8(UART0 + 7) for _ in range(8)) == b"12345678"
    assert k64.r8(UART0 + 0x12) & 0x40, "RXEMPT"


def test_a_uart_whose_pin_belongs_to_somebody_else_is_not_heard(either: Bench) -> None:
    serial(either)
    port, bit = (PORTB, 17) if either.built.chip.name == "mk64fn1m0" else (PORTA, 2)
    either.write(port + 4 * bit, 0x100)
    either.w8(UART0 + 7, 0x55)
    either.us(20)
    assert either.machine.serial_read(0) == b""


# --- timers


def pit(bench: Bench, channel: int, load: int, control: int) -> None:
    bench.write(PIT + 0x100 + 16 * channel, load)
    bench.write(PIT + 0x108 + 16 * channel, control)


def test_a_pit_channel_expires_after_its_load_plus_one(either: Bench) -> None:
    full_bus_clock(either)
    either.open(6, 23)
    either.write(PIT, 0)
    pit(either, 0, 99, 3)
    either.cycles(99)
    assert (either.read(PIT + 0x104), either.read(PIT + 0x10C)) == (0, 0)
    either.cycles(1)
    assert (either.read(PIT + 0x104), either.read(PIT + 0x10C)) == (99, 1)
    assert either.irq_pending(48 if either.built.chip.name == "mk64fn1m0" else 22)


def test_chained_pit_channels_count_the_expiries_of_the_one_before(either: Bench) -> None:
    full_bus_clock(either)
    either.open(6, 23)
    either.write(PIT, 0)
    pit(either, 1, 0xFFFFFFFF, 5)
    pit(either, 0, 20, 1)
    either.cycles(21 * 1000 + 5)
    assert 0xFFFFFFFF - either.read(PIT + 0x114) == 1000
    either.write(PIT + 0x108, 0)  # the first one stands: so do both
    either.cycles(1000)
    assert 0xFFFFFFFF - either.read(PIT + 0x114) == 1000


def test_a_new_load_counts_from_the_next_round_on(either: Bench) -> None:
    full_bus_clock(either)
    either.open(6, 23)
    either.write(PIT, 0)
    pit(either, 0, 99, 1)
    either.cycles(10)
    either.write(PIT + 0x100, 9)
    either.cycles(90)
    assert either.read(PIT + 0x104) == 9
    either.cycles(9)
    assert either.read(PIT + 0x104) == 0


def test_the_low_power_timer_counts_milliseconds(either: Bench) -> None:
    either.open(5, 0)
    either.write(LPTMR + 4, 5)  # LPO, no prescaler
    either.write(LPTMR + 8, 9)
    either.write(LPTMR, 0x41)
    either.us(5_500)
    either.write(LPTMR + 12, 0)
    assert either.read(LPTMR + 12) == 5
    either.us(4_400)
    assert either.read(LPTMR) & 0x80 == 0
    either.us(200)
    assert either.read(LPTMR) & 0x80
    assert either.irq_pending(58 if either.built.chip.name == "mk64fn1m0" else 28)
    either.write(LPTMR, 0xC1)
    either.us(9_000)
    assert either.read(LPTMR) & 0x80 == 0
    either.us(1_100)
    assert either.read(LPTMR) & 0x80


def test_the_rtc_counts_seconds_over_resets_and_raises_its_alarm(k64: Bench) -> None:
    k64.open(6, 29)
    assert k64.read(RTC + 0x14) == 1, "time invalid"
    k64.write(RTC + 0x10, 0x100)
    k64.write(RTC, 1000)
    k64.write(RTC + 8, 1001)
    k64.write(RTC + 0x14, 0x10)
    k64.us(1_500_000)
    assert k64.read(RTC) == 1001
    k64.machine.reset_pin(True)
    k64.machine.reset_pin(False)
    k64.halt()
    k64.open(6, 29)
    assert k64.read(RTC) == 1001
    k64.us(600_000)
    assert (k64.read(RTC), k64.read(RTC + 0x14) & 4) == (1002, 4)


@pytest.mark.parametrize("high_true", [True, False])
def test_edge_aligned_pwm_on_a_pin(either: Bench, high_true: bool) -> None:
    k = either.built.chip.name == "mk64fn1m0"
    full_bus_clock(either)
    either.open(6, 24)
    if not k:
        either.write(SIM_SOPT2, 1 << 24)
    port, bit, channel = (PORTC, 1, 0) if k else (PORTD, 1, 1)
    either.mux(port, bit, 4)
    timer, pin = FTM0, (64 + 1 if k else 96 + 1)
    either.write(timer + 8, 99)
    either.write(timer + 0xC + 8 * channel, 0x28 if high_true else 0x24)
    either.write(timer + 0x10 + 8 * channel, 30)
    _, mark = either.machine.pin_edges(0)
    either.write(timer, 0x08)
    either.cycles(1000)
    edges = [(cycle, level) for cycle, number, level in either.machine.pin_edges(mark)[0] if number == pin]
    rising = [cycle for cycle, level in edges if level == _emu.HIGH]
    falling = [cycle for cycle, level in edges if level == _emu.LOW]
    assert {b - a for a, b in itertools.pairwise(rising)} == {100}
    starts, ends = (rising, falling) if high_true else (falling, rising)
    ends = [cycle for cycle in ends if cycle > starts[0]]
    assert {b - a for a, b in zip(starts, ends, strict=False)} == {30}


def test_the_overflow_flag_of_the_tpm_is_written_one_to_clear(kl25: Bench) -> None:
    kl25.write(SIM_SOPT2, 1 << 24)
    kl25.open(6, 24)
    kl25.write(TPM0 + 8, 9)
    kl25.write(TPM0, 0x48)
    kl25.cycles(10)
    assert kl25.read(TPM0) & 0x80
    assert kl25.irq_pending(17)
    kl25.write(TPM0, 0xC8)
    assert kl25.read(TPM0) & 0x80 == 0
    kl25.cycles(10)
    assert kl25.read(TPM0) & 0x80


def test_the_overflow_flag_of_the_ftm_is_read_and_then_written_zero(k64: Bench) -> None:
    full_bus_clock(k64)
    k64.open(6, 24)
    k64.write(FTM0 + 8, 9)
    k64.write(FTM0, 0x08)
    k64.cycles(10)
    k64.write(FTM0, 0x08)
    assert k64.read(FTM0) & 0x80, "was not read as set before the write"
    k64.write(FTM0, 0x08)
    assert k64.read(FTM0) & 0x80 == 0


def test_a_capture_keeps_the_counter_of_the_edge(either: Bench) -> None:
    k = either.built.chip.name == "mk64fn1m0"
    full_bus_clock(either)
    either.open(6, 24)
    if not k:
        either.write(SIM_SOPT2, 1 << 24)
    either.mux(PORTC, 2, 4)
    either.write(FTM0 + 8, 0xFFFF)
    either.write(FTM0 + 0xC + 8, 0x44)  # channel 1, rising, interrupt
    either.write(FTM0, 0x08)
    either.cycles(500)
    either.machine.pin_drive(66, _emu.HIGH)
    either.cycles(100)
    assert either.read(FTM0 + 0x10 + 8) == 500
    assert either.read(FTM0 + 0xC + 8) & 0x80


# --- DMA


def test_the_edma_copies_by_software_and_chains_words_to_bytes(k64: Bench) -> None:
    k64.machine.poke(RAM, bytes(range(64)))
    tcd = DMA + 0x1000 + 32 * 3
    for offset, value in ((0, RAM), (4, 0x0002_0004), (8, 32), (12, 0), (16, RAM + 0x100), (20, 0x0001_0004), (24, 0)):
        k64.write(tcd + offset, value)
    k64.write(tcd + 6, 0x0202, 2)
    k64.write(tcd + 20, 4, 2)
    k64.write(tcd + 22, 2, 2)
    k64.write(tcd + 30, 2, 2)
    k64.write(tcd + 28, 2, 2)
    for _ in range(2):
        k64.w8(DMA + 0x1D, 3)
        k64.cycles(100)
    assert k64.machine.peek(RAM + 0x100, 64) == bytes(range(64))
    assert k64.read(tcd + 28, 2) & 0x80
    assert k64.read(DMA + 0x24) == 8 and k64.irq_pending(3)
    k64.w8(DMA + 0x1F, 3)
    assert k64.read(DMA + 0x24) == 0


def test_the_edma_feeds_the_uart_at_its_pace(k64: Bench) -> None:
    serial(k64)
    text = b"by request"
    k64.machine.poke(RAM, text)
    k64.open(6, 1)
    tcd = DMA + 0x1000
    k64.write(tcd, RAM)
    k64.write(tcd + 4, 1)
    k64.write(tcd + 8, 1)
    k64.write(tcd + 16, UART0 + 7)
    k64.write(tcd + 20, len(text) << 16)
    k64.write(tcd + 28, len(text) << 16 | 8)  # DREQ
    k64.w8(DMAMUX, 0x83)
    k64.w8(DMA + 0x1B, 0)
    k64.w8(UART0 + 0xB, 0x80)
    k64.w8(UART0 + 3, 0x8C)
    k64.us(200)
    assert k64.machine.serial_read(0) == text
    assert k64.read(DMA + 0xC) == 0


def test_the_dma_of_the_kl25_copies_and_says_so(kl25: Bench) -> None:
    kl25.open(7, 8)
    kl25.machine.poke(RAM, bytes(range(40)))
    channel = DMA + 0x100
    kl25.write(channel, RAM)
    kl25.write(channel + 4, RAM + 0x100)
    kl25.write(channel + 8, 40)
    kl25.write(channel + 12, 1 << 31 | 1 << 22 | 1 << 19 | 1 << 16)
    kl25.cycles(100)
    assert kl25.machine.peek(RAM + 0x100, 40) == bytes(range(40))
    assert kl25.read(channel + 8) == 1 << 24
    assert kl25.irq_pending(0)
    kl25.write(channel + 8, 1 << 24)
    assert kl25.read(channel + 8) == 0


# --- the others


@pytest.mark.parametrize(("level", "result"), [(_emu.HIGH, 0xFFF), (_emu.LOW, 0), (_emu.FLOAT, 0x800)])
def test_the_adc_converts_the_level_of_a_pin(either: Bench, level: _emu.Level, result: int) -> None:
    either.open(6, 27)
    either.write(ADC0 + 8, 4)  # 12 bits
    either.machine.pin_drive(32, level)
    either.write(ADC0, 8)  # PTB0
    assert either.read(ADC0) & 0x80 == 0
    either.us(50)
    assert either.read(ADC0) & 0x80
    assert either.read(ADC0 + 0x10) == result
    assert either.read(ADC0) & 0x80 == 0


def test_the_adc_calibrates(either: Bench) -> None:
    either.open(6, 27)
    either.write(ADC0 + 0x24, 0x87)
    assert either.read(ADC0 + 0x24) & 0x80
    either.us(50_000)
    assert either.read(ADC0 + 0x24) & 0xC0 == 0
    assert either.read(ADC0) & 0x80


def test_nobody_acknowledges_on_the_i2c(either: Bench) -> None:
    i2c = 0x40066000
    either.open(4, 6)
    either.w8(i2c + 2, 0x80)
    either.w8(i2c + 2, 0xB0)  # START, transmit
    assert either.r8(i2c + 3) & 0x20, "busy"
    either.w8(i2c + 4, 0x3A)
    assert either.r8(i2c + 3) & 2 == 0
    either.us(30)
    assert either.r8(i2c + 3) & 0x83 == 0x83, "TCF, IICIF, RXAK"
    either.w8(i2c + 3, 2)
    either.w8(i2c + 2, 0x80)
    either.us(10)
    assert either.r8(i2c + 3) & 0x20 == 0


def test_dspi_frames_take_their_time_and_read_ones(k64: Bench) -> None:
    spi = 0x4002C000
    k64.open(6, 12)
    k64.write(spi, 0x80010000)
    k64.write(spi + 0xC, 0x38000000)  # 8 bits
    k64.write(spi + 0x34, 0x000100A5)
    assert k64.read(spi + 0x2C) & 0x800200F0 == 0
    k64.us(20)
    assert k64.read(spi + 0x2C) & 0x800200F0 == 0x80020010
    assert k64.read(spi + 0x38) == 0xFF


def test_spi_of_the_kl25_reads_ones(kl25: Bench) -> None:
    spi = 0x40076000
    kl25.open(4, 22)
    kl25.w8(spi, 0x50)
    assert kl25.r8(spi + 3) & 0x20
    kl25.w8(spi + 5, 0xA5)
    kl25.us(10)
    assert kl25.r8(spi + 3) & 0xA0 == 0xA0
    assert kl25.r8(spi + 5) == 0xFF
    assert kl25.r8(spi + 3) & 0x80 == 0


def test_the_crc_unit_computes_what_everybody_does(k64: Bench) -> None:
    crc = 0x40032000
    k64.open(6, 18)
    k64.write(
        crc + 8, 0x01000000 | 1 << 30 | 2 << 28 | 1 << 26 | 1 << 25
    )  # CRC-32: mirrored in and out, inverted, seed
    k64.write(crc + 4, 0x04C11DB7)
    k64.write(crc, 0xFFFFFFFF)
    k64.write(crc + 8, 0x01000000 | 1 << 30 | 2 << 28 | 1 << 26)
    for byte in b"123456789":
        k64.w8(crc, byte)
    assert k64.read(crc) == binascii.crc32(b"123456789")
    k64.write(crc + 8, 1 << 25)
    k64.write(crc + 4, 0x1021)
    k64.write(crc, 0xFFFF)
    k64.write(crc + 8, 0)
    for byte in b"123456789":
        k64.w8(crc, byte)
    assert k64.read(crc, 2) == 0x29B1  # CRC-16/CCITT-FALSE


def test_random_numbers_differ_and_repeat_from_power_on(k64: Bench) -> None:
    rng = 0x40029000
    k64.open(6, 9)

    def draw() -> list[int]:
        k64.write(rng, 1)
        out = []
        for _ in range(8):
            k64.us(50)
            assert k64.read(rng + 4) >> 8 & 0xFF == 1
            out.append(k64.read(rng + 12))
        return out

    first = draw()
    assert len(set(first)) == 8
    k64.machine.power(False)
    k64.power_on()
    k64.open(6, 9)
    assert draw() == first
