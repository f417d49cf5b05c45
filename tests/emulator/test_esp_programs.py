# SPDX-License-Identifier: Apache-2.0
"""Programs on the ESP32-C3's core that use its devices: interrupts, polling, and code in the flash's windows."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from .esp32c3 import EXTMEM, IRAM, IROM, MMU_TABLE, RAM, SYSTEM, SYSTIMER, UART0, Bench

ZERO, T0, T1, T2, S0, S1, A0, A1 = 0, 5, 6, 7, 8, 9, 10, 11
MSTATUS, MTVEC, MEPC = 0x300, 0x305, 0x341
WFI, MRET, HERE = 0x10500073, 0x30200073, 0x0000006F
CODE, DATA = IRAM + 0x1000, RAM + 0x20000


def addi(rd: int, rs: int, value: int) -> int:
    return (value & 0xFFF) << 20 | rs << 15 | rd << 7 | 0x13


def andi(rd: int, rs: int, value: int) -> int:
    return addi(rd, rs, value) | 7 << 12


def li(rd: int, value: int) -> list[int]:
    high = value + 0x800 & 0xFFFFF000
    return [high | rd << 7 | 0x37, addi(rd, rd, value - high)]


def lw(rd: int, base: int, offset: int = 0) -> int:
    return (offset & 0xFFF) << 20 | base << 15 | 2 << 12 | rd << 7 | 0x03


def sw(rs: int, base: int, offset: int = 0) -> int:
    return (offset >> 5 & 0x7F) << 25 | rs << 20 | base << 15 | 2 << 12 | (offset & 31) << 7 | 0x23


def beqz(rs: int, words: int) -> int:
    at = 4 * words
    return (at >> 12 & 1) << 31 | (at >> 5 & 63) << 25 | rs << 15 | (at >> 1 & 15) << 8 | (at >> 11 & 1) << 7 | 0x63


def jump(words: int) -> int:
    at = 4 * words
    return (at >> 20 & 1) << 31 | (at >> 1 & 0x3FF) << 21 | (at >> 11 & 1) << 20 | (at >> 12 & 0xFF) << 12 | 0x6F


def csrw(csr: int, rs: int) -> int:
    return csr << 20 | rs << 15 | 1 << 12 | 0x73


def code(words: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


@pytest.fixture
def bench() -> Bench:
    bench = Bench(core="rv32imc")
    bench.at_160_mhz()
    bench.machine.poke(DATA, bytes(256))
    return bench


def run_from(bench: Bench, address: int) -> None:
    bench.machine.core_set(32, address)


def counted(bench: Bench) -> int:
    return int.from_bytes(bench.machine.peek(DATA, 4), "little")


def install_counter(bench: Bench, line: int, acknowledge: tuple[int, int]) -> None:
    """Vectors, and a handler of `line` that adds one to the word at DATA and writes what acknowledges the interrupt; the program sleeps."""
    register, value = acknowledge
    handler = [
        *li(T0, DATA),
        lw(T1, T0),
        addi(T1, T1, 1),
        sw(T1, T0),
        *li(T0, register),
        *li(T1, value),
        sw(T1, T0),
        MRET,
    ]
    vectors = [HERE] * 32
    vectors[line] = jump(64 - line)
    program = [*li(T0, CODE), csrw(MTVEC, T0), *li(T0, 8), csrw(MSTATUS, T0), WFI, jump(-1)]
    bench.machine.poke(CODE, code(vectors))
    bench.machine.poke(CODE + 4 * 64, code(handler))
    bench.machine.poke(CODE + 4 * 128, code(program))
    run_from(bench, CODE + 4 * 128)


def test_a_periodic_timer_wakes_the_core_each_time(bench: Bench) -> None:
    install_counter(bench, 9, (SYSTIMER + 0x6C, 1))
    bench.line(37, 9)
    bench[SYSTIMER + 0x34] = 1 << 30 | 16 * 100
    bench[SYSTIMER + 0x50] = 1
    bench[SYSTIMER] |= 1 << 24
    bench[SYSTIMER + 0x64] = 1
    bench.us(1050)
    assert counted(bench) == 10
    assert bench.machine.instructions() < 300, "it sleeps in between"


def test_an_edge_interrupts_once_and_a_level_for_as_long_as_it_is_there(bench: Bench) -> None:
    install_counter(bench, 3, (0x600C210C, 1 << 3))
    bench.line(50, 3, edge=True)
    bench[SYSTEM + 0x28] = 1
    bench.us(10)
    assert counted(bench) == 1
    bench.line(50, 3)
    bench.us(10)
    assert counted(bench) > 50


def test_a_line_below_the_threshold_waits(bench: Bench) -> None:
    install_counter(bench, 3, (SYSTEM + 0x28, 0))
    bench.line(50, 3, priority=2)
    bench[0x600C2194] = 3
    bench[SYSTEM + 0x28] = 1
    bench.us(10)
    assert counted(bench) == 0
    bench[0x600C2194] = 2
    bench.us(10)
    assert counted(bench) == 1


def test_an_echo_by_polling_costs_the_bytes_not_the_waiting(bench: Bench) -> None:
    bench.baud()
    loop = [
        *li(S0, UART0),
        lw(T0, S0, 0x1C),  # 2: STATUS
        andi(T0, T0, 0x3FF),
        beqz(T0, -2),
        lw(T1, S0, 0),
        sw(T1, S0, 0),
        jump(-5),
    ]
    bench.machine.poke(CODE, code(loop))
    run_from(bench, CODE)
    bench.machine.serial_write(0, b"hello")
    bench.ms(50)
    assert bench.sent() == b"hello"


def returning(value: int) -> bytes:
    """Stores a value to DATA for ever."""
    return code([*li(T0, DATA), *li(T1, value), sw(T1, T0), jump(-3)])


def test_code_in_the_window_is_what_the_flash_holds_now(bench: Bench) -> None:
    for page, value in ((0, 1), (1, 2)):
        bench.machine.memory_write("flash", 0x10000 * page, returning(value))
    bench[EXTMEM + 4], bench[EXTMEM], bench[MMU_TABLE] = 0, 1, 0
    run_from(bench, IROM)
    bench.us(1)
    assert counted(bench) == 1
    bench[MMU_TABLE] = 1
    bench.us(1)
    assert counted(bench) == 2, "another page is mapped"
    bench.machine.memory_write("flash", 0x10000, returning(3))
    bench.us(1)
    assert counted(bench) == 3, "the page was written"
    fork = bench.machine.fork()
    bench.machine.memory_write("flash", 0x10000, returning(4))
    for machine, value in ((fork, 3), (bench.machine, 4)):
        machine.poke(DATA, bytes(4))
        machine.run(1000)
        assert int.from_bytes(machine.peek(DATA, 4), "little") == value


def test_code_runs_again_in_a_page_that_was_unmapped_under_it(bench: Bench) -> None:
    bench.machine.memory_write("flash", 0, returning(1))
    bench[EXTMEM + 4], bench[EXTMEM], bench[MMU_TABLE] = 0, 1, 0
    run_from(bench, IROM)
    bench.us(1)
    bench[MMU_TABLE] = 0x100
    bench.us(1)
    bench.machine.poke(DATA, bytes(4))
    bench.us(1)
    assert counted(bench) == 0
    bench[MMU_TABLE] = 0
    run_from(bench, IROM)
    bench.us(1)
    assert counted(bench) == 1


def test_a_snapshot_takes_back_code_that_was_changed_through_the_other_bus(bench: Bench) -> None:
    """The instruction bus has its own addresses for the RAM: what is written on the data bus is stale code there."""
    bench.machine.poke(CODE, returning(1))
    run_from(bench, CODE)
    bench.us(1)
    snapshot = bench.machine.snapshot()
    data_bus = CODE - IRAM + RAM
    bench.machine.poke(data_bus, returning(2))
    bench.us(1)
    assert counted(bench) == 2
    bench.machine.restore(snapshot)
    bench.us(1)
    assert counted(bench) == 1


def test_the_run_is_the_same_however_it_is_cut(bench: Bench) -> None:
    install_counter(bench, 9, (SYSTIMER + 0x6C, 1))
    bench.line(37, 9)
    bench[SYSTIMER + 0x34] = 1 << 30 | 16 * 7
    bench[SYSTIMER + 0x50] = 1
    bench[SYSTIMER] |= 1 << 24
    bench[SYSTIMER + 0x64] = 1
    whole, pieces = bench.machine.fork(), bench.machine.fork()
    whole.run(100_000)
    for _ in range(1000):
        pieces.run(100)
    assert whole.state_hash() == pieces.state_hash()
