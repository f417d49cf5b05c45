# SPDX-License-Identifier: Apache-2.0
"""Firmware that runs away does not starve the boards beside it. Counted in slices and in processor time, so that a busy host changes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

import pytest
from vmrig_native import _emu

from tests.emulator.thumb import BX_LR, WFI, branch, code, poke, vectors
from vmrig_server.emulator.board import BLANK_S, SLICE_S, Board, Pace
from vmrig_server.emulator.machine import build_machine
from vmrig_server.emulator.scheduler import NEVER, Scheduler, _Entry

HZ = 64_000_000
DEADLINE_S = 60.0
RESET, HANDLER = 0x100, 0x200
SYST_CSR, SYST_RVR, SYST_CVR = 0xE000E010, 0xE000E014, 0xE000E018
NVIC_ISER, NVIC_ISPR, AIRCR = 0xE000E100, 0xE000E200, 0xE000ED0C
IRQ = 20


def machine_with(program: bytes, handler: bytes = b"", **irqs: int) -> _emu.Machine:
    machine = build_machine("microbit_v2", storage=None, identity={}).machine
    machine.poke(0, vectors(RESET, **irqs))
    machine.poke(RESET, program)
    if handler:
        machine.poke(HANDLER, handler)
    return machine


def endless_loop() -> _emu.Machine:
    return machine_with(code(branch(0)))


def interrupt_storm() -> _emu.Machine:
    """A handler that pends its own interrupt again."""
    again = poke(NVIC_ISPR, 1 << IRQ)
    return machine_with(code(poke(NVIC_ISER, 1 << IRQ), again, branch(0)), code(again, BX_LR), **{f"irq{IRQ}": HANDLER})


def endless_reset() -> _emu.Machine:
    return machine_with(code(poke(AIRCR, 0x05FA0004), branch(0)))


def sleeper() -> _emu.Machine:
    """SysTick every millisecond, asleep in between."""
    start = poke(SYST_RVR, HZ // 1000 - 1) + poke(SYST_CVR, 0) + poke(SYST_CSR, 7)
    machine = machine_with(code(start, WFI, branch(-1)), code(BX_LR))
    machine.poke(15 * 4, (HANDLER | 1).to_bytes(4, "little"))
    return machine


RUNAWAYS: Mapping[str, Callable[[], _emu.Machine]] = {
    "endless loop": endless_loop,
    "interrupt storm": interrupt_storm,
    "endless reset": endless_reset,
}


class Noting(Scheduler):
    """Notes what its threads take, when, and since when that was due: what the host makes of a thread that has taken something is not its doing."""

    def __init__(self, threads: int) -> None:
        self.taken: list[tuple[float, object, float]] = []
        super().__init__(threads)

    def _next(self) -> _Entry | None:
        entry = super()._next()
        if entry is not None:
            self.taken.append((time.monotonic(), entry.runnable, entry.due))
        return entry


@pytest.fixture
def scheduler() -> Iterator[Noting]:
    scheduler = Noting(2)
    yield scheduler
    scheduler.close()


class Watched(Board):
    """A board that notes when its slices began, what they took, and when each was due."""

    def __init__(self, machine: _emu.Machine, scheduler: Scheduler, pace: Pace) -> None:
        self.began: list[float] = []
        self.took: list[float] = []
        self.due: list[float] = [0.0]
        self.enough = threading.Event()
        self.wanted = 1 << 30
        super().__init__(machine, HZ, scheduler, pace)

    def run_slice(self) -> float:
        self.began.append(time.monotonic())
        before = time.thread_time()
        due = super().run_slice()
        self.took.append(time.thread_time() - before)
        self.due.append(due)
        if len(self.began) >= self.wanted:
            self.enough.set()
        return due


@pytest.mark.parametrize("pace", [Pace.REAL, Pace.FAST])
def test_runaway_firmware_lets_a_board_that_is_due_run_after_a_slice_of_each(scheduler: Noting, pace: Pace) -> None:
    runaways = [Watched(make(), scheduler, pace) for make in RUNAWAYS.values()]
    paced = Watched(sleeper(), scheduler, Pace.REAL)
    paced.wanted = 60
    boards = [*runaways, paced]
    try:
        for board in boards:
            board.power(True)
        assert paced.enough.wait(DEADLINE_S), f"{len(paced.began)} slices"
    finally:
        for board in boards:
            board.close()
    # Who had become due before it may go first; whoever has had a slice since it became due is due after it. On a busy host, too.
    for taken_at, board, due in scheduler.taken:
        if board is paced:
            before = [other for at, other, _ in scheduler.taken if due < at < taken_at]
            assert all(before.count(runaway) <= 1 for runaway in runaways), (due, taken_at, scheduler.taken)
    assert all(len(runaway.began) > 5 for runaway in runaways)


@pytest.mark.parametrize("firmware", RUNAWAYS)
def test_a_slice_of_any_firmware_is_short(scheduler: Scheduler, firmware: str) -> None:
    board = Watched(RUNAWAYS[firmware](), scheduler, Pace.FAST)
    board.wanted = 30
    try:
        board.power(True)
        assert board.enough.wait(DEADLINE_S)
    finally:
        board.close()
    assert sorted(board.took)[len(board.took) // 2] < 2 * SLICE_S


def test_who_is_always_due_takes_turns() -> None:
    scheduler = Scheduler(1)
    order: list[int] = []
    done = threading.Event()

    class Greedy:
        def __init__(self, number: int) -> None:
            self.number = number

        def run_slice(self) -> float:
            order.append(self.number)
            if len(order) >= 300:
                done.set()
                return NEVER
            return 0.0

    try:
        handles = [scheduler.add(Greedy(number)) for number in range(3)]
        for handle in handles:
            handle.wake()
        assert done.wait(DEADLINE_S)
    finally:
        scheduler.close()
    settled = order[20:290]
    assert [settled.count(number) for number in range(3)] == [90, 90, 90]


def test_a_blank_chip_is_hardly_ever_run_and_its_time_is_right_when_looked_at(scheduler: Scheduler) -> None:
    blank = Watched(build_machine("microbit_v2", storage=None, identity={}).machine, scheduler, Pace.REAL)
    blank.wanted = 5
    try:
        before = time.monotonic()
        blank.power(True)
        assert blank.enough.wait(DEADLINE_S)
        blank.settle()
        virtual_s = blank.machine.now() / HZ
        wall_s = time.monotonic() - before
    finally:
        blank.close()
    assert blank.began[4] - blank.began[3] >= BLANK_S
    assert blank.machine.instructions() == 0
    assert virtual_s <= wall_s
    assert virtual_s >= blank.began[4] - blank.began[0]


def test_a_chip_that_locks_up_again_and_again_but_executes_is_not_taken_for_a_blank_one(scheduler: Scheduler) -> None:
    """It counts its starts in RAM that a reset leaves alone, then faults; the fault's handler is nowhere."""
    counter = 0x20001000
    start = [0x4801, 0x6801, 0x3101, 0x6001, 0xDE00, 0xBF00, *(counter & 0xFFFF, counter >> 16)]
    machine = machine_with(code(start))
    machine.poke(3 * 4, (0xFFFFFFFF).to_bytes(4, "little"))
    board = Watched(machine, scheduler, Pace.REAL)
    board.wanted = 10
    try:
        board.power(True)
        assert board.enough.wait(DEADLINE_S)
    finally:
        board.close()
    gaps = [after - before for before, after in zip(board.due[1:], board.due[2:], strict=False)]
    assert sorted(gaps)[len(gaps) // 2] < BLANK_S / 2
