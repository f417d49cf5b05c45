# SPDX-License-Identifier: Apache-2.0
"""Calls with * and ** of more arguments than a window of registers takes."""


class N(tuple):
    def __new__(cls, *a, **k):
        return super().__new__(cls, a + tuple(k))


print(len(N(*range(1000))), len(N(*range(10), **{"k%d" % i: i for i in range(40)})))


class C:
    def __call__(self, *a):
        return len(a)

    @classmethod
    def cm(cls, *a, x=0):
        return cls.__name__, len(a), x

    @staticmethod
    def sm(a, *b, **c):
        return a, len(b), sorted(c)[:3]

    def gen(self, *a):
        for x in a:
            yield x

    def __init__(self, *a, **k):
        self.n = len(a), len(k)


c = C(*range(500), **{"k%d" % i: i for i in range(40)})
print(
    c.n,
    c(*range(400)),
    C.cm(*range(300), x=5),
    C.sm(*range(300), **{str(i): 0 for i in range(50)}),
    sum(c.gen(*range(300))),
)
print(list(map(lambda *a: sum(a), *[[i, i] for i in range(300)])))


def f(a, b=2):
    return a, b


try:
    f(*range(300))
except TypeError as e:
    print(e)
try:
    f(**{"z%d" % i: i for i in range(40)})
except TypeError as e:
    print(str(e)[:40])


def r(n, *a):
    return len(a) if n == 0 else r(n - 1, *a, n)


print(r(20, *range(190)))


def deep(n):
    return max(*range(250), n) if n % 2 else deep(n - 1) + max(*[n] * 30)


print(deep(50))


def deeper(n, *a):
    if n == 0:
        return len(a)
    return deeper(n - 1, *a)


print(deeper(60, *range(180)), deeper(20, *range(1000)))
print(dict(**{"k%d" % i: i for i in range(40)})["k39"], len(dict([(1, 2)], **{"k%d" % i: i for i in range(40)})))
print("{k5} {k30}".format(**{"k%d" % i: i for i in range(40)}))
from functools import partial

print(partial(max, *range(300))(5), partial(f, 1)(*[3]))
import math

print(math.hypot(*[1.0] * 400), math.gcd(*[12] * 300), math.lcm(*range(1, 30)))


class E(Exception):
    pass


try:
    raise E(*range(300))
except E as e:
    print(len(e.args))
print([1].__class__.__name__, sorted(*[[3, 1]]), "".join(*[["a"] * 300])[:3])
print(str.format("{}" * 300, *range(300))[-9:])


def kw(**k):
    return list(k)[:2], len(k)


print(kw(**{"k%d" % i: i for i in range(17)}, **{"l%d" % i: i for i in range(17)}))
try:
    kw(**{1: 2})
except TypeError as e:
    print(e)
try:
    kw(**{**{"k%d" % i: i for i in range(17)}, **{5: 2}})
except TypeError as e:
    print(e)


class D(C):
    def __init__(self, *a, **k):
        super().__init__(*a, *a, **k)


print(D(*range(200)).n)
print(set.union(*[{i} for i in range(300)]) == {*range(300)}, list(zip(*[range(2)] * 300))[1][:3])
print(any(isinstance(x, int) for x in range(*[3])), [*map(max, *[[1, 2], [3, 4]] * 150)])

# Sets from many.
print(set.union(*[{i} for i in range(300)]) == {*range(300)})
a = frozenset([1, 2])
print(a.union([3], (4,), {5: 1}), a.union(), type(a.union([9])).__name__, {1}.union("ab", "bc") == {1, "a", "b", "c"})
s = {1, 2, 3}
print(s.intersection([1, 2], [2, 3]), s.difference([1], [2]), s, s.update([7], (8, 9)), s)
try:
    s.union(5)
except TypeError as e:
    print(e)


class S(set):
    pass


print(type(S([1]).union([2])).__name__)
s.intersection_update([1, 2, 7], [7, 1])
print(s)
s.difference_update([1], [5])
print(s)
print(s.union(s, s), s.update(), s)


# An object that is called by being called.
class Around:
    pass


around = Around()
Around.__call__ = around
for n in (3, 300):
    try:
        around(*range(n))
    except RecursionError:
        print(n, "RecursionError")
