# SPDX-License-Identifier: Apache-2.0
"""CMSIS-DAP 2.1 (Arm, "CMSIS-DAP: Interface Firmware for CoreSight Debug Access Port"): command packets in, response packets out.

`CmsisDap.execute` takes one command packet; `PacketStream` adds what spans packets (queued commands, aborts). Nothing here knows how packets travel.
What makes no sense (unknown commands, packets that are cut off) is answered with the single byte 0xFF, as the specification has it for invalid commands.
There are no JTAG pins, no SWO pin and no UART inside the protocol (boards have a USB serial port): their commands fail as the specification says they do.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap_packets import Cut, Reader
from vmrig_server.emulator.doors.cmsis_dap_transfers import Transfers
from vmrig_server.emulator.doors.swd import Ack

PROTOCOL_VERSION = "2.1.0"
PACKET_SIZE = 1024
PACKET_COUNT = 8
INVALID = b"\xff"
OK, ERROR = 0x00, 0xFF

INFO, TRANSFER_ABORT, QUEUE, EXECUTE = 0x00, 0x07, 0x7E, 0x7F
CAP_SWD, CAP_ATOMIC, CAP_TIMER = 1 << 0, 1 << 4, 1 << 5
CAP_USB_COM_PORT = 1 << 0
"""In the second byte of the capabilities."""
PORT_SWD = 1
PIN_SWCLK, PIN_SWDIO, PIN_TDI, PIN_NTRST, PIN_NRESET = 1 << 0, 1 << 1, 1 << 2, 1 << 5, 1 << 7


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
        self._transfers = Transfers(board, packet_size)
        self._swd = self._transfers.swd
        self._pins = PIN_SWCLK | PIN_SWDIO | PIN_NTRST
        self._info = _info(identity, packet_size, board.clock_hz)
        self._commands: dict[int, Callable[[Reader], bytes]] = {
            INFO: self._do_info,
            0x01: self._host_status,
            0x02: self._connect,
            0x03: self._disconnect,
            0x04: self._transfers.configure,
            0x05: self._transfers.transfer,
            0x06: self._transfers.block,
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
        reader = Reader(packet)
        self._transfers.begin()
        with self._board.access(urgent=False):
            return self._execute(reader, nested=False) if packet else b""

    def _execute(self, reader: Reader, *, nested: bool) -> bytes:
        code = reader.u8()
        if code == TRANSFER_ABORT:
            return b""
        try:
            if code == EXECUTE and not nested:
                return self._execute_commands(reader)
            command = self._commands.get(code)
            return INVALID if command is None else bytes((code,)) + command(reader)
        except Cut:
            return INVALID

    def _execute_commands(self, reader: Reader) -> bytes:
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

    def _do_info(self, reader: Reader) -> bytes:
        value = self._info.get(reader.u8(), b"")
        return bytes((len(value),)) + value

    def _host_status(self, reader: Reader) -> bytes:
        light, _ = reader.u8(), reader.u8()
        return bytes((OK if light in (0, 1) else ERROR,))

    def _connect(self, reader: Reader) -> bytes:
        self._transfers.connected = reader.u8() in (0, PORT_SWD)  # 0: the probe's own choice
        return bytes((PORT_SWD if self._transfers.connected else 0,))

    def _disconnect(self, reader: Reader) -> bytes:
        self._transfers.connected = False
        self._board.reset_pin(False)
        return bytes((OK,))

    def _write_abort(self, reader: Reader) -> bytes:
        reader.u8()
        ack, _ = self._swd.transfer(0x0, reader.u32())
        return bytes((OK if ack is Ack.OK else ERROR,))

    def _delay(self, reader: Reader) -> bytes:
        self._board.let_pass(reader.u16() * 1000)
        return bytes((OK,))

    def _reset_target(self, reader: Reader) -> bytes:
        self._board.reset_pin(True)
        self._board.reset_pin(False)
        return bytes((OK, 1))

    def _swj_pins(self, reader: Reader) -> bytes:
        """Levels settle at once, so that there is nothing to wait for."""
        output, select, _ = reader.u8(), reader.u8(), reader.u32()
        self._pins = self._pins & ~select | output & select & (PIN_SWCLK | PIN_SWDIO | PIN_TDI | PIN_NTRST)
        if select & PIN_NRESET:
            asserted = not output & PIN_NRESET
            if asserted != self._board.reset_asserted:
                self._board.reset_pin(asserted)
        return bytes((self._pins | (0 if self._board.reset_asserted else PIN_NRESET),))

    def _swj_clock(self, reader: Reader) -> bytes:
        """Any frequency but 0; there are no wires that could be too slow."""
        return bytes((OK if reader.u32() else ERROR,))

    def _swj_sequence(self, reader: Reader) -> bytes:
        count = reader.u8() or 256
        self._swd.clock(int.from_bytes(reader.take((count + 7) // 8), "little"), count)
        return bytes((OK,))

    def _swd_configure(self, reader: Reader) -> bytes:
        self._swd.turnaround = (reader.u8() & 3) + 1
        return bytes((OK,))

    def _swd_sequence(self, reader: Reader) -> bytes:
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

    def _no_jtag_sequence(self, reader: Reader) -> bytes:
        for _ in range(reader.u8()):
            cycles = reader.u8() & 0x3F or 64
            reader.take((cycles + 7) // 8)
        return bytes((ERROR,))

    def _no_jtag_configure(self, reader: Reader) -> bytes:
        reader.take(reader.u8())
        return bytes((ERROR,))

    def _swo_extended_status(self, reader: Reader) -> bytes:
        """Trace status, bytes available, index and time stamp, as far as they are asked for."""
        asked = reader.u8()
        return bytes((1 if asked & 1 else 0) + (4 if asked & 2 else 0) + (8 if asked & 4 else 0))


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


def _fixed(arguments: int, answer: bytes) -> Callable[[Reader], bytes]:
    """A command whose answer does not depend on its arguments (their bytes)."""

    def command(reader: Reader) -> bytes:
        reader.take(arguments)
        return answer

    return command


def _only_off(reader: Reader) -> bytes:
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
