# SPDX-License-Identifier: Apache-2.0
"""Abstract base classes: a class with abstract methods makes no objects. Without metaclasses there is no register()."""


def abstractmethod(funcobj):
    """A decorator: derived classes must have the method."""
    funcobj.__isabstractmethod__ = True
    return funcobj


def _is_abstract(value):
    if isinstance(value, property):
        return _is_abstract(value.fget) or _is_abstract(value.fset)
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    return getattr(value, "__isabstractmethod__", False)


def _missing(cls):
    found = []
    for base in cls.__mro__[:-1]:
        for name in base.__dict__:
            if name not in found and _is_abstract(_lookup(cls, name)):
                found.append(name)
    return sorted(found)


def _lookup(cls, name):
    for base in cls.__mro__[:-1]:
        if name in base.__dict__:
            return base.__dict__[name]


class ABC:
    """A base of classes that may have abstract methods."""

    def __new__(cls, *args, **kwargs):
        missing = _missing(cls)
        if missing:
            word = "methods" if len(missing) > 1 else "method"
            raise TypeError(f"Can't instantiate abstract class {cls.__name__} with abstract {word} {', '.join(missing)}")
        return object.__new__(cls)
