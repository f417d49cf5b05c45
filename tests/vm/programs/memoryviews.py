# SPDX-License-Identifier: Apache-2.0
# memoryview: reading, writing, slices, formats, errors.
from common.cases import check
import struct

b = bytearray(b"hello world")
m = memoryview(b)
check(lambda: (len(m), m[0], m[-1], list(m[2:5]), bytes(m[::-1]), m[::2].tolist(), m[1:5].tobytes()))
check(lambda: (m.hex(), m[::3].hex("-"), m[2:].hex(":", 2)))
m[0] = 72
m[6:11] = b"WORLD"
check(lambda: (b, m == b, m[:5] == b"Hello", b"Hello" == m[:5], m != b"x", m == 5, m == m[:], m[::2] == m[::2]))
m[1:4] = m[2:5]
check(lambda: b)
m[::5] = b"<->"
check(lambda: (b, m.format, m.itemsize, m.ndim, m.shape, m.strides, m.suboffsets, m.nbytes, m.readonly, m.obj is b))
check(lambda: (m.contiguous, m.c_contiguous, m.f_contiguous, m[::2].contiguous, m[::-2].strides, m[3:3].contiguous))


def put(view, at, value):
    def run():
        view[at] = value
        return view.tolist()

    return run


def remove():
    del m[0]


fixed = memoryview(b"ab")
check(lambda: m[20])
check(lambda: m[-12])
check(lambda: m["a"])
check(lambda: m[1.5])
check(lambda: m[0, 1])
check(lambda: memoryview("x"))
check(lambda: memoryview())
check(lambda: memoryview(object=b"ab").tolist())
check(lambda: m < m)
check(lambda: hash(m))
check(lambda: hash(fixed) == hash(b"ab"))
check(put(fixed, 0, 1))
check(put(m.toreadonly(), 0, 1))
check(put(m, 0, 256))
check(put(m, 0, -1))
check(put(m, 0, "a"))
check(put(m, 99, 1))
check(put(m, slice(0, 2), b"abc"))
check(put(m, slice(0, 2), 5))
check(put(m, slice(0, 2), [1, 2]))
check(put(m, slice(0, 2), memoryview(b"xxyy")[::2]))
check(remove)
check(lambda: m.none_such)
check(lambda: m + b"")
check(lambda: (fixed.readonly, m.toreadonly().readonly, m.toreadonly()[0]))

with memoryview(b) as n:
    check(lambda: n[0])
for use in (
    lambda: n[0],
    lambda: len(n),
    lambda: n.tolist(),
    lambda: n.nbytes,
    lambda: n[1:],
    lambda: bytes(n),
    n.__enter__,
):
    try:
        print(use())
    except (ValueError, TypeError) as e:
        print(type(e).__name__)
n.release()
check(lambda: n == n)
check(lambda: n == b)

c = memoryview(bytearray(8)).cast("H")
c[0] = 513
c[3] = 65535
check(lambda: (c.tolist(), c.tobytes(), c.itemsize, len(c), c.nbytes, c.shape, c[1:3].tolist(), c.format, 513 in c))
check(lambda: (bytes(c), c == c[:], c == memoryview(bytes(c)), c[::2].tobytes(), c[::-1].tolist()))
check(put(c, 0, 65536))
check(put(c, 0, 1.0))
check(put(c, slice(0, 1), b"ab"))
d = memoryview(bytearray(16)).cast("d")
d[1] = 1.5
check(lambda: (d.tolist(), d.cast("B").tolist(), d.cast("b")[15], d.cast("c")[15]))
check(put(d, 0, "x"))
check(lambda: m.cast("zz"))
check(lambda: m.cast("I"))
check(lambda: m[0:4].cast("I").cast("H"))
check(lambda: m[::2].cast("H"))
check(lambda: m.cast(1))
check(lambda: hash(memoryview(b"abcd").cast("H")))

check(
    lambda: (
        104 in memoryview(b"hello"),
        1 in memoryview(b"hello"),
        [x for x in memoryview(b"abc")],
        list(reversed(memoryview(b"abc"))),
    )
)
check(
    lambda: (
        isinstance(m, memoryview),
        type(m),
        bool(memoryview(b"")),
        bool(m),
        repr(m)[:11],
        sorted(memoryview(b"ba")),
    )
)
check(
    lambda: (
        bytes(memoryview(b"xyz")),
        bytearray(memoryview(b"xyz")[::2]),
        int(memoryview(b"123")),
        float(memoryview(b"1.5")),
    )
)
check(
    lambda: (b"".join([memoryview(b"a"), b"b"]), b"abc".find(memoryview(b"c")), b"abc".replace(memoryview(b"b"), b"-"))
)
check(lambda: (b"ab" + memoryview(b"cd"), bytearray(b"ab") + memoryview(b"cd")[1:], str(memoryview(b"abc"), "ascii")))
check(lambda: {memoryview(b"k"): 1}[b"k"])
check(lambda: "a" + memoryview(b"b"))
struct.pack_into("<H", m, 2, 0x4142)
check(lambda: (b, struct.unpack_from("<H", m, 2), struct.unpack("<H", m[2:4])))
check(lambda: struct.pack_into("<H", fixed, 0, 1))

grown = bytearray(b"ab")
grown += memoryview(b"cd")
grown.extend(memoryview(b"ef"))
grown[0:1] = memoryview(b"XY")
check(lambda: (grown, grown.startswith(memoryview(b"XY"))))


class Table:
    """What a program does with views: records in one buffer."""

    def __init__(self, count):
        self.rows = memoryview(bytearray(count * 4))

    def __setitem__(self, i, pair):
        struct.pack_into("<hH", self.rows, i * 4, *pair)

    def __getitem__(self, i):
        return struct.unpack("<hH", self.rows[i * 4 : i * 4 + 4])


t = Table(3)
t[1] = (-2, 50000)
t[2] = (7, 9)
check(lambda: [t[i] for i in range(3)])
check(lambda: t.rows.hex(" ", 4))
