# SPDX-License-Identifier: Apache-2.0
"""collections.ChainMap."""


class ChainMap:
    """Several mappings as one: what the first has hides what later ones have, and takes what is set."""

    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def __missing__(self, key):
        raise KeyError(key)

    def __getitem__(self, key):
        for mapping in self.maps:
            if key in mapping:
                return mapping[key]
        return self.__missing__(key)

    def get(self, key, default=None):
        """The value, or the default."""
        return self[key] if key in self else default

    def _merged(self):
        merged = {}
        for mapping in reversed(self.maps):
            merged.update(mapping)
        return merged

    def __len__(self):
        return len(self._merged())

    def __iter__(self):
        return iter(self._merged())

    def __contains__(self, key):
        return any([key in mapping for mapping in self.maps])

    def __bool__(self):
        return any(self.maps)

    def keys(self):
        """Each once."""
        return {key: self[key] for key in self}.keys()

    def values(self):
        """In the order of the keys."""
        return {key: self[key] for key in self}.values()

    def items(self):
        """Pairs, in the order of the keys."""
        return {key: self[key] for key in self}.items()

    def copy(self):
        """With a copy of the first mapping and the others themselves."""
        return self.__class__(self.maps[0].copy(), *self.maps[1:])

    __copy__ = copy

    @classmethod
    def fromkeys(cls, iterable, *args):
        """Of one dict."""
        return cls(dict.fromkeys(iterable, *args))

    def new_child(self, m=None, **named):
        """With another mapping before these."""
        if m is None:
            m = named
        elif named:
            m.update(named)
        return self.__class__(m, *self.maps)

    @property
    def parents(self):
        """Without the first mapping."""
        return self.__class__(*self.maps[1:])

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        if key not in self.maps[0]:
            raise KeyError(f"Key not found in the first mapping: {key!r}")
        del self.maps[0][key]

    def setdefault(self, key, default=None):
        """The value, which is set to the default where there is none."""
        if key in self:
            return self[key]
        self[key] = default
        return default

    def update(self, other=(), **named):
        """In the first mapping."""
        self.maps[0].update(other, **named)

    def popitem(self):
        """A pair of the first mapping."""
        if not self.maps[0]:
            raise KeyError("No keys found in the first mapping.")
        return self.maps[0].popitem()

    def pop(self, key, *default):
        """A value of the first mapping."""
        if key not in self.maps[0] and not default:
            raise KeyError(f"Key not found in the first mapping: {key!r}")
        return self.maps[0].pop(key, *default)

    def clear(self):
        """The first mapping."""
        self.maps[0].clear()

    def __or__(self, other):
        if not hasattr(other, "keys"):
            return NotImplemented
        new = self.copy()
        new.maps[0].update(other)
        return new

    def __ror__(self, other):
        if not hasattr(other, "keys"):
            return NotImplemented
        merged = dict(other)
        merged.update(self._merged())
        return self.__class__(merged)

    def __ior__(self, other):
        self.maps[0].update(other)
        return self

    def __eq__(self, other):
        return dict(self.items()) == (dict(other.items()) if isinstance(other, ChainMap) else other)

    def __repr__(self):
        return f"{self.__class__.__name__}({', '.join([repr(m) for m in self.maps])})"
