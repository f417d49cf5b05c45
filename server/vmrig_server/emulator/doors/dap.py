# SPDX-License-Identifier: Apache-2.0
"""The doors at which CMSIS-DAP is spoken: the bulk endpoints of a USB interface, and OpenOCD's TCP back end.

On the emulated bus the host's side of a transfer is `vmrig_server.emulator.usb` in the tool's process; between it and the worker packets travel as frames
(`probe_protocol.pack_frame`) on a unix socket, a `DapKind` each. An interface is claimed by connecting, and is one claimer's at a time.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from pathlib import Path

from vmrig_server import sockets
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap import PACKET_SIZE, CmsisDap, DapIdentity, PacketStream
from vmrig_server.emulator.doors.listener import Listener
from vmrig_server.emulator.doors.probe_protocol import DapKind, FrameReader, ProtocolError, pack_frame
from vmrig_server.emulator.doors.serial import SerialLoop

LOG = logging.getLogger(__name__)
CLAIM_S = 0.5
"""How long a claim waits for the one before it to be gone: a process that was killed lets go a moment later."""

TCP_SIGNATURE = 0x00504144  # "DAP" and a zero byte
TCP_REQUEST, TCP_RESPONSE = 1, 2
_TCP_HEAD = struct.Struct("<IHBB")


def _stream(board: Board, identity: DapIdentity) -> PacketStream:
    return PacketStream(CmsisDap(board, identity))


class DapUsbDoor(Listener):
    """The CMSIS-DAP interface of `board` on the emulated bus, at the socket `path`."""

    def __init__(self, board: Board, identity: DapIdentity, path: Path, loop: SerialLoop | None = None) -> None:
        self._board = board
        self._identity = identity
        self._claim = threading.Lock()
        self.path = path
        super().__init__(sockets.listen(path), "dap-usb-door", loop)

    def close(self) -> None:
        super().close()
        self.path.unlink(missing_ok=True)

    def serve(self, connection: socket.socket) -> None:
        if not self._claim.acquire(timeout=CLAIM_S):
            connection.sendall(pack_frame(DapKind.BUSY))
            return
        try:
            released = self._serve(connection)
        except ProtocolError as error:
            LOG.warning("CMSIS-DAP interface: %s; connection closed", error)
            released = False
        finally:
            self._claim.release()
        if released:
            connection.sendall(pack_frame(DapKind.RELEASE))

    def _serve(self, connection: socket.socket) -> bool:
        """Returns whether the interface was released in order."""
        connection.sendall(pack_frame(DapKind.CLAIMED))
        reader = FrameReader(connection)
        stream = _stream(self._board, self._identity)
        with self._board.debugger():
            while (frame := reader.read()) is not None:
                kind, packet = frame
                if kind == DapKind.RELEASE:
                    return True
                if kind == DapKind.PACKET:
                    answer = b"".join(pack_frame(DapKind.PACKET, response) for response in stream.feed(packet))
                    if answer:
                        connection.sendall(answer)
        return False


class DapTcpDoor(Listener):
    """CMSIS-DAP for OpenOCD's ``cmsis-dap backend tcp``, on a TCP port of the loopback: packets behind an eight-byte header. There is no authentication.

    Args:
        board, identity: as told.
        port: 0 lets the system choose; `self.port` is the one it got.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, board: Board, identity: DapIdentity, port: int = 0, loop: SerialLoop | None = None) -> None:
        self._board = board
        self._identity = identity
        sock = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port: int = sock.getsockname()[1]
        super().__init__(sock, "dap-tcp-door", loop)

    def serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = _stream(self._board, self._identity)
        buffer = bytearray()
        with self._board.debugger():
            while chunk := connection.recv(65536):
                buffer += chunk
                while (packet := _take_tcp_packet(buffer)) is not None:
                    for response in stream.feed(packet):
                        head = _TCP_HEAD.pack(TCP_SIGNATURE, len(response), TCP_RESPONSE, 0)
                        connection.sendall(head + response)


def _take_tcp_packet(buffer: bytearray) -> bytes | None:
    """The first whole packet, taken out of the buffer; None: more must come. Raises ConnectionError for what is no packet."""
    if len(buffer) < _TCP_HEAD.size:
        return None
    signature, length, kind, _ = _TCP_HEAD.unpack_from(buffer)
    if signature != TCP_SIGNATURE or kind != TCP_REQUEST or length > PACKET_SIZE:
        LOG.warning("CMSIS-DAP over TCP: not a request (%s); connection closed", bytes(buffer[:8]).hex(" "))
        raise ConnectionResetError
    end = _TCP_HEAD.size + length
    if len(buffer) < end:
        return None
    packet = bytes(buffer[_TCP_HEAD.size : end])
    del buffer[:end]
    return packet
