# SPDX-License-Identifier: Apache-2.0
"""Base64, base32 and base16 (RFC 4648)."""

import binascii


def _bytes_of(s):
    if isinstance(s, str):
        try:
            return s.encode("ascii")
        except UnicodeEncodeError:
            raise ValueError("string argument should contain only ASCII characters") from None
    try:
        return bytes(memoryview(s))
    except TypeError:
        raise TypeError(
            f"argument should be a bytes-like object or ASCII string, not {s.__class__.__name__!r}"
        ) from None


def b64encode(s, altchars=None):
    """Base64, with two other letters instead of + and / if told."""
    encoded = binascii.b2a_base64(s, newline=False)
    if altchars is not None:
        return encoded.replace(b"+", altchars[:1]).replace(b"/", altchars[1:])
    return encoded


def b64decode(s, altchars=None, validate=False):
    """What b64encode() was given."""
    s = _bytes_of(s)
    if altchars is not None:
        altchars = _bytes_of(altchars)
        s = s.replace(altchars[:1], b"+").replace(altchars[1:], b"/")
    return binascii.a2b_base64(s, strict_mode=validate)


def standard_b64encode(s):
    """b64encode(s)."""
    return b64encode(s)


def standard_b64decode(s):
    """b64decode(s)."""
    return b64decode(s)


def urlsafe_b64encode(s):
    """With - and _ instead of + and /."""
    return b64encode(s, b"-_")


def urlsafe_b64decode(s):
    """What urlsafe_b64encode() was given."""
    return b64decode(s, b"-_")


def encodebytes(s):
    """Lines of base64 of 76 characters."""
    return b"".join([binascii.b2a_base64(s[i : i + 57]) for i in range(0, len(s), 57)])


def decodebytes(s):
    """What encodebytes() was given."""
    return binascii.a2b_base64(s)


def b16encode(s):
    """Hexadecimal digits, in capitals."""
    return binascii.hexlify(s).upper()


def b16decode(s, casefold=False):
    """What b16encode() was given."""
    s = _bytes_of(s)
    if casefold:
        s = s.upper()
    if any([byte not in b"0123456789ABCDEF" for byte in s]):
        raise binascii.Error("Non-base16 digit found")
    return binascii.unhexlify(s)


_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def b32encode(s):
    """Base32."""
    s = bytes(memoryview(s))
    out = bytearray()
    for i in range(0, len(s), 5):
        part = s[i : i + 5]
        number = int.from_bytes(part + bytes(5 - len(part)), "big")
        count = (len(part) * 8 + 4) // 5
        for k in range(8):
            out.append(_BASE32[number >> 35 - 5 * k & 31] if k < count else 61)
    return bytes(out)


def b32decode(s, casefold=False, map01=None):
    """What b32encode() was given."""
    s = _bytes_of(s)
    if len(s) % 8:
        raise binascii.Error("Incorrect padding")
    if map01 is not None:
        s = s.replace(b"0", b"O").replace(b"1", _bytes_of(map01))
    if casefold:
        s = s.upper()
    text = s.rstrip(b"=")
    pads = len(s) - len(text)
    out = bytearray()
    for i in range(0, len(s), 8):
        number = 0
        for byte in text[i : i + 8]:
            value = _BASE32.find(byte)
            if value < 0:
                raise binascii.Error("Non-base32 digit found")
            number = number << 5 | value
        number <<= 5 * (8 - len(text[i : i + 8]))
        out += number.to_bytes(5, "big")
    if pads not in (0, 1, 3, 4, 6):
        raise binascii.Error("Incorrect padding")
    if pads:
        del out[-((pads * 5 + 7) // 8) :]
    return bytes(out)
