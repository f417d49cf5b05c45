# SPDX-License-Identifier: Apache-2.0
"""port.bin: what a board is beyond its chip, compiled from its board file or a custom board's template (vmimages/link/portmap.h)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

MAGIC = 0x31504D56
VERSION = 1
TAG_TARGET = 1
TAG_PINS = 2
TAG_KEY = 3
ACTIVE_LOW = 1
_HEADER = struct.Struct("<IHHII")
_SECTION = struct.Struct("<HHI")


@dataclass(frozen=True, slots=True)
class PortPin:
    """`number` is port * 32 + bit, 0..255."""

    number: int
    active_low: bool = False


@dataclass(frozen=True, slots=True)
class PortMap:
    """What port.bin holds."""

    target: str
    pins: Mapping[str, PortPin] = field(default_factory=dict)
    key: bytes = b""
    """An Ed25519 public key, 32 bytes: the board only takes programs signed with it. Empty: it takes all."""
    others: Mapping[int, bytes] = field(default_factory=dict)
    """Sections of other tags, which the firmware passes over."""


def build_port(port: PortMap) -> bytes:
    """The file's bytes; the same map gives the same bytes. ValueError: a name longer than 255 bytes or a pin outside 0..255."""
    sections = [(TAG_TARGET, port.target.encode()), (TAG_PINS, pins_section(port.pins))]
    if port.key:
        if len(port.key) != 32:
            raise ValueError(f"an Ed25519 public key has 32 bytes, not {len(port.key)}")
        sections.append((TAG_KEY, port.key))
    if not all(TAG_KEY < tag <= 0xFFFF for tag in port.others):
        raise ValueError(f"tags of other sections are {TAG_KEY + 1} to 65535, not {sorted(port.others)}")
    sections += sorted(port.others.items())
    body = b"".join(_SECTION.pack(tag, 0, len(data)) + data + bytes(-len(data) % 4) for tag, data in sections)
    head = _HEADER.pack(MAGIC, VERSION, len(sections), _HEADER.size + len(body), 0)[:12]
    return head + struct.pack("<I", zlib.crc32(body, zlib.crc32(head))) + body


def pins_section(pins: Mapping[str, PortPin]) -> bytes:
    """The section PINS. ValueError: a name longer than 255 bytes or a pin outside 0..255."""
    section = bytearray()
    for name, pin in sorted(pins.items()):
        text = name.encode()
        if not 1 <= len(text) <= 255 or not 0 <= pin.number <= 255:
            raise ValueError(f"pin {name!r} = {pin.number} does not fit into port.bin")
        section += bytes([pin.number, ACTIVE_LOW if pin.active_low else 0, len(text)]) + text
    return bytes(section)


def parse_port(data: bytes) -> PortMap:
    """The map in a port.bin; bytes behind its end are ignored. ValueError: not a whole port.bin."""
    if len(data) < _HEADER.size:
        raise ValueError("a port.bin has at least 16 bytes")
    magic, version, count, total, crc = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise ValueError(f"magic {magic:#010x} version {version} is not a port.bin of version {VERSION}")
    if total < _HEADER.size or total > len(data) or total % 4:
        raise ValueError(f"length {total} is impossible in {len(data)} bytes")
    if crc != zlib.crc32(data[_HEADER.size : total], zlib.crc32(data[:12])):
        raise ValueError("the CRC-32 is wrong")
    sections: dict[int, bytes] = {}
    at = _HEADER.size
    for _ in range(count):
        if total - at < _SECTION.size:
            raise ValueError("a section is cut short")
        tag, _, length = _SECTION.unpack_from(data, at)
        at += _SECTION.size
        if length > total - at:
            raise ValueError("a section is cut short")
        sections[tag] = data[at : at + length]
        at += length + (-length % 4)
    target, pins, key = (sections.pop(tag, b"") for tag in (TAG_TARGET, TAG_PINS, TAG_KEY))
    return PortMap(target.decode(), dict(_pins(pins)), key, sections)


def _pins(data: bytes) -> list[tuple[str, PortPin]]:
    found: list[tuple[str, PortPin]] = []
    at = 0
    while at < len(data):
        if len(data) - at < 3 or len(data) - at < 3 + data[at + 2]:
            raise ValueError("a pin is cut short")
        number, flags, length = data[at : at + 3]
        found.append((data[at + 3 : at + 3 + length].decode(), PortPin(number, bool(flags & ACTIVE_LOW))))
        at += 3 + length
    return found
