# SPDX-License-Identifier: Apache-2.0
"""Damaged containers whose checksums are right again, so that they reach the rules behind the checksums."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib


def reseal(image: bytes) -> bytes:
    """Makes the CRCs of sections, header and directory, and the SHA-256 right, as far as the directory makes sense."""
    out = bytearray(image)
    if len(out) < 48:
        return bytes(out)
    struct.pack_into("<I", out, 12, len(out))
    end = 48 + 16 * out[9]
    if end > len(out):
        return bytes(out)
    seal = -1
    for at in range(48, end, 16):
        number = out[at]
        offset, length = struct.unpack_from("<II", out, at + 4)
        if number == 15:
            seal = offset
        elif number != 16 and offset + length <= len(out):
            struct.pack_into("<I", out, at + 12, zlib.crc32(out[offset : offset + length]))
    struct.pack_into("<I", out, 44, zlib.crc32(out[48:end], zlib.crc32(out[:44])))
    if 0 <= seal <= len(out) - 32:
        out[seal : seal + 32] = hashlib.sha256(out[:seal]).digest()
    return bytes(out)


def mutations(image: bytes, count: int, seed: int) -> list[bytes]:
    """`count` damaged copies: bytes, words and fields changed, pieces swapped, removed or doubled; mostly resealed."""
    rng = random.Random(seed)
    result = []
    sections = [struct.unpack_from("<BBHIII", image, at) for at in range(48, 48 + 16 * image[9], 16)]
    for _ in range(count):
        out = bytearray(image)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            kind = rng.random()
            _, _, _, offset, length, _ = rng.choice(sections)
            inside = offset + rng.randrange(max(length, 1))
            inside = min(inside, len(out) - 1)
            if kind < 0.35:
                out[inside] = rng.choice((0, 1, 255, 128, rng.randrange(256), out[inside] ^ 1 << rng.randrange(8)))
            elif kind < 0.65:
                word = inside & ~3
                value = int.from_bytes(out[word : word + 4], "little")
                field = rng.randrange(4)
                new = (
                    value ^ rng.randrange(1, 256) << 8 * field
                    if rng.random() < 0.5
                    else (value + (1 << 8 * field)) & 0xFFFFFFFF
                )
                out[word : word + 4] = (new & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind < 0.75:
                a, b = inside & ~3, (offset + rng.randrange(max(length, 1))) & ~3
                out[a : a + 4], out[b : b + 4] = out[b : b + 4], out[a : a + 4]
            elif kind < 0.85:
                at = rng.randrange(48 + 16 * image[9])
                out[at] = rng.choice((0, 1, 255, rng.randrange(256), (out[at] + 1) & 255))
            elif kind < 0.92:
                at = rng.randrange(48, 48 + 16 * image[9], 4)
                value = int.from_bytes(out[at : at + 4], "little")
                out[at : at + 4] = ((value + rng.choice((-8, -4, -1, 1, 4, 8))) & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind < 0.96:
                del out[inside & ~3 : (inside & ~3) + 4]
            else:
                out[inside & ~3 : inside & ~3] = bytes(4)
        result.append(reseal(bytes(out)) if rng.random() < 0.95 else bytes(out))
    return result
