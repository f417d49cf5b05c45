# SPDX-License-Identifier: Apache-2.0
"""Packets of GDB's remote serial protocol (GDB manual, appendix E): ``$data#checksum``, acknowledged with + and - until told otherwise."""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass

INTERRUPT = 0x03
"""A byte outside of packets: Ctrl-C."""
PACKET_SIZE = 0x4000
"""Most bytes of a packet's data, as they are on the line."""
_ESCAPE = 0x7D
_ESCAPED = b"#$}*"


def escape(data: bytes) -> bytes:
    """Binary data as it may stand in a packet."""
    return b"".join(bytes((_ESCAPE, byte ^ 0x20)) if byte in _ESCAPED else bytes((byte,)) for byte in data)


def unescape(data: bytes) -> bytes:
    """What was meant."""
    out = bytearray()
    following = iter(data)
    for byte in following:
        out.append(next(following, 0) ^ 0x20 if byte == _ESCAPE else byte)
    return bytes(out)


def pack(data: bytes) -> bytes:
    """A packet of data that is escaped where it needs to be."""
    return b"$" + data + b"#%02x" % (sum(data) & 255)


@dataclass(slots=True)
class PacketLine:
    """One connection's packets.

    Attributes:
        acknowledges: until the other side asks for none (QStartNoAckMode).
    """

    connection: socket.socket
    acknowledges: bool = True
    _buffer: bytes = b""
    _sent: bytes = b""

    def read(self) -> bytes | None:
        """The data of the next packet, escaped as it came. None: the other side is gone. Interrupts outside of a run are nothing."""
        while True:
            packet = self._take()
            if packet is not None:
                return packet
            chunk = self.connection.recv(1 << 16)
            if not chunk:
                return None
            self._buffer += chunk
            if len(self._buffer) > 4 * PACKET_SIZE:
                raise ConnectionAbortedError("no packet is that long")

    def send(self, data: bytes) -> None:
        """A packet; see `pack`."""
        self._sent = pack(data)
        self.connection.sendall(self._sent)

    def interrupted(self, timeout_s: float) -> bool:
        """Whether the other side asked for a stop; waits so long for it. A packet that comes meanwhile, and the end of the connection, are that too."""
        if not self._buffer:
            readable, _, _ = select.select([self.connection], [], [], timeout_s)
            if not readable:
                return False
            chunk = self.connection.recv(1 << 16)
            if not chunk:
                raise ConnectionResetError
            self._buffer = chunk
        self._buffer = self._buffer.lstrip(b"+")
        if self._buffer[:1] == bytes((INTERRUPT,)):
            self._buffer = self._buffer[1:]
            return True
        return bool(self._buffer)

    def _take(self) -> bytes | None:
        while self._buffer:
            if self._buffer[:1] == b"-" and self._sent:
                self.connection.sendall(self._sent)
            if self._buffer[:1] != b"$":
                self._buffer = self._buffer[1:]
                continue
            end = self._buffer.find(b"#")
            if end < 0 or len(self._buffer) < end + 3:
                return None
            data, checksum = self._buffer[1:end], self._buffer[end + 1 : end + 3]
            self._buffer = self._buffer[end + 3 :]
            good = checksum.lower() == b"%02x" % (sum(data) & 255)
            if self.acknowledges:
                self.connection.sendall(b"+" if good else b"-")
            if good or not self.acknowledges:
                return data
        return None
