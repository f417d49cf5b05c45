# SPDX-License-Identifier: Apache-2.0
"""bytes and bytearray."""

b = b"hello\x00\xff"
print(b, len(b), b[0], b[-1], b[1:4], b[::-1], b"", b"'", b'"', b"\n\t\\")
print(bytes([1, 2, 3]), bytes(3), bytes("abc", "utf-8"), "héllo".encode(), b"h\xc3\xa9llo".decode(), bytes(b"x"))
print(b + b"!", b * 2, b"ell" in b, 104 in b, b == b"hello\x00\xff", b"a" < b"b", b.find(b"l"), b.startswith(b"he"))
for x in b"abc":
    print(x, end=" ")
print(list(b"ab"), sum(b"\x01\x02"), b.hex(), bytes.fromhex("0a0b"), b"a,b".split(b","), b",".join([b"x", b"y"]))
a = bytearray(4)
a[0] = 65
a[1] = 0x42
a[-1] = 255
print(a, len(a), a[0], a[1:3], bytearray(b"xyz"), bytearray([1, 2]))
a.append(7)
a.extend(b"ab")
a += b"!"
print(a, bytes(a), a == bytearray(bytes(a)), a == bytes(a))
for i in range(len(a)):
    a[i] ^= 0x5A
print(a, a[::-1], a.find(b"\x00"), 7 ^ 0x5A in a)
a[1:3] = b"zz"
del a[0]
print(a, a.pop(), len(a))
for bad in (lambda: bytes([256]), lambda: b[100], lambda: b"a" + "b", lambda: bytearray(2)[5]):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
try:
    a[0] = 300
except ValueError as e:
    print(e)
try:
    b[0] = 1
except TypeError as e:
    print(e)
print({b"k": 1}[b"k"], hash(b"ab") == hash(b"a" + b"b"), b"abc".replace(b"b", b"X"), b" x ".strip(), b"ABC".lower())
crc = 0xFFFF
for byte in bytes(range(64)):
    crc ^= byte << 8
    for _ in range(8):
        crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else (crc << 1) & 0xFFFF
print(hex(crc))
print(True in b"\x01", False in bytearray(b"abc"), b"a\x01".find(True), b"\x01".count(True), b"\x01".index(True))
