# SPDX-License-Identifier: Apache-2.0
"""Abstract base classes: a class with abstract methods makes no objects; isinstance() asks the class."""


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
    found = {}
    for base in cls.__mro__:
        own = getattr(base, "__dict__", {})  # types that are built in have none
        for name in own:
            found.setdefault(name, own[name])
    return [name for name in found if _is_abstract(found[name])]


def _new(cls, *args, **kwargs):
    missing = cls.__abstractmethods__
    if missing:
        word = "methods" if len(missing) > 1 else "method"
        raise TypeError(
            f"Can't instantiate abstract class {cls.__name__} with abstract {word} {', '.join(sorted(missing))}"
        )
    return object.__new__(cls)


_known = {}  # (class, type): whether the type counts as derived from the class; empty after register()


class ABCMeta(type):
    """The class of abstract base classes."""

    def __new__(mcls, name, bases, namespace, /, **kwargs):
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        missing = cls.__abstractmethods__ = frozenset(_missing(cls))
        if missing and cls.__new__ is object.__new__:
            cls.__new__ = staticmethod(_new)
        cls._derived = []
        for base in bases:
            if isinstance(base, ABCMeta):
                base._derived.append(cls)
        _known.clear()
        return cls

    def register(cls, subclass):
        """Lets a class count as derived from this one; returns it."""
        if not isinstance(subclass, type):
            raise TypeError("Can only register classes")
        if issubclass(cls, subclass) and cls is not subclass:
            raise RuntimeError("Refusing to create an inheritance cycle")
        cls._registered = [*cls.__dict__.get("_registered", ()), subclass]
        _known.clear()
        return subclass

    def __instancecheck__(cls, instance):
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass):
        known = _known.get((cls, subclass))
        if known is None:
            if not isinstance(subclass, type):
                raise TypeError("issubclass() arg 1 must be a class")
            known = _known[cls, subclass] = _counts(cls, subclass)
        return known


def _counts(cls, subclass):
    hook = getattr(cls, "__subclasshook__", None)
    if hook is not None:
        answer = hook(subclass)
        if answer is not NotImplemented:
            return answer
    if cls in subclass.__mro__:
        return True
    for other in cls.__dict__.get("_registered", ()):
        if issubclass(subclass, other):
            return True
    for derived in cls._derived:
        if issubclass(subclass, derived):
            return True
    return False


class ABC(metaclass=ABCMeta):
    """A base of classes that may have abstract methods."""
