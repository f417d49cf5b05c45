# SPDX-License-Identifier: Apache-2.0
"""Copies of objects: by __copy__ and __deepcopy__, by __getstate__ and __setstate__, else attribute by attribute."""


class Error(Exception):
    """What cannot be copied."""


error = Error

_SAME = (
    int,
    float,
    str,
    bytes,
    range,
    type,
    slice,
    type(None),
    type(...),
    type(NotImplemented),
    type(len),
    type(lambda: 0),
    property,
)
_ITEMS = (list, dict, set, bytearray)


def _items_of(x):
    """The builtin type whose items an object of a derived class has, too."""
    for cls in (*_ITEMS, tuple, frozenset):
        if isinstance(x, cls):
            return cls
    return None


def _remade(x, cls, copied):
    """Another one of the same class: without __init__, with copies of its attributes."""
    base = _items_of(x)
    if base is tuple or base is frozenset:
        made = base.__new__(cls, [copied(item) for item in x])
    elif isinstance(x, BaseException):
        made = cls(*copied(x.args))
    else:
        made = cls.__new__(cls)
    return base, made


def _fill(x, made, base, copied):
    if hasattr(x, "__getstate__"):
        state = x.__getstate__()
    else:
        state = dict(getattr(x, "__dict__", ()))
        for cls in type(x).__mro__:
            names = getattr(cls, "__dict__", {}).get("__slots__", ())
            for name in (names,) if isinstance(names, str) else names:
                if hasattr(x, name):
                    state[name] = getattr(x, name)
    state = copied(state)
    if hasattr(x, "__setstate__"):
        made.__setstate__(state)
    elif state:
        for name, value in state.items():
            setattr(made, name, value)
    if base is list:
        for item in x:
            list.append(made, copied(item))
    elif base is dict:
        for key, value in dict.items(x):
            dict.__setitem__(made, copied(key), copied(value))
    elif base is set:
        for item in x:
            set.add(made, copied(item))
    return made


def _same(x):
    return x


def copy(x):
    """One like it, of the same parts."""
    cls = type(x)
    if cls in _SAME or cls is tuple or cls is frozenset or isinstance(x, type):
        return x
    if cls in _ITEMS:
        return x.copy()
    method = getattr(cls, "__copy__", None)
    if method is not None:
        return method(x)
    _refuse(cls)
    base, made = _remade(x, cls, _same)
    return _fill(x, made, base, _same)


def _refuse(cls):
    if cls.__module__ == "builtins" and not issubclass(cls, BaseException) and cls is not object:
        raise TypeError(f"cannot pickle {cls.__name__!r} object")


def deepcopy(x, memo=None, _nil=[]):
    """One like it, of copies of its parts; what is in it twice is copied once."""
    if memo is None:
        memo = {}
    known = memo.get(id(x), _nil)
    if known is not _nil:
        return known
    cls = type(x)
    if cls in _SAME or isinstance(x, type):
        return x

    def copied(part):
        return deepcopy(part, memo)

    if cls is list:
        made = memo[id(x)] = []
        for item in x:
            made.append(deepcopy(item, memo))
    elif cls is dict:
        made = memo[id(x)] = {}
        for key, value in x.items():
            made[deepcopy(key, memo)] = deepcopy(value, memo)
    elif cls is tuple:
        made = tuple([deepcopy(item, memo) for item in x])
        if id(x) in memo:  # it is in itself
            return memo[id(x)]
        if all([a is b for a, b in zip(x, made)]):
            made = x
        memo[id(x)] = made
    elif cls is bytearray:
        made = memo[id(x)] = bytearray(x)
    elif cls in (set, frozenset):
        made = memo[id(x)] = cls([deepcopy(item, memo) for item in x])
    elif hasattr(cls, "__deepcopy__"):
        made = x.__deepcopy__(memo)
        if made is not x:
            memo[id(x)] = made
    else:
        _refuse(cls)
        base, made = _remade(x, cls, copied)
        memo[id(x)] = made
        _fill(x, made, base, copied)
    memo.setdefault(id(memo), []).append(x)  # so that its id is not another's meanwhile
    return made
