# SPDX-License-Identifier: Apache-2.0
# What every part of the language does with all kinds of arguments: a line each, errors included.
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


class Hooks:
    x = 1

    def __getattr__(self, name):
        print("getattr", name)
        if name == "bad":
            raise AttributeError("custom bad")
        if name == "worse":
            raise ValueError("worse")
        return name * 2

    def __setattr__(self, name, v):
        print("setattr", name, v)
        object.__setattr__(self, name, v)

    def __delattr__(self, name):
        print("delattr", name)
        object.__delattr__(self, name)


h = Hooks()
h.a = 5
print(h.a, h.b, h.x, hasattr(h, "bad"), getattr(h, "bad", "dflt"))
t(lambda: h.bad)
t(lambda: h.worse)
t(lambda: hasattr(h, "worse"))
t(lambda: getattr(h, "worse", 1))
del h.a
t(lambda: delattr(h, "a"))
print(h.a, h.__dict__)
h.__dict__.get("a")


class GA:
    def __getattribute__(self, name):
        if name.startswith("x"):
            return name
        return object.__getattribute__(self, name)

    def m(self):
        return "m"


t(lambda: (GA().xyz, GA().m()))
t(lambda: GA().y)


class P:
    def __init__(self):
        self._v = 0

    @property
    def v(self):
        "doc v"
        return self._v

    @v.setter
    def v(self, x):
        if x < 0:
            raise ValueError("neg")
        self._v = x

    @v.deleter
    def v(self):
        self._v = None

    @property
    def ro(self):
        return "ro"

    @property
    def err(self):
        raise AttributeError("inner")

    w = property(lambda self: "w", None, None, "docw")


p = P()
p.v = 5
p.v += 1
print(p.v, p.ro, p.w)
del p.v
print(p.v)
t(lambda: setattr(p, "v", -1))
t(lambda: setattr(p, "ro", 1))
t(lambda: delattr(p, "ro"))
t(lambda: p.err)
t(lambda: hasattr(p, "err"))
t(lambda: P.v.fget(p))
t(lambda: type(P.v).__name__)


class Base:
    cv = [1]
    kind = "base"

    def __init__(self, a):
        self.a = a

    def who(self):
        return "Base.who " + self.kind

    @classmethod
    def make(cls, *a):
        return cls(*a)

    @staticmethod
    def st(x):
        return x + 1

    def __str__(self):
        return f"<{self.kind} {self.a}>"


class Derived(Base):
    kind = "derived"

    def __init__(self, a, b):
        super().__init__(a)
        self.b = b

    def who(self):
        return "D>" + super().who()

    @classmethod
    def make(cls, *a):
        return super().make(*a)

    def up(self):
        return [super().kind, super().who, super(Derived, self).who()][2]


d = Derived(1, 2)
print(d, d.who(), d.up(), Derived.make(3, 4), Derived.st(1), d.st(2), d.cv is Base.cv)
t(lambda: Derived(1))
t(lambda: Derived.make(1))
t(lambda: d.nope)
t(lambda: Derived.nope)
t(lambda: super(Derived, d).nope)
Base.kind = "changed"
print(Base(1).kind, d.kind)
del Derived.kind
print(d.kind)
t(lambda: delattr(Derived, "kind"))
Base.new_method = lambda self, x: (self.a, x)
print(d.new_method(5))
d.who = lambda: "instance"
print(d.who())
del d.who
print(d.who())
print(Derived.__name__, Derived.__bases__, Derived.__mro__, d.__class__, type(d) is Derived)
print(issubclass(Derived, Base), isinstance(d, Base), isinstance(d, (int, Base)), issubclass(Base, Derived))
print(V.__doc__, V.__module__, V.__dict__["z"], V(1).__dict__, V.__qualname__)


class M1:
    def f(self):
        return ["M1"]


class M2(M1):
    def f(self):
        return ["M2"] + super().f()


class M3(M1):
    def f(self):
        return ["M3"] + super().f()


class M4(M2, M3):
    def f(self):
        return ["M4"] + super().f()


print(M4().f(), [k.__name__ for k in M4.__mro__])
try:

    class Bad(M1, M4):
        pass

except TypeError as e:
    print("MRO", type(e).__name__)
try:

    class Bad2(M1, M1):
        pass

except TypeError as e:
    print(e)
try:

    class Bad3(5):
        pass

except TypeError as e:
    print(type(e).__name__)
try:

    class Bad4(bool):
        pass

except TypeError as e:
    print(e)
try:

    class Bad5(int, str):
        pass

except TypeError as e:
    print(e)


class New:
    def __new__(cls, *a):
        print("new", a)
        if a == (0,):
            return 5
        return super().__new__(cls)

    def __init__(self, *a):
        print("init", a)


print(type(New(1)).__name__, New(0))


class InitRet:
    def __init__(self):
        return 5


t(lambda: InitRet())
t(lambda: V())
t(lambda: V(1, 2))
t(lambda: object.__new__(V).v)
t(lambda: object().x)
t(lambda: setattr(object(), "x", 1))


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


sl = Slots()
print(sl.a)
t(lambda: sl.b)
t(lambda: setattr(sl, "c", 1))


class Desc:
    def __get__(self, o, t=None):
        return ("get", o is None, t.__name__)

    def __set__(self, o, v):
        print("set", v)

    def __delete__(self, o):
        print("delete")

    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)


class UseDesc:
    d = Desc()


u = UseDesc()
print(u.d, UseDesc.d)
u.d = 5
del u.d


class Body:
    x = 1
    y = x + 1
    l = [x for _ in range(2)] if False else [1]
    for k in range(3):
        x += k
    if x > 2:
        z = "big"
    del k

    def f(self):
        return x_global

    class Inner:
        w = 5

        def g(self):
            return Body.x

    try:
        q = undefined_thing
    except NameError as e:
        q = str(e)
    __private = 5

    def priv(self):
        return self.__private

    def _Body__x(self):
        return 1


x_global = "xg"
bd = Body()
print(Body.x, Body.y, Body.z, bd.f(), Body.Inner().g(), Body.Inner.w, Body.q, hasattr(Body, "k"), bd.priv(), bd._Body__private)


class Callable:
    def __call__(self, *a, **k):
        return a, k


print(Callable()(1, *[2], x=3))


class Cont:
    def __contains__(self, x):
        return x


print(5 in Cont(), 0 in Cont(), "" not in Cont())


class Eq:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __hash__(self):
        return hash(self.v)


print({Eq(1): "a"}[Eq(1)], Eq(1) in {Eq(1)}, len({Eq(1), Eq(1), Eq(2)}), [Eq(1)] == [Eq(1)], Eq(1) != Eq(1))


class EqNoHash:
    def __eq__(self, o):
        return True


t(lambda: {EqNoHash(): 1})
t(lambda: EqNoHash() == 5)


class HashBad:
    def __hash__(self):
        return "a"


t(lambda: hash(HashBad()))


class Idx:
    def __index__(self):
        return 2


t(lambda: [10, 20, 30][Idx()])
t(lambda: "abc"[Idx()])
t(lambda: list(range(Idx())))
t(lambda: "a" * Idx())
t(lambda: [1, 2, 3, 4][Idx():])
t(lambda: hex(Idx()))
t(lambda: int(Idx()))
t(lambda: float(Idx()))
t(lambda: 1 << Idx())


class StrBad:
    def __str__(self):
        return 5

    def __repr__(self):
        return 6


t(lambda: str(StrBad()))
t(lambda: repr(StrBad()))
t(lambda: print(StrBad()))
t(lambda: f"{StrBad()}")
t(lambda: [StrBad()].__repr__())


class OnlyRepr:
    def __repr__(self):
        return "OR"


print(OnlyRepr(), str(OnlyRepr()), [OnlyRepr()], {"a": OnlyRepr()}, (OnlyRepr(),), f"{OnlyRepr()}")
t(lambda: V(1)())
t(lambda: V(1)[0])
t(lambda: V(1) + 1)
t(lambda: V(1) < V(2))
t(lambda: len(V(1)))
t(lambda: list(V(1)))
t(lambda: V(1) == V(1))
t(lambda: V.v)
t(lambda: V[0])
t(lambda: V < V)


def sub_builtin():
    class L(list):
        def __init__(self, *a):
            super().__init__(*a)
            self.extra = "e"

        def append(self, x):
            super().append(x * 2)

        def __getitem__(self, k):
            return "L" + str(super().__getitem__(k))

    l = L([1, 2])
    l.append(3)
    print(l, len(l), l[0], l.extra, l == [1, 2, 6], list(l), l + [1], type(l + [1]).__name__, l[0:2], sorted(l), l.copy())
    l += [9]
    print(type(l).__name__, l, isinstance(l, list), repr(l))

    class D(dict):
        def __missing__(self, k):
            return k * 2

        def __getattr__(self, n):
            return self[n]

    d = D(a=1)
    print(d["a"], d["b"], d.zz, d.get("q"), d, "b" in d, dict(d))

    class S(str):
        def shout(self):
            return self.upper() + "!"

        def __len__(self):
            return 99

    s = S("abc")
    print(s, s.shout(), len(s), s + "d", type(s + "d").__name__, s == "abc", hash(s) == hash("abc"), {s: 1}["abc"], s[1], f"{s:>5}")

    class I(int):
        def __add__(self, o):
            return I(int(self) + o + 1)

        def __repr__(self):
            return f"I({int(self)})"

    i = I(5)
    print(i, i + 1, i * 2, type(i * 2).__name__, i == 5, [i], str(i), f"{i:03d}", i > 4, hash(i), {5: "x"}[i], -i, range(i))

    class T(tuple):
        def __new__(cls, *a):
            return super().__new__(cls, a)

        @property
        def first(self):
            return self[0]

    tt = T(1, 2, 3)
    print(tt, tt.first, len(tt), tt == (1, 2, 3), tt + (4,), {tt: 1}[(1, 2, 3)])
    a, b, c = tt
    print(a, b, c)

    class St(set):
        def add(self, x):
            super().add(x + 1)

    s = St([1])
    s.add(1)
    print(sorted(s), s, type(s | {1}).__name__)

    class Ex(ValueError):
        def __init__(self, code, msg):
            super().__init__(msg)
            self.code = code

    try:
        raise Ex(5, "boo")
    except ValueError as e:
        print(repr(e), str(e), e.args, e.code)

    class By(bytes):
        pass

    print(By(b"abc"), By(b"abc") == b"abc", By(b"abc")[0], type(By(b"abc") + b"d").__name__)

    class Fl(float):
        def __repr__(self):
            return "Fl" + super().__repr__()

        def twice(self):
            return self * 2

    f = Fl(1.5)
    print(f, repr(f), f + 1, f.twice(), f == 1.5, hash(f) == hash(1.5), f"{f:.2f}", int(f), isinstance(f, float), f > 1, -f, f.is_integer())


sub_builtin()
