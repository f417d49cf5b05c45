# SPDX-License-Identifier: Apache-2.0
"""collections.abc for programs that use it when they run: bases with ready-made methods, and isinstance() by what a class has."""

from abc import ABCMeta, abstractmethod


def _has(cls, names):
    for name in names:
        if getattr(cls, name, None) is None:
            return NotImplemented
    return True


class _Asks(metaclass=ABCMeta):
    """A class whose methods are `_needs` counts as derived."""

    _needs = ()

    @classmethod
    def __subclasshook__(cls, other):
        return _has(other, cls._needs) if "_needs" in cls.__dict__ else NotImplemented

    def __class_getitem__(cls, item):
        return cls


def _same(one, other):
    return one is other or one == other


def _own(cls, name):
    """What the first class that has the attribute says; None when no class of the program has."""
    for base in cls.__mro__:
        own = getattr(base, "__dict__", {})  # types that are built in have none
        if name in own:
            return own[name] is not None


class Hashable(metaclass=ABCMeta):
    @abstractmethod
    def __hash__(self):
        return 0

    @classmethod
    def __subclasshook__(cls, other):
        if cls is not Hashable:
            return NotImplemented
        own = _own(other, "__hash__")
        if own is None and _own(other, "__eq__"):
            own = False
        if own is not None:
            return own
        return not issubclass(other, (list, dict, set, bytearray, type({}.keys()), type({}.items())))


class Callable(metaclass=ABCMeta):
    @classmethod
    def __subclasshook__(cls, other):
        if cls is not Callable:
            return NotImplemented
        own = _own(other, "__call__")
        if own is None:
            own = issubclass(other, (type, type(len), type(_own), type("".join), type(object.__init__)))
        return own

    def __class_getitem__(cls, item):
        return cls

    @abstractmethod
    def __call__(self, *args, **kwds):
        return False


class Sized(_Asks):
    _needs = ("__len__",)

    @abstractmethod
    def __len__(self):
        return 0


class Container(_Asks):
    _registered = (type({}.values()),)
    _needs = ("__contains__",)

    @abstractmethod
    def __contains__(self, x):
        return False


class Iterable(_Asks):
    _needs = ("__iter__",)

    @abstractmethod
    def __iter__(self):
        return iter(())


class Iterator(Iterable):
    _needs = ("__iter__", "__next__")

    @abstractmethod
    def __next__(self):
        raise StopIteration

    def __iter__(self):
        return self


class Reversible(Iterable):
    _needs = ("__reversed__", "__iter__")

    @abstractmethod
    def __reversed__(self):
        return iter(())


class Generator(Iterator):
    _needs = ("__iter__", "__next__", "send", "throw", "close")

    def __next__(self):
        return self.send(None)

    @abstractmethod
    def send(self, value):
        raise StopIteration

    @abstractmethod
    def throw(self, typ, val=None, tb=None):
        raise typ if val is None else val

    def close(self):
        try:
            self.throw(GeneratorExit)
        except (GeneratorExit, StopIteration):
            return
        raise RuntimeError("generator ignored GeneratorExit")


class Awaitable(_Asks):
    _needs = ("__await__",)


class Coroutine(Awaitable):
    _needs = ("__await__", "send", "throw", "close")


class AsyncIterable(_Asks):
    _needs = ("__aiter__",)


class AsyncIterator(AsyncIterable):
    _needs = ("__aiter__", "__anext__")


class Collection(Sized, Iterable, Container):
    _registered = (type({}.values()),)
    _needs = ("__len__", "__iter__", "__contains__")


class Sequence(Reversible, Collection):
    _registered = (
        tuple,
        str,
        range,
        bytes,
        memoryview,
        list,
        bytearray,
    )

    @abstractmethod
    def __getitem__(self, index):
        raise IndexError

    def __iter__(self):
        at = 0
        while True:
            try:
                item = self[at]
            except IndexError:
                return
            yield item
            at += 1

    def __contains__(self, value):
        return any(_same(item, value) for item in self)

    def __reversed__(self):
        for at in range(len(self) - 1, -1, -1):
            yield self[at]

    def index(self, value, start=0, stop=None):
        """The first place of the value."""
        first, beyond, _ = slice(start, stop).indices(len(self))
        for at in range(first, beyond):
            if _same(self[at], value):
                return at
        raise ValueError

    def count(self, value):
        """How many items equal the value."""
        return len([item for item in self if _same(item, value)])


class MutableSequence(Sequence):
    _registered = (
        list,
        bytearray,
    )

    @abstractmethod
    def __setitem__(self, index, value):
        raise IndexError

    @abstractmethod
    def __delitem__(self, index):
        raise IndexError

    @abstractmethod
    def insert(self, index, value):
        """Puts the value before the item at the index."""
        raise IndexError

    def append(self, value):
        """Puts it at the end."""
        self.insert(len(self), value)

    def clear(self):
        """Removes all items."""
        while len(self):
            self.pop()

    def reverse(self):
        """In place."""
        low, high = 0, len(self) - 1
        while low < high:
            self[low], self[high] = self[high], self[low]
            low, high = low + 1, high - 1

    def extend(self, values):
        """Appends each."""
        for v in list(values) if values is self else values:
            self.append(v)

    def pop(self, index=-1):
        """Removes an item and returns it."""
        v = self[index]
        del self[index]
        return v

    def remove(self, value):
        """The first that equals it."""
        del self[self.index(value)]

    def __iadd__(self, values):
        self.extend(values)
        return self


class Set(Collection):
    _registered = (
        frozenset,
        set,
        type({}.keys()),
        type({}.items()),
    )

    def __le__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) <= len(other) and all(e in other for e in self)

    def __lt__(self, other):
        return len(self) < len(other) and self <= other if isinstance(other, Set) else NotImplemented

    def __gt__(self, other):
        return len(self) > len(other) and self >= other if isinstance(other, Set) else NotImplemented

    def __ge__(self, other):
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) >= len(other) and all(e in self for e in other)

    def __eq__(self, other):
        return len(self) == len(other) and self <= other if isinstance(other, Set) else NotImplemented

    @classmethod
    def _from_iterable(cls, it):
        return cls(it)

    def __and__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._from_iterable([v for v in other if v in self])

    __rand__ = __and__

    def isdisjoint(self, other):
        """True when nothing is in both."""
        return not any(v in self for v in other)

    def __or__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._from_iterable([*self, *other])

    __ror__ = __or__

    def __sub__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        other = other if isinstance(other, Set) else self._from_iterable(other)
        return self._from_iterable([v for v in self if v not in other])

    def __rsub__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        return self._from_iterable([v for v in other if v not in self])

    def __xor__(self, other):
        if not isinstance(other, Iterable):
            return NotImplemented
        other = other if isinstance(other, Set) else self._from_iterable(other)
        return (self - other) | (other - self)

    __rxor__ = __xor__


class MutableSet(Set):
    _registered = (set,)

    @abstractmethod
    def add(self, value):
        """Puts it in."""
        raise NotImplementedError

    @abstractmethod
    def discard(self, value):
        """Takes it out, if it is in."""
        raise NotImplementedError

    def remove(self, value):
        """Takes it out; KeyError: it is not in."""
        if value not in self:
            raise KeyError(value)
        self.discard(value)

    def pop(self):
        """Takes one out and returns it."""
        for value in self:
            self.discard(value)
            return value
        raise KeyError

    def clear(self):
        """Takes all out."""
        while len(self):
            self.pop()

    def __ior__(self, it):
        for value in it:
            self.add(value)
        return self

    def __iand__(self, it):
        for value in self - it:
            self.discard(value)
        return self

    def __isub__(self, it):
        if it is self:
            self.clear()
        else:
            for value in it:
                self.discard(value)
        return self


class MappingView(Sized):
    def __init__(self, mapping):
        self._mapping = mapping

    def __len__(self):
        return len(self._mapping)

    def __repr__(self):
        return f"{self.__class__.__name__}({self._mapping!r})"


class KeysView(MappingView, Set):
    @classmethod
    def _from_iterable(cls, it):
        return set(it)

    def __contains__(self, key):
        return key in self._mapping

    def __iter__(self):
        yield from self._mapping


class ItemsView(MappingView, Set):
    @classmethod
    def _from_iterable(cls, it):
        return set(it)

    def __contains__(self, item):
        key, value = item
        return key in self._mapping and _same(self._mapping[key], value)

    def __iter__(self):
        for key in self._mapping:
            yield key, self._mapping[key]


class ValuesView(MappingView, Collection):
    def __contains__(self, value):
        return any(_same(self._mapping[key], value) for key in self._mapping)

    def __iter__(self):
        for key in self._mapping:
            yield self._mapping[key]


class Mapping(Collection):
    _registered = (dict,)

    @abstractmethod
    def __getitem__(self, key):
        raise KeyError

    def get(self, key, default=None):
        """The value, or the default."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def keys(self):
        """A view of the keys."""
        return KeysView(self)

    def items(self):
        """A view of the pairs."""
        return ItemsView(self)

    def values(self):
        """A view of the values."""
        return ValuesView(self)

    def __eq__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None
    __reversed__ = None


class MutableMapping(Mapping):
    _registered = (dict,)

    @abstractmethod
    def __setitem__(self, key, value):
        raise KeyError

    @abstractmethod
    def __delitem__(self, key):
        raise KeyError

    def pop(self, key, *default):
        """Removes the key and returns its value."""
        if default and key not in self:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        """Removes a pair and returns it."""
        for key in self:
            value = self[key]
            del self[key]
            return key, value
        raise KeyError

    def clear(self):
        """Removes all pairs."""
        while len(self):
            self.popitem()

    def update(self, other=(), /, **named):
        """Takes over pairs."""
        pairs = ((key, other[key]) for key in other.keys()) if hasattr(other, "keys") else other
        for source in (pairs, named.items()):
            for key, value in source:
                self[key] = value

    def setdefault(self, key, default=None):
        """The value, which becomes the default when there is none."""
        if key not in self:
            self[key] = default
        return self[key]
