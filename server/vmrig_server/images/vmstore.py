# SPDX-License-Identifier: Apache-2.0
"""The vmstore record: which VM a board has, and for which chip it was made (vmimages/link/vmstore.h)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAGIC = 0x31534D56
VERSION = 1
_RECORD = struct.Struct("<IHH16sB3x16s32s")
SIZE = _RECORD.size + 4


@dataclass(frozen=True, slots=True)
class VmstoreRecord:
    """What the record says. `vmuid` 16 bytes, `uid` 1 to 16 bytes (most significant first), `image_sha256` 32 bytes."""

    vmuid: bytes
    uid: bytes
    image_sha256: bytes


def build_vmstore(record: VmstoreRecord) -> bytes:
    """The record's 80 bytes. ValueError: a field of the wrong length."""
    if len(record.vmuid) != 16 or not 1 <= len(record.uid) <= 16 or len(record.image_sha256) != 32:
        raise ValueError("a vmstore record has a vmuid of 16 bytes, a uid of 1 to 16 and a SHA-256 of 32")
    body = _RECORD.pack(MAGIC, VERSION, SIZE, record.vmuid, len(record.uid), record.uid, record.image_sha256)
    return body + struct.pack("<I", zlib.crc32(body))


def parse_vmstore(data: bytes) -> VmstoreRecord | None:
    """The record at the beginning of `data`; None for a blank page. ValueError: neither."""
    if len(data) < SIZE:
        raise ValueError(f"a vmstore record has {SIZE} bytes, not {len(data)}")
    if data[:SIZE] == b"\xff" * SIZE:
        return None
    magic, version, size, vmuid, uid_length, uid, digest = _RECORD.unpack_from(data)
    if magic != MAGIC:
        raise ValueError(f"magic {magic:#010x} is not a vmstore record's {MAGIC:#010x}")
    if version != VERSION or size != SIZE:
        raise ValueError(f"version {version} with {size} bytes is not the version {VERSION} with {SIZE}")
    (crc,) = struct.unpack_from("<I", data, _RECORD.size)
    if crc != zlib.crc32(data[: _RECORD.size]):
        raise ValueError(f"CRC-32 {crc:#010x} is wrong, the record's is {zlib.crc32(data[: _RECORD.size]):#010x}")
    if not 1 <= uid_length <= 16:
        raise ValueError(f"a uid of {uid_length} bytes")
    return VmstoreRecord(vmuid, uid[:uid_length], digest)
