# SPDX-License-Identifier: Apache-2.0
"""collections.deque."""


def _walk(deque, first, count, step):
    """Its items, by one who notices when it changes."""
    ring, at = deque._ring, first if step > 0 else first + count - 1
    for _ in range(count):
        if deque._first != first or deque._count != count:
            break
        yield ring[at % len(ring)]
        at += step
    if deque._first != first or deque._count != count:
        raise RuntimeError("deque mutated during iteration")


class deque:
    """A queue with two ends, in a ring that grows."""

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None:
            if not isinstance(maxlen, int):
                raise TypeError("an integer is required")
            if maxlen < 0:
                raise ValueError("maxlen must be non-negative")
        self._maxlen = maxlen
        self._written = False
        self.clear()
        self.extend(iterable)

    @property
    def maxlen(self):
        """The most items that it holds, or None."""
        return self._maxlen

    def _grow(self):
        if self._count == len(self._ring):
            self._ring = self._ring[self._first :] + self._ring[: self._first] + [None] * self._count
            self._first = 0

    def append(self, item):
        """At the right end; the leftmost item goes when there are maxlen."""
        if self._count == self._maxlen:
            if not self._maxlen:
                return
            self.popleft()
        self._grow()
        self._ring[(self._first + self._count) % len(self._ring)] = item
        self._count += 1

    def appendleft(self, item):
        """At the left end; the rightmost item goes when there are maxlen."""
        if self._count == self._maxlen:
            if not self._maxlen:
                return
            self.pop()
        self._grow()
        self._first = (self._first - 1) % len(self._ring)
        self._ring[self._first] = item
        self._count += 1

    def extend(self, iterable):
        """append() each."""
        for item in list(iterable) if iterable is self else iterable:
            self.append(item)

    def extendleft(self, iterable):
        """appendleft() each."""
        for item in list(iterable) if iterable is self else iterable:
            self.appendleft(item)

    def pop(self):
        """The rightmost item."""
        if not self._count:
            raise IndexError("pop from an empty deque")
        self._count -= 1
        at = (self._first + self._count) % len(self._ring)
        item = self._ring[at]
        self._ring[at] = None
        return item

    def popleft(self):
        """The leftmost item."""
        if not self._count:
            raise IndexError("pop from an empty deque")
        item = self._ring[self._first]
        self._ring[self._first] = None
        self._first = (self._first + 1) % len(self._ring)
        self._count -= 1
        return item

    def clear(self):
        """No items are left."""
        self._ring = [None] * 4
        self._first = self._count = 0

    def copy(self):
        """One of the same class, items and maxlen."""
        return self.__class__(self) if self._maxlen is None else self.__class__(self, self._maxlen)

    __copy__ = copy

    def _set(self, items):
        self._ring = items + [None] * 4
        self._first = 0
        self._count = len(items)

    def rotate(self, n=1):
        """By n steps to the right."""
        if not hasattr(n, "__index__"):
            raise TypeError(f"'{type(n).__name__}' object cannot be interpreted as an integer")
        if self._count > 1:
            items, n = list(self), n.__index__() % self._count
            self._set(items[len(items) - n :] + items[: len(items) - n])

    def reverse(self):
        """In place."""
        self._set(list(reversed(self)))

    def count(self, value):
        """How many items are equal to the value."""
        found = 0
        for item in self:
            if item is value or item == value:
                found += 1
        return found

    def index(self, value, start=0, stop=None):
        """The place of the first item like the value."""
        count = self._count
        stop = count if stop is None else stop
        start, stop = max(start + count, 0) if start < 0 else start, stop + count if stop < 0 else stop
        for i, item in enumerate(self):
            if i >= stop:
                break
            if i >= start and (item is value or item == value):
                return i
        raise ValueError(f"{value!r} is not in deque")

    def insert(self, index, value):
        """Before the item of that place."""
        if self._count == self._maxlen:
            raise IndexError("deque already at its maximum size")
        items = list(self)
        items.insert(index, value)
        self._set(items)

    def remove(self, value):
        """The first item like the value goes."""
        count = self._count
        for i in range(count):
            item = self[i]
            same = item is value or item == value
            if self._count != count:
                raise IndexError("deque mutated during remove().")
            if same:
                del self[i]
                return
        raise ValueError(f"{value!r} is not in deque")

    def __len__(self):
        return self._count

    def __iter__(self):
        return _walk(self, self._first, self._count, 1)

    def __reversed__(self):
        return _walk(self, self._first, self._count, -1)

    def _index(self, index):
        if not hasattr(index, "__index__"):
            raise TypeError(f"sequence index must be integer, not '{type(index).__name__}'")
        index = index.__index__()
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError("deque index out of range")
        return (self._first + index) % len(self._ring)

    def __getitem__(self, index):
        return self._ring[self._index(index)]

    def __setitem__(self, index, item):
        self._ring[self._index(index)] = item

    def __delitem__(self, index):
        self._index(index)
        items = list(self)
        del items[index]
        self._set(items)

    def __contains__(self, item):
        for other in self:
            if other is item or other == item:
                return True
        return False

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        new = self.copy()
        new.extend(other)
        return new

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __mul__(self, times):
        new = self.copy()
        new *= times
        return new

    __rmul__ = __mul__

    def __imul__(self, times):
        items = list(self) * times
        self.clear()
        self.extend(items)
        return self

    def __eq__(self, other):
        return list(self) == list(other) if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return list(self) < list(other) if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return list(self) <= list(other) if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return list(self) > list(other) if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return list(self) >= list(other) if isinstance(other, deque) else NotImplemented

    def __repr__(self):
        if self._written:
            return "[...]"
        self._written = True
        try:
            text = repr(list(self))
        finally:
            self._written = False
        more = "" if self._maxlen is None else f", maxlen={self._maxlen}"
        return f"{self.__class__.__name__}({text}{more})"
