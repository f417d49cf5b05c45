# SPDX-License-Identifier: Apache-2.0
"""Peripherals as a running program meets them: stalls, interrupts, sleep, resets."""

from __future__ import annotations

import itertools

from tests.emulator.nrf52 import CLOCK, CYCLES_PER_US, NVMC, P0, POWER, RAM, RTC0, UARTE0, WDT, Bench
from tests.emulator.thumb import (
    BX_LR,
    NOP,
    WFI,
    branch,
    branch_if_equal,
    code,
    compare,
    fetch,
    load,
    poke,
    store,
    vectors,
)

START = 0x100
PIN = 2
OUTSET, OUTCLR, DIRSET = P0 + 0x508, P0 + 0x50C, P0 + 0x518
RESETREAS = POWER + 0x400
NVIC_ISER = 0xE000E100
SYSTEMOFF = POWER + 0x500
DOG, SREQ, OFF = 1 << 1, 1 << 2, 1 << 16
FOREVER = branch(0)


class Board(Bench):
    """A micro:bit that runs a program from reset, with no debugger."""

    def __init__(self, program: bytes, *, ram: bytes = b"", **irqs: bytes) -> None:
        super().__init__(power=False)
        at = START + len(program) + 3 & ~3
        addresses = {}
        for name, handler in irqs.items():
            self.machine.poke(at, handler)
            addresses[name] = at
            at += len(handler) + 3 & ~3
        self.machine.poke(0, vectors(START, **addresses))
        self.machine.poke(START, program)
        self.machine.power(True)
        if ram:
            self.machine.poke(RAM, ram)
        _, self.first_edge = self.machine.pin_edges()
        self.machine.dp_write(4, 0x50000000)

    def edges(self) -> list[tuple[int, int]]:
        """(cycle, level) of the pin."""
        edges, _ = self.machine.pin_edges(self.first_edge)
        return [(cycle, level) for cycle, pin, level in edges if pin == PIN]


OUTPUT = code(poke(DIRSET, 1 << PIN))
HIGH = code(poke(OUTSET, 1 << PIN))
LOW = code(poke(OUTCLR, 1 << PIN))
ENABLE_WRITE = code(poke(NVMC + 0x504, 1))
ENABLE_ERASE = code(poke(NVMC + 0x504, 2))
JUMP_TO_RAM = code(load(2, RAM | 1), 0x4710)
WAIT_READY = code(load(1, NVMC + 0x400), fetch(0, 1), compare(0, 0), branch_if_equal(-2))


def test_a_core_that_runs_from_flash_stalls_while_it_is_written() -> None:
    board = Board(OUTPUT + ENABLE_WRITE + HIGH + code(poke(0x8000, 0x55)) + LOW + code(FOREVER))
    board.us(100)
    (_, _), (up, _), (down, _) = board.edges()
    assert (
        down - up == 41 * CYCLES_PER_US + 9
    )  # nine instructions from store to store, ten turns of time with the first's own
    assert board.peek32(0x8000) == 0x55


def test_a_core_that_runs_from_ram_goes_on_and_polls_ready() -> None:
    routine = HIGH + code(poke(0x8000, 0x55)) + LOW + WAIT_READY + HIGH + code(FOREVER)
    board = Board(OUTPUT + ENABLE_WRITE + JUMP_TO_RAM, ram=routine)
    board.us(100)
    _, (up, _), (down, _), (ready, _) = board.edges()
    assert down - up == 5 + 5
    written = down - 5
    assert written + 41 * CYCLES_PER_US <= ready < written + 41 * CYCLES_PER_US + 12


def test_a_program_that_erases_its_neighbour_page_goes_on_after_85_ms() -> None:
    board = Board(OUTPUT + ENABLE_ERASE + HIGH + code(poke(NVMC + 0x508, 0x8000)) + LOW + code(FOREVER))
    board.machine.poke(0x8000, b"\x00" * 4096)
    board.us(90_000)
    _, (up, _), (down, _) = board.edges()
    assert down - up == 5 + 85_000 * CYCLES_PER_US + 4
    assert board.machine.peek(0x8000, 4096) == b"\xff" * 4096


def test_a_running_program_is_cut_short_by_a_power_cut_in_its_erase() -> None:
    board = Board(ENABLE_ERASE + code(poke(NVMC + 0x508, 0x8000)) + code(FOREVER))
    board.machine.poke(0x8000, b"\x00" * 4096)
    board.us(40_000)
    board.machine.power(False)
    left = board.machine.peek(0x8000, 4096)
    assert 0 < sum(byte.bit_count() for byte in left) < 8 * 4096


def test_a_sleeping_core_is_woken_by_the_rtc() -> None:
    """The handler toggles the pin at each compare; the core sleeps in between."""
    setup = OUTPUT + code(
        poke(NVIC_ISER, 1 << 11), poke(CLOCK + 0x008, 1), poke(RTC0 + 0x540, 33), poke(RTC0 + 0x304, 1 << 16)
    )
    sleep = code(poke(RTC0, 1), WFI, branch(-1))
    handler = code(poke(RTC0 + 0x140, 0), poke(RTC0 + 0x008, 1), load(1, P0 + 0x500), fetch(0, 1, 4))
    handler += code(load(2, 1 << PIN), 0x4050, store(0, 1, 4), BX_LR)  # EORS r0, r2
    board = Board(setup + sleep, irq11=handler)
    board.us(10_000)
    cycles = [cycle for cycle, _ in board.edges()[1:]]
    assert len(cycles) >= 8
    period = 33 * 64_000_000 / 32768
    for one, following in itertools.pairwise(cycles):
        assert abs(following - one - period) < 2 * 64_000_000 / 32768
    assert board.machine.instructions() < 1_000
    assert board.machine.core_idle()


def test_an_echo_program_answers_over_the_uart() -> None:
    setup = code(
        poke(UARTE0 + 0x50C, 6), poke(UARTE0 + 0x514, 40), poke(UARTE0 + 0x524, 0x01D60000), poke(UARTE0 + 0x500, 4)
    )
    setup += code(
        poke(UARTE0, 1), poke(UARTE0 + 0x008, 1), load(3, UARTE0 + 0x100), load(4, UARTE0 + 0x500), load(5, 0)
    )
    # 1: r0 = RXDRDY; loop while 0; RXDRDY = 0; r0 = RXD; TXD = r0; back
    loop = code(
        fetch(0, 3, 8),
        compare(0, 0),
        branch_if_equal(-2),
        store(5, 3, 8),
        fetch(0, 4, 0x18),
        store(0, 4, 0x1C),
        branch(-6),
    )
    board = Board(setup + loop)
    board.us(100)
    board.machine.serial_write(0, b"Hello, world")
    board.us(1_300)
    assert board.machine.serial_read(0) == b"Hello, world"


def test_a_watchdog_restarts_a_program_that_hangs() -> None:
    program = OUTPUT + HIGH + code(poke(WDT + 0x504, 327), poke(WDT, 1), FOREVER)
    board = Board(program)
    board.us(25_000)
    assert board.read(RESETREAS) == DOG
    levels = [level for _, level in board.edges() if level == 1]
    assert len(levels) == 3


def test_a_soft_reset_does_not_stop_the_watchdog() -> None:
    program = code(poke(WDT + 0x504, 327), poke(WDT, 1), poke(0xE000ED0C, 0x05FA0004), FOREVER)
    board = Board(program)
    board.us(9_000)
    assert board.read(RESETREAS) == SREQ
    board.us(2_000)
    assert board.read(RESETREAS) == SREQ | DOG


def test_the_watchdog_can_pause_while_the_core_sleeps() -> None:
    program = code(poke(WDT + 0x504, 327), poke(WDT + 0x50C, 0), poke(WDT, 1), NOP, WFI, branch(-1))
    board = Board(program)
    board.us(1_000_000)
    assert board.read(RESETREAS) == 0


def test_system_off_ends_by_a_pin_that_is_sensed() -> None:
    sense_low_with_pull_up = 3 << 16 | 3 << 2
    program = code(poke(P0 + 0x700 + 4 * 14, sense_low_with_pull_up), poke(SYSTEMOFF, 1)) + OUTPUT + code(FOREVER)
    board = Board(program)
    board.us(10_000)
    assert board.edges() == []
    board.machine.pin_drive(14, 0)
    board.machine.run(1)
    board.machine.pin_drive(14, -1)
    board.us(10)
    assert board.read(RESETREAS) == OFF


def test_a_store_of_a_byte_to_flash_changes_nothing() -> None:
    program = ENABLE_WRITE + code(load(0, 0), load(1, 0x8000), 0x7008, FOREVER)  # STRB r0, [r1]
    board = Board(program)
    board.us(100)
    assert board.peek32(0x8000) == 0xFFFFFFFF
