# SPDX-License-Identifier: Apache-2.0
"""with: order, exceptions, swallowing, return, break, several managers, targets."""


class M:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, tb):
        print("exit", self.name, kind.__name__ if kind else None, value)
        return self.swallow


with M("a") as x:
    print("body", x)
with M("b"):
    pass
with M("c") as c, M("d") as d:
    print(c, d)
try:
    with M("e"):
        raise ValueError("boom")
except ValueError as err:
    print("outside", err)
with M("f", True):
    raise KeyError("swallowed")
print("after f")


def returns():
    with M("g"):
        return "value"


def breaks():
    for i in range(3):
        with M("h" + str(i)):
            if i == 0:
                continue
            break
    return i


def nested():
    with M("outer", True) as o:
        with M("inner") as i:
            print(o, i)
            raise RuntimeError("x")
    return "swallowed by outer"


def with_finally():
    try:
        with M("j"):
            return 1
    finally:
        print("finally")


def in_finally():
    try:
        raise ValueError("v")
    except ValueError:
        with M("k") as k:
            print(k)
    finally:
        with M("l"):
            print("last")


print(returns(), breaks(), nested(), with_finally())
in_finally()


class Pair:
    def __enter__(self):
        return 1, [2, 3]

    def __exit__(self, *args):
        print(len(args))


with Pair() as (a, [b, c]):
    print(a, b, c)
obj = M("attr")
with M("p") as obj.name:
    print(obj.name)
lst = [0]
with M("q") as lst[0]:
    print(lst)


class BadExit:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        raise TypeError("from exit")


try:
    with BadExit():
        raise ValueError("lost")
except TypeError as e:
    print(e)
try:
    with BadExit():
        pass
except TypeError as e:
    print(e)


class BadEnter:
    def __enter__(self):
        raise OSError("no entry")

    def __exit__(self, *args):
        print("never")


try:
    with M("r"), BadEnter():
        print("never")
except OSError as e:
    print(e)
with M("s", True) as s:
    y = 1
    raise ValueError
print(y, s)
