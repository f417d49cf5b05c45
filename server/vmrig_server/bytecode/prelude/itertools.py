# SPDX-License-Identifier: Apache-2.0
"""Lazy iterators: all of CPython 3.11's itertools. Most are generators: what cannot be iterated is refused at the call, as there."""


class count:
    """start, start + step, ... without an end."""

    def __init__(self, start=0, step=1):
        start + 0, step + 0  # numbers, or TypeError now
        self._next = start
        self._step = step

    def __iter__(self):
        return self

    def __next__(self):
        value = self._next
        self._next = value + self._step
        return value

    def __repr__(self):
        step = "" if self._step == 1 and isinstance(self._step, int) else f", {self._step!r}"
        return f"count({self._next!r}{step})"


class repeat:
    """One object, without an end or so many times."""

    def __init__(self, object, times=None):
        self._object = object
        self._left = None if times is None else max(times, 0)

    def __iter__(self):
        return self

    def __next__(self):
        if self._left is not None:
            if self._left == 0:
                raise StopIteration
            self._left -= 1
        return self._object

    def __length_hint__(self):
        if self._left is None:
            raise TypeError("len() of unsized object")
        return self._left

    def __repr__(self):
        times = "" if self._left is None else f", {self._left}"
        return f"repeat({self._object!r}{times})"


def _chained(iterables):
    for items in iterables:
        yield from items


class chain:
    """The items of one iterable after those of the other."""

    def __init__(self, *iterables):
        self._items = _chained(iterables)

    @classmethod
    def from_iterable(cls, iterable, /):
        """The same of an iterable of iterables."""
        self = cls()
        self._items = _chained(iter(iterable))
        return self

    def __iter__(self):
        return self._items

    def __next__(self):
        return next(self._items)


def cycle(iterable, /):
    """The items again and again."""
    return _cycled(iter(iterable))


def _cycled(items):
    kept = []
    for item in items:
        yield item
        kept.append(item)
    while kept:
        yield from kept


def accumulate(iterable, func=None, *, initial=None):
    """Sums so far, or what func(so_far, item) gives."""
    return _accumulated(iter(iterable), func, initial)


def _accumulated(items, func, total):
    if total is None:
        for total in items:
            break
        else:
            return
    yield total
    for item in items:
        total = total + item if func is None else func(total, item)
        yield total


def compress(data, selectors):
    """The items whose selector is true."""
    return (item for item, chosen in zip(data, selectors) if chosen)


def starmap(function, iterable, /):
    """function(*item) of each."""
    return (function(*args) for args in iterable)


def filterfalse(function, iterable, /):
    """The items of which function(item) is false."""
    if function is None:
        return (item for item in iterable if not item)
    return (item for item in iterable if not function(item))


def takewhile(predicate, iterable, /):
    """The items before the first of which predicate(item) is false."""
    return _taken(predicate, iter(iterable))


def _taken(predicate, items):
    for item in items:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable, /):
    """The items from the first on of which predicate(item) is false."""
    return _dropped(predicate, iter(iterable))


def _dropped(predicate, items):
    for item in items:
        if not predicate(item):
            yield item
            break
    yield from items


def pairwise(iterable, /):
    """Each item with the one after it."""
    return _pairs(iter(iterable))


def _pairs(items):
    for last in items:
        break
    for item in items:
        yield last, item
        last = item


def _index(value, message, least):
    if value is not None:
        try:
            value = value.__index__()
        except AttributeError:
            raise ValueError(message) from None
        if value < least:
            raise ValueError(message)
    return value


def islice(iterable, /, *args):
    """(iterable, stop) or (iterable, start, stop, step): as a slice, one item after the other."""
    if not 1 <= len(args) <= 3:
        raise TypeError(f"islice expected at {'least 2' if not args else 'most 4'} arguments, got {len(args) + 1}")
    start, stop = (None, args[0]) if len(args) == 1 else args[:2]
    step = args[2] if len(args) == 3 else None
    none = "must be None or an integer: 0 <= x <= sys.maxsize."
    which = "Indices" if isinstance(stop, int) and stop < -1 else "Stop argument"  # CPython's words
    stop = _index(stop, f"{which} for islice() {none}", 0)
    start = _index(start, "Indices for islice() " + none, 0)
    step = _index(step, "Step for islice() must be a positive integer or None.", 1)
    return _sliced(iter(iterable), start or 0, stop, step or 1)


def _sliced(items, at, stop, step):
    i = 0
    end = stop if stop is None or stop > at else at  # what is before the start is taken in any case
    if end != 0:
        for item in items:
            if i == at and i != end:
                yield item
                at += step
            i += 1
            if i == end:
                return


def zip_longest(*iterables, fillvalue=None):
    """zip() to the end of the longest; those that ended give fillvalue."""
    return _zipped_longest([iter(items) for items in iterables], fillvalue)


def _zipped_longest(iterators, fill):
    left = len(iterators)
    while left:
        row = []
        for i, items in enumerate(iterators):
            value = fill
            if items is not None:
                for value in items:
                    break
                else:
                    iterators[i] = None
                    left -= 1
                    if not left:
                        return
            row.append(value)
        yield tuple(row)


def product(*iterables, repeat=1):
    """All rows with one item of each, the last turning fastest."""
    if repeat < 0:
        raise ValueError("repeat argument cannot be negative")
    return _rows([tuple(items) for items in iterables] * repeat)


def _rows(pools):
    n = len(pools)
    if not all(pools):
        return
    at = [0] * n
    row = [pool[0] for pool in pools]
    while True:
        yield tuple(row)
        i = n - 1
        while i >= 0:
            pool = pools[i]
            at[i] += 1
            if at[i] < len(pool):
                row[i] = pool[at[i]]
                break
            at[i] = 0
            row[i] = pool[0]
            i -= 1
        else:
            return


def permutations(iterable, r=None):
    """All rows of r items in every order."""
    pool = tuple(iterable)
    if r is None:
        r = len(pool)
    elif not isinstance(r, int):
        raise TypeError("Expected int as r")
    elif r < 0:
        raise ValueError("r must be non-negative")
    return _permuted(pool, r)


def _permuted(pool, r):
    n = len(pool)
    if r > n:
        return
    order = list(range(n))
    left = list(range(n, n - r, -1))
    row = list(pool[:r])
    while True:
        yield tuple(row)
        i = r - 1
        while i >= 0:
            left[i] -= 1
            if left[i]:
                j = n - left[i]
                order[i], order[j] = order[j], order[i]
                for k in range(i, r):
                    row[k] = pool[order[k]]
                break
            order.append(order.pop(i))
            left[i] = n - i
            i -= 1
        else:
            return


def combinations(iterable, r):
    """All rows of r items in the order of the iterable."""
    if r < 0:
        raise ValueError("r must be non-negative")
    return _chosen(tuple(iterable), r, 1)


def combinations_with_replacement(iterable, r):
    """The same where an item may come again."""
    if r < 0:
        raise ValueError("r must be non-negative")
    return _chosen(tuple(iterable), r, 0)


def _chosen(pool, r, gap):
    """Rows of places that grow by `gap` at least."""
    n = len(pool)
    if r and (r > n if gap else not n):
        return
    at = [i * gap for i in range(r)]
    row = [pool[i] for i in at]
    while True:
        yield tuple(row)
        i = r - 1
        while i >= 0 and at[i] == n - 1 - (r - 1 - i) * gap:
            i -= 1
        if i < 0:
            return
        value = at[i] + 1
        while i < r:
            at[i] = value
            row[i] = pool[value]
            value += gap
            i += 1


class groupby:
    """(key, items) of each run of items with one key. The items of a run are gone once the next one was asked for."""

    def __init__(self, iterable, key=None):
        self._items = iter(iterable)
        self._key = key
        self._at = self._run = self._item = object()
        self._group = None

    def _advance(self):
        self._item = item = next(self._items)
        self._at = item if self._key is None else self._key(item)

    def __iter__(self):
        return self

    def __next__(self):
        while self._at == self._run:
            self._group = None
            self._advance()
        self._run = self._at
        self._group = group = object()
        return self._run, self._members(group)

    def _members(self, group):
        while self._group is group and self._at == self._run:
            yield self._item
            if self._group is not group:
                return
            try:
                self._advance()
            except StopIteration:
                return


class _tee:
    """One of several readers of an iterator: what the slowest has not read yet is kept in a chain of pairs."""

    def __init__(self, items, link):
        self._items = items
        self._link = link

    def __iter__(self):
        return self

    def __next__(self):
        link = self._link
        if not link:
            link.append(next(self._items))
            link.append([])
        value, self._link = link
        return value

    def __copy__(self):
        return _tee(self._items, self._link)


def tee(iterable, n=2, /):
    """n iterators over the items of one."""
    if n < 0:
        raise ValueError("n must be >= 0")
    items = iter(iterable)
    if isinstance(items, _tee):
        items, link = items._items, items._link
    else:
        link = []
    return tuple([_tee(items, link) for _ in range(n)])
