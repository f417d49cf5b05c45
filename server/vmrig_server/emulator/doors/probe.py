# SPDX-License-Identifier: Apache-2.0
"""The debug door for our pyOCD plugin: `probe_protocol` on a unix socket, a thread per connection."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
from pathlib import Path

from vmrig_server.emulator import sockets
from vmrig_server.emulator.board import Board, PoweredOffError
from vmrig_server.emulator.doors.probe_protocol import (
    VERSION,
    Batch,
    FrameReader,
    Kind,
    ProtocolError,
    Status,
    pack_frame,
)

LOG = logging.getLogger(__name__)

DHCSR = 0xE000EDF0
"""Debug halting control and status register (ARMv7-M, C1.6.2)."""


def _poll_prefix() -> bytes:
    batch = Batch()
    batch.mem_read(4, DHCSR, 4)
    return bytes(batch.data)


POLL = _poll_prefix()
"""How a batch begins that asks first whether the core has halted."""


class Listener:
    """Accepts connections until it is closed and gives each to a thread. Closing ends them all."""

    def __init__(self, sock: socket.socket, name: str) -> None:
        self._sock = sock
        self._name = name
        self._lock = threading.Lock()
        self._closed = False
        self._connections: set[socket.socket] = set()
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        """One connection, in its own thread. Returns when the other side closed."""
        raise NotImplementedError

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._sock.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._run, args=(connection,), name=self._name, daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(ConnectionError):
                self.serve(connection)
        except OSError as error:
            LOG.debug("%s: %s", self._name, error)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def stop_accepting(self) -> None:
        """New connections are refused; those that are open go on."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # wakes accept(); close() alone does not
        self._sock.close()

    def close(self) -> None:
        """Ends the listener and its connections."""
        with self._lock:
            self._closed = True
            connections = tuple(self._connections)
        self.stop_accepting()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class ProbeDoor(Listener):
    """Serves `board` at the socket `path`."""

    def __init__(self, board: Board, path: Path) -> None:
        self._board = board
        self.path = path
        super().__init__(sockets.listen(path), "probe-door")

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)

    def serve(self, connection: socket.socket) -> None:
        reader = FrameReader(connection)
        try:
            with self._board.debugger():
                while (frame := reader.read()) is not None:
                    kind, body = frame
                    connection.sendall(self._answer(kind, body))
        except ProtocolError as error:
            LOG.warning("probe door: %s; connection closed", error)

    def _answer(self, kind: int, body: bytes) -> bytes:
        board = self._board
        try:
            if kind == Kind.BATCH:
                answer = board.debug_batch(body, polls_core=body.startswith(POLL))
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
            elif not (kind == Kind.DISCONNECT or (kind == Kind.SET_CLOCK and len(body) == 4)):
                return pack_frame(Status.MALFORMED, f"unknown request {kind}".encode())
        except PoweredOffError:
            return pack_frame(Status.NO_POWER, b"the chip has no power")
        return pack_frame(Status.OK)
