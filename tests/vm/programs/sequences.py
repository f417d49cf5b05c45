# Indexes, slices, + and * of every kind of sequence, and Python code that changes a sequence while it is indexed.


def tried(what, *arguments):
    try:
        return what(*arguments)
    except Exception as e:
        return type(e).__name__ + ": " + str(e)


def same(a):
    return a


KINDS = [
    "abcdefg",
    b"abcdefg",
    bytearray(b"abcdefg"),
    (1, 2, 3, 4, 5, 6, 7),
    [1, 2, 3, 4, 5, 6, 7],
    "äbcdéfg",
    "",
    b"",
    bytearray(),
    (),
    [],
]
BOUNDS = [None, 0, 1, 3, 7, 9, -1, -3, -7, -9, 1 << 40, -(1 << 40)]
for s in KINDS:
    total = 0
    for start in BOUNDS:
        for stop in BOUNDS:
            for step in (None, 1, 2, -1, -3, 1 << 40, -(1 << 40)):
                part = s[start:stop:step]
                total = (total * 31 + len(part) * 7 + len(repr(part))) % 1000003
    print(type(s).__name__, total, s[1:], s[::-1], s[5:1:-2], s[-100:100:3])
    for index in (0, 6, -1, -7, 7, -8, 1 << 40, "a", None, 1.5):
        print(tried(lambda: s[index]), end=" | ")
    print()

ADDED = ["x", b"x", bytearray(b"x"), (9,), [9], 1, 1 << 40, None, {}, 1.5, "é"]
for a in ADDED:
    for b in ADDED:
        print(tried(lambda: a + b), end=" | ")
    print()
for a in ADDED[:5] + ["ab", b"ab", bytearray(b"ab"), (1, 2), [1, 2], "éa", "", ()]:
    for n in (0, 1, 2, 3, 7, -1, True, 1.5, "a"):
        print(tried(lambda: a * n), end=" | ")
    print()
    for n in (0, 1, 5):
        c = a
        c *= n
        print(c, end=" | ")
        a = c if len(c) else a
        c += c
        print(c)


def stored(make, index, value):
    s = make()
    try:
        s[index] = value
    except Exception as e:
        print(type(e).__name__, e, end=" ")
    print(s)
    s = make()
    try:
        del s[index]
    except Exception as e:
        print(type(e).__name__, e, end=" ")
    print(s)


for make in (lambda: [1, 2, 3, 4, 5, 6], lambda: bytearray(b"abcdef")):
    for index in (
        0,
        -1,
        5,
        6,
        -7,
        slice(1, 3),
        slice(3, 1),
        slice(None, None, 2),
        slice(4, 0, -2),
        slice(0, 0),
        slice(6, None),
        slice(1, 6, 4),
    ):
        for value in (65, [66], b"CD", [], (67, 68, 69), 256, "x", range(70, 72)):
            stored(make, index, value)


class Clears:
    def __init__(self, of, to=0):
        self.of = of
        self.to = to

    def __index__(self):
        self.of.clear()
        return self.to


class Shortens(Clears):
    def __index__(self):
        del self.of[2:]
        return self.to


for cls in (Clears, Shortens):  # CPython 3.11 dies of the same with bytearrays
    for to in (0, 1, 2, -1, 40, -40):
        s = list(range(50))
        print(tried(lambda: s[cls(s, to)]), len(s), end=" | ")
        s = list(range(50))
        print(tried(lambda: s[cls(s, to) :]), len(s), end=" | ")
        s = list(range(50))
        print(tried(lambda: s[: cls(s, to) : 3]), len(s), end=" | ")
        s = list(range(50))
        try:
            s[cls(s, to)] = 7
        except IndexError as e:
            print(e, end=" ")
        print(s)
s = [1, 2, 3]
print(
    tried(lambda: stored(list, "a", 1)),
    tried(lambda: stored(lambda: [1], None, 1)),
    stored(lambda: [1, 2], slice(0, 1), 5),
    tried(s.pop, "a"),
    tried(s.pop, 5),
    s.pop(-3),
    s,
    tried([].pop),
    tried([].pop, 1),
    s.pop(),
    s,
)
print(range(10)[2:8:3], range(0, 100, 7)[-3:], range(5)[::-1], range(1 << 40)[1 << 39])
