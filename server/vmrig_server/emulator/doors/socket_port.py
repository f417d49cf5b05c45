# SPDX-License-Identifier: Apache-2.0
"""The door of a port with modem lines for programs of ours: a unix socket (`vmrig_server.serialport.wire`), opened as ``vmrig://<path>``."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import struct
import threading
from pathlib import Path

from vmrig_server.emulator import sockets
from vmrig_server.emulator.doors.lined import LinedPort, PortBusyError
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.serialport import wire
from vmrig_server.serialport.wire import Kind

LOG = logging.getLogger(__name__)
BACKLOG = 4 << 20
"""Bytes of output that wait for a slow reader; after that it is lost."""
_RECEIVE = 1 << 18


class SocketPortDoor:
    """Serves `port` at the socket `path`."""

    def __init__(self, loop: SerialLoop, path: Path, port: LinedPort) -> None:
        self.loop = loop
        self.path = path
        self.port = port
        self._sock = sockets.listen(path)
        self._sock.setblocking(False)
        self.clients: set[_Client] = set()
        loop.call(lambda: loop.watch(self._sock.fileno(), selectors.EVENT_READ, self))

    def ready(self, events: int) -> None:
        """Called by the loop: somebody is at the door."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._sock.accept()
            connection.setblocking(False)
            self.clients.add(_Client(self, connection))

    def close(self) -> None:
        """Ends the door and who has come through it."""
        self.path.unlink(missing_ok=True)
        done = threading.Event()

        def end() -> None:
            self.loop.watch(self._sock.fileno(), 0, self)
            self._sock.close()
            for client in tuple(self.clients):
                client.end()
            done.set()

        self.loop.call(end)
        done.wait()


class _Client:
    """One connection. All but `output` happens in the loop's thread."""

    def __init__(self, door: SocketPortDoor, connection: socket.socket) -> None:
        self._door = door
        self._connection = connection
        self._unpacker = wire.Unpacker()
        self._lock = threading.Lock()
        self._out = bytearray()
        self._pending = b""
        self._held = False
        self._closing = False
        self._closed = False
        self._watch()

    @property
    def pid(self) -> int:
        """From the kernel: who connected."""
        credentials = self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid: int = struct.unpack("3i", credentials)[0]
        return pid

    def output(self, data: bytes) -> None:
        """Bytes that the chip sent; any thread."""
        with self._lock:
            if len(self._out) < BACKLOG:
                self._put(wire.pack(Kind.DATA, data))

    def ready(self, events: int) -> None:
        """Called by the loop."""
        if self._closed:
            return
        if events & selectors.EVENT_WRITE:
            with self._lock:
                self._flush()
        alive = True
        if events & selectors.EVENT_READ and not self._pending:
            alive = self._receive()
        self._feed()
        if not alive or (self._closing and not self._out):
            self.end()
        else:
            self._watch()

    def end(self) -> None:
        """The connection is over, and with it the port closed."""
        if self._closed:
            return
        self._closed = True
        self._door.loop.watch(self._connection.fileno(), 0, self)
        self._door.clients.discard(self)
        if self._held:
            self._door.port.release(self)
        with self._lock:
            self._connection.close()

    def _receive(self) -> bool:
        try:
            data = self._connection.recv(_RECEIVE)
            if not data:
                return False
            for kind, body in self._unpacker.feed(data):
                self._do(kind, body)
        except BlockingIOError:
            return True
        except OSError:
            return False
        except (wire.WireError, struct.error) as error:
            LOG.warning("serial door: %s; connection closed", error)
            return False
        return True

    def _do(self, kind: Kind, body: bytes) -> None:
        port = self._door.port
        if kind is Kind.HELLO and not self._held:
            self._hello(*wire.HELLO.unpack(body))
        elif kind is Kind.WHO and not self._held:
            holder = port.holder
            self._refuse(*((Kind.DONE, b"") if holder is None else (Kind.BUSY, wire.NUMBER.pack(holder.pid))))
        elif not self._held:
            raise wire.WireError("no HELLO")
        elif kind is Kind.DATA:
            self._pending += body
            self._feed()
        elif kind is Kind.LINES:
            self._finish_input()
            dtr, rts = (None if level == wire.LEAVE else bool(level) for level in wire.LINES.unpack(body))
            port.set_lines(dtr=dtr, rts=rts)
            self._answer(wire.pack(Kind.DONE))
        elif kind is Kind.BAUD:
            (port.baud,) = wire.NUMBER.unpack(body)
            self._answer(wire.pack(Kind.DONE))
        elif kind is Kind.DROP_INPUT:
            self._answer(wire.pack(Kind.DONE))
        else:
            raise wire.WireError(f"{kind.name} comes from the port")

    def _hello(self, version: int, baud: int, dtr: int, rts: int) -> None:
        if version != wire.VERSION:
            self._refuse(Kind.REFUSED, f"this door speaks version {wire.VERSION}".encode())
            return
        try:
            self._door.port.claim(self)
        except PortBusyError as busy:
            self._refuse(Kind.BUSY, wire.NUMBER.pack(busy.pid))
            return
        self._held = True
        self._door.port.baud = baud
        self._door.port.set_lines(dtr=bool(dtr), rts=bool(rts))
        self._answer(wire.pack(Kind.READY))

    def _refuse(self, kind: Kind, body: bytes) -> None:
        self._answer(wire.pack(kind, body))
        self._closing = True

    def _feed(self) -> None:
        if self._pending:
            self._pending = self._pending[self._door.port.input(self._pending) :]

    def _finish_input(self) -> None:
        """What was written before a line changes does not come after it; what the chip's queue has no room for is lost."""
        self._feed()
        self._pending = b""

    def _answer(self, frame: bytes) -> None:
        with self._lock:
            self._put(frame)

    def _put(self, frame: bytes) -> None:
        """Sends at once, or waits for room. Called with the lock held."""
        if self._closed:
            return
        waited = bool(self._out)
        self._out += frame
        if not waited:
            self._flush()
            if self._out:
                self._door.loop.call(self._watch)

    def _flush(self) -> None:
        """Called with the lock held."""
        try:
            while self._out:
                del self._out[: self._connection.send(self._out)]
        except BlockingIOError:
            pass
        except OSError:  # the loop sees the end of the connection
            self._out.clear()

    def _watch(self) -> None:
        if self._closed:
            return
        with self._lock:
            writes = selectors.EVENT_WRITE if self._out else 0
        if self._pending:
            self._door.loop.retry(self)
        self._door.loop.watch(self._connection.fileno(), writes | (0 if self._pending else selectors.EVENT_READ), self)
