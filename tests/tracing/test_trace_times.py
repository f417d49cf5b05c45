# SPDX-License-Identifier: Apache-2.0
"""The times of a trace are right on a chip whose firmware changes its clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from vmrig_native import _emu

from tests.emulator.thumb import branch, code, poke, vectors
from vmrig_client.tracing import Record, records_of
from vmrig_server.boards_data import load_chip
from vmrig_server.emulator.board import Board, Pace
from vmrig_server.emulator.machine import build_machine
from vmrig_server.emulator.registers import RegisterNames
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.tracing import BoardTrace, trace_board

FLASH, START = 0x08000000, 0x400
RCC_CR, RCC_PLLCFGR, RCC_CFGR = 0x40023800, 0x40023804, 0x40023808
RESET_HZ, PLL_HZ = 16_000_000, 168_000_000
LASTS_NS = 600_000


class Host:
    """What a worker does with these calls, in this process."""

    def __init__(self, trace: BoardTrace) -> None:
        self._calls = {"start": trace.start, "read": trace.read, "counts": trace.counts, "stop": trace.stop}

    async def call(self, method: str, **params: Any) -> Any:
        del params["serial"]
        return self._calls[method.removeprefix("trace_")](**params)


@pytest.fixture
def board() -> Iterator[Board]:
    """An STM32F4 that goes from 16 to 168 MHz (RM0090, RCC) and loops."""
    machine = build_machine("nucleo_f429zi", storage=None, identity={}).machine
    start = [poke(RCC_PLLCFGR, 8 | 168 << 6 | 4 << 24), poke(RCC_CR, 0x83 | 1 << 24), poke(RCC_CFGR, 2), branch(0)]
    machine.poke(FLASH, vectors(FLASH + START))
    machine.poke(FLASH + START, code(*start))
    scheduler = Scheduler(1)
    board = Board(machine, RESET_HZ, scheduler, Pace.FAST)
    yield board
    board.close()
    scheduler.close()


async def trace(board: Board, from_reset: bool) -> tuple[list[Record], list[int]]:
    host = Host(BoardTrace(board, RegisterNames(load_chip("stm32f429zi")), "cortex-m4"))
    records: list[Record] = []
    until: list[int] = []
    async for piece in trace_board(host, "", ["instructions"], from_reset, LASTS_NS, 0):
        records += records_of(piece.records)
        until.append(piece.time_ns)
    return records, until


async def test_each_record_has_the_time_of_its_cycle_before_and_after_the_clock_changed(board: Board) -> None:
    board.power(True)
    records, _ = await trace(board, from_reset=True)
    machine = board.machine
    assert [record.time_ns for record in records] == [machine.nanoseconds(record.cycle) for record in records]
    assert records[8].time_ns == records[8].cycle * 10**9 // RESET_HZ
    lasted = records[-1].time_ns - records[-PLL_HZ // 10_000 - 1].time_ns
    assert lasted == pytest.approx(100_000, abs=2)


async def test_a_trace_of_so_much_time_ends_then_at_any_clock(board: Board) -> None:
    board.power(True)
    records, until = await trace(board, from_reset=True)
    assert until == sorted(until)
    assert LASTS_NS - 10 < records[-1].time_ns < LASTS_NS <= until[-1]
    begun = board.machine.nanoseconds(board.machine.now())
    records, until = await trace(board, from_reset=False)
    assert records[0].time_ns >= begun
    assert len(records) == pytest.approx(LASTS_NS * PLL_HZ // 10**9, abs=2)


async def test_a_trace_without_an_end_tells_its_counts_again_and_again(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vmrig_server.emulator.tracing.COUNTS_S", 0.0)
    host = Host(BoardTrace(board, RegisterNames(load_chip("stm32f429zi")), "cortex-m4"))
    board.power(True)
    loop = FLASH + START + 54
    seen = []
    async for piece in trace_board(host, "", ["counts"], True, 0, 0):
        seen.append(dict(piece.counts).get(loop, 0))
        if len(seen) >= 20 and seen[-1] > seen[0]:
            break
        assert len(seen) < 10_000
    assert seen == sorted(seen)


@pytest.mark.parametrize("flags", [_emu.TRACE_INSTRUCTIONS, _emu.TRACE_COUNTS])
def test_an_event_that_a_traced_instruction_schedules_comes_in_time(board: Board, flags: int) -> None:
    hashes = []
    for traced in (False, True):
        machine = board.machine.fork()
        if traced:
            machine.trace_start(flags)
        machine.power(True)
        machine.run(10_000)
        hashes.append((machine.clock_hz(), machine.now(), machine.nanoseconds(machine.now()), machine.state_hash()))
    assert hashes[0] == hashes[1]
    assert hashes[0][0] == PLL_HZ


def test_a_record_is_as_long_as_the_contract_says() -> None:
    machine = build_machine("microbit_v2", storage=None, identity={}).machine
    machine.poke(0, vectors(0x100))
    machine.poke(0x100, code(branch(0)))
    machine.trace_start(_emu.TRACE_INSTRUCTIONS)
    machine.power(True)
    machine.run(10)
    assert len(machine.trace_read()) == 10 * 32
