# SPDX-License-Identifier: Apache-2.0
# enum: members, lookup, aliases, autos, flags.
import enum
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum, auto, unique


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3
    CRIMSON = 1

    def shade(self):
        return f"dark {self.name.lower()}"

    @classmethod
    def first(cls):
        return cls.RED

    @property
    def number(self):
        return self.value * 10


print(Color.RED, repr(Color.RED), Color.RED.name, Color.RED.value, Color.CRIMSON, Color.CRIMSON is Color.RED, Color.CRIMSON.name)
print(Color(2), Color["BLUE"], list(Color), len(Color), Color.RED in Color, Color.RED == 1, Color.RED == Color.RED, Color.RED != Color.BLUE)
print([c.name for c in Color], list(reversed(Color)), {Color.RED: "r"}[Color(1)], isinstance(Color.RED, Color), type(Color.RED).__name__, Color)
print(Color.__members__, Color.RED.shade(), Color.first(), Color.GREEN.number, f"{Color.RED} {Color.RED!r} {Color.RED:>12}|", bool(Color.RED))
for bad in (lambda: Color(9), lambda: Color["NOPE"], lambda: Color.NOPE, lambda: setattr(Color, "RED", 5), lambda: Color("x"), lambda: delattr(Color, "RED"), lambda: 1 in Color, lambda: Color.RED < Color.BLUE):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)


class Auto(Enum):
    A = auto()
    B = auto()
    C = 10
    D = auto()


class Lower(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower() + str(count)

    NORTH = auto()
    SOUTH = auto()


print(list(Auto), list(Lower))


class Planet(Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def gravity(self):
        return 6.67e-11 * self.mass / (self.radius * self.radius)


print(Planet.EARTH.value, round(Planet.MARS.gravity, 2), Planet((5.97e24, 6.37e6)).name)


class Number(IntEnum):
    ONE = 1
    TWO = 2
    ALSO_TWO = 2


print(Number.ONE, repr(Number.TWO), Number.ONE + 5, Number.TWO > Number.ONE, Number.ONE == 1, [10, 20, 30][Number.TWO], f"{Number.TWO:03d}", "%d" % Number.ONE, Number(2), list(Number), sorted([Number.TWO, Number.ONE]), {1: "x"}[Number.ONE], isinstance(Number.ONE, int), int(Number.TWO), str(Number.ONE))


class Word(StrEnum):
    HELLO = "hello"
    WORLD = auto()


print(Word.HELLO, repr(Word.WORLD), Word.HELLO + "!", Word.HELLO == "hello", Word("world"), Word.HELLO.upper(), f"{Word.HELLO:>7}", Word.WORLD.value, ",".join(Word))


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


print(list(Perm), Perm.R, repr(Perm.R | Perm.X), Perm.RW, repr(Perm.RW), Perm.R | Perm.W is Perm.RW, Perm.R & Perm.W, repr(Perm(0)), ~Perm.R, Perm.R ^ Perm.RW)
print(Perm.R in Perm.RW, Perm.X in Perm.RW, bool(Perm.R & Perm.X), list(Perm.RW), len(Perm.RW), Perm(5), Perm(7), Perm.RW.name, Perm.RW.value, (Perm.R | Perm.X).name, (Perm.R | Perm.X).value)
for bad in (lambda: Perm(8), lambda: Perm.R | 1, lambda: 1 in Perm.RW):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)


class Bits(IntFlag):
    A = 1
    B = 2
    C = 4


print(Bits.A, repr(Bits.A | Bits.C), Bits.A | 8, repr(Bits.A | 8), Bits.A + 1, Bits(3), ~Bits.A, repr(~Bits.A), Bits.A == 1, Bits.B & 3, 2 & Bits.B, repr(2 | Bits.A), list(Bits.A | Bits.B), f"{Bits.B}", repr(Bits(0)), Bits.C in Bits(6), isinstance(Bits.A, int))


@unique
class Once(Enum):
    A = 1
    B = 2


try:

    @unique
    class Twice(Enum):
        A = 1
        B = 1
        C = 1

except ValueError as e:
    print(e)
try:

    class Again(Enum):
        A = 1
        A = 2

except TypeError as e:
    print(e)
try:

    class More(Color):
        PINK = 4

except TypeError as e:
    print(e)


class Base(Enum):
    def describe(self):
        return f"{self.__class__.__name__}.{self.name}={self.value}"


class Sub(Base):
    X = "x"
    Y = [1, 2]


print(Sub.X.describe(), Sub([1, 2]), Sub.Y.value)


class Forgiving(Enum):
    A = "a"
    UNKNOWN = None

    @classmethod
    def _missing_(cls, value):
        if isinstance(value, str) and value.lower() in ("a",):
            return cls.A
        return cls.UNKNOWN


print(Forgiving("A"), Forgiving("zzz"), Forgiving(None))


class Ordered(Enum):
    LOW = 1
    HIGH = 2

    def __lt__(self, other):
        return self.value < other.value

    def __str__(self):
        return self.name.title()


print(sorted([Ordered.HIGH, Ordered.LOW]), Ordered.LOW, f"{Ordered.HIGH}", Ordered.LOW < Ordered.HIGH, repr(Ordered.LOW))


class Coordinate(bytes, Enum):
    def __new__(cls, value, label):
        obj = bytes.__new__(cls, [value])
        obj._value_ = value
        obj.label = label
        return obj

    PX = (0, "P.X")
    PY = (1, "P.Y")


print(Coordinate.PX.label, Coordinate.PY.value, Coordinate(1).name, bytes(Coordinate.PY))
Animal = Enum("Animal", "CAT DOG")
Size = IntEnum("Size", ["S", "M"], start=5)
Pair = Enum("Pair", {"P": "p", "Q": "q"})
print(list(Animal), Animal.CAT, list(Size), list(Pair), Enum("T", [("a", 1), ("b", 4)]).b.value)


class Mixed(str, Enum):
    A = "a"
    B = "b"


print(Mixed.A, repr(Mixed.B), Mixed.A == "a", Mixed("b"), Mixed.A.upper())
match Color.GREEN:
    case Color.RED:
        print("red")
    case Color.GREEN:
        print("green")
print(hash(Color.RED) == hash(Color.CRIMSON), {Color.RED, Color.CRIMSON, Color.BLUE} == {Color.BLUE, Color.RED}, issubclass(Number, int), isinstance(Color, enum.EnumType))
for c in Color:
    if c is Color.BLUE:
        break
print(c, Color.RED is not Color.GREEN, Color.RED.RED if False else "")
