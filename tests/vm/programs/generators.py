"""Generator functions: laziness, send, throw, close, return values, delegation, what native code makes of them."""


def show(label, call, *args):
    try:
        print(label, call(*args))
    except BaseException as e:
        print(label, type(e).__name__, e.args)


def count(n, step=1, *, start=0):
    while start < n:
        yield start
        start += step
    return "end"


g = count(3)
print(next(g), g.__next__(), next(g))
show("ended", next, g)
show("still", next, g)
print(next(g, "default"))
print(
    [x for x in count(10, 3, start=1)], list(count(4)), tuple(count(3)), sum(count(5)), sorted(count(3), reverse=True)
)
print(max(count(4)), min(count(4)), any(x > 2 for x in count(4)), all(count(3)), 2 in count(5), 9 in count(5))
print(dict((k, v) for k, v in zip("ab", count(5))), set(count(3)) == {0, 1, 2}, ",".join(str(x) for x in count(3)))
print(list(zip(count(3), count(9))), list(map(lambda a, b: a + b, count(3), count(5))), list(filter(None, count(3))))
print(list(enumerate(count(3), 5)), bytes(count(4)), bytearray(count(2)), [*count(2), *count(3)], {*count(2)})
a, b, *c = count(6)
print(a, b, c)


def args(*a, **k):
    return a, k


print(args(*count(3)), args(*count(1), **dict(zip("xy", count(2)))))
first, second = count(2)
print(first, second)


def unpack(n):
    x, y = count(n)
    return x + y


show("few", unpack, 1)
show("many", unpack, 5)
l = [9]
l.extend(count(3))
l += count(2)
l[1:2] = count(2)
print(l)


# --- send, throw, close
def echo():
    got = "start"
    while True:
        try:
            got = yield got
        except ValueError as e:
            got = "caught " + str(e)
        if got == "stop":
            return "stopped"


e = echo()
show("early", e.send, 1)
print(next(e), e.send(1), e.send(None), e.throw(ValueError("x")), e.throw(ValueError, "y"), e.throw(ValueError))
show("stop", e.send, "stop")
show("after", e.send, 3)
show("thrown after", e.throw, KeyError("k"))


def cleanup(log):
    try:
        yield 1
        yield 2
    finally:
        log.append("closed")


log = []
c = cleanup(log)
print(next(c), c.close(), log, c.close(), next(c, "none"))
c = cleanup(log)
print(c.close(), log, next(c, "none"))
c = cleanup(log)
next(c)
show("throw", c.throw, KeyError("k"))
print(log)


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


s = stubborn()
next(s)
show("ignored", s.close)


def quiet():
    try:
        yield 1
    except GeneratorExit:
        return "bye"


s = quiet()
next(s)
print(s.close())


def failing():
    try:
        yield 1
    finally:
        raise KeyError("in finally")


s = failing()
next(s)
show("close raised", s.close)


def reentrant():
    yield next(me)


me = reentrant()
show("reentrant", next, me)


def stops():
    yield 1
    raise StopIteration("inside")


s = stops()
print(next(s))
try:
    next(s)
except RuntimeError as error:
    print(error, repr(error.__cause__), repr(error.__context__))
show("list of it", list, stops())


def swallow():
    yield next(iter([]))


show("next inside", list, swallow())
s = count(2)
show("not exception", s.throw, 3)
show("not exception class", s.throw, int)
show("instance and value", s.throw, ValueError("v"), 2)
print(next(s))
show("first throw", count(3).throw, OSError(5, "io"))
print(iter(s) is s, iter(g) is g)
print(type(s).__name__, callable(s), str(s).startswith("<generator object count at 0x"))
show("len", len, s)
show("add", lambda: s + 1)
show("index", lambda: s[0])
show("attr", lambda: s.nothing)
show("send few", lambda: s.send())
print(s.__name__, bool(s))


# --- yield as an expression
def expression():
    x = 1 + (yield 1) * (yield 2)
    y = [(yield 3), (yield 4)]
    print("got", x, y)
    z = yield
    print("z", z, (yield))
    return (yield x, y)


x = expression()
print([x.send(v) for v in (None, 10, 20, 30, 40, 50, 60)])
show("last", x.send, "r")


# --- yield from
def inner(n):
    got = []
    try:
        for i in range(n):
            got.append((yield i))
    except KeyError as k:
        got.append("inner caught " + str(k))
        yield "from handler"
    finally:
        got.append("inner done")
    return got


def outer(n):
    r = yield from inner(n)
    print("result", r)
    yield from "ab"
    yield from [1, 2]
    r = yield from range(2)
    print("range gave", r)
    return (yield from inner(1))


print(list(outer(2)))
o = outer(3)
print(next(o), o.send("s"), o.throw(KeyError("t")), next(o), o.send(None))
print(o.send(None), o.send(None))


def closing():
    try:
        yield from inner(3)
    except GeneratorExit:
        print("outer exit")
        raise


o = closing()
next(o)
print(o.close())
o = closing()
next(o)
show("throw exit", o.throw, GeneratorExit)
o = closing()
next(o)
show("throw other", o.throw, IndexError("i"))


def deep(n):
    if n:
        r = yield from deep(n - 1)
        return r + 1
    for i in range(3):
        yield i
    return 0


def deep_result(n):
    r = yield from deep(n)
    print("depth", r)


print(list(deep_result(60)))
d = deep(60)
print(next(d), d.close())
d = deep(60)
print(next(d))
show("deep throw", d.throw, ValueError("down there"))


class Iter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration("value of it")
        return self.n

    def throw(self, e):
        if isinstance(e, KeyError):
            return "thrown"
        raise StopIteration("ended by throw")

    def close(self):
        print("Iter closed")


def through():
    r = yield from Iter(2)
    print("r", r)
    return r


print(list(through()))
t = through()
print(next(t), t.throw(KeyError("k")), next(t))
show("ended by throw", t.throw, ValueError("v"))
t = through()
next(t)
print(t.close())
t = through()
next(t)
show("no send", t.send, 4)
show("not iterable", lambda: list((lambda: (yield from 5))()))


# --- methods, closures, recursion, with
class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            for v in self.right:
                yield v

    def pairs(self):
        for i, v in enumerate(self):
            yield i, v

    @staticmethod
    def three():
        yield 3

    @property
    def lazily(self):
        yield self.value


tree = Tree(4, Tree(2, Tree(1), Tree(3)), Tree(6, Tree(5)))
print(list(tree), sum(tree), list(tree.pairs()), list(Tree.three()), list(tree.lazily), 5 in tree)


def make():
    total = 0

    def add(n):
        nonlocal total
        for i in range(n):
            total += i
            yield total

    return add, lambda: total


add, total = make()
print(list(add(4)), total(), list(add(3)), total())


class Manager:
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, t, v, tb):
        print("exit", t and t.__name__)
        return t is KeyError


def managed():
    with Manager():
        yield 1
        yield 2
    yield 3


print(list(managed()))
m = managed()
next(m)
print(m.throw(KeyError("k")))
m = managed()
next(m)
m.close()


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [items[i]] + rest


print(list(permutations([1, 2, 3])))


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


p = primes()
print([next(p) for _ in range(10)])


def interleave(*gens):
    gens = list(gens)
    while gens:
        for g in gens[:]:
            try:
                yield next(g)
            except StopIteration:
                gens.remove(g)


print(list(interleave(count(3), count(1), (c for c in "xyz"))))


def finallies():
    for i in range(3):
        try:
            if i == 1:
                continue
            yield i
        finally:
            yield "f" + str(i)


print(list(finallies()))


def returns():
    try:
        yield 1
        return "r"
    finally:
        yield "in finally"


r = returns()
print(next(r), next(r))
show("return through finally", next, r)


def never():
    return 5
    yield


show("empty", next, never())
print(list(never()))


def unbound(flag):
    if flag:
        v = 1
    yield "before"
    yield v


show("unbound", list, unbound(False))
print(list(unbound(True)))


def keeps():
    v = "old"
    while True:
        try:
            v = yield v
        except KeyError:
            yield "kept " + v


k = keeps()
print(next(k), k.send("new"), k.throw(KeyError), next(k))
gen = count(10)
for x in gen:
    if x == 3:
        break
print(x, list(gen))
for x in gen:
    print("never")
else:
    print("else")


# Of generators with any number of variables, the attributes are the type's.
def large():
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = b8 = b9 = 1
    c0 = c1 = c2 = c3 = c4 = c5 = c6 = c7 = c8 = c9 = d0 = d1 = d2 = d3 = d4 = d5 = d6 = d7 = d8 = d9 = 2
    yield a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7 + b8 + b9
    yield c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + d0 + d1 + d2 + d3 + d4 + d5 + d6 + d7 + d8 + d9


g = large()
print(hasattr(g, "send"), hasattr(g, "nothing"), type(g).__name__, g == g, bool(g), g in [g], list(g))
g = large()
print(next(g), g.send(None), len({g: 1}), isinstance(g, object), getattr(g, "x", "no"))


# What a suspended generator refers to stays.
import gc


def keeper():
    items = [list(range(5)) for _ in range(3)]
    yield 1
    yield items


suspended = keeper()
next(suspended)
gc.collect()
others = [[i, i] for i in range(200)]
print(next(suspended), len(others))
