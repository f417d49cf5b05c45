# SPDX-License-Identifier: Apache-2.0
"""Bytes as text: hexadecimal digits and base64; CRC-32 and CRC-CCITT."""

from _hashlib import crc32

Error = type("Error", (ValueError,), {"__module__": "binascii"})
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _bytes_of(data):
    if isinstance(data, str):
        try:
            return data.encode("ascii")
        except UnicodeEncodeError:
            raise ValueError("string argument should contain only ASCII characters") from None
    return data


def hexlify(data, sep=None, bytes_per_sep=1):
    """Two hexadecimal digits for each byte."""
    data = bytes(memoryview(data))
    return (data.hex() if sep is None else data.hex(sep, bytes_per_sep)).encode()


b2a_hex = hexlify


def unhexlify(hexstr, /):
    """What hexlify() was given."""
    text = bytes(_bytes_of(hexstr))
    if len(text) % 2:
        raise Error("Odd-length string")
    try:
        if text.split() != [text] and text:
            raise ValueError
        return bytes.fromhex(text.decode())
    except ValueError:
        raise Error("Non-hexadecimal digit found") from None


a2b_hex = unhexlify


def b2a_base64(data, /, *, newline=True):
    """One line of base64."""
    data = memoryview(data)
    length = len(data)
    out = bytearray((length + 2) // 3 * 4)
    letters = _LETTERS
    at = 0
    for i in range(0, length - 2, 3):
        three = data[i] << 16 | data[i + 1] << 8 | data[i + 2]
        out[at] = letters[three >> 18]
        out[at + 1] = letters[three >> 12 & 63]
        out[at + 2] = letters[three >> 6 & 63]
        out[at + 3] = letters[three & 63]
        at += 4
    left = length % 3
    if left:
        rest = data[length - left] << 16 | (data[length - 1] << 8 if left == 2 else 0)
        out[at] = letters[rest >> 18]
        out[at + 1] = letters[rest >> 12 & 63]
        out[at + 2] = letters[rest >> 6 & 63] if left == 2 else 61
        out[at + 3] = 61
    if newline:
        out.append(10)
    return bytes(out)


def a2b_base64(data, /, *, strict_mode=False):
    """What b2a_base64() was given. Other characters are left out, or with strict_mode refused."""
    data = _bytes_of(data)
    values = {letter: i for i, letter in enumerate(_LETTERS)}
    out = bytearray()
    quad = pads = number = 0
    for i, byte in enumerate(memoryview(data)):
        if byte == 61:
            if strict_mode and not i:
                raise Error("Leading padding not allowed")
            pads += 1
            if quad >= 2 and quad + pads >= 4:
                if strict_mode and i + 1 < len(data):
                    raise Error("Excess data after padding")
                return bytes(out)
            continue
        value = values.get(byte)
        if value is None:
            if strict_mode:
                raise Error("Only base64 data is allowed")
            continue
        pads = 0
        number = number << 6 | value
        quad += 1
        if quad > 1:
            left = 8 - 2 * quad
            out.append(number >> left)
            number &= (1 << left) - 1
            quad &= 3
    if quad == 1:
        count = len(out) // 3 * 4 + 1
        raise Error(
            f"Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a multiple of 4"
        )
    if quad:
        raise Error("Incorrect padding")
    return bytes(out)


def crc_hqx(data, crc, /):
    """CRC-CCITT."""
    for byte in memoryview(data):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc
