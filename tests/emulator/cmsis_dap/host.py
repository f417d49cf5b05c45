# SPDX-License-Identifier: Apache-2.0
"""The other side of a probe, and the board behind it."""

from __future__ import annotations

import struct

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap import CmsisDap, DapIdentity
from vmrig_server.emulator.machine import build_machine
from vmrig_server.emulator.scheduler import Scheduler

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
