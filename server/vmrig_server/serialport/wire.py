# SPDX-License-Identifier: Apache-2.0
"""What goes over the socket of a serial port with modem lines: frames of a kind (one byte), a length (u32) and a body, little-endian.

The program that opens the port sends HELLO first and gets READY, or BUSY and the end. LINES, BAUD and DROP_INPUT are answered by DONE, in order. The end of the connection closes the
port, which drops its lines.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator

SCHEME = "vmrig://"
VERSION = 1
HEAD = struct.Struct("<BI")
BODY_MAX = 1 << 20
HELLO = struct.Struct("<IIBB")
"""Version, baud, DTR, RTS: the lines are set at once."""
LINES = struct.Struct("<BB")
"""DTR, RTS; LEAVE leaves one as it is."""
NUMBER = struct.Struct("<I")
LEAVE = 0xFF


class Kind(enum.IntEnum):
    """Below 128: from the program; DATA goes both ways."""

    DATA = 0
    HELLO = 1
    LINES = 2
    BAUD = 3
    DROP_INPUT = 4
    WHO = 5
    """Instead of HELLO: BUSY or DONE, and the end."""
    READY = 128
    DONE = 129
    BUSY = 130
    """The process id of who has the port open, 0 when that is unknown."""
    REFUSED = 131
    """A sentence."""


class WireError(Exception):
    """The other side does not speak this protocol."""


def pack(kind: Kind, body: bytes | bytearray | memoryview = b"") -> bytes:
    return HEAD.pack(kind, len(body)) + bytes(body)


class Unpacker:
    """Takes frames out of a stream."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """The frames that are whole now.

        Raises:
            WireError: a kind or a length that cannot be.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) >= HEAD.size:
            number, length = HEAD.unpack_from(buffer)
            if length > BODY_MAX:
                raise WireError(f"a frame of {length} bytes")
            if len(buffer) < HEAD.size + length:
                return
            body = bytes(memoryview(buffer)[HEAD.size : HEAD.size + length])
            del buffer[: HEAD.size + length]
            try:
                kind = Kind(number)
            except ValueError:
                raise WireError(f"unknown frame {number}") from None
            yield kind, body
