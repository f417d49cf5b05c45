# SPDX-License-Identifier: Apache-2.0
"""abc and collections.abc when a program runs."""

import abc
from abc import ABC, ABCMeta, abstractmethod


class Shape(ABC):
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
    @classmethod
    @abstractmethod
    def make(cls): ...
    def __str__(self):
        return f"{self.name} {self.area()}"


class Sq(Shape):
    def __init__(self, a):
        self.a = a

    def area(self):
        return self.a**2

    @property
    def name(self):
        return "square"

    @classmethod
    def make(cls):
        return cls(2)


class Half(Shape):
    def area(self):
        return 1


for c in (Shape, Half):
    try:
        c()
    except TypeError as e:
        print(e)
print(
    Sq.make(),
    isinstance(Sq(1), Shape),
    issubclass(Half, Shape),
    isinstance(3, Shape),
    type(Shape).__name__,
    type(Shape) is ABCMeta,
)
print(sorted(Half.__abstractmethods__), Sq.__abstractmethods__)


class Quacks(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, other):
        if cls is Quacks:
            return True if hasattr(other, "quack") else NotImplemented
        return NotImplemented

    @abc.abstractmethod
    def quack(self):
        pass


class Duck:
    def quack(self):
        return "quack"


class Dog:
    pass


print(isinstance(Duck(), Quacks), isinstance(Dog(), Quacks), issubclass(Duck, Quacks))
Quacks.register(Dog)
print(isinstance(Dog(), Quacks), issubclass(Dog, Quacks), isinstance(Dog(), Shape))


@Shape.register
class Odd:
    pass


print(isinstance(Odd(), Shape), Odd.__mro__[1] is object)
try:
    Quacks()
except TypeError as e:
    print(e)


class Real(Quacks):
    def __new__(cls, n):
        self = super().__new__(cls)
        self.n = n
        return self

    def quack(self):
        return self.n


print(Real(5).quack())


class Part(Quacks):
    def __init__(self, x=1):
        self.x = x


try:
    Part(3)
except TypeError as e:
    print(e)
try:
    issubclass(3, Shape)
except TypeError as e:
    print(e)
try:
    Shape.register(3)
except TypeError as e:
    print(e)


class Base(metaclass=ABCMeta):
    pass


class Leaf(Base):
    def __init__(self, *parts, **more):
        self.parts = parts
        self.more = more


print(Leaf(1, 2, k=3).parts, isinstance(Leaf(), Base))


class E(Exception, metaclass=ABCMeta):
    pass


try:
    raise E("x")
except E as e:
    print(repr(e))


class D(dict, ABC):
    @abstractmethod
    def f(self):
        pass


class D2(D):
    def f(self):
        return len(self)


print(D2(a=1).f())
import collections.abc
import collections.abc as cabc
from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Sized,
    Generator,
)


def flatten(x):
    for item in x:
        if isinstance(item, Iterable) and not isinstance(item, (str, bytes)):
            yield from flatten(item)
        else:
            yield item


print(list(flatten([1, [2, (3, "ab")], {4: 5}, range(2)])))


class Bag:
    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


class Plain:
    __hash__ = None


def gen():
    yield 1


things = [
    [],
    (),
    {},
    set(),
    frozenset(),
    "s",
    b"b",
    bytearray(),
    range(1),
    iter([]),
    gen(),
    len,
    Bag(),
    Plain(),
    Plain,
    5,
    None,
    1.5,
    {}.keys(),
    {}.values(),
    zip(),
]
for kind in (
    Iterable,
    Iterator,
    Sized,
    Callable,
    Hashable,
    Sequence,
    MutableSequence,
    Mapping,
    MutableMapping,
    MutableSet,
    Generator,
    cabc.Container,
    cabc.Set,
    collections.abc.Collection,
    cabc.Reversible,
):
    print(kind.__name__, "".join("01"[isinstance(t, kind)] for t in things))
print(
    issubclass(list, Sequence),
    issubclass(dict, Sequence),
    issubclass(Bag, Sized),
    issubclass(int, Hashable),
    issubclass(Sequence, Iterable),
)


class Lower(MutableMapping):
    def __init__(self, **named):
        self.data = {}
        self.update(named)

    def __getitem__(self, key):
        return self.data[key.lower()]

    def __setitem__(self, key, value):
        self.data[key.lower()] = value

    def __delitem__(self, key):
        del self.data[key.lower()]

    def __iter__(self):
        return iter(self.data)

    def __len__(self):
        return len(self.data)


low = Lower(A=1, b=2)
print(
    "a" in low, low["B"], low.get("c", 9), list(low.items()), list(low.keys()), list(low.values()), dict(low), {**low}
)
print(
    low.pop("A"),
    low.pop("zz", None),
    low.setdefault("N", 3),
    low == {"b": 2, "n": 3},
    len(low),
    isinstance(low, Mapping),
)
print(sorted(low.keys() & {"b", "q"}), ("b", 2) in low.items(), 3 in low.values(), low.popitem(), bool(low))
low.clear()
print(len(low), repr(low.keys()).startswith("KeysView("))


class Steps(Sequence):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(i)
        return i * i


s = Steps(4)
print(list(s), list(reversed(s)), s.index(4), s.count(9), 9 in s, 5 in s, isinstance(s, Iterable))


class Few(MutableSequence):
    def __init__(self):
        self.items = []

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, v):
        self.items[i] = v

    def __delitem__(self, i):
        del self.items[i]

    def insert(self, i, v):
        self.items.insert(i, v)


few = Few()
few.extend([3, 1, 2])
few.append(7)
few += [8]
few.reverse()
few.remove(1)
print(list(few), few.pop(), few.pop(0), few.items)


class Odd(collections.abc.Set):
    def __init__(self, it):
        self.it = sorted({x for x in it})

    def __contains__(self, x):
        return x in self.it

    def __iter__(self):
        return iter(self.it)

    def __len__(self):
        return len(self.it)


a, b = Odd([1, 3, 5]), Odd([3, 5, 7])
print(
    list(a & b),
    list(a | b),
    list(a - b),
    list(a ^ b),
    a == Odd([5, 3, 1]),
    a <= b,
    Odd([3]) < a,
    a.isdisjoint([2]),
    a == {1, 3, 5},
)
for bad in (Sequence, MutableMapping, Iterator):
    try:
        bad()
    except TypeError as e:
        print(e)


class Count(Iterator):
    def __init__(self):
        self.n = 0

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n


print(list(Count()), isinstance(Count(), Iterable))


def later(f: Callable[[int], int], x: Sequence[int]) -> Mapping[str, int]:
    return {"v": f(x[0])}


print(later(lambda v: v + 1, [1]))
