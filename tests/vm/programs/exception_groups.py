eg = ExceptionGroup("m", [ValueError(1), TypeError("t"), ExceptionGroup("in", [OSError(3), ValueError(4)])])
print(repr(eg), str(eg), eg.args, eg.message, eg.exceptions, type(eg.exceptions))
for bad in (
    (),
    ("m",),
    ("m", []),
    (1, [ValueError()]),
    ("m", 3),
    ("m", [1]),
    ("m", [ValueError(), 2]),
    ("m", [KeyboardInterrupt()]),
    ("m", [ValueError()], 3),
    ("m", (ValueError,)),
    ("m", {ValueError()}),
):
    try:
        print(type(ExceptionGroup(*bad)))
    except Exception as e:
        print(type(e).__name__, e)
for bad in ((), ("m",), ("m", []), ("m", [ValueError()]), ("m", [KeyboardInterrupt()])):
    try:
        print(repr(BaseExceptionGroup(*bad)))
    except Exception as e:
        print(type(e).__name__, e)
try:
    eg.message = 1
except Exception as e:
    print(type(e).__name__, e)
try:
    eg.exceptions = 1
except Exception as e:
    print(type(e).__name__, e)
print(
    eg.subgroup(ValueError),
    eg.subgroup(KeyError),
    eg.split(OSError),
    eg.split((ValueError, TypeError)),
    eg.subgroup(lambda e: isinstance(e, ValueError)),
    eg.split(Exception),
    eg.split(ExceptionGroup),
)
for bad in (1, "x", int, (ValueError, int), [ValueError]):
    for f in (eg.subgroup, eg.split):
        try:
            print(f(bad))
        except Exception as e:
            print(type(e).__name__, e)
print(issubclass(ExceptionGroup, Exception), ExceptionGroup.__mro__, ExceptionGroup.__bases__)
print(ExceptionGroup, isinstance(eg, BaseExceptionGroup))


class My(ExceptionGroup):
    def derive(self, excs):
        return My(self.message, excs)


class My2(ExceptionGroup):
    def __new__(cls, message, excs, code):
        o = super().__new__(cls, message, excs)
        o.code = code
        return o

    def derive(self, excs):
        return My2(self.message, excs, self.code)


m = My2("z", [ValueError(1), KeyError(2)], 77)
print(m.split(ValueError)[0].code, repr(m), m.args)
print(repr(My("q", [ValueError(1), KeyError(2)]).split(ValueError)))


class My3(BaseExceptionGroup):
    pass


print(type(My3("a", [ValueError()])), My3("a", [ValueError(1), KeyError(2)]).split(KeyError))


class My4(ExceptionGroup, ValueError):
    pass


try:
    print(repr(My4("a", [KeyboardInterrupt()])))
except TypeError as e:
    print(e)


class My5(BaseExceptionGroup, ValueError):
    pass


try:
    print(repr(My5("a", [KeyboardInterrupt()])))
except TypeError as e:
    print(e)


class Der(ExceptionGroup):
    def derive(self, excs):
        return 3


try:
    Der("a", [ValueError(), KeyError()]).split(ValueError)
except Exception as e:
    print(type(e), e)
e = ExceptionGroup("n", [ValueError(1), KeyError(2)])
e.add_note("a note")
e.__cause__ = OSError("c")
a, b = e.split(KeyError)
print(a.__notes__, b.__notes__, a.__notes__ is e.__notes__, a.__cause__, b.__context__)


def show(e, indent=""):
    if e is None:
        print(indent + "None")
        return
    print(indent + repr(e), "ctx", repr(e.__context__), "cause", repr(e.__cause__))
    if isinstance(e, BaseExceptionGroup):
        for x in e.exceptions:
            show(x, indent + "  ")


def run(f):
    print("--", f.__name__)
    try:
        f()
    except BaseException as e:
        show(e)


def group():
    return ExceptionGroup("m", [ValueError(1), TypeError("t"), ExceptionGroup("in", [OSError(3), ValueError(4)])])


def all_handled():
    try:
        raise group()
    except* ValueError as e:
        show(e)
    except* (TypeError, OSError) as e:
        show(e)
    else:
        print("else")
    finally:
        print("finally")
    try:
        e
    except UnboundLocalError as x:
        print(x)


def some_left():
    try:
        raise group()
    except* ValueError as e:
        print(type(e), len(e.exceptions))


def none_match():
    try:
        raise group()
    except* KeyError:
        print("no")


def naked():
    try:
        raise ValueError("naked")
    except* ValueError as e:
        show(e)


def naked_no_match():
    try:
        raise ValueError("naked")
    except* KeyError as e:
        show(e)


def naked_reraise():
    try:
        raise ValueError("naked")
    except* ValueError:
        raise


def naked_raise_other():
    try:
        raise ValueError("naked")
    except* ValueError as e:
        raise KeyError("k")


def raise_in_handler():
    try:
        raise group()
    except* ValueError as e:
        raise KeyError("k") from e
    except* OSError:
        raise RuntimeError("r")


def reraise_part():
    try:
        raise group()
    except* ValueError:
        raise
    except* TypeError:
        pass


def reraise_named():
    try:
        raise group()
    except* ValueError as e:
        raise e


def reraise_and_new():
    try:
        raise group()
    except* ValueError:
        raise
    except* TypeError:
        1 / 0


def nested():
    try:
        try:
            raise group()
        except* ValueError:
            raise KeyError("new")
    except* KeyError as e:
        show(e)
    except* TypeError as e:
        show(e)


def else_raises():
    try:
        pass
    except* ValueError:
        print("no")
    else:
        raise ValueError("else")


def bad_type():
    try:
        raise group()
    except* ExceptionGroup:
        pass


def bad_type2():
    try:
        raise group()
    except* 3:
        pass


def loop():
    for i in range(3):
        try:
            if i == 1:
                raise group()
            if i == 2:
                raise OSError(i)
        except* OSError as e:
            print(i, e.exceptions)
        except* Exception as e:
            print(i, e)
        else:
            print(i, "else")
        finally:
            print(i, "finally")


def gen():
    try:
        yield 1
    except* ValueError as e:
        yield repr(e)


def inner_try():
    try:
        raise group()
    except* ValueError:
        try:
            raise
        except ExceptionGroup as g:
            print(repr(g))


for f in (
    all_handled,
    some_left,
    none_match,
    naked,
    naked_no_match,
    naked_reraise,
    naked_raise_other,
    raise_in_handler,
    reraise_part,
    reraise_named,
    reraise_and_new,
    nested,
    else_raises,
    bad_type,
    bad_type2,
    loop,
    inner_try,
):
    run(f)
g = gen()
next(g)
print(g.throw(ValueError("thrown")))
try:
    raise ExceptionGroup("top", [ValueError(1)])
except* ValueError as e:
    print("module level", repr(e))


def raised(f):
    try:
        f()
    except BaseException as e:
        print(f.__name__, repr(e), repr(e.__context__))


def a():
    try:
        raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    except* (TypeError, ValueError) as e:
        raise SyntaxError("bad")


def b():
    try:
        raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    except* TypeError as e:
        raise SyntaxError("bad")


def c():
    try:
        raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    except* TypeError as e:
        raise SyntaxError("bad")
    except* ValueError as e:
        raise SyntaxError("bad2")


def d():
    try:
        raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    except* TypeError as e:
        raise e
    except* ValueError as e:
        pass


def e():
    try:
        raise ExceptionGroup("eg", [TypeError(1), ValueError(2)])
    except* TypeError as e:
        raise ExceptionGroup("x", [OSError(1)])
    except* ValueError as e:
        pass


for f in (a, b, c, d, e):
    raised(f)
