# SPDX-License-Identifier: Apache-2.0
"""Doors that are listening sockets."""

from __future__ import annotations

import abc
import contextlib
import logging
import selectors
import socket
import threading

from vmrig_server.emulator.doors.serial import SerialLoop

LOG = logging.getLogger(__name__)


class Listener(abc.ABC):
    """Accepts connections until it is closed and gives each to a thread. Closing ends them all.

    Args:
        sock: listens already.
        name: of its threads.
        loop: waits for connections, so that a door that nobody uses costs no thread; without one, a thread of its own does.
    """

    def __init__(self, sock: socket.socket, name: str, loop: SerialLoop | None = None) -> None:
        self._sock = sock
        self._name = name
        self._loop = loop
        self._lock = threading.Lock()
        self._closed = False
        self._connections: set[socket.socket] = set()
        if loop is None:
            threading.Thread(target=self._accept_all, name=name, daemon=True).start()
        else:
            sock.setblocking(False)
            loop.call(lambda: loop.watch(sock.fileno(), selectors.EVENT_READ, self))

    @abc.abstractmethod
    def serve(self, connection: socket.socket) -> None:
        """One connection, in its own thread. Returns when the other side closed."""

    def ready(self, events: int) -> None:
        """Called by the loop: somebody is at the door."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            self._accept()

    def _accept_all(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                self._accept()

    def _accept(self) -> None:
        """Raises OSError: nobody there, or closed."""
        connection, _ = self._sock.accept()
        connection.setblocking(True)
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
        loop = self._loop
        if loop is not None:
            done = threading.Event()

            def forget() -> None:
                if self._sock.fileno() >= 0:
                    loop.watch(self._sock.fileno(), 0, self)
                done.set()

            loop.call(forget)
            done.wait()
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
