# SPDX-License-Identifier: Apache-2.0
"""A serial port with modem lines, as a bridge chip has one: a terminal, a socket and a TCP port lead to it, and one program at a time has it open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.lines import Circuit, Pulls


class Holder(Protocol):
    """A door that somebody has opened."""

    def output(self, data: bytes) -> None:
        """Bytes that the chip sent. Any thread, in order; must not wait."""
        ...

    def end_if_gone(self) -> None:
        """Releases the port if the program has closed it and the door has not yet noticed. In the loop's thread, as `LinedPort.claim`."""
        ...

    @property
    def pid(self) -> int:
        """Of the program, as far as that can be known; 0: it cannot."""
        ...


class PortBusyError(Exception):
    """Another program has the port open. `pid` is its process id, 0 when nobody can tell."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"the port is held by PID {pid}" if pid else "the port is held by another program")
        self.pid = pid


class LinedPort:
    """The port behind all doors of a board's UART. Thread-safe.

    Args:
        board: whose UART and pins it is.
        number: serial port of the machine.
        circuit: what the lines do.
        pull_boot: pulls the strapping pin low (true), or lets go of it.
        baud: bits per second before anybody has set a speed.
    """

    def __init__(
        self, board: Board, number: int, circuit: Circuit, pull_boot: Callable[[bool], None], baud: int
    ) -> None:
        self._board = board
        self._number = number
        self._circuit = circuit
        self._pull_boot = pull_boot
        self._pulls = Pulls()
        self._lock = threading.RLock()
        self._holder: Holder | None = None
        self._watchers: list[Callable[[], None]] = []
        self.dtr = False
        self.rts = False
        self.baud = baud

    @property
    def holder(self) -> Holder | None:
        return self._holder

    def watch(self, watcher: Callable[[], None]) -> None:
        """Calls the watcher when another holder has come or gone; from any thread."""
        self._watchers.append(watcher)

    def claim(self, holder: Holder) -> None:
        """Opens the port for a door.

        Raises:
            PortBusyError: another one has it.
        """
        before = self._holder
        if before is not None and before is not holder:
            before.end_if_gone()
        with self._lock:
            if self._holder not in (None, holder):
                assert self._holder is not None
                raise PortBusyError(self._holder.pid)
            if self._holder is holder:
                return
            self._holder = holder
        self._tell()

    def release(self, holder: Holder, *, hang_up: bool = True) -> None:
        """Closes it, if it is this door's. Its lines drop as those of a real bridge do, unless the program has asked for them to stay."""
        with self._lock:
            if self._holder is not holder:
                return
            self._holder = None
            if hang_up:
                self.set_lines(dtr=False, rts=False)
        self._tell()

    def set_lines(self, *, dtr: bool | None = None, rts: bool | None = None) -> None:
        """Sets both lines at once; None leaves one as it is."""
        with self._lock:
            self.dtr = self.dtr if dtr is None else dtr
            self.rts = self.rts if rts is None else rts
            for pulls in self._circuit.set(self.dtr, self.rts):
                self._pull(pulls)

    def input(self, data: bytes) -> int:
        """Bytes towards the chip; returns how many were taken."""
        return self._board.serial_input(self._number, data)

    def output(self, data: bytes) -> None:
        """Bytes from the chip, for whoever has the port open; otherwise they are gone, as on a bridge that nobody reads."""
        holder = self._holder
        if holder is not None:
            holder.output(data)

    def _pull(self, pulls: Pulls) -> None:
        before, self._pulls = self._pulls, pulls
        if self._circuit.inside:
            if pulls.boot != before.boot:
                self._pull_boot(pulls.boot)
            if pulls.reset and not before.reset:
                self._board.usb_reset(drop_input=self._number)
            return
        # The strapping pin is read when the reset pin is let go of: it has its level by then, and keeps it until after.
        if pulls.reset and not before.reset:
            self._board.reset_pin(True, drop_input=self._number)
        if pulls.boot != before.boot:
            self._pull_boot(pulls.boot)
        if before.reset and not pulls.reset:
            self._board.reset_pin(False)

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()
