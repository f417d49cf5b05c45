# SPDX-License-Identifier: Apache-2.0
# Exceptions raised, caught, chained and passed on by every statement and by callbacks.
from common.cases import t


def f(n):
    try:
        print("try", n)
        if n == 1:
            return "ret"
        if n == 2:
            raise ValueError("v")
        if n == 3:
            raise KeyError("k")
        if n == 4:
            1 / 0
    except ValueError as e:
        print("except", repr(e))
        return "exc"
    except (KeyError, IndexError) as e:
        print("except2", e, e.args)
        raise RuntimeError("from") from e
    else:
        print("else")
        return "else"
    finally:
        print("finally")
    return "end"


for i in range(5):
    t(f, i)


def loop():
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            print("body", i)
        finally:
            print("fin", i)
    else:
        print("no")
    while True:
        try:
            try:
                break
            finally:
                print("inner")
        finally:
            print("outer")
    for i in range(3):
        try:
            return i
        finally:
            print("override")
            continue
    return "after"


print(loop())


def fin_ret():
    try:
        raise ValueError
    finally:
        return 5


print(fin_ret())


def fin_ret2():
    try:
        return 1
    finally:
        return 2


print(fin_ret2())


def fin_val():
    x = 1
    try:
        return x
    finally:
        x = 2


print(fin_val())


def fin_raise():
    try:
        raise ValueError("a")
    finally:
        raise KeyError("b")


try:
    fin_raise()
except KeyError as e:
    print(repr(e), repr(e.__context__), e.__cause__, e.__suppress_context__)
try:
    try:
        raise ValueError("a")
    except ValueError as e:
        raise KeyError("b") from None
except KeyError as e:
    print(repr(e.__context__), e.__cause__, e.__suppress_context__)
try:
    raise ValueError("x") from TypeError("y")
except ValueError as e:
    print(repr(e.__cause__))
t(lambda: [][0])
try:
    raise 5
except TypeError as e:
    print(e)
try:
    raise int
except TypeError as e:
    print(e)
try:
    raise ValueError from 5
except TypeError as e:
    print(e)
try:
    raise
except RuntimeError as e:
    print(e)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise
except ZeroDivisionError as e:
    print("re", e)


def reraise():
    try:
        raise ValueError(1)
    except ValueError:
        try:
            raise KeyError(2)
        except KeyError:
            pass
        raise


t(reraise)
try:
    try:
        raise ValueError("first")
    except ValueError as e:
        pass
    print(e)
except NameError as x:
    print(x)
try:
    raise ValueError
except Exception as e:
    print(repr(e), str(e), e.args)
for args in [(), (1,), ("a",), (1, 2), ("a", "b", None), ((1, 2),), ([],)]:
    e = ValueError(*args)
    print(repr(e), "|", str(e), "|", e.args)
    e = KeyError(*args)
    print(repr(e), "|", str(e), "|", e.args)
for args in [(), (2,), ("a", "b"), (999, "zz")]:
    e = OSError(*args)
    print(type(e).__name__, repr(e), "|", str(e), "|", e.args, e.errno)
e = StopIteration(5)
print(e.value, e.args, StopIteration().value)
e = SystemExit(3)
print(e.code, e.args, SystemExit().code, SystemExit(1, 2).code)
print(UnicodeError("a"), repr(UnicodeError("x", 1)))
class MyE(Exception):
    pass


class MyE2(MyE):
    def __init__(self, a, b=2):
        self.a = a
        self.b = b

    def __str__(self):
        return f"MyE2 {self.a} {self.b}"


class MyE3(MyE2, KeyError):
    pass


for E_ in (MyE, MyE2, MyE3):
    try:
        raise E_(1)
    except MyE as e:
        print(type(e).__name__, e, repr(e), e.args, isinstance(e, KeyError))
try:
    raise MyE2
except TypeError as e:
    print(e)
e = MyE("a")
e.extra = 5
print(e.extra, e.__dict__)
try:
    raise e
except MyE as e2:
    print(e2 is e)
print(e.__traceback__ is not None, e.with_traceback(None) is e)


def wrong_except():
    try:
        raise ValueError
    except 5:
        pass


t(wrong_except)


def wrong_except2():
    try:
        raise ValueError
    except (TypeError, "a"):
        pass


t(wrong_except2)


def dyn(cls):
    try:
        raise KeyError("q")
    except cls:
        return "caught"


t(dyn, KeyError)
t(dyn, (ValueError, KeyError))
t(dyn, ((ValueError,), (LookupError,)))
t(dyn, ValueError)
t(dyn, ())


def except_order():
    try:
        raise IndexError
    except LookupError:
        return 1
    except IndexError:
        return 2


print(except_order())


def nested_finally():
    out = []
    try:
        try:
            try:
                raise ValueError(1)
            finally:
                out.append("a")
        except KeyError:
            out.append("no")
        finally:
            out.append("b")
    except ValueError:
        out.append("c")
    else:
        out.append("no")
    finally:
        out.append("d")
    return out


print(nested_finally())


def bare():
    try:
        raise SystemExit(2)
    except:
        return "bare"


print(bare())
t(lambda: exec)if 0 else None


def asserts(n):
    assert n != 1
    assert n != 2, "msg"
    assert n != 3, ("tuple", 1)
    assert (n != 4, "always true")
    return "ok"


for i in range(1, 5):
    try:
        print(asserts(i))
    except AssertionError as e:
        print(repr(e), e.args)


def deep(n):
    if n == 0:
        raise ValueError("deep")
    try:
        deep(n - 1)
    finally:
        log.append(n)


log = []
t(deep, 5)
print(log)


def in_callback():
    def key(x):
        if x == 2:
            raise ValueError("key")
        return x

    for f in (
        lambda: sorted([1, 2, 3], key=key), lambda: list(map(key, [1, 2])), lambda: list(filter(key, [1, 2])), lambda: max([1, 2], key=key),
        lambda: [1, 2].sort(key=key), lambda: [key(i) for i in range(4)], lambda: {key(2): 1}, lambda: dict((key(i), 1) for i in range(4)),
        lambda: "".join(key(x) for x in [2]), lambda: sum(key(i) for i in range(3)), lambda: any(key(i) > 5 for i in range(3)),
        lambda: f2(*map(key, [2])), lambda: print(*map(key, [2])), lambda: set(map(key, [2])), lambda: tuple(map(key, [2])),
        lambda: list(zip([1], map(key, [2]))), lambda: list(enumerate(map(key, [2]))), lambda: iter(lambda: key(2), 0).__next__(),
        lambda: next(map(key, [2])), lambda: bytes(map(key, [2])), lambda: [].extend(map(key, [2])), lambda: {}.update(map(key, [2])),
        lambda: set().union(map(key, [2])), lambda: min(map(key, [2])), lambda: 5 in map(key, [2]), lambda: (lambda a, b: 0)(*map(key, [2])),
    ):
        t(f)
    lst = [3, 2, 1]
    try:
        lst.sort(key=key)
    except ValueError:
        print(lst)


f2 = print
in_callback()


class Cb:
    def __init__(self, what):
        self.what = what

    def boom(self, *a):
        raise RuntimeError("boom " + self.what)

    __eq__ = __lt__ = __hash__ = __len__ = __iter__ = __getitem__ = __call__ = __bool__ = __str__ = __repr__ = __add__ = boom
    __radd__ = __contains__ = __enter__ = __exit__ = __index__ = __setitem__ = __delitem__ = __neg__ = __abs__ = __format__ = boom


c = Cb("c")
for f in (
    lambda: c == 1, lambda: 1 == c, lambda: c != 1, lambda: c < 1, lambda: 1 > c, lambda: hash(c), lambda: {c: 1}, lambda: {c}, lambda: len(c), lambda: list(c), lambda: [*c],
    lambda: c[0], lambda: c(), lambda: bool(c), lambda: not c, lambda: c and 1, lambda: 1 if c else 2, lambda: str(c), lambda: repr(c), lambda: [c].__repr__(),
    lambda: f"{c}", lambda: "%s" % c, lambda: c + 1, lambda: 1 + c, lambda: 1 in c, lambda: c in [1], lambda: [1].index(c), lambda: [1].count(c),
    lambda: [1].remove(c), lambda: [c] == [1], lambda: (c,) < (1,), lambda: {1: c} == {1: 2}, lambda: sorted([c, c]), lambda: min(c, c), lambda: [1, 2][c],
    lambda: range(c), lambda: "a" * c, lambda: -c, lambda: abs(c), lambda: format(c), lambda: "{}".format(c), lambda: sum([c]), lambda: all([c]),
    lambda: any([c]), lambda: list(filter(None, [c])), lambda: dict([c]), lambda: "a".join(c), lambda: print(c), lambda: {1: 2}.get(c), lambda: {}.setdefault(c),
    lambda: isinstance(c, int), lambda: [x for x in c], lambda: (lambda *a: 0)(*c), lambda: c.__iter__(), lambda: zip(c), lambda: map(str, c), lambda: bytes(c),
    lambda: bytearray(c), lambda: int(c), lambda: chr(c), lambda: [1].insert(c, 1), lambda: [1].pop(c), lambda: slice(c).indices(3), lambda: "abc"[c:], lambda: hex(c),
):
    t(f)


def star():
    a, b = c


t(star)


def wth():
    with c:
        pass


t(wth)


def store():
    c[0] = 1


t(store)


def dele():
    del c[0]


t(dele)


def whl():
    while c:
        pass


t(whl)


def fr():
    for x in c:
        pass


t(fr)
