# SPDX-License-Identifier: Apache-2.0
# What every part of the language does with all kinds of arguments: a line each, errors included.
from common.cases import t


def g(n):
    for i in range(n):
        x = yield i
        if x:
            print("got", x)
    return "ret"


x = g(3)
print(next(x), x.send("a"), next(x), next(x, "end"), next(x, "end"))
t(lambda: next(g(0)))
try:
    next(g(0))
except StopIteration as e:
    print(e.value)
t(lambda: g(1).send(5))
t(lambda: g(3).send(None))
t(lambda: g(3).throw(ValueError("t")))
t(lambda: g(3).throw(ValueError))
t(lambda: g(3).throw(ValueError, "msg"))
t(lambda: g(3).throw(5))
t(lambda: g(3).close())
t(lambda: iter(x) is x)
t(lambda: len(x))
t(lambda: x[0])
t(lambda: x.foo)


def h():
    try:
        while True:
            try:
                v = yield
                print("v", v)
            except ValueError as e:
                print("caught", e)
                yield "from except"
    finally:
        print("fin")


y = h()
next(y)
y.send(1)
print(y.throw(ValueError("q")))
next(y)
t(lambda: y.throw(KeyError("k")))
t(lambda: next(y))
y = h()
next(y)
y.close()
y.close()
t(lambda: y.send(1))
t(lambda: y.throw(KeyError("late")))


def ign():
    try:
        yield 1
    except GeneratorExit:
        print("ignored")
        yield 2


z = ign()
next(z)
t(lambda: z.close())


def ret_in_close():
    try:
        yield 1
    except GeneratorExit:
        return 5


z = ret_in_close()
next(z)
t(lambda: z.close())


def raise_in_close():
    try:
        yield 1
    finally:
        raise KeyError("in close")


z = raise_in_close()
next(z)
t(lambda: z.close())


def stop():
    yield 1
    raise StopIteration(7)


z = stop()
next(z)
t(lambda: next(z))


def sub():
    r = yield from g(2)
    print("r", r)
    r = yield from [10, 20]
    print("r", r)
    yield from "ab"
    yield from ()
    return "subret"


print(list(sub()))


def outer():
    r = yield from sub()
    yield r


print(list(outer()))
o = sub()
print(next(o), o.send("X"))


def delegate_throw():
    try:
        yield from inner_throw()
    except KeyError as e:
        yield ("outer", str(e))


def inner_throw():
    try:
        yield 1
        yield 2
    except ValueError as e:
        yield ("inner", str(e))
        raise KeyError("from inner")
    finally:
        print("inner fin")


d = delegate_throw()
print(next(d), d.throw(ValueError("v")), next(d))
t(lambda: next(d))
d = delegate_throw()
next(d)
d.close()
t(lambda: list(yf(5)))


def yf(x):
    yield from x


class It:
    def __iter__(self):
        return self

    def __init__(self):
        self.n = 0

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration("itret")
        return self.n

    def send(self, v):
        print("send", v)
        return v

    def throw(self, *a):
        print("throw", a[0].__name__ if isinstance(a[0], type) else type(a[0]).__name__)
        raise StopIteration("thrown")

    def close(self):
        print("it close")


def yfi():
    r = yield from It()
    print("r=", r)


print(list(yfi()))
q = yfi()
print(next(q), q.send(55))
try:
    q.throw(ValueError)
except StopIteration:
    print("stopped")
q = yfi()
next(q)
q.close()


def reenter():
    yield next(me)


me = reenter()
t(lambda: next(me))
print([*g(3)], list(x * 2 for x in g(3)), sum(g(5)), dict((i, i) for i in g(2)), sorted(g(3), reverse=True), max(g(4)))
a, *b = g(4)
print(a, b)
print(2 in g(5), 9 in g(5))
print(list(zip(g(2), g(3))), list(map(str, g(2))), ",".join(str(i) for i in g(3)))
ge = (i for i in range(3))
print(next(ge), list(ge), list(ge))
print(list((i, j) for i in range(3) if i for j in range(i)))
t(lambda: list(1 / i for i in [1, 0]))


def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


f = fib()
print([next(f) for _ in range(10)])


def take(n, it):
    for _, v in zip(range(n), it):
        yield v


print(list(take(5, fib())))


def tree(n):
    if n:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)


print(list(tree(4)))


def yexpr():
    x = (yield 1) + (yield 2)
    print("x", x)
    y = [(yield 3), (yield 4)]
    print(y)
    return (yield)


q = yexpr()
next(q)
print(q.send(10), q.send(20), q.send("a"), q.send("b"))
try:
    q.send("last")
except StopIteration as e:
    print(e.value)


def gen_with():
    class CM:
        def __enter__(self):
            print("E")

        def __exit__(self, *a):
            print("X", a[0] and a[0].__name__)

    with CM():
        yield 1
        yield 2


q = gen_with()
print(next(q))
q.close()
for v in gen_with():
    print(v)
q = gen_with()
next(q)
t(lambda: q.throw(IndexError("i")))


def args(*a, **k):
    yield a
    yield k


print(list(args(1, b=2)))


class GI:
    def __iter__(self):
        yield 1
        yield 2

    def meth(self):
        yield self.__class__.__name__

    @property
    def p(self):
        return (i for i in self)

    @classmethod
    def c(cls):
        yield cls.__name__

    @staticmethod
    def s():
        yield "s"


print(list(GI()), list(GI().meth()), list(GI().p), list(GI.c()), list(GI.s()), [*GI()], 2 in GI())
print(type(g(1)).__name__, str(g(1))[:19], g.__name__, g(1).__name__)
lam = lambda: (yield 5)
print(list(lam()))


def retgen():
    return
    yield


print(list(retgen()))


def exc_state():
    try:
        raise ValueError("a")
    except ValueError:
        yield 1
        try:
            raise
        except ValueError as e:
            yield str(e)


print(list(exc_state()))


def nested_try():
    for i in range(3):
        try:
            try:
                yield i
            finally:
                print("f1", i)
        except KeyError:
            print("ke")
            continue
        finally:
            print("f2", i)


q = nested_try()
print(next(q), q.throw(KeyError), next(q))
q.close()


def gen_fin_return():
    try:
        yield 1
    finally:
        return 9


q = gen_fin_return()
next(q)
try:
    q.throw(ValueError)
except StopIteration as e:
    print("stop", e.value)
print(list(filter(lambda v: v % 2, g(6))), list(enumerate(g(2), 1)), list(reversed(list(g(3)))))
t(lambda: reversed(g(2)))
t(lambda: g())
t(lambda: g(1, 2))
gg = g(2)
for i in gg:
    print(i)
    break
for i in gg:
    print("again", i)
