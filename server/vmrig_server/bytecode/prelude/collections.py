# SPDX-License-Identifier: Apache-2.0
"""deque, OrderedDict, defaultdict and namedtuple, as far as a board needs them."""


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


class defaultdict(dict):
    """A dict whose missing keys get the value of default_factory()."""

    def __init__(self, default_factory=None, *args):
        dict.__init__(self, *args)
        self.default_factory = default_factory

    def __getitem__(self, key):
        if key not in self:
            if self.default_factory is None:
                raise KeyError(key)
            self[key] = self.default_factory()
        return dict.__getitem__(self, key)


class deque:
    """A queue with two ends, in a ring that grows."""

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None and maxlen < 0:
            raise ValueError("maxlen must be non-negative")
        self.maxlen = maxlen
        self._ring = [None] * 4
        self._first = 0
        self._count = 0
        self.extend(iterable)

    def _at(self, index):
        return (self._first + index) % len(self._ring)

    def _grow(self):
        if self._count == len(self._ring):
            self._ring = list(self) + [None] * self._count
            self._first = 0

    def append(self, item):
        """At the right end; the leftmost item goes when there are maxlen."""
        if self.maxlen is not None and self._count == self.maxlen:
            if not self.maxlen:
                return
            self.popleft()
        self._grow()
        self._ring[self._at(self._count)] = item
        self._count += 1

    def appendleft(self, item):
        """At the left end; the rightmost item goes when there are maxlen."""
        if self.maxlen is not None and self._count == self.maxlen:
            if not self.maxlen:
                return
            self.pop()
        self._grow()
        self._first = (self._first - 1) % len(self._ring)
        self._ring[self._first] = item
        self._count += 1

    def extend(self, iterable):
        """append() each."""
        for item in iterable:
            self.append(item)

    def extendleft(self, iterable):
        """appendleft() each."""
        for item in iterable:
            self.appendleft(item)

    def pop(self):
        """The rightmost item."""
        if not self._count:
            raise IndexError("pop from an empty deque")
        self._count -= 1
        at = self._at(self._count)
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

    def rotate(self, n=1):
        """By n steps to the right."""
        if self._count:
            for _ in range(n % self._count):
                self.appendleft(self.pop())

    def __len__(self):
        return self._count

    def __iter__(self):
        for i in range(self._count):
            yield self._ring[self._at(i)]

    def _index(self, index):
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError("deque index out of range")
        return self._at(index)

    def __getitem__(self, index):
        return self._ring[self._index(index)]

    def __setitem__(self, index, item):
        self._ring[self._index(index)] = item

    def __contains__(self, item):
        for other in self:
            if other == item:
                return True
        return False

    def __eq__(self, other):
        return isinstance(other, deque) and list(self) == list(other)

    def __repr__(self):
        if self.maxlen is None:
            return f"deque({list(self)!r})"
        return f"deque({list(self)!r}, maxlen={self.maxlen})"


def namedtuple(typename, field_names):
    """A class of tuples whose items have names, too: a list of them, or one str with spaces or commas."""
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    fields = tuple(field_names)

    class Named(tuple):
        _fields = fields

        def __new__(cls, *args, **named):
            values = list(args)
            for name in fields[len(args) :]:
                if name not in named:
                    raise TypeError(f"{typename}.__new__() missing 1 required positional argument: {name!r}")
                values.append(named.pop(name))
            if len(values) != len(fields):
                raise TypeError(
                    f"{typename}.__new__() takes {len(fields) + 1} positional arguments but {len(args) + 1} were given"
                )
            for name in named:
                raise TypeError(f"{typename}.__new__() got an unexpected keyword argument {name!r}")
            return tuple.__new__(cls, values)

        def __getattr__(self, name):
            if name in fields:
                return self[fields.index(name)]
            raise AttributeError(f"{typename!r} object has no attribute {name!r}")

        def __repr__(self):
            return typename + "(" + ", ".join([f"{n}={v!r}" for n, v in zip(fields, self)]) + ")"

        def _asdict(self):
            return dict(zip(fields, self))

        def _replace(self, **named):
            values = []
            for name, value in zip(fields, self):
                values.append(named.pop(name, value))
            if named:
                raise ValueError(f"Got unexpected field names: {list(named)!r}")
            return Named(*values)

    return Named
