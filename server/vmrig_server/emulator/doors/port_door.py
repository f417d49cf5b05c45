# SPDX-License-Identifier: Apache-2.0
"""What the sockets that lead to a serial port with modem lines have in common: connections in the worker's loop, one of which has the port."""

from __future__ import annotations

import abc
import contextlib
import logging
import select
import selectors
import socket
import threading
from collections.abc import Callable

from vmrig_server.emulator.doors.lined import LinedPort
from vmrig_server.emulator.doors.serial import SerialLoop

LOG = logging.getLogger(__name__)
BACKLOG = 4 << 20
"""Bytes of output that wait for a slow reader; what comes after that is lost."""
_RECEIVE = 1 << 18


class ClientError(Exception):
    """The other side does not speak the door's protocol; it is shown out."""


class PortDoor:
    """A listening socket before a port.

    Args:
        sock: listens already.
        client: made of each connection.
    """

    def __init__(
        self,
        loop: SerialLoop,
        sock: socket.socket,
        port: LinedPort,
        client: Callable[[PortDoor, socket.socket], PortClient],
    ) -> None:
        self.loop = loop
        self.port = port
        self._sock = sock
        self._client = client
        sock.setblocking(False)
        self.clients: set[PortClient] = set()
        loop.call(lambda: loop.watch(sock.fileno(), selectors.EVENT_READ, self))

    def ready(self, events: int) -> None:
        """Called by the loop: somebody is at the door."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._sock.accept()
            connection.setblocking(False)
            self.clients.add(self._client(self, connection))

    def close(self) -> None:
        """Ends the door and who has come through it."""
        done = threading.Event()

        def end() -> None:
            self.loop.watch(self._sock.fileno(), 0, self)
            self._sock.close()
            for client in tuple(self.clients):
                client.end()
            done.set()

        self.loop.call(end)
        done.wait()


class PortClient(abc.ABC):
    """One connection. All but `output` happens in the loop's thread."""

    def __init__(self, door: PortDoor, connection: socket.socket) -> None:
        self._door = door
        self._connection = connection
        self._lock = threading.Lock()
        self._out = bytearray()
        self._pending = b""
        self._held = False
        self._closing = False
        self._closed = False
        self._watch()

    # --- what a protocol is made of ---------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Of the program on the other side; 0: unknown."""
        return 0

    @abc.abstractmethod
    def arrived(self, data: bytes) -> None:
        """From the other side.

        Raises:
            ClientError: it makes no sense.
        """

    @abc.abstractmethod
    def encode(self, data: bytes) -> bytes:
        """The chip's output as it goes over the connection."""

    # --- for the protocol -------------------------------------------------------------------------------------------

    @property
    def port(self) -> LinedPort:
        return self._door.port

    def claim(self) -> None:
        """Opens the port for this connection. Raises PortBusyError."""
        self.port.claim(self)
        self._held = True

    @property
    def held(self) -> bool:
        """Whether this connection has the port."""
        return self._held

    def to_chip(self, data: bytes) -> None:
        self._pending += data
        self._feed()

    def finish_input(self) -> None:
        """What was written before a line changes does not come after it; what the chip's queue has no room for is lost."""
        self._feed()
        self._pending = b""

    def send(self, data: bytes) -> None:
        """Of the protocol's own."""
        with self._lock:
            self._put(data)

    def refuse(self, data: bytes) -> None:
        """Sends the last words and closes."""
        self.send(data)
        self._closing = True
        self._door.loop.retry(self)

    # --- inside -----------------------------------------------------------------------------------------------------

    def output(self, data: bytes) -> None:
        """Bytes that the chip sent; any thread."""
        with self._lock:
            if len(self._out) < BACKLOG:
                self._put(self.encode(data))

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

    def end_if_gone(self) -> None:
        """What came before the end still goes to the chip, as far as that has room."""
        poll = select.poll()
        poll.register(self._connection, select.POLLRDHUP)
        if not self._closed and poll.poll(0):
            self._pending = b""
            while self._receive():
                self._pending = b""
            self.end()

    def end(self) -> None:
        """The connection is over, and with it the port closed."""
        if self._closed:
            return
        self._closed = True
        self._door.loop.watch(self._connection.fileno(), 0, self)
        self._door.clients.discard(self)
        if self._held:
            self.port.release(self)
        with self._lock:
            self._connection.close()

    def _receive(self) -> bool:
        try:
            data = self._connection.recv(_RECEIVE)
            if not data:
                return False
            if not self._closing:
                self.arrived(data)
        except BlockingIOError:
            return True
        except OSError:
            return False
        except ClientError as error:
            LOG.warning("serial door: %s; connection closed", error)
            return False
        return True

    def _feed(self) -> None:
        if self._pending:
            self._pending = self._pending[self.port.input(self._pending) :]

    def _put(self, data: bytes) -> None:
        """Sends at once, or waits for room. Called with the lock held."""
        if self._closed:
            return
        waited = bool(self._out)
        self._out += data
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
