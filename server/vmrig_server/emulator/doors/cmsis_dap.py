# SPDX-License-Identifier: Apache-2.0
"""CMSIS-DAP 2.1 (Arm, "CMSIS-DAP: Interface Firmware for CoreSight Debug Access Port"): command packets in, response packets out.

`CmsisDap.execute` takes one command packet; `PacketStream` adds what spans packets (queued commands, aborts). Nothing here knows how packets travel.
What makes no sense (unknown commands, packets that are cut off) is answered with the single byte 0xFF, as the specification has it for invalid commands.
There are no JTAG pins, no SWO pin and no UART inside the protocol (boards have a USB serial port): their commands fail as the specification says they do.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.swd import APNDP, RDBUFF, RNW, Ack, SwdTarget
from vmrig_server.emulator.machine_api import Machine

PROTOCOL_VERSION = "2.1.0"
PACKET_SIZE = 1024
PACKET_COUNT = 8
INVALID = b"\xff"
OK, ERROR = 0x00, 0xFF
U32 = 0xFFFFFFFF

INFO, TRANSFER_ABORT, QUEUE, EXECUTE = 0x00, 0x07, 0x7E, 0x7F
MATCH_VALUE, MATCH_MASK, TIMESTAMP = 0x10, 0x20, 0x80
"""Bits of a transfer request above APnDP, RnW and A[3:2]."""
MISMATCH = 0x10
"""In the acknowledgement: a value did not match."""
CAP_SWD, CAP_ATOMIC, CAP_TIMER = 1 << 0, 1 << 4, 1 << 5
CAP_USB_COM_PORT = 1 << 0
"""In the second byte of the capabilities."""
PORT_SWD = 1
PIN_SWCLK, PIN_SWDIO, PIN_TDI, PIN_NTRST, PIN_NRESET = 1 << 0, 1 << 1, 1 << 2, 1 << 5, 1 << 7
DHCSR = 0xE000EDF0
"""Debug halting control and status register (ARMv7-M, C1.6.2)."""
DRW, BD0 = 0x0C, 0x10
"""Registers of a MEM-AP that read memory: at TAR, and in the 16 bytes around it."""


@dataclass(frozen=True, slots=True)
class DapIdentity:
    """What a probe tells of itself and of the board that it is on; empty texts are not told."""

    vendor: str
    product: str
    serial: str
    firmware: str
    device_vendor: str = ""
    device_name: str = ""
    board_vendor: str = ""
    board_name: str = ""


class _Cut(Exception):
    """The packet ends before its command does."""


class _Reader:
    """Takes a packet apart."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise _Cut
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")


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


class CmsisDap:
    """A probe's firmware, one for each connection.

    Args:
        board: whose debug port it drives.
        identity: see `DapIdentity`.
        packet_size: most bytes of a packet, either way.
    """

    def __init__(self, board: Board, identity: DapIdentity, packet_size: int = PACKET_SIZE) -> None:
        self._board = board
        self._packet_size = packet_size
        find = self._port if board.machine.dp_count() > 1 else None
        self._swd = SwdTarget(board.machine, lambda: board.powered, self._before_ap_read, find)
        self._polls = 0
        self._connected = False
        self._wait_retries = 100
        self._match_retries = 0
        self._match_mask = 0
        self._pins = PIN_SWCLK | PIN_SWDIO | PIN_NTRST
        self._info = _info(identity, packet_size, board.clock_hz)
        self._commands: dict[int, Callable[[_Reader], bytes]] = {
            INFO: self._do_info,
            0x01: self._host_status,
            0x02: self._connect,
            0x03: self._disconnect,
            0x04: self._transfer_configure,
            0x05: self._transfer,
            0x06: self._transfer_block,
            0x08: self._write_abort,
            0x09: self._delay,
            0x0A: self._reset_target,
            0x10: self._swj_pins,
            0x11: self._swj_clock,
            0x12: self._swj_sequence,
            0x13: self._swd_configure,
            0x1D: self._swd_sequence,
            0x14: self._no_jtag_sequence,
            0x15: self._no_jtag_configure,
            0x16: _fixed(1, bytes((ERROR,))),  # JTAG_IDCODE
            0x17: _only_off,  # SWO_Transport
            0x18: _only_off,  # SWO_Mode
            0x19: _fixed(4, bytes(4)),  # SWO_Baudrate: none could be set
            0x1A: _only_off,  # SWO_Control
            0x1B: _fixed(0, bytes(5)),  # SWO_Status: inactive, nothing captured
            0x1C: _fixed(2, bytes(3)),  # SWO_Data: none
            0x1E: self._swo_extended_status,
        }

    def execute(self, packet: bytes) -> bytes:
        """The response to one command packet; empty for a transfer abort, which has none."""
        reader = _Reader(packet)
        self._polls = 0
        with self._board.access(urgent=False):
            return self._execute(reader, nested=False) if packet else b""

    def _execute(self, reader: _Reader, *, nested: bool) -> bytes:
        code = reader.u8()
        if code == TRANSFER_ABORT:
            return b""
        try:
            if code == EXECUTE and not nested:
                return self._execute_commands(reader)
            command = self._commands.get(code)
            return INVALID if command is None else bytes((code,)) + command(reader)
        except _Cut:
            return INVALID

    def _execute_commands(self, reader: _Reader) -> bytes:
        """Several commands in one packet; those whose responses do not fit any more are not executed."""
        count = reader.u8()
        done, body = 0, b""
        while done < count and reader.at < len(reader.data) and len(body) + 2 < self._packet_size:
            response = self._execute(reader, nested=True)
            if len(body) + len(response) + 2 > self._packet_size:
                break
            body += response
            done += 1
            if response == INVALID:
                break  # where the next command would begin is unknown
        return bytes((EXECUTE, done)) + body

    # --- the probe itself -----------------------------------------------------------------------------------------

    def _do_info(self, reader: _Reader) -> bytes:
        value = self._info.get(reader.u8(), b"")
        return bytes((len(value),)) + value

    def _host_status(self, reader: _Reader) -> bytes:
        light, _ = reader.u8(), reader.u8()
        return bytes((OK if light in (0, 1) else ERROR,))

    def _connect(self, reader: _Reader) -> bytes:
        self._connected = reader.u8() in (0, PORT_SWD)  # 0: the probe's own choice
        return bytes((PORT_SWD if self._connected else 0,))

    def _disconnect(self, reader: _Reader) -> bytes:
        self._connected = False
        self._board.reset_pin(False)
        return bytes((OK,))

    def _write_abort(self, reader: _Reader) -> bytes:
        reader.u8()
        ack, _ = self._swd.transfer(0x0, reader.u32())
        return bytes((OK if ack is Ack.OK else ERROR,))

    def _delay(self, reader: _Reader) -> bytes:
        self._board.let_pass(reader.u16() * 1000)
        return bytes((OK,))

    def _reset_target(self, reader: _Reader) -> bytes:
        self._board.reset_pin(True)
        self._board.reset_pin(False)
        return bytes((OK, 1))

    def _swj_pins(self, reader: _Reader) -> bytes:
        """Levels settle at once, so that there is nothing to wait for."""
        output, select, _ = reader.u8(), reader.u8(), reader.u32()
        self._pins = self._pins & ~select | output & select & (PIN_SWCLK | PIN_SWDIO | PIN_TDI | PIN_NTRST)
        if select & PIN_NRESET:
            asserted = not output & PIN_NRESET
            if asserted != self._board.reset_asserted:
                self._board.reset_pin(asserted)
        return bytes((self._pins | (0 if self._board.reset_asserted else PIN_NRESET),))

    def _swj_clock(self, reader: _Reader) -> bytes:
        """Any frequency but 0; there are no wires that could be too slow."""
        return bytes((OK if reader.u32() else ERROR,))

    def _swj_sequence(self, reader: _Reader) -> bytes:
        count = reader.u8() or 256
        self._swd.clock(int.from_bytes(reader.take((count + 7) // 8), "little"), count)
        return bytes((OK,))

    def _swd_configure(self, reader: _Reader) -> bytes:
        self._swd.turnaround = (reader.u8() & 3) + 1
        return bytes((OK,))

    def _swd_sequence(self, reader: _Reader) -> bytes:
        response = bytearray((OK,))
        for _ in range(reader.u8()):
            info = reader.u8()
            cycles = info & 0x3F or 64
            length = (cycles + 7) // 8
            if info & 0x80:
                response += self._swd.sample(cycles).to_bytes(length, "little")
            else:
                self._swd.clock(int.from_bytes(reader.take(length), "little"), cycles)
        return bytes(response)

    def _no_jtag_sequence(self, reader: _Reader) -> bytes:
        for _ in range(reader.u8()):
            cycles = reader.u8() & 0x3F or 64
            reader.take((cycles + 7) // 8)
        return bytes((ERROR,))

    def _no_jtag_configure(self, reader: _Reader) -> bytes:
        reader.take(reader.u8())
        return bytes((ERROR,))

    def _swo_extended_status(self, reader: _Reader) -> bytes:
        """Trace status, bytes available, index and time stamp, as far as they are asked for."""
        asked = reader.u8()
        return bytes((1 if asked & 1 else 0) + (4 if asked & 2 else 0) + (8 if asked & 4 else 0))

    # --- transfers ------------------------------------------------------------------------------------------------

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
            port = self._swd.port
            self._board.assist(port.dp if isinstance(port, _PortOf) else 0)
            self._board.machine.hold()

    def _transfer_configure(self, reader: _Reader) -> bytes:
        reader.u8()  # idle cycles
        self._wait_retries, self._match_retries = reader.u16(), reader.u16()
        return bytes((OK,))

    def _swd_transfer(self, request: int, value: int = 0) -> tuple[int, int]:
        """With the retries that the host asked for."""
        ack, data = self._swd.transfer(request & 15, value)
        retries = self._wait_retries
        while ack is Ack.WAIT and retries:
            ack, data = self._swd.transfer(request & 15, value)
            retries -= 1
        return ack, data

    def _transfer(self, reader: _Reader) -> bytes:
        reader.u8()  # index, of JTAG only
        asked = reader.u8()
        requests = []
        for _ in range(asked):  # all of it is there, or nothing is done
            request = reader.u8()
            has_value = not request & RNW or request & MATCH_VALUE
            requests.append((request, reader.u32() if has_value else 0))
        if not self._connected:
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
                ack, data = self._swd_transfer(request if next_ap_read else RDBUFF | RNW)
                posted = next_ap_read
                if ack != Ack.OK:
                    break
                out += data.to_bytes(4, "little")
                if next_ap_read:
                    self._stamp(request, out)
            elif next_ap_read:
                ack, _ = self._swd_transfer(request)
                if ack != Ack.OK:
                    break
                self._stamp(request, out)
                posted = True
            if not is_read:
                if request & MATCH_MASK:
                    self._match_mask, ack = value, Ack.OK
                else:
                    ack, _ = self._swd_transfer(request, value)
                    if ack != Ack.OK:
                        break
                    self._stamp(request, out)
                    check_write = True
            elif request & MATCH_VALUE:
                ack = self._match(request, value)
                if ack != Ack.OK:
                    break
            elif not next_ap_read:
                ack, data = self._swd_transfer(request)
                if ack != Ack.OK:
                    break
                self._stamp(request, out)
                out += data.to_bytes(4, "little")
            check_write = check_write and not is_read
            count += 1
        if ack == Ack.OK and posted:
            ack, data = self._swd_transfer(RDBUFF | RNW)
            if ack == Ack.OK:
                out += data.to_bytes(4, "little")
        elif ack == Ack.OK and check_write:
            ack, _ = self._swd_transfer(RDBUFF | RNW)
        return count, ack, bytes(out)

    def _stamp(self, request: int, out: bytearray) -> None:
        if request & TIMESTAMP:
            out += (self._board.machine.now() & U32).to_bytes(4, "little")

    def _match(self, request: int, wanted: int) -> int:
        """Reads a register until it has the wanted value under the mask."""
        if request & APNDP:
            ack, _ = self._swd_transfer(request)
            if ack != Ack.OK:
                return ack
        for _ in range(self._match_retries + 1):
            ack, data = self._swd_transfer(request)
            if ack != Ack.OK:
                return ack
            if data & self._match_mask == wanted:
                return Ack.OK
        return Ack.OK | MISMATCH

    def _transfer_block(self, reader: _Reader) -> bytes:
        reader.u8()
        count, request = reader.u16(), reader.u8()
        done, ack, data = 0, 0, b""
        words = () if request & RNW else struct.unpack(f"<{count}I", reader.take(4 * count))
        if not self._connected or not count:
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
            ack, done = self._swd.ap_write_block(request & 15, words)
            return done, ack
        done = 0
        for word in words:
            dp_ack, _ = self._swd_transfer(request, word)
            if dp_ack != Ack.OK:
                return done, dp_ack
            done += 1
        dp_ack, _ = self._swd_transfer(RDBUFF | RNW)
        return done, dp_ack

    def _read_block(self, request: int, count: int) -> tuple[int, list[int]]:
        if request & APNDP:
            return self._swd.ap_read_block(request & 15, count)
        values: list[int] = []
        for _ in range(count):
            ack, value = self._swd_transfer(request)
            if ack != Ack.OK:
                return ack, values
            values.append(value)
        return Ack.OK, values


class PacketStream:
    """The packets of one connection in order: queued commands wait for the first packet that is none, each is answered with a packet of its own."""

    def __init__(self, dap: CmsisDap) -> None:
        self._dap = dap
        self._queue: list[bytes] = []

    def feed(self, packet: bytes) -> list[bytes]:
        """The response packets that a packet brings about."""
        if packet[:1] == bytes((QUEUE,)):
            self._queue.append(bytes((EXECUTE,)) + packet[1:])
            if len(self._queue) < PACKET_COUNT:
                return []
            packets, self._queue = self._queue, []
        else:
            packets, self._queue = [*self._queue, packet], []
        responses = [self._dap.execute(waiting) for waiting in packets]
        return [response for response in responses if response]


def _fixed(arguments: int, answer: bytes) -> Callable[[_Reader], bytes]:
    """A command whose answer does not depend on its arguments (their bytes)."""

    def command(reader: _Reader) -> bytes:
        reader.take(arguments)
        return answer

    return command


def _only_off(reader: _Reader) -> bytes:
    """A command that may choose "off" (0), which it is."""
    return bytes((ERROR if reader.u8() else OK,))


def _info(identity: DapIdentity, packet_size: int, clock_hz: int) -> dict[int, bytes]:
    """Answers to DAP_Info by id. Texts end with a zero byte, which counts."""
    texts = {
        0x01: identity.vendor,
        0x02: identity.product,
        0x03: identity.serial,
        0x04: PROTOCOL_VERSION,
        0x05: identity.device_vendor,
        0x06: identity.device_name,
        0x07: identity.board_vendor,
        0x08: identity.board_name,
        0x09: identity.firmware,
    }
    info = {number: text.encode()[:60] + b"\0" for number, text in texts.items() if text}
    info[0xF0] = bytes((CAP_SWD | CAP_ATOMIC | CAP_TIMER, CAP_USB_COM_PORT))
    info[0xF1] = struct.pack("<I", clock_hz)
    info[0xFE] = bytes((PACKET_COUNT,))
    info[0xFF] = struct.pack("<H", packet_size)
    return info
