# SPDX-License-Identifier: Apache-2.0
"""CMSIS-DAP command packets on a real emulated board: what a probe's host sees."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap import PACKET_COUNT, PACKET_SIZE, CmsisDap, PacketStream
from vmrig_server.emulator.scheduler import Scheduler

from .host import (
    ABORT,
    AP,
    CSW,
    CTRL_STAT,
    DHCSR,
    DPIDR,
    DRW,
    FAULT,
    IDENTITY,
    LINE_RESET,
    MASK,
    MATCH,
    MISMATCH,
    NO_ACK,
    NOWHERE,
    OK,
    POWER_UP,
    RAM,
    RDBUFF,
    READ,
    SELECT,
    STAMP,
    STICKYERR,
    TAR,
    Host,
    make_board,
    transfer,
)

# --- the probe ----------------------------------------------------------------------------------------------------------


def test_info_tells_texts_with_their_zero_byte_and_numbers(board: Board) -> None:
    dap = CmsisDap(board, IDENTITY)
    assert dap.execute(b"\x00\x01") == b"\x00\x04Arm\0"
    assert dap.execute(b"\x00\x04") == b"\x00\x062.1.0\0"
    assert dap.execute(b"\x00\x06") == b"\x00\x09nrf52833\0"
    assert dap.execute(b"\x00\x07") == b"\x00\x00"
    assert dap.execute(b"\x00\xf0") == b"\x00\x02\x31\x01"
    assert dap.execute(b"\x00\xfe") == bytes((0, 1, PACKET_COUNT))
    assert dap.execute(b"\x00\xff") == struct.pack("<BBH", 0, 2, PACKET_SIZE)
    assert dap.execute(b"\x00\xf1") == struct.pack("<BBI", 0, 4, 64_000_000)


def test_there_is_swd_and_no_jtag(board: Board) -> None:
    dap = CmsisDap(board, IDENTITY)
    assert dap.execute(b"\x02\x00") == b"\x02\x01"
    assert dap.execute(b"\x02\x02") == b"\x02\x00"
    assert dap.execute(b"\x14\x01\x08\xff") == b"\x14\xff"
    assert dap.execute(b"\x15\x01\x04") == b"\x15\xff"
    assert dap.execute(b"\x16\x00") == b"\x16\xff"


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        (b"\x01\x00\x01", b"\x01\x00"),
        (b"\x01\x07\x01", b"\x01\xff"),
        (b"\x03", b"\x03\x00"),
        (b"\x09\x0a\x00", b"\x09\x00"),
        (b"\x11\x40\x42\x0f\x00", b"\x11\x00"),
        (b"\x11\x00\x00\x00\x00", b"\x11\xff"),
        (b"\x13\x00", b"\x13\x00"),
        (b"\x17\x01", b"\x17\xff"),
        (b"\x18\x00", b"\x18\x00"),
        (b"\x19\x00\xc2\x01\x00", b"\x19\x00\x00\x00\x00"),
        (b"\x1b", b"\x1b\x00\x00\x00\x00\x00"),
        (b"\x1c\x40\x00", b"\x1c\x00\x00\x00"),
        (b"\x1e\x07", b"\x1e" + bytes(13)),
        (b"\x80", b"\xff"),
        (b"\x1f\x00", b"\xff"),
        (b"\x07", b""),
        (b"", b""),
    ],
)
def test_commands_that_touch_no_target(board: Board, packet: bytes, answer: bytes) -> None:
    assert CmsisDap(board, IDENTITY).execute(packet) == answer


def test_the_reset_pin_is_driven_and_read_back(host: Host, board: Board) -> None:
    assert host.dap.execute(b"\x10\x00\x80" + bytes(4))[1] & 0x80 == 0
    assert board.reset_asserted
    assert host.dap.execute(b"\x10\x80\x80" + bytes(4))[1] & 0x80
    assert not board.reset_asserted
    assert host.dap.execute(b"\x0a") == b"\x0a\x00\x01"


def test_a_delay_is_virtual_time_and_nobody_waits_for_it() -> None:
    scheduler = Scheduler(1)
    scheduler.close()  # nobody else lets time pass
    board = make_board(scheduler)
    before = board.machine.nanoseconds(board.machine.now())
    assert CmsisDap(board, IDENTITY).execute(struct.pack("<BH", 0x09, 65_535)) == b"\x09\x00"
    assert board.machine.nanoseconds(board.machine.now()) - before >= 65_535_000
    board.reset_pin(True)
    assert CmsisDap(board, IDENTITY).execute(struct.pack("<BH", 0x09, 65_535)) == b"\x09\x00"


def test_several_commands_in_one_packet(host: Host) -> None:
    assert host.dap.execute(b"\x7f\x03\x00\x01\x01\x00\x01\x03") == b"\x7f\x03\x00\x04Arm\0\x01\x00\x03\x00"
    assert host.dap.execute(b"\x7f\x02\x80\x03") == b"\x7f\x01\xff"


def test_responses_of_several_commands_do_not_outgrow_a_packet(host: Host) -> None:
    command = struct.pack("<BBHB", 0x06, 0, 200, AP | DRW | READ)
    answer = host.dap.execute(b"\x7f\x02" + command * 2)
    assert answer[1] == 1
    assert len(answer) <= PACKET_SIZE


def test_queued_commands_wait_for_the_first_that_is_not_queued(board: Board) -> None:
    stream = PacketStream(CmsisDap(board, IDENTITY))
    assert stream.feed(b"\x7e\x01\x00\x01") == []
    assert stream.feed(b"\x7e\x01\x03") == []
    assert stream.feed(b"\x00\x02") == [b"\x7f\x01\x00\x04Arm\0", b"\x7f\x01\x03\x00", b"\x00\x0amicro:bit\0"]
    assert [len(stream.feed(b"\x7e\x01\x03")) for _ in range(PACKET_COUNT)] == [0] * (PACKET_COUNT - 1) + [PACKET_COUNT]


# --- transfers ----------------------------------------------------------------------------------------------------------


def test_nothing_is_transferred_before_the_host_connects(board: Board) -> None:
    assert CmsisDap(board, IDENTITY).execute(transfer(DPIDR | READ)) == b"\x05\x00\x00"


def test_memory_is_written_and_read_through_the_ap(host: Host) -> None:
    done = host.transfer(
        (AP | TAR, RAM), (AP | DRW, 0x11223344), (AP | DRW, 5), (AP | TAR, RAM), AP | DRW | READ, AP | DRW | READ
    )
    assert done == (6, OK, [0x11223344, 5])


def test_reads_of_dp_and_ap_come_in_the_order_of_the_requests(host: Host) -> None:
    done = host.transfer((AP | TAR, RAM), AP | TAR | READ, DPIDR | READ, AP | TAR | READ, AP | CSW | READ)
    assert done[:2] == (5, OK)
    assert done[2][:3] == [RAM, 0x2BA01477, RAM]
    assert done[2][3] & 0x37 == 0x12


def test_blocks_of_any_length_up_to_a_packet(host: Host) -> None:
    for count in (1, 2, 100, (PACKET_SIZE - 5) // 4):
        words = [0x01010101 * (n & 0xFF) for n in range(count)]
        host.transfer((AP | TAR, RAM))
        assert host.write_block(AP | DRW, words) == (count, OK)
        host.transfer((AP | TAR, RAM))
        assert host.read_block(AP | DRW, count) == (count, OK, words)


def test_a_full_packet_of_single_reads(host: Host) -> None:
    done, ack, words = host.transfer(*[AP | TAR | READ] * 255)
    assert (done, ack, len(words)) == (255, OK, 255)


def test_a_value_is_waited_for_under_a_mask(host: Host) -> None:
    host.transfer((AP | TAR, RAM), (AP | DRW, 0xAB12), (AP | CSW, 0x23000002), (AP | TAR, RAM))
    assert host.transfer((MASK, 0xFF00), (AP | DRW | READ | MATCH, 0xAB00), DPIDR | READ) == (3, OK, [0x2BA01477])
    assert host.dap.execute(b"\x04\x00\x05\x00\x05\x00") == b"\x04\x00"
    assert host.transfer((AP | DRW | READ | MATCH, 0xAC00), DPIDR | READ) == (0, MISMATCH, [])
    assert host.transfer((CTRL_STAT | READ | MATCH, POWER_UP & 0xFF00)) == (1, OK, [])


def test_time_stamps_are_virtual_time_and_come_before_the_value(host: Host, board: Board) -> None:
    done, ack, words = host.transfer(DPIDR | READ | STAMP, (SELECT | STAMP, 0), AP | TAR | READ | STAMP)
    assert (done, ack, len(words)) == (3, OK, 5)
    assert words[1] == 0x2BA01477
    assert words[0] <= words[2] <= words[3] <= board.machine.now()


def test_the_last_access_of_a_packet_that_fails_is_told_with_that_packet(faulting: Board) -> None:
    host = Host(faulting)
    assert host.transfer((AP | TAR, NOWHERE), AP | DRW | READ) == (2, FAULT, [])
    assert host.transfer(CTRL_STAT | READ)[2][0] & STICKYERR


def test_what_follows_a_failed_access_is_not_done_until_the_error_is_cleared(faulting: Board) -> None:
    host = Host(faulting)
    assert host.transfer((AP | TAR, NOWHERE), (AP | DRW, 1), (AP | TAR, RAM)) == (2, FAULT, [])
    assert host.transfer(AP | TAR | READ)[:2] == (0, FAULT)
    assert host.transfer(RDBUFF | READ)[:2] == (0, FAULT)
    assert host.transfer((SELECT, 0))[:2] == (0, FAULT)
    assert host.transfer(DPIDR | READ)[:2] == (1, OK)
    assert host.dap.execute(b"\x08\x00\x04\x00\x00\x00") == b"\x08\x00"
    assert host.transfer(AP | CSW | READ)[:2] == (1, OK)
    assert not host.transfer(CTRL_STAT | READ)[2][0] & STICKYERR


def test_a_block_that_runs_into_a_fault_returns_what_came_before(faulting: Board) -> None:
    host = Host(faulting)
    end = RAM + 0x10000
    host.transfer((AP | TAR, end - 8))
    assert host.write_block(AP | DRW, [1, 2]) == (2, OK)
    host.transfer((AP | TAR, end - 8))
    assert host.read_block(AP | DRW, 2) == (2, OK, [1, 2])
    host.transfer((AP | TAR, NOWHERE))
    assert host.read_block(AP | DRW, 5) == (0, FAULT, [])
    host.transfer((ABORT, 0x1E), (AP | TAR, NOWHERE))
    done, ack = host.write_block(AP | DRW, [1, 2, 3])
    assert (done, ack) == (1, FAULT)


def test_a_chip_without_power_does_not_answer_and_needs_a_line_reset_after(host: Host, board: Board) -> None:
    board.power(False)
    assert host.transfer(DPIDR | READ) == (0, NO_ACK, [])
    board.power(True)
    assert host.transfer(DPIDR | READ) == (0, NO_ACK, [])
    host.dap.execute(LINE_RESET)
    host.dap.execute(b"\x12\x02\x00")
    assert host.transfer(DPIDR | READ) == (1, OK, [0x2BA01477])


def test_after_a_line_reset_dpidr_comes_first(host: Host) -> None:
    host.dap.execute(LINE_RESET)
    assert host.transfer(CTRL_STAT | READ) == (0, NO_ACK, [])
    assert host.transfer(DPIDR | READ) == (0, NO_ACK, [])
    host.dap.execute(LINE_RESET)
    assert host.transfer(DPIDR | READ)[:2] == (1, OK)


# --- whatever comes -----------------------------------------------------------------------------------------------------

commands = st.sampled_from([*range(0x00, 0x20), 0x7E, 0x7F])
packets = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda code, rest: bytes((code,)) + rest, commands, st.binary(max_size=80)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(st.lists(packets, max_size=6))
def test_any_bytes_are_answered_within_the_protocol(board: Board, some: list[bytes]) -> None:
    host = Host(board)
    stream = PacketStream(host.dap)
    for packet in some:
        if packet[:1] in (b"\x09", b"\x7f", b"\x7e"):
            continue  # may ask for seconds of delay
        for response in stream.feed(packet):
            assert len(response) <= PACKET_SIZE
            assert response == b"\xff" or response[0] == packet[0]
    inspect(board)


registers = st.sampled_from([0x0, 0x4, 0x8, 0xC])
words = st.one_of(
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from(
        [RAM, DHCSR, 0xA05F0003, 0xA05F0001, 0xE000ED0C, 0x05FA0004, 0x4001E504, POWER_UP, 0xF0, 0x01000000]
    ),
)
accesses = st.one_of(
    st.tuples(st.just("r"), registers, st.booleans()),
    st.tuples(st.just("w"), registers, st.booleans(), words),
    st.tuples(st.just("time"), st.integers(1, 100_000)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.lists(accesses, max_size=40))
def test_any_sequence_of_accesses_leaves_the_machine_alive_and_inspectable(
    board: Board, some: list[tuple[object, ...]]
) -> None:
    host = Host(board)
    for access in some:
        if access[0] == "time":
            board.machine.run(int(str(access[1])))
            continue
        request = int(str(access[1])) | (AP if access[2] else 0)
        requests: list[tuple[int, int] | int] = (
            [request | READ] if access[0] == "r" else [(request, int(str(access[3])))]
        )
        done, ack, _ = host.transfer(*requests)
        assert ack in (OK, FAULT, NO_ACK) and done <= 1
    inspect(board)


def inspect(board: Board) -> None:
    """A debugger that comes later finds a whole machine."""
    board.reset_pin(False)
    host = Host(board)
    done, ack, words = host.transfer(
        (AP | TAR, DHCSR), (AP | DRW, 0xA05F0003), (AP | TAR, DHCSR), AP | DRW | READ, (AP | TAR, RAM), AP | DRW | READ
    )
    assert (done, ack) == (6, OK)
    assert words[0] & 1 << 17, "the core does not halt"
    assert board.machine.core_get(15) >= 0
