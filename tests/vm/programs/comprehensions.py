# SPDX-License-Identifier: Apache-2.0
"""Comprehensions of all kinds, nested, conditional, in functions, classes and at the top."""

print([x * x for x in range(6)], [x for x in range(10) if x % 2 if x > 3], [x if x % 2 else -x for x in range(4)])
print([(a, b) for a in range(3) for b in range(a)], [[j for j in range(i)] for i in range(4)])
print({x: x * x for x in range(4)}, {k: v for k, v in [("a", 1), ("b", 2)]}, sorted({x % 3 for x in range(9)}))
print([a + b for a, b in [(1, 2), (3, 4)]], [h for h, *t in ["abc", "de"]], [c for w in ["ab", "cd"] for c in w])
x = "outer"
print([x for x in range(3)], x)


def local(n):
    x = 5
    y = [x + i for i in range(n)]
    z = [x for x in range(n)]
    return x, y, z


print(local(3))


def nested(m):
    return [[row[i] for row in m] for i in range(len(m[0]))]


print(nested([[1, 2, 3], [4, 5, 6]]))


def dependent(n):
    return [(i, j, k) for i in range(n) for j in range(i, n) if i != j for k in range(2) if k]


print(dependent(3))


class K:
    base = 3
    vals = [i for i in range(base)]
    squares = {v: v * v for v in vals}

    def get(self):
        return [v + self.base for v in self.vals]


print(K.vals, K.squares, K().get())
print(
    sum(i * i for i in range(5)), max(len(w) for w in ["a", "bbb"]), list(i for i in "ab"), tuple(i for i in range(2))
)
print(
    any(i > 3 for i in range(5)),
    all(i < 3 for i in range(5)),
    any(i > 9 for i in range(3)),
    all(c.isalpha() for c in "abc"),
)
print(
    ",".join(str(i) for i in range(4)),
    sorted(-i for i in range(3)),
    dict((k, 1) for k in "ab"),
    set(i % 2 for i in range(5)) == {0, 1},
)


def early():
    seen = []

    def check(v):
        seen.append(v)
        return v > 1

    return any(check(v) for v in range(10)), all(check(v) for v in range(5)), seen


print(early())
print([i for i in range(5) if any(i == j for j in (1, 3))], [len([k for k in range(j)]) for j in range(4)])
fs = [lambda k=k: k for k in range(3)]
print([f() for f in fs])
print([y := 1, y + 1], [last := i for i in range(3)], last)
data = [1, 2, 3, 4]
print([half for v in data if (half := v // 2)], {v: [w for w in data if w > v] for v in data})
print([[1, 2][i] for i in (0, 1)], [i for i in [j for j in [k for k in range(3)]]], [*[i for i in range(2)], *(1,)])
try:
    [1 // v for v in (1, 0)]
except ZeroDivisionError as e:
    print(e)
print([i for i in range(10, 0, -3)], [(i, i) for (i,) in [(1,), (2,)]])


def many():
    return [a + b + c + d for a in range(2) for b in range(2) for c in range(2) for d in range(2)]


print(many())
