def f():
    try:
        raise TypeError("t")
    except TypeError as e:
        print(repr(e.__context__))
    return None


try:
    raise ValueError("v")
except ValueError:
    f()


def gen():
    try:
        yield
        raise TypeError()
    except TypeError as exc:
        print(repr(exc.__context__))
    yield


g = gen()
next(g)
try:
    raise ValueError("v2")
except ValueError:
    next(g)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        try:
            [][0]
        except IndexError as e:
            print(repr(e.__context__))
            saved = e
            raise
except IndexError as e:
    print(repr(e.__context__), repr(e.__context__.__context__))
e = ValueError("x")
print(e.__suppress_context__)
e.__cause__ = None
print(e.__suppress_context__)
e.__suppress_context__ = False
print(e.__suppress_context__, e.__cause__)
e.__suppress_context__ = True
print(e.__suppress_context__, e.__cause__)


class A:
    def __init__(self, x):
        self.x = x


a = A(12)


class CIStr(str):
    def __eq__(self, o):
        return self.lower() == o.lower() if isinstance(o, str) else NotImplemented

    def __hash__(self):
        return hash(self.lower())


d = {CIStr("one"): 1, CIStr("two"): 2}
print(CIStr("tWo") in d)
try:
    print(d[CIStr("tWo")])
except KeyError as e:
    print("KeyError", e)
d["two"] = 3
print(len(d), list(d.items()))


class D1:
    def __init__(self):
        self.foo = None


class Ap:
    pass


class Bp(Ap):
    pass


class Cp(Ap):
    pass


class Dp(Bp, Cp):
    def __repr__(self):
        return "D(%r)" % (tuple(self),)

    __str__ = __repr__


dd = Dp()
Ap.__hash__ = lambda self: 42
print(hash(dd))
Cp.__hash__ = lambda self: 314
print(hash(dd))
Bp.__hash__ = lambda self: 144
print(hash(dd))
del Bp.__hash__
print(hash(dd))
Bp.__hash__ = None
try:
    hash(dd)
except TypeError as e:
    print(e)
del Bp.__hash__
del Cp.__hash__
del Ap.__hash__
dd.foo = 42
dd.bar = 42
print(dd.foo, dd.bar)


def g2(self, name):
    if name in ("spam", "foo", "bar"):
        return "hello"
    raise AttributeError


Bp.__getattr__ = g2
print(dd.spam)


class Proxy:
    def __init__(self, obj):
        self.__obj = obj

    def __getattribute__(self, name):
        if name.startswith("_Proxy__"):
            return object.__getattribute__(self, name)
        return getattr(self.__obj, name)


print(isinstance(Proxy(a), A), Proxy(a).__class__)


class H:
    @property
    def __class__(self):
        return int


print(isinstance(H(), int), H().__class__, type(H()))
