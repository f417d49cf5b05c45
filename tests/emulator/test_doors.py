# SPDX-License-Identifier: Apache-2.0
"""The doors of a board, and the pace of its time, over a fake machine."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.fakes import DHCSR, RAM_BASE, FakeMachine
from vmrig_server import sockets
from vmrig_server.emulator.board import Board, Pace, PoweredOffError
from vmrig_server.emulator.doors.probe import POLL, ProbeDoor
from vmrig_server.emulator.doors.probe_protocol import (
    VERSION,
    Batch,
    FrameReader,
    Kind,
    ProtocolError,
    Status,
    pack_frame,
    parse_answer,
)
from vmrig_server.emulator.doors.serial import BACKLOG, SerialDoor, SerialLoop
from vmrig_server.emulator.scheduler import NEVER, Scheduler

HZ = 1_000_000
DEADLINE_S = 5.0


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    it = Scheduler(2)
    yield it
    it.close()


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def board(scheduler: Scheduler, machine: FakeMachine) -> Iterator[Board]:
    it = Board(machine, HZ, scheduler)
    yield it
    it.close()


# --- batches ----------------------------------------------------------------------------------------------------------


def test_adjacent_writes_of_one_width_become_one_operation_with_the_same_accesses() -> None:
    batch = Batch()
    for offset in range(0, 16, 4):
        batch.mem_write(4, RAM_BASE + offset, bytes([offset] * 4))
    machine = FakeMachine()
    answer = parse_answer(machine.batch(bytes(batch.data)))
    assert batch.operations == 1
    assert answer.status is Status.OK
    assert machine.accesses == [("w", RAM_BASE + offset, 4) for offset in range(0, 16, 4)]
    assert machine.ram[:16] == bytes([0] * 4 + [4] * 4 + [8] * 4 + [12] * 4)


def test_a_read_between_two_writes_keeps_them_apart() -> None:
    batch = Batch()
    batch.mem_write(4, RAM_BASE, b"aaaa")
    batch.mem_read(4, RAM_BASE + 4, 4)
    batch.mem_write(4, RAM_BASE + 4, b"bbbb")
    machine = FakeMachine()
    answer = parse_answer(machine.batch(bytes(batch.data)))
    assert batch.operations == 3
    assert bytes(answer.results) == bytes(4)


writes = st.tuples(st.sampled_from([1, 2, 4]), st.integers(0, 40), st.binary(min_size=1, max_size=5))


@given(st.lists(writes, max_size=30))
def test_combined_writes_leave_the_memory_that_single_ones_would(operations: list[tuple[int, int, bytes]]) -> None:
    batch, expected, accesses = Batch(), bytearray(0x10000), []
    for width, slot, data in operations:
        address, data = RAM_BASE + slot * width, data * width
        batch.mem_write(width, address, data)
        expected[slot * width : slot * width + len(data)] = data
        accesses += [("w", at, width) for at in range(address, address + len(data), width)]
    machine = FakeMachine()
    assert parse_answer(machine.batch(bytes(batch.data))).status is Status.OK
    assert machine.ram == expected
    assert machine.accesses == accesses


@given(st.integers(0, 70), st.binary(max_size=70))
def test_bytes_of_any_alignment_are_written_and_read_back(offset: int, data: bytes) -> None:
    batch = Batch()
    batch.bytes_write(RAM_BASE + offset, data)
    at = batch.bytes_read(RAM_BASE + offset, len(data))
    answer = parse_answer(FakeMachine().batch(bytes(batch.data)))
    assert answer.status is Status.OK
    assert bytes(answer.results[at:]) == data


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=8), st.integers(1, 50))
def test_frames_survive_any_cutting_of_the_stream(frames: list[tuple[int, bytes]], cut: int) -> None:
    a, b = socket.socketpair()
    with a, b:
        stream = b"".join(pack_frame(kind, body) for kind, body in frames)
        reader = FrameReader(b)
        got, sent = [], 0
        while sent < len(stream):
            a.sendall(stream[sent : sent + cut])
            sent += cut
        a.shutdown(socket.SHUT_WR)
        while (frame := reader.read()) is not None:
            got.append(frame)
        assert got == frames


@pytest.mark.parametrize("length", [0, 1 << 31])
def test_a_frame_of_impossible_length_is_refused(length: int) -> None:
    a, b = socket.socketpair()
    with a, b:
        a.sendall(struct.pack("<I", length))
        with pytest.raises(ProtocolError):
            FrameReader(b).read()


# --- probe door -------------------------------------------------------------------------------------------------------


@pytest.fixture
def probe(board: Board, tmp_path: Path) -> Iterator[ProbeDoor]:
    board.power(True)
    door = ProbeDoor(board, tmp_path / ("long-" * 30) / "probe.sock")
    yield door
    door.close()


def _ask(sock: socket.socket, kind: int, body: bytes = b"") -> tuple[int, bytes]:
    sock.sendall(pack_frame(kind, body))
    answer = FrameReader(sock).read()
    assert answer is not None
    return answer


def test_the_probe_door_runs_batches_for_many_connections(probe: ProbeDoor) -> None:
    batch = Batch()
    batch.dp_read(0)
    with sockets.connect(probe.path) as one, sockets.connect(probe.path) as two:
        for sock in (one, two):
            assert _ask(sock, Kind.HELLO, struct.pack("<I", VERSION)) == (Status.OK, struct.pack("<I", VERSION))
            status, body = _ask(sock, Kind.BATCH, bytes(batch.data))
            assert (status, body[-4:]) == (Status.OK, (0x2BA01477).to_bytes(4, "little"))


def test_the_first_failing_operation_ends_the_batch_and_names_its_address(
    probe: ProbeDoor, machine: FakeMachine
) -> None:
    batch = Batch()
    batch.mem_write(4, RAM_BASE, b"good")
    batch.mem_read(4, 0x40000000, 8)
    batch.mem_write(4, RAM_BASE + 4, b"late")
    with sockets.connect(probe.path) as sock:
        status, body = _ask(sock, Kind.BATCH, bytes(batch.data))
    answer = parse_answer(bytes((status,)) + body)
    assert (answer.status, answer.done, answer.fault_address) == (Status.FAULT, 1, 0x40000000)
    assert machine.ram[:8] == b"good\0\0\0\0"


def test_without_power_nothing_answers_on_the_wire(probe: ProbeDoor, board: Board) -> None:
    board.power(False)
    batch = Batch()
    batch.dp_read(0)
    with sockets.connect(probe.path) as sock:
        assert _ask(sock, Kind.BATCH, bytes(batch.data))[0] == Status.NO_POWER
        assert _ask(sock, Kind.CONNECT, b"\1")[0] == Status.NO_POWER


@pytest.mark.parametrize(
    ("kind", "body"), [(99, b""), (Kind.CONNECT, b"\2"), (Kind.CONNECT, b""), (Kind.RESET_PIN, b"")]
)
def test_requests_that_make_no_sense_are_refused_and_the_connection_goes_on(
    probe: ProbeDoor, kind: int, body: bytes
) -> None:
    with sockets.connect(probe.path) as sock:
        status, text = _ask(sock, kind, body)
        assert status == Status.MALFORMED and text
        assert _ask(sock, Kind.IS_RESET) == (Status.OK, b"\0")


def test_the_reset_pin_is_the_boards_and_every_connection_sees_it(probe: ProbeDoor, machine: FakeMachine) -> None:
    with sockets.connect(probe.path) as one, sockets.connect(probe.path) as two:
        assert _ask(one, Kind.RESET_PIN, b"\1")[0] == Status.OK
        assert machine.reset
        assert _ask(two, Kind.IS_RESET) == (Status.OK, b"\1")
        assert _ask(two, Kind.RESET)[0] == Status.OK
        assert not machine.reset


def test_closing_the_door_ends_open_connections(probe: ProbeDoor) -> None:
    with sockets.connect(probe.path) as sock:
        assert _ask(sock, Kind.IS_RESET)[0] == Status.OK
        probe.close()
        assert FrameReader(sock).read() is None
    with pytest.raises(OSError, match="No such file"):
        sockets.connect(probe.path)


# --- pace -------------------------------------------------------------------------------------------------------------


class _Clock:
    """Stands for time.monotonic() of the board module."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("vmrig_server.emulator.board.time.monotonic", lambda: self.now)


class _ByHand:
    """A scheduler whose slices the test runs."""

    def __init__(self) -> None:
        self.wakes: list[float] = []

    def add(self, runnable: object) -> _ByHand:
        return self

    def wake(self, due: float = 0.0) -> None:
        self.wakes.append(due)

    def remove(self) -> None: ...


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    return _Clock(monkeypatch)


@pytest.fixture
def by_hand(machine: FakeMachine, clock: _Clock) -> Board:
    it = Board(machine, HZ, _ByHand())  # type: ignore[arg-type]
    it.power(True)
    return it


def test_a_busy_core_never_runs_ahead_of_the_wall(by_hand: Board, machine: FakeMachine, clock: _Clock) -> None:
    machine.busy_cycles = 10**12
    for _ in range(50):
        clock.now += 0.0013
        by_hand.run_slice()
        by_hand.run_slice()
        assert machine.now() <= (clock.now - 100.0) * HZ
    assert machine.now() == pytest.approx(50 * 0.0013 * HZ, abs=0.002 * HZ)


def test_a_sleeping_board_is_not_run_until_its_next_event(by_hand: Board, machine: FakeMachine, clock: _Clock) -> None:
    machine.event = 2 * HZ
    assert by_hand.run_slice() == pytest.approx(102.0)
    machine.event = None
    assert by_hand.run_slice() == NEVER


def test_an_input_to_a_sleeping_board_comes_at_the_walls_time(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    by_hand.run_slice()
    clock.now += 7.0
    with by_hand.access() as it:
        it.pin_drive(3, 1)
    assert machine.edges == [(7 * HZ, 3, 1)]


def test_fast_skips_to_the_next_event_and_rests_without_one(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    by_hand.set_pace(Pace.FAST)
    machine.event = 3_600 * HZ
    assert by_hand.run_slice() == 0.0
    assert machine.now() == 3_600 * HZ
    assert by_hand.run_slice() == NEVER


def test_under_a_debugger_a_running_core_is_not_held_back_and_a_halted_one_keeps_wall_time(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    machine.busy_cycles, machine.debug = 10**12, 1
    with by_hand.debugger():
        assert by_hand.run_slice() == 0.0
    ahead = machine.now()
    assert ahead > 0  # the clock on the wall stood still
    machine.debug = 3
    by_hand.run_slice()
    assert machine.now() == ahead
    clock.now += 0.5
    by_hand.run_slice()
    assert machine.now() == pytest.approx(ahead + 0.5 * HZ, abs=0.001 * HZ)


def test_a_debugger_that_died_leaves_the_core_to_the_walls_clock(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    machine.busy_cycles, machine.debug = 10**12, 1
    with by_hand.debugger():
        pass
    by_hand.run_slice()
    assert machine.now() == 0


def test_time_goes_on_at_once_when_the_debugger_that_let_it_run_ahead_leaves(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    machine.busy_cycles, machine.debug = 10**12, 1
    by_hand.debug_batch(POLL, polls_core=False)
    for _ in range(20):
        machine.run(HZ)
    machine.debug = 0
    by_hand.run_slice()
    ahead = machine.now()
    clock.now += 0.01
    by_hand.run_slice()
    assert machine.now() == pytest.approx(ahead + 0.01 * HZ, abs=0.002 * HZ)


def test_a_host_that_stalled_gives_up_what_a_busy_core_cannot_catch_up(
    by_hand: Board, machine: FakeMachine, clock: _Clock
) -> None:
    machine.busy_cycles = 10**12
    clock.now += 60.0
    while by_hand.run_slice() == 0.0:
        pass
    assert machine.now() < HZ


def test_power_off_stops_time_and_debug_access(by_hand: Board, machine: FakeMachine, clock: _Clock) -> None:
    by_hand.power(False)
    clock.now += 1.0
    assert by_hand.run_slice() == NEVER
    with pytest.raises(PoweredOffError):
        by_hand.debug_batch(POLL, polls_core=True)


def test_a_poll_for_halt_lets_a_short_algorithm_end_first(by_hand: Board, machine: FakeMachine) -> None:
    machine.debug = 1
    machine.busy_cycles = 1_000_000
    by_hand.debug_batch(POLL, polls_core=True)
    assert machine.core_idle()


# --- scheduler --------------------------------------------------------------------------------------------------------


class _Job:
    def __init__(self, returns: list[float]) -> None:
        self.returns = returns
        self.ran = threading.Semaphore(0)
        self.overlaps = 0
        self._busy = False

    def run_slice(self) -> float:
        self.overlaps += self._busy
        self._busy = True
        due = self.returns.pop(0) if self.returns else NEVER
        self._busy = False
        self.ran.release()
        return due


def test_a_woken_runnable_runs_once_per_due_time(scheduler: Scheduler) -> None:
    job = _Job([0.0, 0.0, NEVER])
    handle = scheduler.add(job)
    handle.wake()
    for _ in range(3):
        assert job.ran.acquire(timeout=DEADLINE_S)
    handle.wake()
    assert job.ran.acquire(timeout=DEADLINE_S)
    handle.remove()
    handle.wake()
    assert not job.ran.acquire(timeout=0.05)
    assert job.overlaps == 0


def test_an_earlier_wake_overtakes_a_later_one(scheduler: Scheduler) -> None:
    job = _Job([])
    handle = scheduler.add(job)
    handle.wake(time.monotonic() + 3600)
    handle.wake(time.monotonic() + 0.01)
    assert job.ran.acquire(timeout=DEADLINE_S)


# --- serial door ------------------------------------------------------------------------------------------------------


@pytest.fixture
def serial_loop() -> Iterator[SerialLoop]:
    it = SerialLoop()
    yield it
    it.close()


def _read(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        assert select.select([fd], [], [], DEADLINE_S)[0], f"only {data!r}"
        data += os.read(fd, count - len(data))
    return data


def test_bytes_pass_both_ways_unchanged(serial_loop: SerialLoop, tmp_path: Path) -> None:
    everything = bytes(range(256)) * 2
    got, came = bytearray(), threading.Event()

    def to_chip(data: bytes) -> int:
        got.extend(data)
        if len(got) == len(everything):
            came.set()
        return len(data)

    door = SerialDoor(serial_loop, tmp_path / "tty" / "serial", to_chip)
    fd = os.open(tmp_path / "tty" / "serial", os.O_RDWR | os.O_NOCTTY)
    try:
        door.output(everything)
        assert _read(fd, len(everything)) == everything
        os.write(fd, everything)
        assert came.wait(DEADLINE_S)
        assert bytes(got) == everything
    finally:
        os.close(fd)
        door.close()
    assert not (tmp_path / "tty" / "serial").is_symlink()


def test_a_full_chip_queue_loses_nothing(serial_loop: SerialLoop, tmp_path: Path) -> None:
    got, done = bytearray(), threading.Event()

    def slow(data: bytes) -> int:
        taken = data[: len(got) % 3]  # 0, 1 or 2 at a time
        got.extend(taken or b"")
        if not taken:
            got.extend(data[:1])
            taken = data[:1]
        if len(got) >= 600:
            done.set()
        return len(taken)

    door = SerialDoor(serial_loop, tmp_path / "port", slow)
    fd = os.open(door.device, os.O_RDWR | os.O_NOCTTY)
    sent = os.urandom(600)
    os.write(fd, sent)
    assert done.wait(DEADLINE_S)
    assert bytes(got) == sent
    os.close(fd)
    door.close()


def test_while_nobody_reads_the_oldest_output_is_dropped(serial_loop: SerialLoop, tmp_path: Path) -> None:
    door = SerialDoor(serial_loop, tmp_path / "port", len)
    lines = [b"%07d\n" % number for number in range(40_000)]
    for start in range(0, len(lines), 100):
        door.output(b"".join(lines[start : start + 100]))
    fd = os.open(door.device, os.O_RDWR | os.O_NOCTTY)
    data = b""
    while not data.endswith(lines[-1]):
        data += _read(fd, 1)
        data += os.read(fd, 65536)
    os.close(fd)
    door.close()
    assert len(data) < len(lines) * 8
    assert b"".join(lines[-BACKLOG // 8 + 1 :]) in data


def test_the_name_of_a_port_follows_the_newest_door(serial_loop: SerialLoop, tmp_path: Path) -> None:
    old = SerialDoor(serial_loop, tmp_path / "port", len)
    new = SerialDoor(serial_loop, tmp_path / "port", len)
    old.close()
    assert str((tmp_path / "port").readlink()) == new.device
    new.close()


def test_dhcsr_is_what_the_poll_prefix_reads() -> None:
    assert DHCSR.to_bytes(4, "little") in POLL
