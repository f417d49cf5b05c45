# SPDX-License-Identifier: Apache-2.0
"""The doors of a board's serial port, together."""

from __future__ import annotations

from pathlib import Path

from vmrig_server.boards_data.schema import Serial
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.debug import on_port
from vmrig_server.emulator.doors.lined import LinedPort
from vmrig_server.emulator.doors.lines import CIRCUITS
from vmrig_server.emulator.doors.pty import LinedPty
from vmrig_server.emulator.doors.rfc2217 import Rfc2217Door
from vmrig_server.emulator.doors.serial import SerialDoor, SerialLoop
from vmrig_server.emulator.doors.socket_port import SocketPortDoor
from vmrig_server.emulator.outside_pins import OutsidePins


class BoardSerial:
    """A terminal; of a port with modem lines also what sets them, a socket for programs of ours, and a TCP port.

    Args:
        number: serial port of the machine.
        serial: from the board's file.
        link: path of the terminal's symbolic link.
        lines_folder: of the sockets of the preload library.
        socket: path of the port's own.
        rfc2217_port: TCP port, 0: any. One that is taken is replaced by another.
    """

    def __init__(
        self,
        board: Board,
        number: int,
        serial: Serial,
        pins: OutsidePins,
        loop: SerialLoop,
        *,
        link: Path,
        lines_folder: Path,
        socket: Path,
        rfc2217_port: int,
    ) -> None:
        self._board = board
        self._number = number
        self._socket: SocketPortDoor | None = None
        self._rfc2217: Rfc2217Door | None = None
        self._pty: SerialDoor | LinedPty
        if serial.lines is None:
            self._pty = SerialDoor(loop, link, lambda data: board.serial_input(number, data))
            board.attach_serial(number, self._pty.output)
            return
        boot = serial.boot

        def pull_boot(pulled: bool) -> None:
            if boot is not None:
                pins.pull_low(boot, pulled)

        port = LinedPort(board, number, CIRCUITS[serial.lines](), pull_boot, serial.baud)
        self._pty = LinedPty(loop, link, port, lines_folder)
        self._socket = SocketPortDoor(loop, socket.absolute(), port)
        self._rfc2217 = on_port(lambda tcp_port: Rfc2217Door(loop, tcp_port, port), rfc2217_port)
        board.attach_serial(number, port.output)

    @property
    def link(self) -> Path:
        """The terminal."""
        return self._pty.link

    @property
    def rfc2217_port(self) -> int:
        """0 without one."""
        return 0 if self._rfc2217 is None else self._rfc2217.number

    @property
    def url(self) -> str:
        """What the service's own programs open."""
        return str(self.link) if self._socket is None else f"vmrig://{self._socket.path}"

    def close(self) -> None:
        """Ends them; the board should have no power by now."""
        self._board.attach_serial(self._number, None)
        for door in (self._socket, self._rfc2217):
            if door is not None:
                door.close()
        self._pty.close()
