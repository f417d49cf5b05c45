class Rec(dict):
    def __init__(self):
        self.order = []

    def __setitem__(self, k, v):
        if not k.startswith("__"):
            self.order.append(k)
            if v == "auto":
                v = len(self.order)
        super().__setitem__(k, v)


class EnumLike(type):
    @classmethod
    def __prepare__(mcls, name, bases):
        return Rec()

    def __new__(mcls, name, bases, ns):
        cls = super().__new__(mcls, name, bases, dict(ns))
        cls._order = ns.order
        members = {}
        for k in ns.order:
            if not callable(ns[k]):
                m = object.__new__(cls)
                m.name = k
                m.value = ns[k]
                members[k] = m
                setattr(cls, k, m)
        cls._members = members
        return cls

    def __iter__(cls):
        return iter(cls._members.values())

    def __len__(cls):
        return len(cls._members)

    def __call__(cls, value):
        for m in cls:
            if m.value == value:
                return m
        raise ValueError("%r is not a valid %s" % (value, cls.__qualname__))

    def __getitem__(cls, name):
        return cls._members[name]

    def __contains__(cls, m):
        return isinstance(m, cls)

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_members", {}):
            raise AttributeError("cannot reassign member %r" % name)
        super().__setattr__(name, value)


class Enum(metaclass=EnumLike):
    def __repr__(self):
        return "<%s.%s: %r>" % (type(self).__name__, self.name, self.value)

    def who(self):
        return super().__repr__()[:1] + __class__.__name__


class Color(Enum):
    RED = "auto"
    GREEN = "auto"
    BLUE = RED + 10

    def describe(self):
        return self.name.lower()


print(Color._order)
print(list(Color))
print(Color(1), Color["GREEN"], Color.RED in Color, Color.BLUE.describe(), Color.RED.who())
try:
    Color(77)
except ValueError as e:
    print(e)
try:
    Color.RED = 3
except AttributeError as e:
    print(e)
print([c.name for c in Color][:3], len(Color) > 2)
print(type(Color).__name__, Color.__qualname__, Color.__name__, Color.__module__)


def outer():
    class Inner(Enum):
        A = "auto"

    return Inner


I = outer()
print(I.__qualname__, I.A, I)


class ABCMeta(type):
    def __new__(mcls, name, bases, ns, **kw):
        cls = super().__new__(mcls, name, bases, ns, **kw)
        abstract = {n for n, v in ns.items() if getattr(v, "__isabstract__", False)}
        for b in bases:
            for n in getattr(b, "__abs__", ()):
                if getattr(getattr(cls, n, None), "__isabstract__", False):
                    abstract.add(n)
        cls.__abs__ = frozenset(abstract)
        return cls

    def __call__(cls, *a, **k):
        if cls.__abs__:
            raise TypeError("Can't instantiate abstract class " + cls.__name__)
        return type.__call__(cls, *a, **k)


def abstract(f):
    f.__isabstract__ = True
    return f


class Shape(metaclass=ABCMeta):
    @abstract
    def area(self): ...

    def twice(self):
        return 2 * self.area()


class Sq(Shape):
    def __init__(self, s):
        self.s = s

    def area(self):
        return self.s**2


try:
    Shape()
except TypeError as e:
    print(e)
print(Sq(3).twice(), Sq(s=4).area())


class Plain:
    a = 1


class Plain2(Plain):
    b = Plain.a + 1
    __slots__ = ("x", "__y")

    def __init__(self):
        self.x = 5
        self.__y = 6


print(Plain2.b, Plain2().x, type(Plain2), Plain2().__slots__)
print(
    [
        type.__name__,
        type(type),
        isinstance(type, type),
        issubclass(EnumLike, type),
        EnumLike.__bases__,
        EnumLike.__base__,
    ]
)
print(type.__call__(int, "7"), type.mro(bool), int.mro())


class DM(type):
    def __dir__(cls):
        return ["zz", "aa"]

    def __or__(cls, other):
        return ("or", cls.__name__, other)

    def __eq__(cls, other):
        return cls.__name__ == getattr(other, "__name__", None)

    def __hash__(cls):
        return 5

    def __bool__(cls):
        return False

    def __str__(cls):
        return "S" + cls.__name__

    def __format__(cls, spec):
        return "F" + spec

    def __lt__(cls, other):
        return cls.__name__ < other.__name__

    def __enter__(cls):
        print("enter")
        return cls

    def __exit__(cls, *a):
        print("exit")

    def __next__(cls):
        return 1

    x = 5
    _y = [0]

    @property
    def y(cls):
        return cls._y[0]

    @y.setter
    def y(cls, v):
        cls._y[0] = v

    @classmethod
    def cm(mcls):
        return mcls.__name__

    @staticmethod
    def sm():
        return "sm"


class DA(metaclass=DM):
    pass


class DB(metaclass=DM):
    x = 6


print(
    dir(DA),
    DA | 3,
    DA == DB,
    DA == DA,
    hash(DA),
    bool(DA),
    str(DA),
    f"{DA:abc}",
    DA < DB,
    sorted([DB, DA], key=lambda c: c.__name__)[0] is DA,
)
with DA as d:
    print(d is DA, next(d))
print(DA.x, DB.x, DA.y, DA.cm(), DA.sm())
DA.y = 9
print(DB.y, "y" in DA.__dict__)
try:
    DA().y
except AttributeError as e:
    print(e)
print(callable(DA), hasattr(DA, "__call__"), getattr(DA, "nope", "dflt"))
print(isinstance(3, int | str), isinstance("a", int | DB))


class MA(type):
    def who(cls):
        return "MA"


class MB(MA):
    def who(cls):
        return "MB>" + super().who()


print(DA != DB, DA != DA)


class CA(metaclass=MA):
    pass


class CB(metaclass=MB):
    pass


class CC(CA, CB):
    pass


print(type(CC).__name__, CC.who(), type(CA).__name__)


class CD(CA, metaclass=MB):
    pass


print(type(CD).__name__, CD.who())


class E1(Exception, metaclass=MA):
    pass


try:
    raise E1("a")
except E1 as e:
    print(type(e).who(), e)


class L1(list, metaclass=MA):
    pass


print(L1([1, 2]), L1.who(), type(L1()))
print(MA("Dyn", (CA,), {"q": 1}).q, MA.__name__, MA("Dyn", (), {}).who())
for bad in (
    lambda: MA("x"),
    lambda: MA(1, (), {}),
    lambda: MA("a", [], {}),
    lambda: MA("a", (), 3),
    lambda: MA("a", (3,), {}),
    lambda: type("a", (bool,), {}),
):
    try:
        bad()
    except TypeError as e:
        print(e)


class Desc:
    def __set_name__(self, owner, name):
        print("set_name", owner.__name__, name)


class SN(CA):
    d = Desc()


T = type("T", (), {"d": Desc()})


class Outer(metaclass=MA):
    class Inner(metaclass=MB):
        z = 1

    q = Inner.z + 1

    def get(self):
        return self.Inner.who()


print(Outer.q, Outer().get(), Outer.Inner.__qualname__)
match CA():
    case CA():
        print("matched")
