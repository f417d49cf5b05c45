# SPDX-License-Identifier: Apache-2.0
"""OrderedDict and defaultdict, and the others from rooms of their own: a program has those that it names."""

from _chain_map import ChainMap
from _counter import Counter
from _deque import deque
from _merged_dict import merged, merged_after
from _namedtuple import namedtuple
from _user_dict import UserDict
from _user_list import UserList


class OrderedDict(dict):
    """dict keeps its order anyway; this adds what it lacks."""

    def move_to_end(self, key, last=True):
        """Makes a key the last one, or the first."""
        value = self.pop(key)
        if last:
            self[key] = value
        else:
            rest = list(self.items())
            self.clear()
            self[key] = value
            for k, v in rest:
                self[k] = v

    def popitem(self, last=True):
        """The last pair, or the first one."""
        if not self:
            raise KeyError("dictionary is empty")
        if last:
            return dict.popitem(self)
        key = next(iter(self))
        return key, self.pop(key)

    def copy(self):
        """One of the same class with the same pairs."""
        return self.__class__(self)

    __copy__ = copy

    @classmethod
    def fromkeys(cls, iterable, value=None):
        """With a pair for each key."""
        self = cls()
        for key in iterable:
            self[key] = value
        return self

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return dict.__eq__(self, other) and list(self) == list(other)
        return dict.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __or__ = merged
    __ror__ = merged_after

    def __repr__(self):
        name = self.__class__.__name__
        return f"{name}({list(self.items())!r})" if self else f"{name}()"


class defaultdict(dict):
    """A dict whose missing keys get the value of default_factory()."""

    def __init__(self, default_factory=None, *args, **named):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        dict.__init__(self, *args, **named)
        self.default_factory = default_factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        self[key] = value = self.default_factory()
        return value

    def copy(self):
        """One with the same pairs and default_factory."""
        return self.__class__(self.default_factory, self)

    __copy__ = copy

    __or__ = merged
    __ror__ = merged_after

    def __repr__(self):
        return f"{self.__class__.__name__}({self.default_factory!r}, {dict.__repr__(self)})"
