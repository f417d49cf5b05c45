# SPDX-License-Identifier: Apache-2.0
"""The door of a port with modem lines for programs of ours: a unix socket (`vmrig_server.serialport.wire`), opened as ``vmrig://<path>``."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from vmrig_server import sockets
from vmrig_server.emulator.doors.lined import LinedPort, PortBusyError
from vmrig_server.emulator.doors.port_door import ClientError, PortClient, PortDoor
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.serialport import wire
from vmrig_server.serialport.wire import Kind


class SocketPortDoor(PortDoor):
    """Serves `port` at the socket `path`."""

    def __init__(self, loop: SerialLoop, path: Path, port: LinedPort) -> None:
        self.path = path
        super().__init__(loop, sockets.listen(path), port, _Client)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        super().close()


class _Client(PortClient):
    def __init__(self, door: PortDoor, connection: socket.socket) -> None:
        self._unpacker = wire.Unpacker()
        self._peer: int = struct.unpack(
            "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        )[0]
        super().__init__(door, connection)

    @property
    def pid(self) -> int:
        """From the kernel: who connected."""
        return self._peer

    def arrived(self, data: bytes) -> None:
        try:
            for kind, body in self._unpacker.feed(data):
                self._do(kind, body)
        except (wire.WireError, struct.error) as error:
            raise ClientError(str(error)) from error

    def encode(self, data: bytes) -> bytes:
        return wire.pack(Kind.DATA, data)

    def _do(self, kind: Kind, body: bytes) -> None:
        port = self.port
        if kind is Kind.HELLO and not self.held:
            self._hello(*wire.HELLO.unpack(body))
        elif kind is Kind.WHO and not self.held:
            holder = port.holder
            self.refuse(wire.pack(Kind.DONE) if holder is None else wire.pack(Kind.BUSY, wire.NUMBER.pack(holder.pid)))
        elif not self.held:
            raise ClientError("no HELLO")
        elif kind is Kind.DATA:
            self.to_chip(body)
        elif kind is Kind.LINES:
            self.finish_input()
            dtr, rts = (None if level == wire.LEAVE else bool(level) for level in wire.LINES.unpack(body))
            port.set_lines(dtr=dtr, rts=rts)
            self.send(wire.pack(Kind.DONE))
        elif kind is Kind.BAUD:
            (port.baud,) = wire.NUMBER.unpack(body)
            self.send(wire.pack(Kind.DONE))
        elif kind is Kind.DROP_INPUT:
            self.send(wire.pack(Kind.DONE))
        else:
            raise ClientError(f"{kind.name} comes from the port")

    def _hello(self, version: int, baud: int, dtr: int, rts: int) -> None:
        if version != wire.VERSION:
            self.refuse(wire.pack(Kind.REFUSED, f"this door speaks version {wire.VERSION}".encode()))
            return
        try:
            self.claim()
        except PortBusyError as busy:
            self.refuse(wire.pack(Kind.BUSY, wire.NUMBER.pack(busy.pid)))
            return
        self.port.baud = baud
        self.port.set_lines(dtr=bool(dtr), rts=bool(rts))
        self.send(wire.pack(Kind.READY))
