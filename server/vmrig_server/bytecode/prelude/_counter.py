# SPDX-License-Identifier: Apache-2.0
"""collections.Counter."""


class Counter(dict):
    """A dict of counts; what is not counted is there 0 times."""

    def __init__(self, iterable=None, /, **named):
        dict.__init__(self)
        self.update(iterable, **named)

    def __missing__(self, key):
        return 0

    def update(self, iterable=None, /, **named):
        """Counts further elements, or adds a mapping's counts."""
        if isinstance(iterable, dict):
            if not self:
                dict.update(self, iterable)
                iterable = {}
            for key, count in iterable.items():
                self[key] = self[key] + count
        elif iterable is not None:
            for key in iterable:
                self[key] = self[key] + 1
        if named:
            self.update(named)

    def subtract(self, iterable=None, /, **named):
        """As update(), but takes away; counts may become negative."""
        if isinstance(iterable, dict):
            for key, count in iterable.items():
                self[key] = self[key] - count
        elif iterable is not None:
            for key in iterable:
                self[key] = self[key] - 1
        if named:
            self.subtract(named)

    def most_common(self, n=None):
        """Pairs of elements and counts, the largest counts first."""
        pairs = sorted(self.items(), key=lambda pair: pair[1], reverse=True)
        return pairs if n is None else pairs[: max(n, 0)]

    def elements(self):
        """Each as often as it is counted."""
        for key, count in self.items():
            for _ in range(count):
                yield key

    def total(self):
        """The sum of all counts."""
        return sum(self.values())

    def copy(self):
        """One of the same class with the same counts."""
        return self.__class__(self)

    __copy__ = copy

    @classmethod
    def fromkeys(cls, iterable, v=None):
        raise NotImplementedError("Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")

    def __delitem__(self, key):
        if key in self:
            dict.__delitem__(self, key)

    def _all(self, other, holds):
        if not isinstance(other, Counter):
            return NotImplemented
        for key in self:
            if not holds(self[key], other[key]):
                return False
        for key in other:
            if not holds(self[key], other[key]):
                return False
        return True

    def __eq__(self, other):
        return self._all(other, lambda a, b: a == b)

    def __ne__(self, other):
        same = self._all(other, lambda a, b: a == b)
        return same if same is NotImplemented else not same

    def __le__(self, other):
        return self._all(other, lambda a, b: a <= b)

    def __ge__(self, other):
        return self._all(other, lambda a, b: a >= b)

    def __lt__(self, other):
        return self <= other and self != other if isinstance(other, Counter) else NotImplemented

    def __gt__(self, other):
        return self >= other and self != other if isinstance(other, Counter) else NotImplemented

    def _positive(self, other, combine):
        if not isinstance(other, dict):
            return NotImplemented
        new = Counter()
        for key in [*self, *(key for key in other if key not in self)]:
            count = combine(self[key], other.get(key, 0))
            if count > 0:
                new[key] = count
        return new

    def __add__(self, other):
        return self._positive(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._positive(other, lambda a, b: a - b)

    def __or__(self, other):
        return self._positive(other, max)

    def __and__(self, other):
        return self._positive(other, min)

    def __pos__(self):
        return self._positive({}, lambda a, b: a)

    def __neg__(self):
        return self._positive({}, lambda a, b: -a)

    def _become(self, new):
        self.clear()
        for key, count in new.items():
            self[key] = count
        return self

    def __iadd__(self, other):
        return self._become(self + other)

    def __isub__(self, other):
        return self._become(self - other)

    def __ior__(self, other):
        return self._become(self | other)

    def __iand__(self, other):
        return self._become(self & other)

    def __repr__(self):
        name = self.__class__.__name__
        if not self:
            return f"{name}()"
        try:
            pairs = dict(self.most_common())
        except TypeError:
            pairs = dict(self)
        return f"{name}({pairs!r})"
