# SPDX-License-Identifier: Apache-2.0
"""Pins, interrupts of pins, serial ports and DMA of STM32."""

from __future__ import annotations

import pytest

from tests.emulator.stm32 import F1, F4, L4, RAM, Bench

GPIOA, GPIOC_F1, GPIOA_F1 = 0x40020000, 0x40011000, 0x40010800
ODR, BSRR, IDR, LCKR, OTYPER = 0x14, 0x18, 0x10, 0x1C, 0x04
SYSCFG, EXTI = 0x40013800, 0x40013C00
USART3, DMA1 = 0x40004800, 0x40026000
TE_RE_UE = 1 << 13 | 1 << 3 | 1 << 2


def test_an_output_drives_its_pin_and_open_drain_only_low() -> None:
    bench = Bench(F4)
    bench.write(GPIOA + BSRR, 1 << 5)
    assert bench.level("PA5") == -1
    bench.pin_mode("PA5", 1)
    assert bench.level("PA5") == 1
    bench.write(GPIOA + BSRR, 1 << 21)
    assert (bench.level("PA5"), bench.read(GPIOA + IDR) >> 5 & 1) == (0, 0)
    bench.write(GPIOA + BSRR + 0, 1 << 5, 2)  # halfwords of BSRR, as the older libraries write them
    bench.write(GPIOA + OTYPER, 1 << 5)
    assert bench.level("PA5") == -1


@pytest.mark.parametrize(("pull", "level"), [(0, -1), (1, 1), (2, 0)])
def test_a_pull_holds_an_input_that_nobody_drives(pull: int, level: int) -> None:
    bench = Bench(F4)
    bench.pin_mode("PA5", 0, pull=pull)
    assert bench.level("PA5") == level
    bench.drive("PA5", 1)
    assert bench.read(GPIOA + IDR) >> 5 & 1
    bench.pin_mode("PA5", 3)
    assert not bench.read(GPIOA + IDR) >> 5 & 1, "an analog pin has no digital input"


def test_a_locked_pin_keeps_its_configuration() -> None:
    bench = Bench(F4)
    bench.pin_mode("PA5", 1)
    for value in (1 << 16 | 1 << 5, 1 << 5, 1 << 16 | 1 << 5):
        bench.write(GPIOA + LCKR, value)
    assert bench.read(GPIOA + LCKR) == 1 << 16 | 1 << 5
    bench.pin_mode("PA5", 0)
    bench.pin_mode("PA6", 1)
    assert bench.read(GPIOA) >> 10 & 0xF == 0b0101


@pytest.mark.parametrize(
    ("cnf_mode", "odr", "level"), [(0x2, 1, 1), (0x6, 1, -1), (0x6, 0, 0), (0x8, 1, 1), (0x8, 0, 0), (0x4, 1, -1)]
)
def test_f1_pins_by_mode_and_configuration(cnf_mode: int, odr: int, level: int) -> None:
    bench = Bench(F1)
    bench.write(GPIOA_F1 + 0x0C, odr << 5)
    bench.change(GPIOA_F1, clear=0xF << 20, set=cnf_mode << 20)
    assert bench.level("PA5") == level


@pytest.mark.parametrize(
    ("rising", "falling", "drives", "pends"), [(1, 0, (0, 1), True), (1, 0, (1, 0), False), (0, 1, (1, 0), True)]
)
def test_an_edge_of_the_chosen_port_is_an_interrupt(
    rising: int, falling: int, drives: tuple[int, int], pends: bool
) -> None:
    bench = Bench(F4)
    bench.drive("PC13", drives[0])  # type: ignore[arg-type]
    bench.write(SYSCFG + 0x14, 2 << 4)  # EXTICR4: line 13 is port C's
    bench.write(EXTI + 0x08, rising << 13)
    bench.write(EXTI + 0x0C, falling << 13)
    bench.write(EXTI, 1 << 13)
    bench.drive("PB13", 0)
    bench.drive("PB13", 1)
    assert not bench.irq_pending(40)
    bench.drive("PC13", drives[1])  # type: ignore[arg-type]
    assert bench.irq_pending(40) is pends
    assert (bench.read(EXTI + 0x14) >> 13 & 1 == 1) is pends
    bench.write(EXTI + 0x14, 1 << 13)
    bench.write(0xE000E284, 1 << 8)
    assert not bench.irq_pending(40)


def serial_bench(target: str = F4) -> Bench:
    bench = Bench(target)
    bench.pin_mode("PD8", 2, 7)
    bench.pin_mode("PD9", 2, 7)
    bench.write(USART3 + 0x08, 16_000_000 // 115_200)
    bench.write(USART3 + 0x0C, TE_RE_UE)
    return bench


def test_a_byte_leaves_after_ten_bit_times() -> None:
    bench = serial_bench()
    bench.write(USART3 + 4, ord("x"))
    assert bench.read(USART3) & 0xC0 == 0x80, "TXE: it is in the shift register; not TC"
    bench.cycles(10 * 138 - 1)
    assert bench.machine.serial_read(0) == b""
    bench.cycles(1)
    assert (bench.machine.serial_read(0), bench.read(USART3) & 0xC0) == (b"x", 0xC0)


def test_what_the_board_does_not_wire_to_the_port_does_not_come_out_there() -> None:
    bench = serial_bench()
    bench.pin_mode("PD8", 0)
    bench.pin_mode("PB10", 2, 7)  # USART3_TX as well, but not the ST-LINK's
    bench.write(USART3 + 4, ord("x"))
    bench.us(1000)
    assert bench.machine.serial_read(0) == b""


def test_bytes_come_one_by_one_and_overrun_when_nobody_takes_them() -> None:
    bench = serial_bench()
    bench.write(USART3 + 0x0C, TE_RE_UE | 1 << 5)  # RXNEIE
    bench.machine.serial_write(0, b"abc")
    bench.us(90)
    assert (bench.irq_pending(39), bench.read(USART3 + 4)) == (True, ord("a"))
    bench.us(300)
    assert bench.read(USART3) & 0x28 == 0x28, "RXNE and ORE"
    assert bench.read(USART3 + 4) == ord("b")
    assert bench.read(USART3) & 0x28 == 0
    assert bench.read(USART3) & 0x10 == 0, "IDLE was cleared by that too"


def test_dma_sends_a_buffer_and_says_half_and_whole() -> None:
    bench = serial_bench()
    text = b"sent by DMA, eleven words and so on"
    bench.machine.poke(RAM, text)
    stream = DMA1 + 0x10 + 0x18 * 3
    for offset, value in ((0x08, USART3 + 4), (0x0C, RAM), (0x04, len(text))):
        bench.write(stream + offset, value)
    bench.write(stream, 4 << 25 | 1 << 10 | 1 << 6 | 1 << 4 | 1)  # channel 4, MINC, memory to peripheral, TCIE, EN
    bench.write(USART3 + 0x14, 1 << 7)  # DMAT
    bench.us(1600)
    assert bench.read(DMA1) >> 22 & 0x3F == 0x10, "HTIF3"
    assert not bench.irq_pending(14)
    bench.us(2000)
    assert bench.machine.serial_read(0) == text
    assert (bench.read(DMA1) >> 22 & 0x3F, bench.read(stream) & 1, bench.irq_pending(14)) == (0x30, 0, True)


def test_dma_receives_into_a_ring() -> None:
    bench = serial_bench()
    stream = DMA1 + 0x10 + 0x18 * 1
    for offset, value in ((0x08, USART3 + 4), (0x0C, RAM), (0x04, 4)):
        bench.write(stream + offset, value)
    bench.write(stream, 4 << 25 | 1 << 10 | 1 << 8 | 1)  # channel 4, MINC, CIRC, EN
    bench.write(USART3 + 0x14, 1 << 6)  # DMAR
    bench.machine.serial_write(0, b"ABCDEF")
    bench.us(700)
    assert bench.machine.peek(RAM, 4) == b"EFCD"
    assert (bench.read(stream + 4), bench.read(USART3) & 0x10) == (2, 0x10), "two to go; IDLE"


def test_the_usart_of_l4_has_its_flags_in_isr_and_icr() -> None:
    bench = Bench(L4)
    usart = 0x40013800
    bench.pin_mode("PB6", 2, 7)
    bench.pin_mode("PB7", 2, 7)
    bench.write(usart + 0x0C, 4_000_000 // 115_200)
    bench.write(usart, 1 << 3 | 1 << 2 | 1)
    assert bench.read(usart + 0x1C) >> 21 & 3 == 3, "TEACK, REACK"
    bench.write(usart + 0x28, ord("x"))
    bench.machine.serial_write(0, b"yz")
    bench.us(300)
    assert bench.machine.serial_read(0) == b"x"
    assert bench.read(usart + 0x1C) & 0x28 == 0x28
    bench.write(usart + 0x20, 1 << 3)
    assert (bench.read(usart + 0x24), bench.read(usart + 0x1C) & 0x28) == (ord("y"), 0)


def test_f1_reaches_the_serial_port_without_remapping_only() -> None:
    bench = Bench(F1)
    usart, mapr = 0x40004400, 0x40010004
    bench.change(GPIOA_F1, clear=0xFF << 8, set=0x4B << 8)  # PA2 alternate function, PA3 floating input
    bench.write(usart + 0x08, 8_000_000 // 115_200)
    bench.write(usart + 0x0C, TE_RE_UE)
    bench.write(usart + 4, ord("a"))
    bench.us(100)
    bench.write(mapr, 1 << 3)
    bench.write(usart + 4, ord("b"))
    bench.us(100)
    assert bench.machine.serial_read(0) == b"a"
