# SPDX-License-Identifier: Apache-2.0
"""The debug door for our pyOCD plugin: `probe_protocol` on a unix socket, a thread per connection."""

from __future__ import annotations

import logging
import socket
import struct
from pathlib import Path

from vmrig_server import sockets
from vmrig_server.emulator.board import Board, PoweredOffError
from vmrig_server.emulator.doors.listener import Listener
from vmrig_server.emulator.doors.probe_protocol import (
    VERSION,
    Batch,
    FrameReader,
    Kind,
    ProtocolError,
    Status,
    pack_frame,
)
from vmrig_server.emulator.doors.serial import SerialLoop

LOG = logging.getLogger(__name__)

DHCSR = 0xE000EDF0
"""Debug halting control and status register (ARMv7-M, C1.6.2)."""


def _poll_prefix() -> bytes:
    batch = Batch()
    batch.mem_read(4, DHCSR, 4)
    return bytes(batch.data)


POLL = _poll_prefix()
"""How a batch begins that asks first whether the core has halted."""


class ProbeDoor(Listener):
    """Serves `board` at the socket `path`."""

    def __init__(self, board: Board, path: Path, loop: SerialLoop | None = None) -> None:
        self._board = board
        self.path = path
        super().__init__(sockets.listen(path), "probe-door", loop)

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)

    def serve(self, connection: socket.socket) -> None:
        reader = FrameReader(connection)
        try:
            with self._board.debugger():
                dp = 0
                while (frame := reader.read()) is not None:
                    kind, body = frame
                    if kind == Kind.TARGETSEL and len(body) == 4:
                        found = self._board.machine.dp_find(int.from_bytes(body, "little"))
                        dp = dp if found is None else found
                        connection.sendall(pack_frame(Status.MALFORMED if found is None else Status.OK))
                    else:
                        connection.sendall(self._answer(kind, body, dp))
        except ProtocolError as error:
            LOG.warning("probe door: %s; connection closed", error)

    def _answer(self, kind: int, body: bytes, dp: int) -> bytes:
        board = self._board
        try:
            if kind == Kind.BATCH:
                answer = board.debug_batch(body, polls_core=body.startswith(POLL), dp=dp)
                return struct.pack("<I", len(answer)) + answer
            if kind == Kind.HELLO:
                if body != struct.pack("<I", VERSION):
                    return pack_frame(Status.MALFORMED, f"this door speaks version {VERSION}".encode())
                return pack_frame(Status.OK, body)
            if kind == Kind.RESET_PIN and len(body) == 1:
                board.reset_pin(bool(body[0]))
            elif kind == Kind.RESET:
                board.reset_pin(True)
                board.reset_pin(False)
            elif kind == Kind.IS_RESET:
                return pack_frame(Status.OK, bytes((board.reset_asserted,)))
            elif kind == Kind.CONNECT and len(body) == 1:
                if body[0] > 1:
                    return pack_frame(Status.MALFORMED, b"the board has no JTAG")
                if not board.powered:
                    raise PoweredOffError
            elif kind == Kind.DISCONNECT:
                board.reset_pin(False)  # as DAPLink does: it lets go of all lines
            elif not (kind == Kind.SET_CLOCK and len(body) == 4):
                return pack_frame(Status.MALFORMED, f"unknown request {kind}".encode())
        except PoweredOffError:
            return pack_frame(Status.NO_POWER, b"the chip has no power")
        return pack_frame(Status.OK)
