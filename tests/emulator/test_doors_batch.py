# SPDX-License-Identifier: Apache-2.0
"""The batch executor in C against the one in Python that the fake machine has."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from vmrig_native import _emu

from tests.emulator.fakes import RAM_BASE, RAM_SIZE, FakeMachine
from vmrig_server.emulator.doors.probe_protocol import Batch, Status, parse_answer

BELOW = RAM_BASE - 0x1000


def real() -> _emu.Machine:
    machine = _emu.Machine(unmapped_reads_zero=False)
    machine.add_memory("ram", "ram", RAM_BASE, RAM_SIZE)
    machine.power(True)
    machine.poke(RAM_BASE, bytes(RAM_SIZE))
    machine.batch(_power_up())
    return machine


def _power_up() -> bytes:
    batch = Batch()
    batch.dp_write(4, 0x50000F00)
    return bytes(batch.data)


widths = st.sampled_from([1, 2, 4])
slots = st.integers(0, 300)
bases = st.sampled_from([RAM_BASE, RAM_BASE, RAM_BASE, RAM_BASE + RAM_SIZE - 600, BELOW])
reads = st.tuples(st.just("r"), widths, bases, slots, st.integers(0, 150))
writes = st.tuples(st.just("w"), widths, bases, slots, st.binary(max_size=30))


def _batch(operations: list[tuple[str, int, int, int, int | bytes]]) -> bytes:
    batch = Batch()
    for _, width, base, slot, what in operations:
        address = base + slot * width
        if isinstance(what, bytes):
            batch.mem_write(width, address, what * width)
        else:
            batch.mem_read(width, address, what * width)
    return bytes(batch.data)


@given(st.lists(st.one_of(reads, writes), max_size=12))
def test_memory_operations_answer_as_the_model_does(operations: list[tuple[str, int, int, int, int | bytes]]) -> None:
    request = _batch(operations)
    machine, model = real(), FakeMachine()
    got, expected = parse_answer(machine.batch(request)), parse_answer(model.batch(request))
    assert (got.status, got.done, got.fault_address) == (expected.status, expected.done, expected.fault_address)
    assert got.results == expected.results
    assert machine.peek(RAM_BASE, RAM_SIZE) == bytes(model.ram)


@given(st.binary(max_size=200))
def test_no_request_breaks_the_executor(request: bytes) -> None:
    answer = parse_answer(real().batch(request))
    assert answer.status in (Status.OK, Status.FAULT, Status.WAIT, Status.MALFORMED)


@given(st.binary(min_size=1, max_size=20), st.integers(1, 9))
def test_a_request_that_is_cut_off_executes_nothing(data: bytes, cut: int) -> None:
    machine = real()
    batch = Batch()
    batch.mem_write(1, RAM_BASE, b"\xa5")
    batch.mem_write(4, RAM_BASE + 64, data * 4)
    answer = parse_answer(machine.batch(bytes(batch.data[:-cut])))
    assert (answer.status, answer.done) == (Status.MALFORMED, 0)
    assert machine.peek(RAM_BASE, 128) == bytes(128)


def test_results_beyond_the_limit_are_refused() -> None:
    read = struct.pack("<BBII", 7, 4, RAM_BASE, 16 << 20)
    assert parse_answer(real().batch(read * 2)).status is Status.MALFORMED


def test_a_memory_fault_leaves_no_sticky_error() -> None:
    machine = real()
    batch = Batch()
    batch.mem_read(4, BELOW, 4)
    assert parse_answer(machine.batch(bytes(batch.data))).status is Status.FAULT
    assert machine.dp_read(4) & 0x20 == 0  # CTRL/STAT.STICKYERR
    assert machine.mem_read(RAM_BASE, 4, 4) == bytes(4)


def test_a_block_of_register_accesses_moves_the_transfer_address() -> None:
    machine = real()
    batch = Batch()
    batch.ap_write(0x00, 0x23000052)  # CSW: words, single auto-increment
    batch.ap_write(0x04, RAM_BASE)  # TAR
    batch.ap_write_block(0x0C, struct.pack("<4I", 1, 2, 3, 4))  # DRW
    batch.ap_write(0x04, RAM_BASE + 4)
    at = batch.ap_read_block(0x0C, 3)
    answer = parse_answer(machine.batch(bytes(batch.data)))
    assert answer.status is Status.OK
    assert struct.unpack("<3I", answer.results[at:]) == (2, 3, 4)
