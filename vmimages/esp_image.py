# SPDX-License-Identifier: Apache-2.0
"""The image format of Espressif's boot ROMs: a header, segments that the ROM copies to RAM, a checksum and a SHA-256.

Source: ESP-IDF Programming Guide, "App Image Format"; esptool documentation, "Firmware Image Format".
"""

from __future__ import annotations

import functools
import hashlib
import operator
import struct
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = 0xE9
CHECKSUM_SEED = 0xEF
SEGMENTS_MAX = 16
LINE = 16
MODE_DIO = 2
FREQUENCY_80M = 0xF
NO_WRITE_PROTECT_PIN = 0xEE
NEWEST_REVISION = 0xFFFF
_SIZES = {1 << 20: 0, 2 << 20: 1, 4 << 20: 2, 8 << 20: 3, 16 << 20: 4}
_HEADER = struct.Struct("<BBBBIB3xHBHH4xB")
_SEGMENT = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Segment:
    """Bytes that the ROM copies to an address in RAM."""

    address: int
    data: bytes


def esp_image(chip_id: int, flash_size: int, entry: int, segments: Sequence[Segment]) -> bytes:
    """The image's bytes; the same arguments give the same bytes. It runs on every revision of its chip.

    Args:
        chip_id: the number of the chip in image headers.
        flash_size: bytes of flash on the board.
        entry: address of the first instruction.
        segments: in the order in which they are copied; each is filled up with zeros to whole words.

    Raises:
        ValueError: a size of flash without a code; no segment or too many; an address that is not a word's.
    """
    if flash_size not in _SIZES:
        raise ValueError(f"there is no code for a flash of {flash_size} bytes")
    if not 1 <= len(segments) <= SEGMENTS_MAX:
        raise ValueError(f"an image has 1 to {SEGMENTS_MAX} segments, not {len(segments)}")
    image = bytearray(
        _HEADER.pack(
            MAGIC,
            len(segments),
            MODE_DIO,
            _SIZES[flash_size] << 4 | FREQUENCY_80M,
            entry,
            NO_WRITE_PROTECT_PIN,
            chip_id,
            0,
            0,
            NEWEST_REVISION,
            1,
        )
    )
    checksum = CHECKSUM_SEED
    for segment in segments:
        if segment.address % 4:
            raise ValueError(f"a segment begins at {segment.address:#x}, which is not a word's address")
        data = segment.data + bytes(-len(segment.data) % 4)
        image += _SEGMENT.pack(segment.address, len(data)) + data
        checksum = functools.reduce(operator.xor, data, checksum)
    image += bytes(LINE - 1 - len(image) % LINE) + bytes([checksum])
    return bytes(image) + hashlib.sha256(image).digest()
