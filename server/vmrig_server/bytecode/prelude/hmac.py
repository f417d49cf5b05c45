# SPDX-License-Identifier: Apache-2.0
"""Keyed digests (RFC 2104)."""

import hashlib


class HMAC:
    """A digest of a message that only who has the key can make."""

    def __init__(self, key, msg=None, digestmod=""):
        if not isinstance(key, (bytes, bytearray)):
            raise TypeError(f"key: expected bytes or bytearray, but got {type(key).__name__!r}")
        if not digestmod:
            raise TypeError("Missing required parameter 'digestmod'.")
        if isinstance(digestmod, str):
            name = digestmod

            def digestmod(data=b""):
                return hashlib.new(name, data)

        self._inner, self._outer = digestmod(), digestmod()
        self.digest_size, self.block_size = self._inner.digest_size, self._inner.block_size
        self.name = f"hmac-{self._inner.name}"
        if len(key) > self.block_size:
            key = digestmod(key).digest()
        key = bytes(key) + bytes(self.block_size - len(key))
        self._outer.update(bytes([byte ^ 0x5C for byte in key]))
        self._inner.update(bytes([byte ^ 0x36 for byte in key]))
        if msg is not None:
            self.update(msg)

    def update(self, msg):
        """Adds bytes."""
        self._inner.update(msg)

    def copy(self):
        """Another one that goes on from here."""
        made = HMAC.__new__(HMAC)
        made.digest_size, made.block_size, made.name = self.digest_size, self.block_size, self.name
        made._inner, made._outer = self._inner.copy(), self._outer.copy()
        return made

    def digest(self):
        """Of all bytes until now."""
        outer = self._outer.copy()
        outer.update(self._inner.digest())
        return outer.digest()

    def hexdigest(self):
        """The digest in hexadecimal digits."""
        return self.digest().hex()


def new(key, msg=None, digestmod=""):
    """HMAC(key, msg, digestmod)."""
    return HMAC(key, msg, digestmod)


def digest(key, msg, digest):
    """The digest of a message."""
    return HMAC(key, msg, digest).digest()


def compare_digest(a, b, /):
    """Whether they are the same, in a time that does not tell where they differ."""
    if isinstance(a, str) and isinstance(b, str):
        a, b = a.encode("ascii"), b.encode("ascii")
    different = len(a) ^ len(b)
    for x, y in zip(a, b):
        different |= x ^ y
    return different == 0
