# SPDX-License-Identifier: Apache-2.0
"""Module doc"""


def doc():
    """Function doc

    more"""


class D:
    "class doc"

    def m(self):
        "method doc"

    @property
    def p(self):
        "property body"
        return self.__doc__

    @staticmethod
    def s(a, b=2, *, c=3):
        return a


print(__doc__)
print(doc.__doc__, D.__doc__, D.m.__doc__, D().m.__doc__, D().p, D.s.__doc__, (lambda: 0).__doc__)
print(D.s.__defaults__, D.s.__kwdefaults__, doc.__defaults__, doc.__kwdefaults__)
doc.__doc__ = "new"
doc.calls = 0
doc.table = {}
print(doc.__doc__, doc.__dict__)


def counted(f):
    def call(*a):
        call.count += 1
        return f(*a)

    call.count = 0
    call.__name__ = f.__name__
    call.wrapped = f
    return call


@counted
def square(x, *, k=2):
    return x**k


print(square(2), square(3), square.count, square.__name__, square.wrapped(4, k=3), square.wrapped.__kwdefaults__)
square.wrapped.k = "attribute, no default"
print(square(5), square.wrapped.k, vars(square.wrapped))
del square.wrapped.k
for f in (lambda: square.nope, lambda: delattr(square, "nope"), lambda: setattr(D().m, "x", 1), lambda: setattr(len, "x", 1)):
    try:
        print(f())
    except AttributeError as e:
        print(e)
D.m.tag = "t"
print(D().m.tag, D.m.tag, getattr(D().m, "other", None), hasattr(D.m, "tag"))


def gen():
    yield gen.value


gen.value = 7
print(list(gen()))


class Meters(float):
    unit = "m"

    def __new__(cls, value, unit="m"):
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    def __repr__(self):
        return f"{float(self)}{self.unit}"

    def __add__(self, other):
        return Meters(float(self) + other, self.unit)


a = Meters(2.5)
b = Meters("1.25", "km")
print(a, repr(b), a + b, a - b, a * 2, 2 * a, a / b, a // 1, a % 2, a**2, -a, +a, abs(Meters(-1)), a > b, a == 2.5, a != b)
print(b.unit, type(a + 1).__name__, type(a * 1).__name__, isinstance(a, float), hash(a) == hash(2.5), {2.5: "found"}[a], int(a), round(b, 1), round(b))
print(f"{a} {a:.3f} {a!s} {a!r}", "%s %.1f %d %r" % (a, a, a, a), "{} {:8.2f}|".format(a, a), str(a), format(a, "6"))
print(sum([a, b]), max(a, b), sorted([a, b]), divmod(a, 2), pow(a, 2), bool(Meters(0)), bool(a), a.is_integer(), a.as_integer_ratio(), a.real, a.imag)
import math

print(math.sqrt(Meters(16)), math.floor(a), float(a), type(float(a)).__name__, 1)
print(float.__repr__(a), float.__add__(a, 1), a.__class__.__name__, a.hex(), isinstance(a, Meters))


class Odd(float):
    def __float__(self):
        return 99.0

    def __int__(self):
        return 98

    def __eq__(self, other):
        return "eq"

    def __hash__(self):
        return 5

    def __neg__(self):
        return "neg"

    def __abs__(self):
        return "abs"

    def __bool__(self):
        return False

    def __round__(self, n=None):
        return ("round", n)

    def __lt__(self, other):
        return "lt"


o = Odd(1.5)
print(float(o), int(o), o == 1, hash(o), -o, abs(o), bool(o), round(o), round(o, 2), o < 1, o > 1, o + 1, 1 + o)


class OddInt(int):
    def __neg__(self):
        return "neg"

    def __abs__(self):
        return "abs"

    def __hash__(self):
        return 5

    def __invert__(self):
        return "inv"

    def __pow__(self, other, mod=None):
        return ("pow", other, mod)

    def __rsub__(self, other):
        return ("rsub", other)


i = OddInt(3)
print(-i, abs(i), hash(i), ~i, i**2, pow(i, 2, 5), 10 - i, i - 1, +i, i == 3, {3: "x"}.get(i))
print(type("T", (), {"x": 1, "f": lambda self: self.x})().f(), type("V", (float,), {})(2.0))
for args in ((1, (), {}), ("A", [], {}), ("A", (), [])):
    try:
        type(*args)
    except TypeError as e:
        print(e)


class Registry:
    found = []

    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        cls.found.append((cls.__name__, tag))

    def __class_getitem__(cls, key):
        return (cls.__name__, key)


class Sub(Registry, tag="t"):
    pass


class SubSub(Sub):
    pass


print(Registry.found, Registry[1], SubSub["a", 2])
try:
    D[1]
except TypeError as e:
    print(e)
print(list(zip([1, 2], "ab", strict=True)))
for args in (([1, 2], "a"), ([1], "ab"), ([1, 2], "ab", [1]), ([], [], [1]), ([1], [1], [1, 2])):
    try:
        print(list(zip(*args, strict=True)))
    except ValueError as e:
        print(e)
d = {"a": 1, "b": 2}
print(sorted(d.keys() | ["z"]), d.keys() - ["a"], d.keys() & "ab" == {"a", "b"}, d.items() & [("a", 1)], d.keys().isdisjoint("xy"), d.items().isdisjoint([("b", 2)]))
fs = frozenset("ab")
print([hasattr(fs, m) for m in ("add", "update", "intersection_update", "difference_update", "symmetric_difference_update", "union")])
print(slice(1, 2) < slice(1, 3), slice(1) >= slice(1), slice(1, 2, 3) == slice(1, 2, 3))
print("{x}-{y[0]}".format_map({"x": 1, "y": [2]}))


class Default(dict):
    def __missing__(self, key):
        return "<" + key + ">"


print("{a} {b}".format_map(Default(a=1)))
for f in (lambda: "{}".format_map({}), lambda: "{q}".format_map({}), lambda: sum([b"a"], b""), lambda: sum([bytearray()], bytearray())):
    try:
        print(f())
    except (ValueError, KeyError, TypeError) as e:
        print(type(e).__name__, e)


class Times:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        if self.n < 0:
            raise ValueError("index")
        return self.n


print("ab" * Times(2), Times(2) * [1], (0,) * Times(0), b"x" * Times(3), bytearray(b"y") * Times(1))
try:
    "a" * Times(-1)
except ValueError as e:
    print(e)


class Late:
    pass


def ne(self, other):
    return "ne"


def idiv(self, other):
    return "idiv"


Late.__ne__ = ne
setattr(Late, "__itruediv__", idiv)
late = Late()
print(late != late, late == late)
late /= 2
print(late)


class Ctx:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, tb):
        print(kind.__name__ if kind else None, value, tb is None, type(tb).__name__ if tb else "")
        return True


with Ctx():
    pass
with Ctx():
    raise KeyError("k")
try:
    raise ValueError
except ValueError as e:
    print(e.__traceback__ is not None, ValueError().__traceback__)
