# SPDX-License-Identifier: Apache-2.0
# What attributes are: hooks, properties, methods of all kinds, inheritance: a line each, errors included.
from common.cases import t


class V:
    """Doc of V"""

    z = 1

    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"V({self.v!r})"


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
