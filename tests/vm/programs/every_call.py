# SPDX-License-Identifier: Apache-2.0
# What every part of the language does with all kinds of arguments: a line each, errors included.
from common.cases import t


def f0():
    pass


def f1(a):
    return a


def f2(a, b=2):
    return a, b


def f3(a, *args, k=1, **kw):
    return a, args, k, sorted(kw.items())


def f4(a, b, /, c, *, d):
    return a, b, c, d


def f5(*, a, b=2):
    return a, b


def f6(a, b, c=3, d=4):
    return a, b, c, d


class C:
    def m(self, a, b=1):
        return a, b

    @classmethod
    def c(cls, a):
        return cls.__name__, a

    @staticmethod
    def s(a):
        return a

    def __call__(self, x, *, y=2):
        return x, y


t(lambda: f0())
t(lambda: f0(1))
t(lambda: f0(1, 2))
t(lambda: f0(a=1))
t(lambda: f1())
t(lambda: f1(1, 2))
t(lambda: f1(b=1))
t(lambda: f1(1, a=1))
t(lambda: f1(a=1))
t(lambda: f2())
t(lambda: f2(1, 2, 3))
t(lambda: f2(b=1))
t(lambda: f2(1, b=5))
t(lambda: f3())
t(lambda: f3(1, 2, 3, k=4, z=5, y=6))
t(lambda: f3(1, 2, 3, a=4))
t(lambda: f3(*[1, 2], **{"k": 5, "q": 6}))
t(lambda: f3(*[1], 2, *[3], **{"k": 5}, **{"q": 6}))
t(lambda: f3(1, **{"k": 5}, **{"k": 6}))
t(lambda: f3(1, k=1, **{"k": 6}))
t(lambda: f3(1, **{1: 2}))
t(lambda: f3(*5))
t(lambda: f3(**5))
t(lambda: f3(1, *None))
t(lambda: f4(1, 2, 3))
t(lambda: f4(1, 2, 3, d=4))
t(lambda: f4(1, 2, c=3, d=4))
t(lambda: f4(1, b=2, c=3, d=4))
t(lambda: f4(a=1, b=2, c=3, d=4))
t(lambda: f4(1))
t(lambda: f4(1, 2, 3, 4))
t(lambda: f4())
t(lambda: f5())
t(lambda: f5(1))
t(lambda: f5(a=1))
t(lambda: f5(b=1))
t(lambda: f5(1, 2, a=1))
t(lambda: f6(1))
t(lambda: f6(1, 2, 3, 4, 5))
t(lambda: f6(1, d=5))
t(lambda: f6(1, 2, d=5))
t(lambda: f6(d=5))
t(lambda: C().m())
t(lambda: C().m(1, 2, 3))
t(lambda: C.m(1))
t(lambda: C.m())
t(lambda: C().m(b=1))
t(lambda: C().c(1))
t(lambda: C.c())
t(lambda: C.s(1))
t(lambda: C().s())
t(lambda: C()(1))
t(lambda: C()(1, y=3))
t(lambda: C()())
t(lambda: C(1))
t(lambda: C(a=1))
t(lambda: (lambda x, y=2: (x, y))(1))
t(lambda: (lambda: 0)(1))
t(lambda: (lambda *a, **k: (a, k))(1, b=2))
t(lambda: len([], []))
t(lambda: len(obj=[]))
t(lambda: [].append(x=1))
t(lambda: print.foo)
t(lambda: f1.__name__)
t(lambda: f1.__qualname__)
t(lambda: C.m.__qualname__)
t(lambda: C().m.__name__)
t(lambda: (lambda: 0).__name__)
t(lambda: f1.__defaults__)
t(lambda: f2.__defaults__)
t(lambda: f5.__kwdefaults__)
t(lambda: f1.__doc__)
t(lambda: f1.__module__)
t(lambda: f1.foo)
t(lambda: f1 == f1)
t(lambda: C.m == C.m)
t(lambda: C().m == C().m)
t(lambda: (lambda c: c.m == c.m)(C()))
t(lambda: hash(f1) == hash(f1))
t(lambda: {f1: 1}[f1])
t(lambda: str(f1)[:13])
t(lambda: str(C().m)[:24])
t(lambda: repr(C.m)[:16])
t(lambda: str(len))
t(lambda: str([].append)[:40])
t(lambda: str("".join)[:20])
t(lambda: list.append([], 1))
t(lambda: list.append(1, 1))
t(lambda: list.append())
t(lambda: str.upper("a"))
t(lambda: str.upper(1))
t(lambda: dict.get({1: 2}, 1))
t(lambda: int.bit_length(5))
t(lambda: f1 < f1)
t(lambda: f1 + 1)
t(lambda: f1[0])
t(lambda: len(f1))
t(lambda: list(f1))
t(lambda: f1.x)


def attrs():
    f1.x = 1
    f1.y = [2]
    f1.x += 1
    print(f1.x, f1.y, f1.__dict__, hasattr(f1, "x"), getattr(f1, "z", None))
    del f1.x
    print(hasattr(f1, "x"), vars(f1))
    del f1.x


t(attrs)


def mattr():
    C().m.x = 1


t(mattr)


def default_mut(x, acc=[]):
    acc.append(x)
    return acc


print(default_mut(1), default_mut(2), default_mut(3, []))


def counter():
    c = 0

    def inc(by=1):
        nonlocal c
        c += by
        return c

    def get():
        return c

    return inc, get


i, g = counter()
print(i(), i(5), g())
fs = [lambda: k for k in range(3)]
print([f() for f in fs])
fs = [lambda k=k: k for k in range(3)]
print([f() for f in fs])
print([(lambda y: y + k)(1) for k in range(3)])


def outer():
    def rec(n):
        return 1 if n == 0 else n * rec(n - 1)

    return rec


print(outer()(10))


def unbound():
    print(zz)
    zz = 1


t(unbound)


def unbound2():
    del qq
    qq = 1


t(unbound2)


def free():
    def inner():
        return later

    r = inner()
    later = 1
    return r


t(free)


def free2():
    later = 1

    def inner():
        return later

    del later
    return inner()


t(free2)
t(lambda: not_defined_anywhere) if 0 else None


def glob():
    global newglob
    newglob = 5
    del newglob
    return newglob


t(glob)


def deco(*args):
    def wrap(f):
        def call(*a, **k):
            return args, f(*a, **k)

        return call

    return wrap


@deco(1)
@deco(2)
def decorated(x):
    return x


print(decorated(5))


def annot(a: int, b: "str" = 3, *c: list, d: dict = None, **e: set) -> None:
    return a, b, c, d, e


print(annot(1))
x: int = 5
y: "undefined"
print(x)


def gen_default(a=(yield_ := 5)):
    return a


print(gen_default(), yield_)


def ret_multi():
    return 1, *[2, 3], 4


print(ret_multi())


def nested(a, b=lambda x: x * 2):
    return b(a)


print(nested(4), nested(4, lambda x: x))


def recurse(n):
    return recurse(n + 1)


try:
    recurse(0)
except RecursionError as e:
    print("RecursionError")


def kwonly_order(**kw):
    return list(kw)


print(kwonly_order(z=1, a=2, m=3))


def many(a, b, c, d, e, f, g, h, i, j):
    return a + b + c + d + e + f + g + h + i + j


print(many(*range(10)), many(**dict(zip("abcdefghij", range(10)))))
t(lambda: many(*range(9)))
t(lambda: many(*range(5)))
t(lambda: many(1))
t(lambda: many(*range(11)))
print((lambda a, /, b, *, c: (a, b, c))(1, b=2, c=3))
t(lambda: (lambda a, /, b, *, c: (a, b, c))(a=1, b=2, c=3))
t(lambda: (lambda a, /, **k: (a, k))(1, a=2))
print(max(map(lambda p: p[0] * p[1], zip([1, 2], [3, 4]))))
print((lambda: (yield))().__class__.__name__)
if (w := 10) > 5:
    print(w)
print([y := 1, y**2], [z := i for i in range(3)], z)


def test_walrus(v):
    while (v := v - 1) > 0:
        if any((hit := q) > 1 for q in [v]):
            print(hit, end=" ")
    print()


test_walrus(5)
