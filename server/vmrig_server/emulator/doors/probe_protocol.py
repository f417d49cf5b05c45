# SPDX-License-Identifier: Apache-2.0
"""The private protocol between the pyOCD plugin and a worker's probe door: binary, batched, over a unix socket.

A frame is ``u32 length, u8 kind, body`` (little-endian; the length counts kind and body); every request gets one answer, in order.

| kind | request body | answer body |
|---|---|---|
| HELLO | u32 version | u32 version |
| BATCH | operations, see `Batch` and server/native/bind/emu_batch.h | batch answer |
| CONNECT | u8 wire protocol (0 default, 1 SWD, 2 JTAG) | - |
| DISCONNECT | - | - |
| SET_CLOCK | u32 Hz | - |
| RESET | - (a pulse on nRESET) | - |
| RESET_PIN | u8 asserted | - |
| IS_RESET | - | u8 asserted |
| TARGETSEL | u32 value | - (MALFORMED: no debug port has that; what was selected stays) |

An answer's first byte is a `Status`; unless it is OK (or FAULT/WAIT of a batch), a sentence in UTF-8 follows.
"""

from __future__ import annotations

import enum
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

VERSION = 1
MAX_FRAME = 17 * 1024 * 1024
"""Bytes. A batch carries at most 16 MB."""

_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<BII")
_DP_READ = struct.Struct("<BB")
_DP_WRITE = struct.Struct("<BBI")
_AP_READ = struct.Struct("<BI")
_TWO_WORDS = struct.Struct("<BII")
_MEM = struct.Struct("<BBII")


class Kind(enum.IntEnum):
    """Requests."""

    HELLO = 0
    BATCH = 1
    CONNECT = 2
    DISCONNECT = 3
    SET_CLOCK = 4
    RESET = 5
    RESET_PIN = 6
    IS_RESET = 7
    TARGETSEL = 8


class Status(enum.IntEnum):
    """First byte of every answer; 0 to 3 are those of a batch (emu_batch_status)."""

    OK = 0
    FAULT = 1
    WAIT = 2
    MALFORMED = 3
    NO_POWER = 4
    """The chip has no power: nothing answers on the wire."""
    GONE = 5
    """The board was unplugged."""


class DapKind(enum.IntEnum):
    """Frames between the emulated bus and the door of a CMSIS-DAP interface, in place of `Kind` and `Status`."""

    CLAIMED = 0
    """From the worker, first: the interface is yours."""
    BUSY = 1
    """From the worker, instead: somebody else has it."""
    PACKET = 2
    """Either way; empty ones end a transfer and mean nothing."""
    RELEASE = 3
    """To the worker, which sends it back as its last frame."""


class Op(enum.IntEnum):
    """Operations of a batch, numbered as in emu_batch.h."""

    DP_READ = 1
    DP_WRITE = 2
    AP_READ = 3
    AP_WRITE = 4
    AP_READ_BLOCK = 5
    AP_WRITE_BLOCK = 6
    MEM_READ = 7
    MEM_WRITE = 8


class ProtocolError(Exception):
    """The other side does not speak this protocol."""


TARGETSEL_REQUEST = (8, 0x99)
"""Cycles and bits of the request to write TARGETSEL (ADIv5.2, B4.3.4); five cycles that nobody answers and 33 of data follow."""


def written_targetsel(sequences: Sequence[Sequence[int]]) -> int | None:
    """The value that SWD sequences, (cycles, bits) or (cycles,), write to TARGETSEL; None: they do not."""
    for request, _, data in zip(sequences, sequences[1:], sequences[2:], strict=False):
        if tuple(request) == TARGETSEL_REQUEST and len(data) == 2 and data[0] == 33:
            return data[1] & 0xFFFFFFFF
    return None


class Batch:
    """Operations that go in one frame. Adding costs no round trip; reads return where their result will be in the answer."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.operations = 0
        self.result_bytes = 0
        self._tail_at = -1
        """Where the last operation begins if it is a memory write that may grow, else -1."""
        self._tail_start = 0
        """Address at which it begins."""
        self._tail_next = (0, 0)
        """Width and address with which it may go on."""

    def _add(self, packed: bytes, result: int = 0) -> int:
        self.data += packed
        self.operations += 1
        self._tail_at = -1
        at = self.result_bytes
        self.result_bytes += result
        return at

    def dp_read(self, address: int) -> int:
        """A[3:2] as 0, 4, 8 or 0xC. Returns the offset of its 4 bytes in the results."""
        return self._add(_DP_READ.pack(Op.DP_READ, address), 4)

    def dp_write(self, address: int, value: int) -> None:
        self._add(_DP_WRITE.pack(Op.DP_WRITE, address, value & 0xFFFFFFFF))

    def ap_read(self, address: int) -> int:
        """(APSEL << 24) | register. Returns the offset of its 4 bytes in the results."""
        return self._add(_AP_READ.pack(Op.AP_READ, address), 4)

    def ap_write(self, address: int, value: int) -> None:
        self._add(_TWO_WORDS.pack(Op.AP_WRITE, address, value & 0xFFFFFFFF))

    def ap_read_block(self, address: int, count: int) -> int:
        return self._add(_TWO_WORDS.pack(Op.AP_READ_BLOCK, address, count), 4 * count)

    def ap_write_block(self, address: int, words: bytes) -> None:
        """`words` are little-endian."""
        self._add(_TWO_WORDS.pack(Op.AP_WRITE_BLOCK, address, len(words) // 4) + words)

    def mem_read(self, width: int, address: int, length: int) -> int:
        """`length` bytes in accesses of `width` bytes; both and the address are multiples of it."""
        return self._add(_MEM.pack(Op.MEM_READ, width, address & 0xFFFFFFFF, length), length)

    def mem_write(self, width: int, address: int, data: bytes) -> None:
        """Accesses of `width` bytes in ascending order. One that goes on where the one before ended becomes part of it: the same accesses, fewer operations."""
        address &= 0xFFFFFFFF
        if self._tail_at >= 0 and self._tail_next == (width, address):
            at = self._tail_at
            self.data += data
            _MEM.pack_into(self.data, at, Op.MEM_WRITE, width, self._tail_start, len(self.data) - at - _MEM.size)
        else:
            at = len(self.data)
            self._add(_MEM.pack(Op.MEM_WRITE, width, address, len(data)) + data)
            self._tail_start = address
        self._tail_at = at
        self._tail_next = (width, address + len(data))

    def bytes_read(self, address: int, count: int) -> int:
        """Reads of any alignment: words where they are whole, bytes at the ends. Returns the offset of `count` adjacent bytes in the results."""
        at = self.result_bytes
        head = min(-address % 4, count)
        middle = (count - head) // 4 * 4
        if head:
            self.mem_read(1, address, head)
        if middle:
            self.mem_read(4, address + head, middle)
        if count - head - middle:
            self.mem_read(1, address + head + middle, count - head - middle)
        return at

    def bytes_write(self, address: int, data: bytes) -> None:
        """Writes of any alignment: words where they are whole, bytes at the ends."""
        head = min(-address % 4, len(data))
        middle = head + (len(data) - head) // 4 * 4
        if head:
            self.mem_write(1, address, data[:head])
        if middle > head:
            self.mem_write(4, address + head, data[head:middle])
        if middle < len(data):
            self.mem_write(1, address + middle, data[middle:])


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What came of a batch. `results` holds those of the `done` first operations."""

    status: Status
    done: int
    fault_address: int
    results: memoryview


def parse_answer(body: bytes) -> BatchAnswer:
    """Reads the answer to a BATCH. Raises `ProtocolError` if it is cut off."""
    if len(body) < _HEAD.size:
        raise ProtocolError("batch answer is cut off")
    status, done, address = _HEAD.unpack_from(body)
    return BatchAnswer(Status(status), done, address, memoryview(body)[_HEAD.size :])


def pack_frame(kind: int, body: bytes | bytearray = b"") -> bytes:
    """A whole frame. In answers the kind is the status."""
    return _LENGTH.pack(len(body) + 1) + bytes((kind,)) + body


class FrameReader:
    """Reads frames from a stream socket with as few system calls as it can."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()

    def _fill(self, count: int) -> bool:
        while len(self._buffer) < count:
            chunk = self._sock.recv(max(65536, count - len(self._buffer)))
            if not chunk:
                return False
            self._buffer += chunk
        return True

    def has_frame(self) -> bool:
        """Whether `read` would return at once, without the socket."""
        if len(self._buffer) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack_from(self._buffer)
        return bool(len(self._buffer) >= _LENGTH.size + length)

    def read(self) -> tuple[int, bytes] | None:
        """(kind, body), or None when the other side closed. Raises `ProtocolError` for lengths no frame has, OSError from the socket."""
        if not self._fill(_LENGTH.size):
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if not 1 <= length <= MAX_FRAME:
            raise ProtocolError(f"a frame of {length} bytes")
        if not self._fill(_LENGTH.size + length):
            return None
        end = _LENGTH.size + length
        kind = self._buffer[_LENGTH.size]
        body = bytes(memoryview(self._buffer)[_LENGTH.size + 1 : end])
        del self._buffer[:end]
        return kind, body
