# SPDX-License-Identifier: Apache-2.0
# What is special about classes: how instances are made, descriptors, hashes, what special methods may return, builtin bases: a line each, errors included.
from common.cases import t


class V:
    """Doc of V"""

    z = 1

    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"V({self.v!r})"


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
