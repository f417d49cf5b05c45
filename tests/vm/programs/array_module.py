# SPDX-License-Identifier: Apache-2.0
# array.array: compact rows of numbers.
import array
from array import array as Array


def refused(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, end=" ")
    print()


for code in "bBhHiIlLqQfd":
    a = Array(code, [1, 2, 3])
    print(code, a.itemsize, a.typecode, a, a.tobytes().hex(), len(a), bool(a), bool(Array(code)), Array(code))
a = Array("h", range(5))
a.append(-7)
a.extend([8, 9])
a.extend(Array("h", [10]))
a.extend(x * x for x in range(2))
a.insert(0, 99)
a.insert(-1, 98)
a.insert(100, 97)
print(a, a.pop(), a.pop(0), a.pop(-3), a.index(8), a.count(0), 8 in a, 1000 in a, a[0], a[-1], a[2:5], a[::-2], a[5:2])
a.remove(8)
a.reverse()
print(a, list(a), a.tolist(), sum(a), max(a), sorted(a), [x for x in a if x > 3], a.index(0, 1), list(reversed(a)))
a[0] = -32768
a[-1] = 32767
a[1:3] = Array("h", [5, 6, 7, 8])
a[::3] = Array("h", [0] * len(a[::3]))
print(a)
del a[0], a[-1], a[1:3], a[::2]
print(a, a + Array("h", [1]), a * 2, 2 * a, a * 0, a * -1)
b = a
b += Array("h", [4])
b *= 2
print(a is b, a, a == b, a == Array("i", list(a)), a != Array("h"), a < Array("h", [100]), a >= Array("h", [0]), a == list(a))
a.fromlist([1, 2])
a.frombytes(b"\x01\x02\x03\x04")
a.byteswap()
print(a, a.tobytes(), bytes(a) == a.tobytes(), bytearray(a)[:3], Array("B", b"abc"), Array("B", bytearray(b"xy")), Array("h", b"\1\0\2\0"))
m = memoryview(a)
m[0] = 77
print(a[0], m.format, m.itemsize, len(m), m[1:3].tolist(), memoryview(Array("B", b"abc")).tobytes())
m.release()
f = Array("f", [0.1, 1e10])
d = Array("d", [0.1, 2])
print(f, d, f[0] == 0.1, d[0] == 0.1, Array("d", f)[1], Array("i", Array("b", [1, -1])), Array("d", d) == d)
print(isinstance(a, Array), type(a).__name__, Array is array.array, hasattr(a, "append"), hasattr(a, "typecode"))
q, Q = Array("q", [-(2**63), 2**63 - 1]), Array("Q", [2**64 - 1])
print(q, Q, q[0] + 1, Array("I", [2**32 - 1]))
for code, value in (("b", 128), ("b", -129), ("B", -1), ("B", 256), ("H", 65536), ("i", 2**31), ("I", -1), ("q", 2**63), ("Q", -1), ("b", 1.5), ("d", "x"), ("i", "5"), ("h", None)):
    refused(Array, code, [value])
refused(Array, "x", [])
refused(Array, "ab")
refused(Array, 5)
refused(Array, "h", "text")
refused(Array, "h", b"abc")
refused(Array, "h", 5)
refused(lambda: a[100])
refused(lambda: a["x"])
refused(lambda: Array("b").pop())
refused(lambda: a.pop(99))
refused(lambda: a.index(12345))
refused(lambda: a.remove(12345))
refused(lambda: a + [1])
refused(lambda: a + Array("b"))
refused(lambda: a.extend(Array("b", [1])))
refused(lambda: a.fromlist((1,)))
refused(lambda: a.frombytes(b"x"))
refused(lambda: hash(a))
refused(a.__setitem__, slice(0, 1), [1])
refused(a.__setitem__, slice(0, 4, 2), Array("h", [1]))
try:
    a.fromlist([1, 2, "x"])
except TypeError as e:
    print(e, len(a))
for message in (lambda: a[100], lambda: Array("i").pop(), lambda: a.pop(99), lambda: a.index(-1), lambda: a[1.5], lambda: a + [1], lambda: Array("y")):
    try:
        message()
    except Exception as e:
        print(e)
big = Array("i", [0]) * 1000
for i in range(1000):
    big[i] = i * i
total = 0
for x in big:
    total += x
print(total, len(big), big[999], len(big.tobytes()))
grow = Array("H")
for i in range(3000):
    grow.append(i)
while len(grow) > 10:
    grow.pop(0)
print(grow)
