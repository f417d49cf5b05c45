# SPDX-License-Identifier: Apache-2.0
"""collections.UserDict."""


class UserDict:
    """A mapping around a dict, `data`, to be derived from."""

    def __init__(self, dict=None, /, **named):
        self.data = {}
        if dict is not None:
            self.update(dict)
        if named:
            self.update(named)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, key):
        missing = None if key in self.data else getattr(self, "__missing__", None)
        return self.data[key] if missing is None else missing(key)

    def __setitem__(self, key, item):
        self.data[key] = item

    def __delitem__(self, key):
        del self.data[key]

    def __iter__(self):
        return iter(self.data)

    def __contains__(self, key):
        return key in self.data

    def __repr__(self):
        return repr(self.data)

    def __eq__(self, other):
        return self.data == (other.data if isinstance(other, UserDict) else other)

    def keys(self):
        """As of a dict."""
        return self.data.keys()

    def values(self):
        """As of a dict."""
        return self.data.values()

    def items(self):
        """As of a dict."""
        return self.data.items()

    def get(self, key, default=None):
        """The value, or the default."""
        return self[key] if key in self else default

    def setdefault(self, key, default=None):
        """The value, which is set to the default where there is none."""
        if key in self:
            return self[key]
        self[key] = default
        return default

    def update(self, other=(), /, **named):
        """Sets all pairs of a mapping or an iterable, one by one."""
        if hasattr(other, "keys"):
            for key in other.keys():
                self[key] = other[key]
        else:
            for key, value in other:
                self[key] = value
        for key, value in named.items():
            self[key] = value

    def pop(self, key, *default):
        """The value, which is taken out."""
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        """The first pair."""
        for key in self:
            value = self[key]
            del self[key]
            return key, value
        raise KeyError

    def clear(self):
        """Nothing is left."""
        while self.data:
            self.popitem()

    def copy(self):
        """One of the same class with the same pairs."""
        new = self.__class__()
        new.update(self)
        return new

    __copy__ = copy

    @classmethod
    def fromkeys(cls, iterable, value=None):
        """With a pair for each key."""
        new = cls()
        for key in iterable:
            new[key] = value
        return new

    def __or__(self, other):
        if isinstance(other, UserDict):
            other = other.data
        return self.__class__(self.data | other) if isinstance(other, dict) else NotImplemented

    def __ror__(self, other):
        return self.__class__(other | self.data) if isinstance(other, dict) else NotImplemented

    def __ior__(self, other):
        self.data |= other.data if isinstance(other, UserDict) else other
        return self
