import sys


class A:
    pass


A.__name__ = "New"
print(A, A.__name__, A.__qualname__)
A.__qualname__ = "Q.R"
print(A, A.__name__, A.__qualname__, A().__class__.__name__)
A.__module__ = "mm"
print(A, A.__module__)
for bad in (3, None):
    try:
        A.__name__ = bad
    except TypeError as e:
        print(e)
for n in ("__bases__", "__mro__"):
    try:
        setattr(A, n, 3)
        print("no error")
    except (TypeError, AttributeError) as e:
        print("error")
T = type("T", (A,), {"__qualname__": "X.T", "__module__": "other", "v": 1})
print(T, T.__qualname__, T.__name__, T.__module__)
S = type("S", (), {"__slots__": ["a", "b"]})
s = S()
s.a = 1
print(s.a)
U = type("U", (S,), {"__slots__": "q"})
u = U()
u.q = 1
u.b = 2
print(u.q, u.b)


def deco(cls):
    cls.__name__ = "Wrapped" + cls.__name__
    cls.__qualname__ = cls.__name__
    return cls


@deco
class Z:
    pass


print(Z.__name__, Z)
try:
    Z().nope
except AttributeError as e:
    print(e)
print(sys.exception())
try:
    1 / 0
except ZeroDivisionError as e:
    print(sys.exception() is e, sys.exc_info()[1] is e)
    try:
        [][1]
    except IndexError as x:
        print(sys.exception() is x)
    print(sys.exception() is e)
print(sys.exception())


class E(Exception):
    pass


E.__name__ = "Renamed"
try:
    raise E("x")
except E as e:
    print(repr(e))
