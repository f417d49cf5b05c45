# SPDX-License-Identifier: Apache-2.0
"""CMSIS-DAP command packets on a real emulated board: what a probe's host sees."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import usb.core
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap import PACKET_COUNT, PACKET_SIZE, CmsisDap, DapIdentity, PacketStream
from vmrig_server.emulator.doors.dap import TCP_SIGNATURE, DapTcpDoor, DapUsbDoor
from vmrig_server.emulator.doors.swd import ALERT, Ack, SwdTarget
from vmrig_server.emulator.machine import build_machine
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.usb_pipe import BulkPipe

IDENTITY = DapIdentity("Arm", "micro:bit", "9903abc", "1.2", "Nordic", "nrf52833", "", "BBC micro:bit V2")
RAM = 0x20000000
NOWHERE = 0x60000000
DHCSR = 0xE000EDF0
DPIDR, ABORT, CTRL_STAT, SELECT, RDBUFF = 0x0, 0x0, 0x4, 0x8, 0xC
AP, READ = 1, 2
CSW, TAR, DRW = 0x0, 0x4, 0xC
MATCH, MASK, STAMP = 0x10, 0x20, 0x80
OK, FAULT, NO_ACK, MISMATCH = 1, 4, 7, 0x11
STICKYERR, WDATAERR = 1 << 5, 1 << 7
POWER_UP = 0x50000000
LINE_RESET = b"\x12\x33" + b"\xff" * 6 + b"\x07"
TO_SWD = b"\x12\x10" + struct.pack("<H", 0xE79E)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Scheduler]:
    it = Scheduler(1)
    yield it
    it.close()


def make_board(scheduler: Scheduler, *, faults: bool = False) -> Board:
    """A micro:bit V2; with `faults`, accesses to nowhere fail, as they do on chips of other makers."""
    built = build_machine("microbit_v2", storage=None, identity={})
    machine = built.machine
    if faults:
        from vmrig_native import _emu

        machine = _emu.Machine(unmapped_reads_zero=False)
        machine.add_memory("flash", "flash", 0, 0x1000)
        machine.add_memory("ram", "ram", RAM, 0x10000)
    it = Board(machine, built.chip.core.clock_hz, scheduler)
    it.power(True)
    return it


@pytest.fixture
def board(scheduler: Scheduler) -> Iterator[Board]:
    it = make_board(scheduler)
    yield it
    it.close()


@pytest.fixture
def faulting(scheduler: Scheduler) -> Iterator[Board]:
    it = make_board(scheduler, faults=True)
    yield it
    it.close()


def transfer(*requests: tuple[int, int] | int) -> bytes:
    body = b""
    for request in requests:
        body += bytes((request,)) if isinstance(request, int) else struct.pack("<BI", *request)
    return bytes((0x05, 0, len(requests))) + body


class Host:
    """The other side of a probe: connected, powered up, AP 0 with 32-bit accesses and auto-increment."""

    def __init__(self, board: Board, connect: bool = True) -> None:
        self.dap = CmsisDap(board, IDENTITY)
        if connect:
            for packet in (b"\x02\x01", LINE_RESET, TO_SWD, LINE_RESET, b"\x12\x08\x00"):
                assert self.dap.execute(packet)[1:] in (b"\x00", b"\x01")
            assert self.transfer(DPIDR | READ)[:2] == (1, OK)
            assert self.transfer((ABORT, 0x1E), (SELECT, 0), (CTRL_STAT, POWER_UP), (AP | CSW, 0x23000012))[1] == OK

    def transfer(self, *requests: tuple[int, int] | int) -> tuple[int, int, list[int]]:
        """(transfers done, acknowledgement, words that were read)."""
        answer = self.dap.execute(transfer(*requests))
        assert answer[0] == 0x05
        return answer[1], answer[2], list(struct.unpack(f"<{(len(answer) - 3) // 4}I", answer[3:]))

    def read_block(self, request: int, count: int) -> tuple[int, int, list[int]]:
        answer = self.dap.execute(struct.pack("<BBHB", 0x06, 0, count, request | READ))
        done, ack = struct.unpack_from("<HB", answer, 1)
        return done, ack, list(struct.unpack(f"<{(len(answer) - 4) // 4}I", answer[4:]))

    def write_block(self, request: int, words: list[int]) -> tuple[int, int]:
        packet = struct.pack(f"<BBHB{len(words)}I", 0x06, 0, len(words), request, *words)
        answer = self.dap.execute(packet)
        assert len(answer) == 4
        done, ack = struct.unpack_from("<HB", answer, 1)
        return done, ack


@pytest.fixture
def host(board: Board) -> Host:
    return Host(board)


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


# --- single cycles ------------------------------------------------------------------------------------------------------


def wire(board: Board) -> SwdTarget:
    target = SwdTarget(board.machine, lambda: board.powered)
    target.clock((1 << 51) - 1, 53)
    return target


def request_bits(request: int) -> int:
    return 1 | request << 1 | (request.bit_count() & 1) << 5 | 1 << 7


def raw_read(target: SwdTarget, request: int) -> tuple[int, int, int]:
    """(acknowledgement, data, parity) by cycles alone."""
    target.clock(request_bits(request | READ), 8)
    ack = target.sample(1 + 3) >> 1
    if ack != OK:  # no data follows
        target.sample(1)
        return ack, 0, 0
    heard = target.sample(33 + 1)
    return ack, heard & 0xFFFFFFFF, heard >> 32 & 1


def raw_write(target: SwdTarget, request: int, value: int, parity: int | None = None) -> int:
    target.clock(request_bits(request), 8)
    heard = target.sample(5)
    target.clock(value | (value.bit_count() & 1 if parity is None else parity) << 32, 33)
    return heard >> 1 & 7


def test_cycles_make_the_same_transactions(board: Board) -> None:
    target = wire(board)
    assert raw_read(target, DPIDR) == (OK, 0x2BA01477, 0x2BA01477.bit_count() & 1)
    assert raw_write(target, CTRL_STAT, POWER_UP) == OK
    assert raw_read(target, CTRL_STAT)[1] >> 28 == 0xF
    assert raw_write(target, AP | CSW, 0x23000012) == OK
    assert raw_write(target, AP | TAR, RAM) == OK
    assert raw_write(target, AP | DRW, 0xCAFE) == OK
    assert raw_write(target, AP | TAR, RAM) == OK
    raw_read(target, AP | DRW)
    target.clock(0, 8)
    assert raw_read(target, RDBUFF)[:2] == (OK, 0xCAFE)


def test_a_write_with_wrong_parity_is_not_done_and_remembered(board: Board) -> None:
    target = wire(board)
    raw_read(target, DPIDR)
    raw_write(target, CTRL_STAT, POWER_UP)
    raw_write(target, AP | TAR, 0x1234, parity=1 - (0x1234.bit_count() & 1))
    assert raw_read(target, CTRL_STAT)[1] & WDATAERR
    assert raw_read(target, AP | TAR)[0] == FAULT
    assert raw_write(target, ABORT, 1 << 3) == OK
    raw_read(target, AP | TAR)
    assert raw_read(target, RDBUFF)[:2] == (OK, 0)


def test_a_request_with_wrong_parity_silences_the_target_until_a_line_reset(board: Board) -> None:
    target = wire(board)
    raw_read(target, DPIDR)
    target.clock(request_bits(DPIDR | READ) ^ 1 << 5, 8)
    assert target.sample(4) == 0xF
    target.clock(0, 4)
    assert raw_read(target, DPIDR)[0] == NO_ACK
    target.clock((1 << 50) - 1, 52)
    assert raw_read(target, DPIDR)[0] == OK


def test_other_turnaround_times(board: Board) -> None:
    target = wire(board)
    target.turnaround = 3
    target.clock(request_bits(DPIDR | READ), 8)
    heard = target.sample(3 + 3 + 33 + 3)
    assert (heard >> 3 & 7, heard >> 6 & 0xFFFFFFFF) == (OK, 0x2BA01477)


def test_a_dormant_target_wakes_to_its_alert_only(board: Board) -> None:
    target = wire(board)
    target.clock((1 << 51) - 1, 51)
    target.clock(0xE3BC, 16)
    target.clock((1 << 51) - 1, 53)
    assert target.transfer(DPIDR | READ)[0] is Ack.NONE
    target.clock(0xFF, 8)
    target.clock(ALERT, 128)
    target.clock(0x1A << 4, 12)
    target.clock((1 << 51) - 1, 53)
    assert target.transfer(DPIDR | READ) == (Ack.OK, 0x2BA01477)


def test_a_target_in_jtag_mode_needs_the_switch_back(board: Board) -> None:
    target = wire(board)
    target.clock((1 << 51) - 1, 51)
    target.clock(0xE73C, 16)
    target.clock((1 << 51) - 1, 53)
    assert target.transfer(DPIDR | READ)[0] is Ack.NONE
    target.clock((1 << 51) - 1, 51)
    target.clock(0xE79E, 16)
    target.clock((1 << 51) - 1, 53)
    assert target.transfer(DPIDR | READ)[0] is Ack.OK


def test_a_targetsel_write_is_acknowledged_by_nobody(board: Board) -> None:
    host = Host(board)
    host.dap.execute(LINE_RESET)
    host.dap.execute(b"\x12\x02\x00")
    value = 0x01002927
    select = struct.pack("<Q", value | (value.bit_count() & 1) << 32)[:5]
    answer = host.dap.execute(b"\x1d\x03\x08\x99\x85\x21" + select)
    assert answer == b"\x1d\x00\x1f"
    assert host.transfer(DPIDR | READ)[:2] == (1, OK)


class OtherPort:
    """A debug port with a DPIDR and nothing else."""

    def __init__(self, dpidr: int) -> None:
        self.dpidr = dpidr
        self.written: list[tuple[int, int]] = []

    def dp_read(self, address: int, /) -> int:
        return self.dpidr if address == 0 else 0

    def dp_write(self, address: int, value: int, /) -> None:
        self.written.append((address, value))

    ap_read, ap_write = dp_read, dp_write


def test_of_several_ports_on_the_wire_one_is_selected_after_a_line_reset(board: Board) -> None:
    ports = {0x01002927: OtherPort(0x0BC12477), 0x11002927: OtherPort(0x1BC12477)}
    target = SwdTarget(board.machine, lambda: True, find=ports.get)
    reset = (1 << 51) - 1
    target.clock(reset, 53)
    assert raw_read(target, DPIDR)[0] == NO_ACK
    for value, port in ports.items():
        target.clock(reset, 53)
        assert raw_write(target, 0xC, value) == NO_ACK
        assert raw_read(target, DPIDR)[:2] == (OK, port.dpidr)
        assert target.transfer(SELECT, value) == (Ack.OK, 0)
        assert port.written == [(SELECT, value)]
    target.clock(reset, 53)
    raw_write(target, 0xC, 0x21002927)
    assert raw_read(target, DPIDR)[0] == NO_ACK


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


# --- doors --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def usb_door(board: Board, tmp_path: Path) -> Iterator[DapUsbDoor]:
    it = DapUsbDoor(board, IDENTITY, tmp_path / "dap.sock")
    yield it
    it.close()


def test_bulk_transfers_carry_packets_and_empty_ones_are_nothing(usb_door: DapUsbDoor) -> None:
    pipe = BulkPipe(usb_door.path)
    pipe.write(b"\x00\x01")
    pipe.write(b"")
    pipe.write(b"\x00\x02")
    assert pipe.read(1024, 2000) == b"\x00\x04Arm\0"
    assert pipe.read(4, 2000) == b"\x00\x0ami"
    assert pipe.read(64, 2000) == b"cro:bit\0"
    with pytest.raises(usb.core.USBTimeoutError):
        pipe.read(64, 1)
    pipe.release()


def test_an_interface_has_one_claimer_at_a_time(usb_door: DapUsbDoor) -> None:
    first = BulkPipe(usb_door.path)
    with pytest.raises(usb.core.USBError) as caught:
        BulkPipe(usb_door.path)
    assert caught.value.errno == 16
    first.release()
    for _ in range(20):
        BulkPipe(usb_door.path).release()


def test_an_unplugged_device_is_gone_for_who_waits_for_it(usb_door: DapUsbDoor) -> None:
    pipe = BulkPipe(usb_door.path)
    closing = threading.Thread(target=usb_door.close)
    closing.start()
    with pytest.raises(usb.core.USBError) as caught:
        pipe.read(64, 5000)
    assert caught.value.errno == 19
    closing.join()
    pipe.release()
    with pytest.raises(usb.core.USBError) as caught:
        BulkPipe(usb_door.path)
    assert caught.value.errno == 19


@pytest.fixture
def tcp_door(board: Board) -> Iterator[DapTcpDoor]:
    it = DapTcpDoor(board, IDENTITY)
    yield it
    it.close()


def tcp(packet: bytes) -> bytes:
    return struct.pack("<IHBB", TCP_SIGNATURE, len(packet), 1, 0) + packet


def test_tcp_packets_have_a_header_and_may_arrive_in_pieces(tcp_door: DapTcpDoor) -> None:
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as line, line.makefile("rb") as answers:
        stream = tcp(b"\x00\x01") + tcp(b"\x02\x01") + tcp(transfer(DPIDR | READ))
        for at in range(0, len(stream), 5):
            line.sendall(stream[at : at + 5])
        assert answers.read(14) == bytes.fromhex("44415000 0600 02 00") + b"\x00\x04Arm\0"
        assert answers.read(10) == bytes.fromhex("44415000 0200 02 00 0201")
        assert answers.read(11) == bytes.fromhex("44415000 0300 02 00 050007")


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("<IHBB", TCP_SIGNATURE, 2000, 1, 0), tcp(b"\0\1")[:6] + b"\2\0"]
)
def test_what_is_no_packet_ends_that_connection_only(tcp_door: DapTcpDoor, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as bad:
        bad.settimeout(5)
        bad.sendall(garbage)
        assert bad.recv(10) == b""
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as good, good.makefile("rb") as answers:
        good.sendall(tcp(b"\x03"))
        assert answers.read(10)[8:] == b"\x03\x00"
