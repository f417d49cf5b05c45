# SPDX-License-Identifier: Apache-2.0
"""Errors of calls, worded as CPython words them."""


def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw


def pos(a, b, /, c, *, d):
    return a, b, c, d


def none():
    pass


def early(x):
    return x


def fact(n):
    return 1 if n < 2 else n * fact(n - 1)


def two(*, k, m):
    return k, m


class C:
    def __init__(self, a):
        self.a = a

    def m(self, b):
        return b


five, nothing, text = 5, None, "x"
for call in (
    lambda: f(),
    lambda: f(1),
    lambda: none(1),
    lambda: fact(),
    lambda: fact(1, 2),
    lambda: fact(m=1),
    lambda: fact(1, n=2),
    lambda: pos(a=1, b=2, c=3, d=4),
    lambda: pos(1, 2, 3),
    lambda: pos(1),
    lambda: five(),
    lambda: nothing(),
    lambda: text(1),
    lambda: early(),
    lambda: two(),
    lambda: two(k=1),
    lambda: two(1),
    lambda: C(),
    lambda: C(1, 2),
    lambda: C(1).m(),
    lambda: C(1).m(1, 2),
    lambda: C(1).m(c=2),
    lambda: C(1)(),
    lambda: len(),
    lambda: len(1, 2),
    lambda: len(5),
    lambda: ord(),
    lambda: abs("x"),
    lambda: f(1, *[2], a=3, c=1),
):
    try:
        print(call())
    except TypeError as e:
        print("TypeError:", e)
