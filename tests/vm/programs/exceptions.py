# SPDX-License-Identifier: Apache-2.0
"""try, except, else, finally, raise, from, re-raise, hierarchy, user exceptions."""


def risky(n):
    if n == 0:
        raise ValueError("zero")
    if n == 1:
        raise KeyError("one")
    if n == 2:
        return 1 // 0
    if n == 3:
        raise Custom("three", 3)
    return n


class Custom(Exception):
    pass


class Derived(Custom):
    def __init__(self, code):
        self.code = code

    def __str__(self):
        return "derived " + str(self.code)


for i in range(6):
    try:
        r = risky(i)
    except ValueError as e:
        print("ValueError", e, e.args)
    except (KeyError, IndexError) as e:
        print(type(e).__name__, e, repr(e))
    except ZeroDivisionError:
        print("zero division")
    except Custom as e:
        print("Custom", e.args, e)
    else:
        print("else", r)
    finally:
        print("finally", i)


def order(x):
    try:
        print("try")
        if x == 1:
            raise RuntimeError("r")
        if x == 2:
            return "from try"
    except RuntimeError:
        print("except")
        return "from except"
    else:
        print("else")
        return "from else"
    finally:
        print("finally")


print(order(0), order(1), order(2))


def override():
    try:
        return "try"
    finally:
        return "finally"


def swallow():
    while True:
        try:
            raise ValueError
        finally:
            break
    return "swallowed"


def keep():
    x = 1
    try:
        return x
    finally:
        x = 2


print(override(), swallow(), keep())


def nested():
    out = []
    try:
        try:
            raise ValueError("inner")
        except KeyError:
            out.append("wrong")
        finally:
            out.append("f1")
    except ValueError as e:
        out.append(str(e))
        try:
            raise TypeError("second")
        except TypeError as e2:
            out.append(str(e2))
        out.append(str(e))
    finally:
        out.append("f2")
    return out


print(nested())


def reraise():
    try:
        raise Custom("again")
    except Custom:
        raise


try:
    reraise()
except Custom as e:
    print("reraised", e)
try:
    raise Derived(5)
except Custom as e:
    print(e, e.code, isinstance(e, Derived), repr(e))
try:
    try:
        raise KeyError("low")
    except KeyError as low:
        raise RuntimeError("high") from low
except RuntimeError as e:
    print(e, repr(e.__cause__), type(e.__cause__).__name__)
try:
    raise ValueError from None
except ValueError as e:
    print(repr(e), e.args, str(e) == "")
try:
    raise ValueError("a", "b", 3)
except ValueError as e:
    print(e, e.args, repr(e))


def loop():
    out = []
    for i in range(5):
        try:
            if i == 1:
                continue
            if i == 3:
                break
            out.append(i)
        finally:
            out.append(-i)
    return out


print(loop())


def loop_except():
    n = 0
    while True:
        try:
            n += 1
            if n < 3:
                raise ValueError
            if n == 3:
                raise KeyError
            return n
        except ValueError:
            continue
        except KeyError:
            pass
        n += 100


print(loop_except())


def deep(n):
    if n == 0:
        raise IndexError("deep")
    try:
        deep(n - 1)
    finally:
        trace.append(n)


trace = []
try:
    deep(5)
except LookupError as e:
    print(e, trace)


def returns_it():
    try:
        raise ValueError("returned")
    except ValueError as e:
        return e


def breaks_with_it():
    for i in range(2):
        try:
            raise KeyError(i)
        except KeyError as e:
            if i:
                break
            continue
    try:
        return e
    except UnboundLocalError as err:
        return "gone: " + str(err)


print(repr(returns_it()), breaks_with_it())


def name_gone():
    try:
        raise ValueError("x")
    except ValueError as e:
        pass
    try:
        return e
    except UnboundLocalError as err:
        return str(err)


print(name_gone())
for cls in (Exception, ArithmeticError, ZeroDivisionError, BaseException, (TypeError, ZeroDivisionError)):
    try:
        1 / 0
    except cls:
        print("caught")
try:
    try:
        {}["k"]
    except ValueError:
        print("wrong")
except KeyError as e:
    print("outer", e)
try:
    raise "text"
except TypeError as e:
    print(e)
try:
    try:
        raise ValueError
    except 5:
        pass
except TypeError as e:
    print(e)


def gen_errors():
    for fn in (
        lambda: undefined_name,
        lambda: [][1],
        lambda: {}["q"],
        lambda: "a" + 1,
        lambda: int("z"),
        lambda: None.x,
        lambda: len(5),
        lambda: [1] + 1,
    ):
        try:
            fn()
        except Exception as e:
            print(type(e).__name__ + ":", e)


gen_errors()
try:
    assert 1 == 1, "fine"
    assert 1 == 2, "message"
except AssertionError as e:
    print("assert", e)
try:
    assert False
except AssertionError as e:
    print("assert", repr(e))


def cleanup():
    log = []

    def inner(n):
        try:
            try:
                if n == 0:
                    return "zero"
                if n == 1:
                    raise KeyError
                if n == 2:
                    raise ValueError
            except KeyError:
                log.append("k")
                return "key"
            finally:
                log.append("a")
        except ValueError:
            log.append("v")
            return "value"
        finally:
            log.append("b")
        return "end"

    return [inner(i) for i in range(4)], log


print(cleanup())


def finally_raises():
    try:
        try:
            raise ValueError("first")
        finally:
            raise KeyError("second")
    except KeyError as e:
        return "got " + str(e)


print(finally_raises())
print(
    isinstance(KeyError(), LookupError),
    issubclass(ZeroDivisionError, ArithmeticError),
    issubclass(UnboundLocalError, NameError),
)
try:
    raise StopIteration
except Exception as e:
    print(type(e).__name__)
x = ValueError("held")
try:
    raise x
except ValueError as e:
    print(e is x)
