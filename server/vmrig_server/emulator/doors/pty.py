# SPDX-License-Identifier: Apache-2.0
"""The terminal of a serial port with modem lines.

Unlike that of a probe's port (`vmrig_server.emulator.doors.serial`) it keeps nothing for a later reader: what the chip says while nobody has it open is gone, as it is on a bridge chip,
since a flashing tool takes stale text for an answer. The kernel tells of a program that opens it (inotify) and of the last one that closes it (a hang-up of the terminal); closing drops the
lines, unless the program has cleared HUPCL.

A terminal of this kind has no modem lines of its own. Programs that were started with our preload library ask for them at a socket named after the terminal's number.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import select
import selectors
import socket
import struct
import termios
import threading
import tty
from pathlib import Path

from vmrig_server import sockets
from vmrig_server.emulator.doors import terminal
from vmrig_server.emulator.doors.lined import LinedPort, PortBusyError
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.serialport.holder import port_holder

LOG = logging.getLogger(__name__)
BACKLOG = 1 << 20
"""Bytes of output that wait for a slow reader: a loader may send a quarter of a megabyte ahead of the acknowledgements."""
_READ_SIZE = 65536


class LinedPty:
    """A pseudo-terminal with modem lines.

    Args:
        loop: waits on it.
        link: path of the symbolic link that names the port.
        port: what it leads to.
        lines_folder: of the sockets of the preload library.
    """

    def __init__(self, loop: SerialLoop, link: Path, port: LinedPort, lines_folder: Path) -> None:
        self._loop = loop
        self._port = port
        self._lock = threading.Lock()
        self._backlog = bytearray()
        self._pending = b""
        self._open = False
        self._closed = False
        self._guard = -1
        self._master, slave = os.openpty()
        os.set_inheritable(self._master, False)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(slave)
        _prepare(slave)
        os.close(slave)
        self.link = link
        terminal.name(link, self.device)
        self._lines = LinesDoor(loop, lines_folder / f"{Path(self.device).name}.sock", port, self)
        self._watch = loop.opens.add(self.device, self.look)
        port.watch(lambda: loop.call(self._follow_holder))

    @property
    def pid(self) -> int:
        """Who has the terminal open."""
        return port_holder(self.device) or 0

    def output(self, data: bytes) -> None:
        """Bytes that the chip sent."""
        with self._lock:
            if self._closed:
                return
            waited = bool(self._backlog)
            if not waited:
                data = data[terminal.write(self._master, data) :]
            if not data:
                return
            self._backlog += data
            del self._backlog[: max(len(self._backlog) - BACKLOG, 0)]
        if not waited:
            self._loop.call(self._wait)

    def end_if_gone(self) -> None:
        """What was written before the last program closed it still goes to the chip, as far as that has room."""
        if self._open and not self._closed and self._hung_up():
            with contextlib.suppress(OSError):
                while data := os.read(self._master, _READ_SIZE):
                    self._port.input(data)
            self._hang_up()

    def look(self) -> None:
        """Whether somebody has it open now. In the loop's thread only."""
        if self._closed or self._open or self._guard >= 0 or self._hung_up():
            return
        self._open = True
        with contextlib.suppress(PortBusyError):  # a moment later the guard shuts the newcomer out
            self._port.claim(self)
        self._wait()

    def ready(self, events: int) -> None:
        """Called by the loop."""
        if self._closed:
            return
        if not events and not self._pending:
            self._follow_holder()
        if not self._open:
            return
        if events & selectors.EVENT_WRITE:
            with self._lock:
                del self._backlog[: terminal.write(self._master, self._backlog)]
        hung_up = False
        if not self._pending and events & selectors.EVENT_READ:
            try:
                self._pending = os.read(self._master, _READ_SIZE)
            except BlockingIOError:
                pass
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                hung_up = True
        if self._pending:
            taken = self._port.input(self._pending) if self._port.holder is self else len(self._pending)
            self._pending = self._pending[taken:]
        if hung_up and not self._pending and self._hung_up():
            self._hang_up()
        else:
            self._wait()

    def close(self) -> None:
        """The port is gone: who has it open reads an error."""
        done = threading.Event()

        def end() -> None:
            self._loop.opens.remove(self._watch)
            with self._lock:
                self._closed = True
                self._loop.watch(self._master, 0, self)
                os.close(self._master)
            if self._guard >= 0:
                os.close(self._guard)
            done.set()

        self._lines.close()  # first: numbers of terminals are given out again
        self._loop.call(end)
        done.wait()
        self._port.release(self)
        terminal.unname(self.link, self.device)

    def _follow_holder(self) -> None:
        """While another door has the port, programs find the terminal locked, as pyserial and others lock a port that they have open."""
        if self._closed:
            return
        other = self._port.holder not in (None, self)
        if other and self._guard < 0:
            guard = os.open(self.device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._guard = guard
            except BlockingIOError:  # somebody is just trying, or came first after all
                os.close(guard)
                self._loop.retry(self)
        elif not other and self._guard >= 0:
            os.close(self._guard)
            self._guard = -1
            with contextlib.suppress(OSError):
                while os.read(self._master, _READ_SIZE):  # typed at a locked port
                    pass
        if not other:
            if self._open:  # it was open all the while, or has been closed meanwhile
                with contextlib.suppress(PortBusyError):
                    self._port.claim(self)
                self._wait()
            self.look()

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._master, 0)
        return any(events & select.POLLHUP for _, events in poll.poll(0))

    def _hang_up(self) -> None:
        """The last program has closed it."""
        self._open = False
        self._loop.watch(self._master, 0, self)
        with self._lock:
            self._backlog.clear()
        drop = bool(termios.tcgetattr(self._master)[2] & termios.HUPCL)
        slave = os.open(self.device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, bytes(4)))[0]:
                termios.tcflush(slave, termios.TCIFLUSH)
            _prepare(slave)
        finally:
            os.close(slave)
        self._port.release(self, hang_up=drop)
        self.look()  # somebody may have opened it meanwhile

    def _wait(self) -> None:
        if self._closed or not self._open:
            return
        with self._lock:
            writes = selectors.EVENT_WRITE if self._backlog else 0
        if self._pending:
            self._loop.retry(self)
        self._loop.watch(self._master, writes | (0 if self._pending else selectors.EVENT_READ), self)


def _prepare(slave: int) -> None:
    """As a port is before anybody has set it up: the chip's output does not come back as its input, and closing drops the lines. Nothing is touched that is so already: the
    next program may be there by now, and set it up."""
    attributes = termios.tcgetattr(slave)
    if attributes[3] & (termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN) or attributes[1] & termios.OPOST:
        tty.setraw(slave, termios.TCSANOW)
        attributes = termios.tcgetattr(slave)
    if not attributes[2] & termios.HUPCL:
        attributes[2] |= termios.HUPCL
        termios.tcsetattr(slave, termios.TCSANOW, attributes)


_REQUEST = struct.Struct("<II")
_ANSWER = struct.Struct("<I")
GET, SET, RAISE, DROP = range(4)
"""Requests of the preload library (server/native/preload/lines.c): TIOCMGET, TIOCMSET, TIOCMBIS, TIOCMBIC."""


class LinesDoor:
    """Where programs with our preload library set the modem lines: a request is (what, TIOCM_ bits), its answer the bits as they are then."""

    def __init__(self, loop: SerialLoop, path: Path, port: LinedPort, pty: LinedPty) -> None:
        self._loop = loop
        self._path = path
        self._port = port
        self._pty = pty
        self._sock = sockets.listen(path)
        self._sock.setblocking(False)
        self._clients: set[_LinesClient] = set()
        loop.call(lambda: loop.watch(self._sock.fileno(), selectors.EVENT_READ, self))

    def ready(self, events: int) -> None:
        """Called by the loop: somebody is at the door."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self._sock.accept()
            connection.setblocking(False)
            self._clients.add(_LinesClient(self, connection))

    def answer(self, request: bytes) -> bytes:
        what, bits = _REQUEST.unpack(request)
        port = self._port
        self._pty.look()  # who has the terminal open may be here before the kernel's notice of that
        if what != GET and port.holder in (None, self._pty):
            mentions_dtr, mentions_rts = bits & termios.TIOCM_DTR, bits & termios.TIOCM_RTS
            if what == SET:
                port.set_lines(dtr=bool(mentions_dtr), rts=bool(mentions_rts))
            elif what in (RAISE, DROP):
                level = what == RAISE
                port.set_lines(dtr=level if mentions_dtr else None, rts=level if mentions_rts else None)
        return _ANSWER.pack((termios.TIOCM_DTR if port.dtr else 0) | (termios.TIOCM_RTS if port.rts else 0))

    def wait_for(self, client: _LinesClient, fd: int, events: int) -> None:
        """In the loop's thread only; no events: the client is gone."""
        self._loop.watch(fd, events, client)
        if not events:
            self._clients.discard(client)

    def close(self) -> None:
        """Removes the name, and ends what is open."""
        self._path.unlink(missing_ok=True)
        done = threading.Event()

        def end() -> None:
            self._loop.watch(self._sock.fileno(), 0, self)
            self._sock.close()
            for client in tuple(self._clients):
                client.end()
            done.set()

        self._loop.call(end)
        done.wait()


class _LinesClient:
    """One connection; it may ask several times."""

    def __init__(self, door: LinesDoor, connection: socket.socket) -> None:
        self._door = door
        self._connection = connection
        self._buffer = b""
        door.wait_for(self, connection.fileno(), selectors.EVENT_READ)

    def ready(self, events: int) -> None:
        """Called by the loop."""
        try:
            data = self._connection.recv(4096)
            self._buffer += data
            while len(self._buffer) >= _REQUEST.size:
                request, self._buffer = self._buffer[: _REQUEST.size], self._buffer[_REQUEST.size :]
                self._connection.send(self._door.answer(request))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()

    def end(self) -> None:
        self._door.wait_for(self, self._connection.fileno(), 0)
        self._connection.close()
