# SPDX-License-Identifier: Apache-2.0
"""Digests: SHA-256 by the VM itself; SHA-1 and MD5 in Python, for protocols that ask for them."""

from _hashlib import sha256 as _sha256


class _Hash:
    block_size = 64

    def __init__(self, data=b"", /, *, string=b"", usedforsecurity=True):
        self._begin()
        self.update(data or string)

    def hexdigest(self):
        """The digest in hexadecimal digits."""
        return self.digest().hex()

    def __repr__(self):
        return f"<{self.name} _hashlib.HASH object>"


class sha256(_Hash):
    """SHA-256 (FIPS 180-4)."""

    name = "sha256"
    digest_size = 32

    def _begin(self):
        self._state = b""

    def update(self, data, /):
        """Adds bytes."""
        if isinstance(data, str):
            raise TypeError("Strings must be encoded before hashing")
        self._state = _sha256(self._state, data)

    def digest(self):
        """Of all bytes until now."""
        return _sha256(self._state)

    def copy(self):
        """Another one that goes on from here."""
        made = sha256()
        made._state = self._state
        return made


class _Blocks(_Hash):
    """Of blocks of 64 bytes, in words of 32 bits."""

    def update(self, data, /):
        """Adds bytes."""
        if isinstance(data, str):
            raise TypeError("Strings must be encoded before hashing")
        self._length += len(data)
        data = self._rest + bytes(data)
        for at in range(0, len(data) - 63, 64):
            self._h = self._block(self._h, data[at : at + 64])
        self._rest = data[len(data) - len(data) % 64 :]

    def digest(self):
        """Of all bytes until now."""
        data = self._rest + b"\x80" + bytes((55 - self._length) % 64)
        data += (self._length * 8).to_bytes(8, self._order)
        h = self._h
        for at in range(0, len(data), 64):
            h = self._block(h, data[at : at + 64])
        return b"".join([word.to_bytes(4, self._order) for word in h])

    def copy(self):
        """Another one that goes on from here."""
        made = self.__class__()
        made._h, made._rest, made._length = self._h, self._rest, self._length
        return made


class sha1(_Blocks):
    """SHA-1 (FIPS 180-4). Not for security any more."""

    name = "sha1"
    digest_size = 20
    _order = "big"

    def _begin(self):
        self._h = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
        self._rest = b""
        self._length = 0

    def _block(self, h, block):
        w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
        for i in range(16, 80):
            x = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]
            w.append((x << 1 | x >> 31) & 0xFFFFFFFF)
        a, b, c, d, e = h
        for i in range(80):
            if i < 20:
                f, k = b & c | ~b & d, 0x5A827999
            elif i < 40:
                f, k = b ^ c ^ d, 0x6ED9EBA1
            elif i < 60:
                f, k = b & c | b & d | c & d, 0x8F1BBCDC
            else:
                f, k = b ^ c ^ d, 0xCA62C1D6
            a, b, c, d, e = (
                ((a << 5 | a >> 27) + f + e + k + w[i]) & 0xFFFFFFFF,
                a,
                (b << 30 | b >> 2) & 0xFFFFFFFF,
                c,
                d,
            )
        return tuple([x + y & 0xFFFFFFFF for x, y in zip(h, (a, b, c, d, e))])


class md5(_Blocks):
    """MD5 (RFC 1321). Not for security any more."""

    name = "md5"
    digest_size = 16
    _order = "little"

    def _begin(self):
        self._h = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
        self._rest = b""
        self._length = 0

    def _block(self, h, block):
        from math import sin

        w = [int.from_bytes(block[i : i + 4], "little") for i in range(0, 64, 4)]
        turns = (7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)
        a, b, c, d = h
        for i in range(64):
            round_ = i >> 4
            if round_ == 0:
                f, g = b & c | ~b & d, i
            elif round_ == 1:
                f, g = d & b | ~d & c, 5 * i + 1
            elif round_ == 2:
                f, g = b ^ c ^ d, 3 * i + 5
            else:
                f, g = c ^ (b | ~d & 0xFFFFFFFF), 7 * i
            f = f + a + int(abs(sin(i + 1)) * 4294967296) + w[g & 15] & 0xFFFFFFFF
            n = turns[round_ * 4 + (i & 3)]
            a, d, c, b = d, c, b, b + (f << n | f >> 32 - n) & 0xFFFFFFFF
        return tuple([x + y & 0xFFFFFFFF for x, y in zip(h, (a, b, c, d))])


algorithms_available = algorithms_guaranteed = {"md5", "sha1", "sha256"}


def new(name, data=b"", **kwargs):
    """A digest by name."""
    name = name.lower()
    if name == "sha256":
        return sha256(data)
    if name == "sha1":
        return sha1(data)
    if name == "md5":
        return md5(data)
    raise ValueError(f"unsupported hash type {name}")
