# SPDX-License-Identifier: Apache-2.0
# What every part of the language does with all kinds of arguments: a line each, errors included.
from common.cases import n, t


b = b"hello"
a = bytearray(b"hello")
t(lambda: b[0])
t(lambda: b[-1])
t(lambda: b[9])
t(lambda: b["a"])
t(lambda: b[1:3])
t(lambda: b[::-1])
t(lambda: b"a" + "b")
t(lambda: "b" + b"a")
t(lambda: b"a" + bytearray(b"b"))
t(lambda: bytearray(b"a") + b"b")
t(lambda: b"a" + 1)
t(lambda: b"a" * 3)
t(lambda: b"a" * -1)
t(lambda: 3 * bytearray(b"ab"))
t(lambda: b"a" == "a")
t(lambda: b"a" == bytearray(b"a"))
t(lambda: b"a" < bytearray(b"b"))
t(lambda: b"a" < "b")
t(lambda: b"ab" < b"abc" <= b"abd")
t(lambda: 104 in b)
t(lambda: b"el" in b)
t(lambda: "e" in b)
t(lambda: 300 in b)
t(lambda: None in b)
t(lambda: bytearray(b"l") in b)
t(lambda: b.find(b"l"))
t(lambda: b.find(108))
t(lambda: b.find("l"))
t(lambda: b.find(300))
t(lambda: b.index(b"z"))
t(lambda: b.rindex(108))
t(lambda: b.count(b"l"))
t(lambda: b.count(b""))
t(lambda: b.count(108, 3))
t(lambda: b.startswith((b"x", b"he")))
t(lambda: b.startswith("h"))
t(lambda: b.startswith(("h",)))
t(lambda: b.endswith(bytearray(b"lo")))
t(lambda: b.split(b"l"))
t(lambda: b.split("l"))
t(lambda: b" a  b ".split())
t(lambda: b"a,b,c".rsplit(b",", 1))
t(lambda: b"a".split(b""))
t(lambda: b.partition(b"l"))
t(lambda: b.rpartition(b"l"))
t(lambda: a.partition(b"l"))
t(lambda: a.rpartition(b"q"))
t(lambda: b",".join([b"a", bytearray(b"b")]))
t(lambda: bytearray(b",").join([b"a"]))
t(lambda: b",".join(["a"]))
t(lambda: b",".join([1]))
t(lambda: b",".join(b"ab"))
t(lambda: b.replace(b"l", b"LL"))
t(lambda: b.replace(b"l", b"", 1))
t(lambda: b.replace("l", "x"))
t(lambda: a.replace(b"", b"-"))
t(lambda: b" a ".strip())
t(lambda: b"xax".strip(b"x"))
t(lambda: b"xax".strip("x"))
t(lambda: bytearray(b" a ").lstrip())
t(lambda: b"abc".center(7, b"*"))
t(lambda: b"abc".center(7, "*"))
t(lambda: b"abc".ljust(5))
t(lambda: b"abc".rjust(5, b"."))
t(lambda: b"-5".zfill(5))
t(lambda: b.upper())
t(lambda: b.title())
t(lambda: b.capitalize())
t(lambda: b"aB".swapcase())
t(lambda: b"AbC\xc0".lower())
t(lambda: b.isalpha())
t(lambda: b"1".isdigit())
t(lambda: b"".isalnum())
t(lambda: b"A".isupper())
t(lambda: b" ".isspace())
t(lambda: b"\x80".isascii())
t(lambda: b.hex())
t(lambda: b.hex(":"))
t(lambda: b.hex("-", 2))
t(lambda: b.hex("-", -2))
t(lambda: b.hex(b":"))
t(lambda: b.hex("::"))
t(lambda: b.hex(sep="."))
t(lambda: bytes.fromhex("68 65"))
t(lambda: bytes.fromhex("6"))
t(lambda: bytes.fromhex("zz"))
t(lambda: bytearray.fromhex("6865"))
t(lambda: bytes.fromhex(1))
t(lambda: b.decode())
t(lambda: b.decode("ascii"))
t(lambda: b"\xff".decode())
t(lambda: b"\xff".decode("utf-8", "replace"))
t(lambda: b"a\xffb".decode("ascii", "ignore"))
t(lambda: b"\xe2\x82".decode())
t(lambda: b"\xe2\x82\xac".decode())
t(lambda: b"\xed\xa0\x80".decode())
t(lambda: b"\xc0\x80".decode())
t(lambda: b"\xe9".decode("latin-1"))
t(lambda: b"a".decode("nope"))
t(lambda: b"a".decode(encoding="utf-8", errors="strict"))
t(lambda: b.translate(bytes(range(256))))
t(lambda: b.translate(None, b"l"))
t(lambda: b.translate(b"short"))
t(lambda: bytes.maketrans(b"ab", b"xy")[97:99])
t(lambda: b"a\tb".expandtabs(4))
t(lambda: b"a\nb\r\nc\x0bd".splitlines())
t(lambda: b"a\nb".splitlines(True))
t(lambda: b.removeprefix(b"he"))
t(lambda: b.removesuffix(b"lo"))
t(lambda: repr(b"'\"\x00\xff\n\t\\"))
t(lambda: repr(b"it's"))
t(lambda: repr(bytearray(b"x'y")))
t(lambda: str(b"a"))
t(lambda: list(b))
t(lambda: list(reversed(b"abc")))
t(lambda: sorted(b"cab"))
t(lambda: max(b))
t(lambda: sum(b))
t(lambda: hash(b) == hash(b"hel" + b"lo"))
t(lambda: hash(a))
t(lambda: {b"a": 1}[b"a"])
t(lambda: {b"a": 1}.get("a"))
t(lambda: b.foo)
t(lambda: b"\x41\101\0\n")
t(lambda: rb"\n")
t(lambda: b"a" b"b")
t(lambda: len(b"\xff\xfe"))
t(lambda: bytes(b"abc")[1:])
t(lambda: b"abc"[True])
t(lambda: bytes(a))
t(lambda: tuple(b"ab"))
t(lambda: bytes([i for i in range(5)]))
t(lambda: bytes(i for i in (1, 2)))
t(lambda: bytes((1.5,)))
t(lambda: bytes({1, 2}))


def m(f):
    n[0] += 1
    x = bytearray(b"abcdef")
    try:
        r = f(x)
        print(n[0], r, x)
    except Exception as e:
        print(n[0], type(e).__name__, e, x)


def setitem(i, v):
    def f(x):
        x[i] = v

    return f


def delitem(i):
    def f(x):
        del x[i]

    return f


for i, v in [
    (0, 65), (-1, 65), (9, 65), (-9, 65), (0, 256), (0, -1), (0, "a"), (0, b"a"), (0, None), (0, 1.5),
    (slice(1, 3), b"XYZ"), (slice(1, 3), []), (slice(1, 3), [1, 2]), (slice(1, 3), "ab"), (slice(1, 3), 5),
    (slice(None, None, 2), b"123"), (slice(None, None, 2), b"12"), (slice(None), b""), (slice(3, 1), b"Q"),
    (slice(None, None, -1), b"654321"), (slice(1, 3), [300]), ("a", 1), (None, 1), (slice(0, 0), bytearray(b"zz")),
    (slice(1, 4, 2), []), (slice(10, 20), b"end"), (True, 66),
]:
    m(setitem(i, v))
for i in [0, -1, 9, "a", slice(1, 3), slice(None), slice(None, None, 2), slice(None, None, -2), slice(5, 1)]:
    m(delitem(i))
m(lambda x: x.append(1))
m(lambda x: x.append(256))
m(lambda x: x.append("a"))
m(lambda x: x.extend(b"xy"))
m(lambda x: x.extend([1, 2]))
m(lambda x: x.extend("ab"))
m(lambda x: x.extend(5))
m(lambda x: x.extend(x))
m(lambda x: x.extend([1, 300]))
m(lambda x: x.extend(i for i in range(2)))
m(lambda x: x.insert(0, 65))
m(lambda x: x.insert(-1, 65))
m(lambda x: x.insert(100, 65))
m(lambda x: x.insert(0, 300))
m(lambda x: x.pop())
m(lambda x: x.pop(0))
m(lambda x: x.pop(10))
m(lambda x: bytearray().pop())
m(lambda x: x.remove(97))
m(lambda x: x.remove(1))
m(lambda x: x.remove(300))
m(lambda x: x.reverse())
m(lambda x: x.clear())
m(lambda x: x.copy())
m(lambda x: x.copy() is x)
m(lambda x: x.__iadd__(b"x"))
m(lambda x: x.decode())
m(lambda x: x.find(b"c"))
m(lambda x: x.upper())
m(lambda x: x.hex())
m(lambda x: x == b"abcdef")
m(lambda x: x[1:3])
m(lambda x: type(x[1:3]).__name__)
m(lambda x: x * 2)
m(lambda x: x.sort())
m(lambda x: x.foo)


def aug():
    x = bytearray(b"a")
    y = x
    x += b"b"
    x += bytearray(b"c")
    x *= 2
    print(x, y, x is y)
    x += [1]


t(aug)


def aug2():
    x = bytearray(b"a")
    x += "b"


t(aug2)


def aug3():
    x = b"a"
    y = x
    x += b"b"
    x *= 2
    return x, y


t(aug3)


def bset():
    x = b"abc"
    x[0] = 1


t(bset)


def bdel():
    x = b"abc"
    del x[0]


t(bdel)


def grow():
    x = bytearray()
    for i in range(300):
        x.append(i & 255)
    return len(x), sum(x)


t(grow)


def it():
    x = bytearray(b"abc")
    out = []
    for c in x:
        out.append(c)
        if len(x) < 6:
            x.append(c + 1)
    return out


t(it)
