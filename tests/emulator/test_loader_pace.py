# SPDX-License-Identifier: Apache-2.0
"""How time passes while a chip's serial loader has it, over a fake machine."""

from __future__ import annotations

import pytest

from tests.emulator.fakes import FakeMachine
from vmrig_server.emulator import loader_pace
from vmrig_server.emulator.board import Board, Pace
from vmrig_server.emulator.scheduler import NEVER

HZ = 1_000_000
MS = HZ // 1000


class Clock:
    """Stands for time.monotonic()."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("vmrig_server.emulator.board.time.monotonic", lambda: self.now)


class ByHand:
    """A scheduler whose slices the test runs."""

    def add(self, runnable: object) -> ByHand:
        return self

    def wake(self, due: float = 0.0) -> None: ...

    def remove(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def machine() -> FakeMachine:
    it = FakeMachine()
    it.download = True
    return it


@pytest.fixture(params=list(Pace))
def board(machine: FakeMachine, clock: Clock, request: pytest.FixtureRequest) -> Board:
    it = Board(machine, HZ, ByHand(), request.param)  # type: ignore[arg-type]
    it.attach_serial(0, lambda data: None)
    it.power(True)
    settle(it)
    return it


def settle(board: Board) -> float:
    """Slices until the board rests; when it wants to go on. The wall's clock stands still."""
    for _ in range(1000):
        due = board.run_slice()
        if due > 0.0:
            return due
    raise AssertionError("the board does not rest")


def test_work_that_is_known_to_go_on_takes_no_time_on_the_wall(board: Board, machine: FakeMachine) -> None:
    machine.active_until = machine.now() + 10 * HZ  # an erase
    settle(board)
    assert 10 * HZ <= machine.now() <= 10.01 * HZ + 10 * MS


def test_a_loader_without_work_rests_until_bytes_come(board: Board, machine: FakeMachine) -> None:
    assert settle(board) == NEVER
    before = machine.now()
    board.run_slice()
    assert machine.now() == before
    board.serial_input(0, b"request")
    settle(board)
    assert before < machine.now() < before + 5 * MS


def test_a_watchdog_bites_when_it_should_and_not_because_bytes_came(
    board: Board, machine: FakeMachine, clock: Clock
) -> None:
    machine.event = machine.now() + HZ
    board.serial_input(0, b"half a request")
    assert settle(board) == pytest.approx(clock.now + 1.0, abs=0.01)
    assert machine.event is not None
    clock.now += 1.01
    settle(board)
    assert machine.event is None


def test_a_running_program_that_owes_an_answer_computes_free_of_the_wall(board: Board, machine: FakeMachine) -> None:
    machine.busy_cycles = HZ  # a second of virtual time
    board.serial_input(0, b"MD5 of it all")
    settle(board)
    assert machine.busy_cycles == 0


def test_a_running_program_that_never_answers_is_held_to_a_small_part_of_the_processor(
    board: Board, machine: FakeMachine, clock: Clock
) -> None:
    machine.busy_cycles = 10**12
    board.serial_input(0, b"noise")
    while board.run_slice() == 0.0:
        pass
    before = machine.now()
    assert before == pytest.approx(loader_pace.ANSWER_S * HZ, rel=0.2)
    run = machine.run

    def run_for_a_while(cycles: int) -> tuple[str, int]:
        clock.now += 0.001
        return run(cycles)

    machine.run = run_for_a_while  # type: ignore[method-assign]
    assert board.run_slice() == pytest.approx(clock.now + 0.001 * loader_pace.REST_SILENT)
    assert machine.now() > before  # it is not frozen


def test_a_program_that_has_just_answered_keeps_to_the_wall(board: Board, machine: FakeMachine, clock: Clock) -> None:
    machine.busy_cycles = 10**12
    board.serial_input(0, b"request")
    board.run_slice()
    machine.to_chip.clear()
    machine.from_chip += b"answer"
    settle(board)
    before = machine.now()
    for _ in range(10):
        clock.now += 0.001
        settle(board)
    assert machine.now() - before == pytest.approx(10 * MS, abs=3 * MS)


def test_leaving_the_loader_gives_the_board_its_own_pace_back(machine: FakeMachine, clock: Clock) -> None:
    board = Board(machine, HZ, ByHand())  # type: ignore[arg-type]
    board.power(True)
    machine.active_until = 5 * HZ
    settle(board)
    machine.download = False
    machine.busy_cycles = 10**12
    before = machine.now()
    for _ in range(20):
        clock.now += 0.001
        board.run_slice()
    assert machine.now() - before <= 21 * MS


def test_a_program_that_prints_for_ever_keeps_to_the_wall_until_somebody_asks_something(
    board: Board, machine: FakeMachine
) -> None:
    machine.busy_cycles = 1000 * HZ

    def slice_with_print() -> None:
        machine.active_until = machine.now()
        machine.from_chip += bytes(1024)
        board.run_slice()

    for _ in range(loader_pace.UNASKED // 1024 + 1):
        slice_with_print()
    before = machine.now()
    assert before > 0
    for _ in range(100):
        slice_with_print()
    stood = machine.now()
    assert stood == before  # as the wall's clock does
    board.serial_input(0, b"?")
    slice_with_print()
    assert machine.now() > stood
