# SPDX-License-Identifier: Apache-2.0
"""The serial door: a pseudo-terminal per UART that the board brings out, under a stable name.

The line speed is virtual: it is the chip's UART that paces bytes, in virtual time, whatever the terminal is set to. The door keeps its own descriptor of
the terminal open, so that tools come and go without the other side noticing. While nobody reads, the oldest output is dropped.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import termios
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from vmrig_server.emulator.doors import terminal
from vmrig_server.emulator.open_files import OpenWatch

BACKLOG = 65536
"""Bytes of output that wait for a reader, beside the few KB that the kernel holds."""
RETRY_S = 0.005
"""How long to wait when the chip's input queue is full."""


class Waiter(Protocol):
    """Who waits in the loop for a descriptor."""

    def ready(self, events: int) -> None: ...


Input = Callable[[bytes], int]
"""Takes bytes towards the chip; returns how many it took."""


class SerialLoop:
    """One thread that waits on all terminals and listening sockets of a worker."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_r, self._wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._wake_r, selectors.EVENT_READ)
        self._lock = threading.Lock()
        self._changes: list[Callable[[], None]] = []
        self._full: set[Waiter] = set()
        self._opens: OpenWatch | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="serial-doors", daemon=True)
        self._thread.start()

    def call(self, change: Callable[[], None]) -> None:
        """Runs `change` in the loop's thread, soon."""
        with self._lock:
            self._changes.append(change)
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_w, b"!")

    def watch(self, fd: int, events: int, door: Waiter) -> None:
        """Sets what to wait for; 0: nothing. In the loop's thread only."""
        known = fd in self._selector.get_map()
        if events and known:
            self._selector.modify(fd, events, door)
        elif events:
            self._selector.register(fd, events, door)
        elif known:
            self._selector.unregister(fd)

    @property
    def opens(self) -> OpenWatch:
        """Tells of files that are opened; the callbacks run in the loop's thread."""
        with self._lock:
            known = self._opens
            self._opens = opens = known or OpenWatch()
        if known is None:
            self.call(lambda: self.watch(opens.fd, selectors.EVENT_READ, opens))
        return opens

    def retry(self, door: Waiter) -> None:
        """The chip's queue is full: try again in a moment. In the loop's thread only."""
        self._full.add(door)

    def close(self) -> None:
        """Ends the thread."""
        self._closed = True
        self.call(lambda: None)
        self._thread.join()
        self._selector.close()
        if self._opens is not None:
            self._opens.close()
        os.close(self._wake_r)
        os.close(self._wake_w)

    def _run(self) -> None:
        while not self._closed:
            for key, events in self._selector.select(RETRY_S if self._full else None):
                if key.data is None:
                    with contextlib.suppress(BlockingIOError):
                        while os.read(self._wake_r, 4096):
                            pass
                else:
                    key.data.ready(events)
            full, self._full = self._full, set()
            for door in full:
                door.ready(0)
            with self._lock:
                changes, self._changes = self._changes, []
            for change in changes:
                change()


class SerialDoor:
    """A pseudo-terminal.

    Args:
        loop: waits on it.
        link: path of the symbolic link that names the port.
        to_chip: takes what the user writes.
    """

    def __init__(self, loop: SerialLoop, link: Path, to_chip: Input) -> None:
        self._loop = loop
        self._to_chip = to_chip
        self._lock = threading.Lock()
        self._backlog = bytearray()
        self._pending = b""
        self._closed = False
        self._master, self._slave = os.openpty()
        for fd in (self._master, self._slave):
            os.set_inheritable(fd, False)
        os.set_blocking(self._master, False)
        tty.setraw(self._slave, termios.TCSANOW)  # no echo: the chip's output must not come back as its input
        self.device = os.ttyname(self._slave)
        self.link = link
        terminal.name(link, self.device)
        loop.call(self._watch)

    def output(self, data: bytes) -> None:
        """Bytes that the chip sent. Any thread, in order."""
        with self._lock:
            if self._closed:
                return
            waited = bool(self._backlog)
            if not waited:
                data = data[terminal.write(self._master, data) :]
            if not data:
                return
            self._backlog += data
            excess = len(self._backlog) - BACKLOG
            if excess > 0:
                # What the kernel holds is older still: it goes first.
                with contextlib.suppress(termios.error):
                    termios.tcflush(self._slave, termios.TCIFLUSH)
                del self._backlog[:excess]
        if not waited:
            self._loop.call(self._watch)

    def close(self) -> None:
        """The port is gone: who has it open reads an error."""
        done = threading.Event()

        def end() -> None:
            with self._lock:
                self._closed = True
                self._loop.watch(self._master, 0, self)
                os.close(self._master)
                os.close(self._slave)
            done.set()

        self._loop.call(end)
        done.wait()
        terminal.unname(self.link, self.device)

    def ready(self, events: int) -> None:
        """Called by the loop."""
        if self._closed:
            return
        if events & selectors.EVENT_WRITE:
            with self._lock:
                del self._backlog[: terminal.write(self._master, self._backlog)]
        if not self._pending and events & selectors.EVENT_READ:
            with contextlib.suppress(BlockingIOError):
                self._pending = os.read(self._master, 4096)
        if self._pending:
            self._pending = self._pending[self._to_chip(self._pending) :]
        self._watch()

    def _watch(self) -> None:
        if self._closed:
            return
        with self._lock:
            writes = selectors.EVENT_WRITE if self._backlog else 0
        if self._pending:
            self._loop.retry(self)
        self._loop.watch(self._master, writes | (0 if self._pending else selectors.EVENT_READ), self)
