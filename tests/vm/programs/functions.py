# SPDX-License-Identifier: Apache-2.0
"""Functions: all kinds of parameters, defaults, recursion, errors of calls."""


def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw


print(f(1, c=3), f(1, 9, c=3), f(1, 2, 3, 4, c=5, d=6, e=7, g=8), f(a=1, c=2), f(*[1, 2, 3], **{"c": 4, "z": 5}))


def pos(a, b, /, c, *, d):
    return a, b, c, d


print(pos(1, 2, 3, d=4), pos(1, 2, c=3, d=4))


def defaults(a, b=[], c={}):
    b.append(a)
    return b, c


print(defaults(1), defaults(2), defaults(3, []))


def none():
    pass


def early(x):
    if x:
        return
    return 5


print(none(), early(1), early(0))


def fact(n):
    return 1 if n < 2 else n * fact(n - 1)


def ack(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ack(m - 1, 1)
    return ack(m - 1, ack(m, n - 1))


print(fact(15), ack(2, 3))


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


print(even(10), odd(7))
print((lambda: 1)(), (lambda x, y=2: x + y)(1), (lambda *a, **k: (a, k))(1, z=2))


def gather(*args, **kwargs):
    return args, sorted(kwargs.items())


print(gather(), gather(1, 2), gather(x=1), gather(*(1, 2), 3, *[4], k=5, **{"m": 6}))


def apply(fn, *args):
    return fn(*args)


print(apply(max, 3, 1, 2), apply(lambda: "none"), apply(str, 5), apply(gather, 1))


def outer(x):
    """A docstring is no code."""

    def inner(y):
        return x + y

    return inner(10) * 2


print(outer(1), outer(x=2))


def many(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9):
    return [a9, a8, a7, a6, a5, a4, a3, a2, a1, a0]


print(many(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), many(*range(10)))
x = 10


def reads():
    return x


def writes():
    global x
    x = 20
    return x


def local():
    x = 30
    return x


print(reads(), local(), writes(), reads(), x)


def annotated(a: int, b: "str" = "q") -> str:
    c: int = 5
    d: float
    return f"{a}{b}{c}"


print(annotated(1))


def rec(n):
    return 0 if n == 0 else 1 + rec(n - 1)


print(rec(100))
try:

    def forever(n):
        return forever(n + 1) + 1

    forever(0)
except RecursionError:
    print("RecursionError")
print(print(1, 2, sep="-", end="!\n"), fact.__name__, (lambda: 0).__name__)
