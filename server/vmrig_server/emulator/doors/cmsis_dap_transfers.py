# SPDX-License-Identifier: Apache-2.0
"""The transfer commands of CMSIS-DAP: accesses to the debug port and its access ports, many in a packet."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap_packets import Reader
from vmrig_server.emulator.doors.swd import APNDP, RDBUFF, RNW, Ack, SwdTarget
from vmrig_server.emulator.machine_api import Machine

OK = 0x00
U32 = 0xFFFFFFFF
MATCH_VALUE, MATCH_MASK, TIMESTAMP = 0x10, 0x20, 0x80
"""Bits of a transfer request above APnDP, RnW and A[3:2]."""
MISMATCH = 0x10
"""In the acknowledgement: a value did not match."""
DHCSR = 0xE000EDF0
"""Debug halting control and status register (ARMv7-M, C1.6.2)."""
DRW, BD0 = 0x0C, 0x10
"""Registers of a MEM-AP that read memory: at TAR, and in the 16 bytes around it."""


class _PortOf:
    """One debug port of a machine that has several on its wires."""

    def __init__(self, machine: Machine, dp: int) -> None:
        self._machine = machine
        self.dp = dp

    def dp_read(self, address: int, /) -> int:
        return self._machine.dp_read(address, self.dp)

    def dp_write(self, address: int, value: int, /) -> None:
        self._machine.dp_write(address, value, self.dp)

    def ap_read(self, address: int, /) -> int:
        return self._machine.ap_read(address, self.dp)

    def ap_write(self, address: int, value: int, /) -> None:
        self._machine.ap_write(address, value, self.dp)


class Transfers:
    """One connection's.

    Attributes:
        swd: the wires.
        connected: the host has connected the probe to its target; nothing is transferred before.
    """

    def __init__(self, board: Board, packet_size: int) -> None:
        self._board = board
        self._packet_size = packet_size
        find = self._port if board.machine.dp_count() > 1 else None
        self.swd = SwdTarget(board.machine, lambda: board.powered, self._before_ap_read, find)
        self.connected = False
        self._polls = 0
        self._wait_retries = 100
        self._match_retries = 0
        self._match_mask = 0

    def begin(self) -> None:
        """A packet comes."""
        self._polls = 0

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """The accesses of a packet follow one another without the core in between, which would be in their way when it runs."""
        machine = self._board.machine
        machine.hold()
        try:
            yield
        finally:
            machine.let_go()

    def _port(self, targetsel: int) -> _PortOf | None:
        """One of several debug ports on the wires."""
        found = self._board.machine.dp_find(targetsel)
        return None if found is None else _PortOf(self._board.machine, found)

    def _before_ap_read(self, address: int, tar: int) -> None:
        """A packet that asks whether the core has halted: a short run of a flash algorithm is then over by its first question."""
        register = address & 0xFC
        if self._polls == 0 and ((register == DRW and tar == DHCSR) or (register == BD0 and tar & ~15 == DHCSR)):
            self._polls = 1
            self._board.machine.let_go()
            port = self.swd.port
            self._board.assist(port.dp if isinstance(port, _PortOf) else 0)
            self._board.machine.hold()

    def configure(self, reader: Reader) -> bytes:
        reader.u8()  # idle cycles
        self._wait_retries, self._match_retries = reader.u16(), reader.u16()
        return bytes((OK,))

    def _access(self, request: int, value: int = 0) -> tuple[int, int]:
        """With the retries that the host asked for."""
        ack, data = self.swd.transfer(request & 15, value)
        retries = self._wait_retries
        while ack is Ack.WAIT and retries:
            ack, data = self.swd.transfer(request & 15, value)
            retries -= 1
        return ack, data

    def transfer(self, reader: Reader) -> bytes:
        reader.u8()  # index, of JTAG only
        asked = reader.u8()
        requests = []
        for _ in range(asked):  # all of it is there, or nothing is done
            request = reader.u8()
            has_value = not request & RNW or request & MATCH_VALUE
            requests.append((request, reader.u32() if has_value else 0))
        if not self.connected:
            return bytes(2)
        with self._held():
            count, ack, data = self._run(requests)
        return bytes((count, ack)) + data

    def _run(self, requests: list[tuple[int, int]]) -> tuple[int, int, bytes]:
        """(transfers done, last acknowledgement, what was read)."""
        out = bytearray()
        room = self._packet_size - 3
        count, ack = 0, 0
        posted = check_write = False
        for request, value in requests:
            is_read = bool(request & RNW)
            if len(out) + 4 * posted + 4 * is_read + 4 * bool(request & TIMESTAMP) > room:
                break
            next_ap_read = is_read and request & (APNDP | MATCH_VALUE) == APNDP
            if posted:  # what an AP read before it has left on the way
                ack, data = self._access(request if next_ap_read else RDBUFF | RNW)
                posted = next_ap_read
                if ack != Ack.OK:
                    break
                out += data.to_bytes(4, "little")
                if next_ap_read:
                    self._stamp(request, out)
            elif next_ap_read:
                ack, _ = self._access(request)
                if ack != Ack.OK:
                    break
                self._stamp(request, out)
                posted = True
            if not is_read:
                if request & MATCH_MASK:
                    self._match_mask, ack = value, Ack.OK
                else:
                    ack, _ = self._access(request, value)
                    if ack != Ack.OK:
                        break
                    self._stamp(request, out)
                    check_write = True
            elif request & MATCH_VALUE:
                ack = self._match(request, value)
                if ack != Ack.OK:
                    break
            elif not next_ap_read:
                ack, data = self._access(request)
                if ack != Ack.OK:
                    break
                self._stamp(request, out)
                out += data.to_bytes(4, "little")
            check_write = check_write and not is_read
            count += 1
        if ack == Ack.OK and posted:
            ack, data = self._access(RDBUFF | RNW)
            if ack == Ack.OK:
                out += data.to_bytes(4, "little")
        elif ack == Ack.OK and check_write:
            ack, _ = self._access(RDBUFF | RNW)
        return count, ack, bytes(out)

    def _stamp(self, request: int, out: bytearray) -> None:
        if request & TIMESTAMP:
            out += (self._board.machine.now() & U32).to_bytes(4, "little")

    def _match(self, request: int, wanted: int) -> int:
        """Reads a register until it has the wanted value under the mask."""
        if request & APNDP:
            ack, _ = self._access(request)
            if ack != Ack.OK:
                return ack
        for _ in range(self._match_retries + 1):
            ack, data = self._access(request)
            if ack != Ack.OK:
                return ack
            if data & self._match_mask == wanted:
                return Ack.OK
        return Ack.OK | MISMATCH

    def block(self, reader: Reader) -> bytes:
        reader.u8()
        count, request = reader.u16(), reader.u8()
        done, ack, data = 0, 0, b""
        words = () if request & RNW else struct.unpack(f"<{count}I", reader.take(4 * count))
        if not self.connected or not count:
            return bytes(3)
        with self._held():
            if not request & RNW:
                done, ack = self._write_block(request, words)
            else:
                ack, values = self._read_block(request, min(count, (self._packet_size - 4) // 4))
                done, data = len(values), struct.pack(f"<{len(values)}I", *values)
        return struct.pack("<HB", done, ack) + data

    def _write_block(self, request: int, words: tuple[int, ...]) -> tuple[int, int]:
        if request & APNDP:
            ack, done = self.swd.ap_write_block(request & 15, words)
            return done, ack
        done = 0
        for word in words:
            dp_ack, _ = self._access(request, word)
            if dp_ack != Ack.OK:
                return done, dp_ack
            done += 1
        dp_ack, _ = self._access(RDBUFF | RNW)
        return done, dp_ack

    def _read_block(self, request: int, count: int) -> tuple[int, list[int]]:
        if request & APNDP:
            return self.swd.ap_read_block(request & 15, count)
        values: list[int] = []
        for _ in range(count):
            ack, value = self._access(request)
            if ack != Ack.OK:
                return ack, values
            values.append(value)
        return Ack.OK, values
