# SPDX-License-Identifier: Apache-2.0
"""The two wires of SWD, cycle by cycle, as the sequence commands drive them."""

from __future__ import annotations

import struct

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.swd import ALERT, Ack, SwdTarget

from .host import (
    ABORT,
    AP,
    CSW,
    CTRL_STAT,
    DPIDR,
    DRW,
    FAULT,
    LINE_RESET,
    NO_ACK,
    OK,
    POWER_UP,
    RAM,
    RDBUFF,
    READ,
    SELECT,
    TAR,
    WDATAERR,
    Host,
)


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
