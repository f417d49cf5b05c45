# SPDX-License-Identifier: Apache-2.0
"""Checksums: CRC-32 and Adler-32. Nothing is compressed."""

from _hashlib import crc32


def adler32(data, value=1, /):
    """Adler-32 (RFC 1950)."""
    a, b = value & 0xFFFF, value >> 16 & 0xFFFF
    data = memoryview(data)
    for start in range(0, len(data), 2048):  # so few bytes that the sums stay small ints
        for byte in data[start : start + 2048]:
            a += byte
            b += a
        a %= 65521
        b %= 65521
    return b << 16 | a
