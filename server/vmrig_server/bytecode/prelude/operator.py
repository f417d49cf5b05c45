# SPDX-License-Identifier: Apache-2.0
"""Operators as functions: all of CPython 3.11's operator but for its names with underscores."""

_abs = abs


def abs(a, /):
    """abs(a)."""
    return _abs(a)


def pow(a, b, /):
    """a ** b."""
    return a**b


def lt(a, b, /):
    """a < b."""
    return a < b


def le(a, b, /):
    """a <= b."""
    return a <= b


def eq(a, b, /):
    """a == b."""
    return a == b


def ne(a, b, /):
    """a != b."""
    return a != b


def ge(a, b, /):
    """a >= b."""
    return a >= b


def gt(a, b, /):
    """a > b."""
    return a > b


def not_(a, /):
    """not a."""
    return not a


def truth(a, /):
    """bool(a)."""
    return True if a else False


def is_(a, b, /):
    """a is b."""
    return a is b


def is_not(a, b, /):
    """a is not b."""
    return a is not b


def add(a, b, /):
    """a + b."""
    return a + b


def and_(a, b, /):
    """a & b."""
    return a & b


def floordiv(a, b, /):
    """a // b."""
    return a // b


def index(a, /):
    """The int that it is."""
    try:
        return a.__index__()
    except AttributeError:
        raise TypeError(f"'{type(a).__name__}' object cannot be interpreted as an integer") from None


def inv(a, /):
    """~a."""
    return ~a


invert = inv


def lshift(a, b, /):
    """a << b."""
    return a << b


def mod(a, b, /):
    """a % b."""
    return a % b


def mul(a, b, /):
    """a * b."""
    return a * b


def matmul(a, b, /):
    """a @ b."""
    return a @ b


def neg(a, /):
    """-a."""
    return -a


def or_(a, b, /):
    """a | b."""
    return a | b


def pos(a, /):
    """+a."""
    return +a


def rshift(a, b, /):
    """a >> b."""
    return a >> b


def sub(a, b, /):
    """a - b."""
    return a - b


def truediv(a, b, /):
    """a / b."""
    return a / b


def xor(a, b, /):
    """a ^ b."""
    return a ^ b


def concat(a, b, /):
    """a + b of sequences."""
    if not hasattr(a, "__getitem__"):
        raise TypeError(f"'{type(a).__name__}' object can't be concatenated")
    return a + b


def contains(a, b, /):
    """b in a."""
    return b in a


def countOf(a, b, /):
    """How many items of a are b or equal."""
    n = 0
    for item in a:
        if item is b or item == b:
            n += 1
    return n


def indexOf(a, b, /):
    """The place of the first item of a that is b or equal."""
    for i, item in enumerate(a):
        if item is b or item == b:
            return i
    raise ValueError("sequence.index(x): x not in sequence")


def getitem(a, b, /):
    """a[b]."""
    return a[b]


def setitem(a, b, c, /):
    """a[b] = c."""
    a[b] = c


def delitem(a, b, /):
    """del a[b]."""
    del a[b]


def length_hint(obj, default=0, /):
    """How many items it has, or may have, or the default."""
    if not isinstance(default, int):
        raise TypeError(f"'{type(default).__name__}' object cannot be interpreted as an integer")
    try:
        return len(obj)
    except TypeError:
        pass
    try:
        hint = obj.__length_hint__
    except AttributeError:
        return default
    try:
        value = hint()
    except TypeError:
        return default
    if value is NotImplemented:
        return default
    if not isinstance(value, int):
        raise TypeError(f"__length_hint__ must be an integer, not {type(value).__name__}")
    if value < 0:
        raise ValueError("__length_hint__() should return >= 0")
    return value


class attrgetter:
    """A function that gives attributes, with dots in the names for those of attributes."""

    def __init__(self, attr, /, *attrs):
        self._names = (attr, *attrs)
        for name in self._names:
            if not isinstance(name, str):
                raise TypeError("attribute name must be a string")
        self._paths = [name.split(".") for name in self._names]

    def __call__(self, obj, /):
        found = []
        for path in self._paths:
            value = obj
            for name in path:
                value = getattr(value, name)
            found.append(value)
        return found[0] if len(found) == 1 else tuple(found)

    def __repr__(self):
        return f"operator.attrgetter({', '.join(map(repr, self._names))})"


class itemgetter:
    """A function that gives items."""

    def __init__(self, item, /, *items):
        self._item = item
        self._items = items and (item, *items)

    def __call__(self, obj, /):
        if self._items:
            return tuple([obj[i] for i in self._items])
        return obj[self._item]

    def __repr__(self):
        return f"operator.itemgetter({', '.join(map(repr, self._items or (self._item,)))})"


class methodcaller:
    """A function that calls a method by name."""

    def __init__(self, name, /, *args, **kwargs):
        if not isinstance(name, str):
            raise TypeError("method name must be a string")
        self._name = name
        self._args = args
        self._kwargs = kwargs

    def __call__(self, obj, /):
        return getattr(obj, self._name)(*self._args, **self._kwargs)

    def __repr__(self):
        parts = [repr(a) for a in (self._name, *self._args)] + [f"{k}={v!r}" for k, v in self._kwargs.items()]
        return f"operator.methodcaller({', '.join(parts)})"


def call(obj, /, *args, **kwargs):
    """obj(*args, **kwargs)."""
    return obj(*args, **kwargs)


def iadd(a, b, /):
    """a += b, and a."""
    a += b
    return a


def iand(a, b, /):
    """a &= b, and a."""
    a &= b
    return a


def iconcat(a, b, /):
    """a += b of sequences, and a."""
    if not hasattr(a, "__getitem__"):
        raise TypeError(f"'{type(a).__name__}' object can't be concatenated")
    a += b
    return a


def ifloordiv(a, b, /):
    """a //= b, and a."""
    a //= b
    return a


def ilshift(a, b, /):
    """a <<= b, and a."""
    a <<= b
    return a


def imod(a, b, /):
    """a %= b, and a."""
    a %= b
    return a


def imul(a, b, /):
    """a *= b, and a."""
    a *= b
    return a


def imatmul(a, b, /):
    """a @= b, and a."""
    a @= b
    return a


def ior(a, b, /):
    """a |= b, and a."""
    a |= b
    return a


def ipow(a, b, /):
    """a **= b, and a."""
    a **= b
    return a


def irshift(a, b, /):
    """a >>= b, and a."""
    a >>= b
    return a


def isub(a, b, /):
    """a -= b, and a."""
    a -= b
    return a


def itruediv(a, b, /):
    """a /= b, and a."""
    a /= b
    return a


def ixor(a, b, /):
    """a ^= b, and a."""
    a ^= b
    return a
