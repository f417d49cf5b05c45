# SPDX-License-Identifier: Apache-2.0
"""Classes: attributes, methods, class attributes, identity, dynamic attributes."""


class Point:
    dims = 2
    count = 0

    def __init__(self, x, y=0):
        self.x = x
        self.y = y
        Point.count += 1

    def move(self, dx, dy):
        self.x += dx
        self.y += dy
        return self

    def dist2(self):
        return self.x * self.x + self.y * self.y

    @staticmethod
    def origin():
        return Point(0, 0)

    @classmethod
    def diagonal(cls, v):
        return cls(v, v)


p = Point(3, 4)
print(p.x, p.y, p.dist2(), p.move(1, 1).x, p.dims, Point.dims, Point.count)
q = Point.origin()
r = Point.diagonal(7)
print(q.x, r.y, Point.count, p is q, p is p, isinstance(p, Point), isinstance(5, Point), type(p) is Point)
p.dims = 3
print(p.dims, Point.dims, q.dims)
p.extra = "dynamic"
print(p.extra, hasattr(p, "extra"), hasattr(q, "extra"), getattr(q, "extra", "default"), getattr(p, "x"))
setattr(p, "z", 9)
print(p.z)
del p.z
print(hasattr(p, "z"))
m = p.move
m(10, 10)
print(p.x, p.y, Point.move(p, 1, 1) is p, p.x)
Point.shout = lambda self: "I am " + str(self.x)
print(p.shout(), q.shout())
for bad in (
    lambda: p.nothing,
    lambda: p.x.y,
    lambda: Point.nope,
    lambda: p.nomethod(),
    lambda: None.attr,
    lambda: (5).real_thing,
):
    try:
        bad()
    except AttributeError as e:
        print("AttributeError", e)


class Empty:
    pass


e = Empty()
e.a = 1
e.b = [1]
e.b.append(2)
e.a += 5
print(e.a, e.b, Empty.__name__, type(e).__name__, e.__class__ is Empty)


class Nested:
    class Inner:
        value = 42

        def get(self):
            return self.value

    def make(self):
        return Nested.Inner()


print(Nested.Inner.value, Nested().make().get())


class Body:
    items = [i * 2 for i in range(3)]
    total = 0
    for v in items:
        total += v
    if total > 3:
        label = "big"
    else:
        label = "small"
    base = total
    double = base * 2

    def both(self):
        return self.base, self.double, self.label


print(Body.items, Body.total, Body.v, Body().both())
name = "global"


class Scope:
    name = name + "+class"

    def get(self):
        return name


print(Scope.name, Scope().get())


class Private:
    def __init__(self):
        self.__secret = 1
        self._open = 2

    def reveal(self):
        return self.__secret

    def __hidden(self):
        return "hidden"

    def call(self):
        return self.__hidden()


v = Private()
print(v.reveal(), v._open, hasattr(v, "__secret"), v._Private__secret, v.call())


def factory(k):
    class Local:
        factor = k

        def times(self, x):
            return x * k

    return Local


A, B = factory(2), factory(3)
print(A().times(5), B().times(5), A.factor, B.factor, A is B, A.__name__)


class Many:
    def __init__(self):
        self.a = self.b = 0
        self.c, self.d = 1, 2
        for self.e in range(3):
            pass
        (self.f, [self.g]) = 5, [6]

    def late(self):
        self.h = 7
        return self.h


o = Many()
print(o.a, o.b, o.c, o.d, o.e, o.f, o.g, hasattr(o, "h"), o.late(), o.h)
try:
    Empty().h
except AttributeError as err:
    print(err)


class Link:
    def __init__(self, value, rest=None):
        self.value, self.rest = value, rest


chain = None
for i in range(5):
    chain = Link(i, chain)
while chain is not None:
    print(chain.value, end=" ")
    chain = chain.rest
print()
