# SPDX-License-Identifier: Apache-2.0
# binascii, base64, hashlib, hmac and zlib's checksums.
import base64
import binascii
import hashlib
import hmac
import zlib
from binascii import hexlify, unhexlify

data = bytes(range(256))
print(hexlify(b"\x00\xffab"), hexlify(b"abcd", "-"), hexlify(b"abcde", ":", 2), unhexlify("00ff61"), unhexlify(b"6162"), binascii.b2a_hex(b"\x01"))
for text in ("abc", "zz", "6 16", b"0g"):
    try:
        print(unhexlify(text))
    except ValueError as e:
        print(type(e).__name__, e, isinstance(e, binascii.Error))
print(hex(zlib.crc32(b"hello")), binascii.crc32(b"world", zlib.crc32(b"hello ")) == zlib.crc32(b"hello world"), zlib.crc32(b""), zlib.crc32(bytearray(data)))
print(zlib.adler32(b"Wikipedia"), zlib.adler32(b""), zlib.adler32(data * 20), zlib.adler32(b"b", zlib.adler32(b"a")), binascii.crc_hqx(b"123456789", 0xFFFF))
for n in range(7):
    part = data[250 - n :][:n]
    encoded = base64.b64encode(part)
    print(encoded, base64.b64decode(encoded) == part, binascii.b2a_base64(part), base64.b32encode(part), base64.b32decode(base64.b32encode(part)) == part)
print(base64.b64encode(data) == base64.standard_b64encode(data), base64.urlsafe_b64encode(b"\xfb\xff\xfe"), base64.urlsafe_b64decode("-__-"))
print(base64.b64decode("aGVs\nbG8="), base64.b64decode(b"aGVsbG8=!!"), base64.b64encode(b"\xfb\xff", b"!?"), base64.b64decode("aGVsbG8"[:4]))
print(base64.encodebytes(data[:70]), base64.decodebytes(base64.encodebytes(data)) == data, base64.b16encode(b"\xab\x01"), base64.b16decode("AB01"), base64.b16decode("ab", True))
for text in ("aGVsbG8", "a", "abcde", "ab=", "é"):
    try:
        print(base64.b64decode(text))
    except ValueError as e:
        print(type(e).__name__, e)
for text in ("ab!d", "=abc", "abcd=", "YQ==x"):
    try:
        print(base64.b64decode(text, validate=True))
    except binascii.Error as e:
        print(type(e).__name__)
for f in (hashlib.sha256, hashlib.sha1, hashlib.md5):
    h = f()
    print(h.name, h.digest_size, h.block_size, h.hexdigest())
    for n in (1, 55, 56, 63, 64, 65):
        print(f(data[:n]).hexdigest()[:16], end=" ")
    h.update(b"abc")
    k = h.copy()
    h.update(data)
    h.update(bytearray(b"x"))
    print(h.hexdigest(), k.digest().hex(), f(b"abc" + data + b"x").digest() == h.digest())
print(hashlib.new("sha256", b"x").hexdigest(), hashlib.new("md5").name)
for bad in (lambda: hashlib.sha256("text"), lambda: hashlib.md5("text"), lambda: hashlib.new("nosuch"), lambda: hmac.new(b"k")):
    try:
        bad()
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
print(hmac.new(b"key", b"message", "sha256").hexdigest(), hmac.new(b"k" * 100, b"m", hashlib.sha1).hexdigest())
m = hmac.new(b"key", digestmod="md5")
m.update(b"mess")
n = m.copy()
m.update(b"age")
print(m.hexdigest(), n.hexdigest(), m.name, m.digest_size, hmac.digest(b"a", b"b", "sha256").hex())
print(hmac.compare_digest(b"abc", b"abc"), hmac.compare_digest("abc", "abd"), hmac.compare_digest(b"a", b"ab"))
