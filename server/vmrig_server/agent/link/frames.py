# SPDX-License-Identifier: Apache-2.0
"""The framing of the wire protocol (docs/wire-protocol.md): 0x00, COBS(payload), 0x00; text may stand between frames."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAX_BODY = 256
HEADER = struct.Struct("<BBHH")
_CRC = struct.Struct("<I")
MAX_PAYLOAD = HEADER.size + MAX_BODY + _CRC.size
MAX_COBS = MAX_PAYLOAD + MAX_PAYLOAD // 254 + 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `type` 0..255, `sequence` 0..65535, `body` at most MAX_BODY bytes."""

    type: int
    sequence: int
    body: bytes = b""
    flags: int = 0


def cobs_encode(data: bytes) -> bytes:
    """Consistent Overhead Byte Stuffing (Cheshire, Baker 1999): the same data without a zero byte."""
    out = bytearray()
    groups = data.split(b"\0")
    for n, group in enumerate(groups):
        while len(group) >= 254:
            out.append(255)
            out += group[:254]
            group = group[254:]
            if not group and n == len(groups) - 1:
                return bytes(out)
        out.append(len(group) + 1)
        out += group
    return bytes(out)


def cobs_decode(data: bytes) -> bytes | None:
    """Undoes cobs_encode; None when `data` is not something it could have made (a zero, a group cut short)."""
    out = bytearray()
    at, size = 0, len(data)
    if not size:
        return None
    while at < size:
        code = data[at]
        group = data[at + 1 : at + code]
        if code == 0 or len(group) != code - 1 or 0 in group:
            return None
        out += group
        at += code
        if code != 255 and at < size:
            out.append(0)
    return bytes(out)


def encode(frame: Frame) -> bytes:
    """The frame as it goes over the line, delimiters included. ValueError: body longer than MAX_BODY."""
    if len(frame.body) > MAX_BODY:
        raise ValueError(f"a frame's body has at most {MAX_BODY} bytes, not {len(frame.body)}")
    payload = HEADER.pack(frame.type, frame.flags, frame.sequence, len(frame.body)) + frame.body
    return b"\0" + cobs_encode(payload + _CRC.pack(zlib.crc32(payload))) + b"\0"


def parse_payload(cobs: bytes) -> Frame | None:
    """The frame in the bytes between two delimiters; None when its length or its CRC is wrong."""
    payload = cobs_decode(cobs)
    if payload is None or len(payload) < HEADER.size + _CRC.size:
        return None
    kind, flags, sequence, length = HEADER.unpack_from(payload)
    if len(payload) != HEADER.size + length + _CRC.size:
        return None
    end = HEADER.size + length
    if zlib.crc32(payload[:end]) != _CRC.unpack_from(payload, end)[0]:
        return None
    return Frame(kind, sequence, payload[HEADER.size : end], flags)


class Decoder:
    """Splits what comes from a board into frames and plain text, whatever comes and however it is cut.

    Text before a zero passes at once. After a zero the bytes are held until the next zero, or until they are too many for a
    frame; then they are a Frame, or text after all.
    """

    def __init__(self) -> None:
        self._held: bytearray | None = None

    def feed(self, data: bytes) -> list[Frame | bytes]:
        """Frames and pieces of text, in the order in which they came."""
        out: list[Frame | bytes] = []
        at = 0
        while at < len(data):
            if self._held is None:
                zero = data.find(0, at)
                if zero < 0:
                    self._text(out, data[at:])
                    break
                self._text(out, data[at:zero])
                self._held = bytearray()
                at = zero + 1
                continue
            zero = data.find(0, at)
            end = len(data) if zero < 0 else zero
            self._held += data[at:end]
            at = end
            if len(self._held) > MAX_COBS:
                self._text(out, bytes(self._held))
                self._held = None  # a zero that follows starts the next frame
                continue
            if zero < 0:
                break
            at += 1
            frame = parse_payload(bytes(self._held))
            if frame is not None:
                out.append(frame)
                self._held = None
            else:
                # The zero that ends a broken frame, or an empty one, may be the one that starts the next.
                self._text(out, bytes(self._held))
                self._held = bytearray()
        return out

    @property
    def holding(self) -> bool:
        """Bytes are held that may be the beginning of a frame."""
        return bool(self._held)

    def flush(self) -> bytes:
        """The held bytes, given up as text: for a line that has gone quiet within what looked like a frame."""
        held, self._held = bytes(self._held or b""), None
        return held

    @staticmethod
    def _text(out: list[Frame | bytes], data: bytes) -> None:
        if not data:
            return
        last = out[-1] if out else None
        if isinstance(last, bytes):
            out[-1] = last + data
        else:
            out.append(data)
