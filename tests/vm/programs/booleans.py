# SPDX-License-Identifier: Apache-2.0
"""Truth, short circuits as values, chained comparisons, identity, None."""

for v in (
    0,
    1,
    -1,
    0.0,
    0.5,
    "",
    "a",
    [],
    [0],
    (),
    (0,),
    {},
    {1: 2},
    None,
    True,
    False,
    set(),
    {0},
    b"",
    b"a",
    range(0),
    range(1),
    len,
    object,
):
    print(bool(v), not v, "yes" if v else "no", end="; ")
print()
print(1 and 2, 0 and 2, 1 or 2, 0 or 2, None or "x", "" or [] or {}, 1 and "" and 2, not None)
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 > 1 > 0, 1 == 1 == 1, 1 != 2 != 1, 1 < 2 > 1, "a" < "b" < "c")
print(None is None, None is not None, True is True, [] is [], () == (), not None is not None, None == 0, None != False)
print(
    True == 1,
    True + 2,
    False * 5,
    sum([True, True, False]),
    isinstance(True, int),
    str(True),
    int(False),
    True & False,
    True | False,
    True ^ True,
)


def t(a, b, c):
    if a and b or c:
        return 1
    if a or (b and not c):
        return 2
    if not (a or b) and not c:
        return 3
    return 4


print([t(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])


def u(a, b, c):
    r = []
    while a and (b or c) and len(r) < 5:
        r.append(len(r))
        if not c or (a > 3 and not b):
            break
        a -= 1
    return r


print(u(1, 1, 1), u(5, 0, 1), u(3, 2, 1), u(2, 1, 0), u(0, 1, 1))


def between(x, lo, hi):
    return lo <= x < hi


def nested_not(a, b):
    return not (not a and not b), not (a or not b), (a and not b) or (not a and b)


print(between(5, 1, 10), between(10, 1, 10), nested_not(1, 0), nested_not(0, 0), nested_not(1, 1))


def cmp_all(a, b):
    r = ""
    if a < b:
        r += "<"
    if a <= b:
        r += "<="
    if a > b:
        r += ">"
    if a >= b:
        r += ">="
    if a == b:
        r += "=="
    if a != b:
        r += "!="
    if not a < b:
        r += "!<"
    if not a > b:
        r += "!>"
    return r


for p, q in (
    (1, 2),
    (2, 1),
    (2, 2),
    (1.5, 1),
    ("a", "b"),
    ([1], [1, 2]),
    ((2,), (1, 5)),
    (1, 1.0),
    (1 << 40, 1 << 41),
    (-(1 << 35), 5),
):
    print(p, q, cmp_all(p, q))
x = None
print(x is None and "none" or "some", "n" if x is None else "s", x is not None)
if x is None:
    print("is none")
if x is not None:
    print("never")
if not x is None:
    print("never")
y = 5
print(-3 < y < 200, -200 < y, y == -128, y != 127, y > -129, y < 128, 127 >= y >= -128)
if y == 5 and not y == 6 and y != 7 and -1 < y and 100 > y:
    print("all")
print(y in (1, 5), y not in [5], y in {5: 1}, "b" in "abc", y in range(3, 8))
for v in (1, 2.0, "a", None, [1], True, b"x", (1,)):
    r = []
    if v in (1, 2, "a"):
        r.append("in")
    if v not in ["a", b"x", 300]:
        r.append("not in")
    while v in (None, 5):
        r.append("none")
        break
    print(v, r)
if y in (1, 2) or y not in (5, 6):
    print("never")


# Every operand is asked for its truth once, however the operators are nested.
class Told:
    def __init__(s, n, v): s.n, s.v = n, v
    def __bool__(s): print(s.n, end=' '); return s.v
    def __repr__(s): return s.n
vals = [True, False]
for a in vals:
    for b in vals:
        for c in vals:
            for d in vals:
                A, B, C, D = Told('a', a), Told('b', b), Told('c', c), Told('d', d)
                print((A and B) or C); print(A and B or C and D); print((A or B) and (C or D)); print(A and (B or C) and D)
                print((A and (B or C)) or D); print(not (A and B) or C); x = ((A or B) and C) or D; print(x)
                if (A and B) or C: print('y')
                print([A and B or C, (A or B) and C][0])
