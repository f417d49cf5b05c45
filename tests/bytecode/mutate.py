# SPDX-License-Identifier: Apache-2.0
"""Damaged containers whose checksums are right again, so that they reach the rules behind the checksums."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib

HEADER, ENTRY, SIGN = 24, 8, 31


def directory(image: bytes) -> list[tuple[int, int, int]]:
    """(id, offset, length) of every section, as far as the directory makes sense."""
    rows = []
    end = HEADER + ENTRY * image[15]
    for at in range(HEADER, min(end, len(image) - ENTRY + 1), ENTRY):
        (head,) = struct.unpack_from("<I", image, at)
        length = (head >> 8) * 4
        rows.append((head & 255, end, length))
        end += length if head & 255 != SIGN else 0
    return rows


def reseal(image: bytes) -> bytes:
    """Makes the length, the CRCs of sections, header and directory, and the SHA-256 right, as far as the directory makes sense."""
    out = bytearray(image)
    if len(out) < HEADER:
        return bytes(out)
    struct.pack_into("<I", out, 4, len(out))
    end = HEADER + ENTRY * out[15]
    if end > len(out):
        return bytes(out)
    seal = len(out) - 32
    for i, (number, offset, length) in enumerate(directory(out)):
        if number == SIGN:
            seal -= 64
        elif offset + length <= len(out):
            struct.pack_into("<I", out, HEADER + ENTRY * i + 4, zlib.crc32(out[offset : offset + length]))
    struct.pack_into("<I", out, 20, zlib.crc32(out[HEADER:end], zlib.crc32(out[:20])))
    if seal >= end:
        out[seal : seal + 32] = hashlib.sha256(out[:seal]).digest()
    return bytes(out)


def _resize(out: bytearray, rng: random.Random) -> None:
    """A word taken out of a section or put in, its length told right."""
    rows = directory(bytes(out))
    index = rng.randrange(len(rows))
    number, offset, length = rows[index]
    words = rng.choice((1, 1, 2))
    at = offset + 4 * rng.randrange(length // 4 + 1)
    grow = rng.random() < 0.5 or length < 4 * words
    if grow:
        out[at:at] = bytes(rng.choice((0, 0, rng.randrange(256))) for _ in range(4 * words))
    else:
        del out[min(at, offset + length - 4 * words) : min(at, offset + length - 4 * words) + 4 * words]
    new = max(length // 4 + (words if grow else -words), 0)
    struct.pack_into("<I", out, HEADER + ENTRY * index, number | new << 8)


def mutations(image: bytes, count: int, seed: int) -> list[bytes]:
    """`count` damaged copies: bytes, words and fields changed, pieces swapped, removed or doubled; mostly resealed."""
    rng = random.Random(seed)
    result = []
    sections = [row for row in directory(image) if row[2]]
    for _ in range(count):
        out = bytearray(image)
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            kind = rng.random()
            _, offset, length = rng.choice(sections)
            inside = min(offset + rng.randrange(length), len(out) - 1)
            word = inside & ~3
            if kind < 0.35:
                out[inside] = rng.choice((0, 1, 255, 128, rng.randrange(256), out[inside] ^ 1 << rng.randrange(8)))
            elif kind < 0.65:
                value = int.from_bytes(out[word : word + 4], "little")
                field = rng.randrange(4)
                new = (
                    value ^ rng.randrange(1, 256) << 8 * field
                    if rng.random() < 0.5
                    else (value + (1 << 8 * field)) & 0xFFFFFFFF
                )
                out[word : word + 4] = (new & 0xFFFFFFFF).to_bytes(4, "little")
            elif kind < 0.75:
                other = min(offset + rng.randrange(length), len(out) - 1) & ~3
                out[word : word + 4], out[other : other + 4] = out[other : other + 4], out[word : word + 4]
            elif kind < 0.83:
                at = rng.randrange(HEADER + ENTRY * image[15])
                out[at] = rng.choice((0, 1, 255, rng.randrange(256), (out[at] + 1) & 255))
            elif kind < 0.87:
                at = rng.randrange(HEADER, HEADER + ENTRY * image[15], 4)
                value = int.from_bytes(out[at : at + 4], "little")
                out[at : at + 4] = ((value + rng.choice((-512, -256, -1, 1, 256, 512))) & 0xFFFFFFFF).to_bytes(
                    4, "little"
                )
            elif kind < 0.95:
                _resize(out, rng)
            elif kind < 0.975:
                del out[word : word + 4]
            else:
                out[word:word] = bytes(4)
            if len(out) < HEADER + ENTRY * out[15] + 32:
                break
        result.append(reseal(bytes(out)) if rng.random() < 0.95 else bytes(out))
    return result
