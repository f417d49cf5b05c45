# SPDX-License-Identifier: Apache-2.0
# What operators, comparisons and loops do with classes that have the special methods: a line each, errors included.
from common.cases import t


class V:
    """Doc of V"""

    z = 1

    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"V({self.v!r})"


BIN = "add sub mul truediv floordiv mod pow lshift rshift and or xor matmul".split()


def mk(name):
    def op(self, other):
        return (name, repr(self), repr(other))

    return op


def ni(self, other):
    return NotImplemented


class Ops:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return self.n


class Ref(Ops):
    pass


class Inp(Ops):
    __iadd__ = mk("iadd")
    __isub__ = mk("isub")
    __imul__ = mk("imul")
    __itruediv__ = mk("itruediv")
    __ifloordiv__ = mk("ifloordiv")
    __imod__ = mk("imod")
    __ipow__ = mk("ipow")
    __ilshift__ = mk("ilshift")
    __irshift__ = mk("irshift")
    __iand__ = mk("iand")
    __ior__ = mk("ior")
    __ixor__ = mk("ixor")
    __imatmul__ = mk("imatmul")


class NI(Ops):
    __iadd__ = ni
    __isub__ = ni
    __imul__ = ni
    __itruediv__ = ni
    __ifloordiv__ = ni
    __imod__ = ni
    __ipow__ = ni
    __ilshift__ = ni
    __irshift__ = ni
    __iand__ = ni
    __ior__ = ni
    __ixor__ = ni
    __imatmul__ = ni


for b in BIN:
    setattr(Ops, f"__{b}__", mk(b))
    setattr(Ref, f"__{b}__", ni)
    setattr(Ref, f"__r{b}__", mk("r" + b))
    setattr(NI, f"__{b}__", ni)
    setattr(NI, f"__r{b}__", ni)

o, r, i, ni_ = Ops("o"), Ref("r"), Inp("i"), NI("ni")


def run(a, b):
    for op in (
        lambda x, y: x + y, lambda x, y: x - y, lambda x, y: x * y, lambda x, y: x / y, lambda x, y: x // y,
        lambda x, y: x % y, lambda x, y: x**y, lambda x, y: x << y, lambda x, y: x >> y, lambda x, y: x & y,
        lambda x, y: x | y, lambda x, y: x ^ y,
    ):
        t(op, a, b)


def run_in(a, b):
    def add(x, y):
        x += y
        return x

    def sub(x, y):
        x -= y
        return x

    def mul(x, y):
        x *= y
        return x

    def div(x, y):
        x /= y
        return x

    def fdiv(x, y):
        x //= y
        return x

    def mod(x, y):
        x %= y
        return x

    def pow_(x, y):
        x **= y
        return x

    def shl(x, y):
        x <<= y
        return x

    def shr(x, y):
        x >>= y
        return x

    def and_(x, y):
        x &= y
        return x

    def or_(x, y):
        x |= y
        return x

    def xor(x, y):
        x ^= y
        return x

    def mm(x, y):
        x @= y
        return x

    for f in (add, sub, mul, div, fdiv, mod, pow_, shl, shr, and_, or_, xor, mm):
        t(f, a, b)


run(o, 1)
run(1, r)
run(o, r)
run(r, o)
run(ni_, 1)
run(1, ni_)
run(ni_, ni_)
run("a", ni_)
run([], r)
run_in(i, 1)
run_in(o, 1)
run_in(ni_, 1)
run_in(1, r)


class Cmp:
    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"Cmp{self.v}"

    def __lt__(self, o):
        print("lt", self, o)
        return NotImplemented if isinstance(o, int) else "LT"

    def __eq__(self, o):
        print("eq", self, o)
        return NotImplemented


t(lambda: Cmp(1) < Cmp(2))
t(lambda: Cmp(1) > Cmp(2))
t(lambda: Cmp(1) < 5)
t(lambda: 5 > Cmp(1))
t(lambda: Cmp(1) <= Cmp(2))
t(lambda: Cmp(1) == 5)
t(lambda: Cmp(1) != 5)
t(lambda: Cmp(1) == Cmp(1))
t(lambda: hash(Cmp(1)))
t(lambda: Cmp(1) in [1, 2])
t(lambda: [1, Cmp(2)].index(Cmp(2)))
t(lambda: 1 < Cmp(1) < 3)


class Un:
    def __neg__(self):
        return "neg"

    def __pos__(self):
        return "pos"

    def __invert__(self):
        return "inv"


t(lambda: (-Un(), +Un(), ~Un()))
t(lambda: -V(1))


class Seq:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, k):
        print("get", k)
        if isinstance(k, int) and k >= self.n:
            raise IndexError(k)
        return k

    def __setitem__(self, k, v):
        print("set", k, v)

    def __delitem__(self, k):
        print("del", k)


s = Seq(3)
print(list(s), s[1:2], s[1, 2], s[::2], s[-1], s["a"], s[...], s[1:2, 3])
s[1] = 5
s[1:2] = 6
s[1] += 1
del s[1]
del s[1:2], s[3]
print(2 in s, 9 in s)
print(list(reversed(s)))
a, b, c = s
print(a, b, c)
print(max(s), sum(s), sorted(s), bool(s), bool(Seq(0)))
print(dict(zip(s, s)))
t(lambda: len(Seq(-1)))
t(lambda: len(Seq("a")))
t(lambda: len(Seq(1.5)))
t(lambda: bool(Seq(-1)))


class B1:
    def __bool__(self):
        return 1


t(lambda: bool(B1()))
t(lambda: not B1())
t(lambda: 1 if B1() else 2)


class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration(5)
        self.n -= 1
        return self.n


print(list(It(3)), sum(It(4)), max(It(3)), 1 in It(3), 9 in It(3), [*It(2)], tuple(It(2)), dict(enumerate(It(2))))


class BadIter:
    def __iter__(self):
        return 5


class BadIter2:
    def __iter__(self):
        raise ValueError("iter")


class NoIter:
    __iter__ = None


t(lambda: list(BadIter()))
t(lambda: list(BadIter2()))
t(lambda: list(NoIter()))
t(lambda: [x for x in BadIter()])
t(lambda: 1 in V(1))


class Unsure:
    def __iand__(self, o):
        return NotImplemented

    def __and__(self, o):
        return "and"

    def __isub__(self, o):
        return NotImplemented


class UnsureInt(int):
    def __iand__(self, o):
        return NotImplemented

    def __ixor__(self, o):
        return NotImplemented

    def __xor__(self, o):
        return "xor"


def kept(a, b):
    a &= b
    return a


def lost(a, b):
    a -= b


def flipped(a, b):
    a ^= b
    return a


t(kept, Unsure(), Unsure())
t(kept, UnsureInt(6), UnsureInt(3))
t(flipped, UnsureInt(6), UnsureInt(3))
t(lost, Unsure(), Unsure())
t(lost, Unsure(), 1)
