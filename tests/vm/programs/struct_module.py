# SPDX-License-Identifier: Apache-2.0
# struct: every code in every byte order, alignment, counts, the ends of the ranges, and what is refused.
import struct


def tell(f, *args):
    try:
        print(f.__name__, args[0], f(*args))
    except Exception as e:
        print(f.__name__, args[0], type(e).__name__, e)


for order in ("", "@", "=", "<", ">", "!"):
    for code in "bBhHiIlLqQ":
        form = order + code
        size = struct.calcsize(form)
        low = -1 << (8 * size - 1) if code.islower() else 0
        print(form, size)
        for n in (0, 1, -1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**62, low):
            tell(struct.pack, form, n)
        tell(struct.unpack, form, bytes(range(0x71, 0x71 + size)))
        tell(struct.unpack, form, bytes([0x81] + [0x70] * (size - 1)) if code.islower() else bytes(size))
    for code in "efd":
        form = order + code
        for x in (
            0.0,
            -0.0,
            1,
            1.5,
            -2.25,
            65504.0,
            1e-7,
            5.9604644775390625e-08,
            3.0e-8,
            0.1,
            1 / 3,
            1e30,
            float("inf"),
        ):
            tell(struct.pack, form, x)
        tell(struct.pack, form, "x")
        for i in range(0, 256, 37):
            tell(struct.unpack, form, bytes([(i * 7 + k * 31) % 256 & 0x7B for k in range(struct.calcsize(form))]))
    tell(struct.calcsize, order + "bhbiblbqb")
    tell(struct.pack, order + "bhbib", 1, 2, 3, 4, 5)
    tell(struct.pack, order + "3bx2h 0i c ? 4s 3p", 1, 2, 3, 4, 5, b"c", [], b"abcdef", b"xyz")
    tell(struct.unpack, order + "2s3p?c", b"ab\x02cd\x05z")

for form in ("n", "N", "P", "<n", "y", "3", "3 i", "99999999999999999999i", "", "x", "5x", "i y", "<P"):
    tell(struct.calcsize, form)
for args in (
    ("i",),
    ("i", 1, 2),
    ("x", 1),
    ("b", "x"),
    ("b", 1.5),
    ("b", True),
    ("c", 1),
    ("c", b"ab"),
    ("s", 1),
    ("p", "a"),
    ("f", None),
):
    tell(struct.pack, *args)
tell(struct.pack, "0s", b"abc")
tell(struct.pack, "0p", b"abc")
tell(struct.pack, "s", bytearray(b"abc"))
tell(struct.pack, "<f", 1e40)
tell(struct.pack, "<e", 65519.9)
tell(struct.pack, "<e", 65520.0)
tell(struct.unpack, "i", b"abc")
tell(struct.unpack, "i", bytearray(b"\1\0\0\0"))
tell(struct.unpack, "i", 5)
tell(struct.unpack, 5, b"")
for at in (0, 1, 2, 3, 6, -4, -2, -6, -7, 100):
    tell(struct.unpack_from, "<i", b"abcdef", at)
    buffer = bytearray(6)
    tell(struct.pack_into, "<i", buffer, at, 0x01020304)
    print(buffer)
print(struct.unpack_from("<H", b"\0\1\2\3", offset=1))
tell(struct.pack_into, "i", b"abcdef", 0, 1)
tell(struct.pack_into, "ii", bytearray(9), 0, 1)
print([t for t in struct.iter_unpack("<bH", b"abcdefghi")])
tell(struct.iter_unpack, "h", b"abc")
try:
    struct.pack("b", 200)
except struct.error as e:
    print(e.args)

form = struct.Struct("<hI")
row = form.pack(1, 2)
print(
    form.size,
    form.format,
    row,
    form.unpack(row),
    form.unpack_from(b"xx" + row, 2),
    form.unpack_from(b"xx" + row, offset=2),
)
print(list(form.iter_unpack(row * 2)), list(map(form.pack, [1, 2], [3, 4])), isinstance(form, struct.Struct))
room = bytearray(8)
form.pack_into(room, 1, -1, 7)
print(room, struct.Struct(b"3s").format, type(form).__name__)
for f in (
    lambda: form.pack(1),
    lambda: form.unpack(b"1"),
    lambda: struct.Struct("zz"),
    lambda: struct.Struct(),
    lambda: struct.Struct(5),
):
    try:
        f()
    except (struct.error, TypeError) as e:
        print(type(e).__name__, e)
