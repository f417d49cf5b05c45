# SPDX-License-Identifier: Apache-2.0
"""collections.UserList."""


def _data(other):
    return other.data if isinstance(other, UserList) else other


class UserList:
    """A sequence around a list, `data`, to be derived from."""

    def __init__(self, initlist=None):
        self.data = [] if initlist is None else list(_data(initlist))

    def __repr__(self):
        return repr(self.data)

    def __eq__(self, other):
        return self.data == _data(other)

    def __lt__(self, other):
        return self.data < _data(other)

    def __le__(self, other):
        return self.data <= _data(other)

    def __gt__(self, other):
        return self.data > _data(other)

    def __ge__(self, other):
        return self.data >= _data(other)

    def __contains__(self, item):
        return item in self.data

    def __len__(self):
        return len(self.data)

    def __iter__(self):
        i = 0
        while i < len(self):
            try:
                item = self[i]
            except IndexError:
                return
            yield item
            i += 1

    def __reversed__(self):
        for i in reversed(range(len(self))):
            yield self[i]

    def __getitem__(self, i):
        return self.__class__(self.data[i]) if isinstance(i, slice) else self.data[i]

    def __setitem__(self, i, item):
        self.data[i] = _data(item) if isinstance(i, slice) else item

    def __delitem__(self, i):
        del self.data[i]

    def __add__(self, other):
        return self.__class__(self.data + list(_data(other)))

    def __radd__(self, other):
        return self.__class__(list(_data(other)) + self.data)

    def __iadd__(self, other):
        self.data += _data(other)
        return self

    def __mul__(self, n):
        return self.__class__(self.data * n)

    __rmul__ = __mul__

    def __imul__(self, n):
        self.data *= n
        return self

    def append(self, item):
        """As of a list."""
        self.data.append(item)

    def insert(self, i, item):
        """As of a list."""
        self.data.insert(i, item)

    def pop(self, i=-1):
        """As of a list."""
        return self.data.pop(i)

    def remove(self, item):
        """As of a list."""
        self.data.remove(item)

    def clear(self):
        """As of a list."""
        self.data.clear()

    def copy(self):
        """One of the same class with the same items."""
        return self.__class__(self)

    __copy__ = copy

    def count(self, item):
        """As of a list."""
        return self.data.count(item)

    def index(self, item, *args):
        """As of a list."""
        return self.data.index(item, *args)

    def reverse(self):
        """As of a list."""
        self.data.reverse()

    def sort(self, /, *, key=None, reverse=False):
        """As of a list."""
        self.data.sort(key=key, reverse=reverse)

    def extend(self, other):
        """As of a list."""
        self.data.extend(_data(other))
