# SPDX-License-Identifier: Apache-2.0
"""Heaps in lists: all of CPython 3.11's heapq. Heap: item k is not above items 2k + 1 and 2k + 2."""


def _up(heap, place, least):
    """Moves the item at `place` towards `least` until its parent is not above it."""
    item = heap[place]
    while place > least:
        parent = (place - 1) >> 1
        if not item < heap[parent]:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = item


def _down(heap, place):
    """The smaller child comes up until the end, then the item goes up from there: fewer comparisons than going down with it."""
    start = place
    item = heap[place]
    end = len(heap)
    child = 2 * place + 1
    while child < end:
        if child + 1 < end and not heap[child] < heap[child + 1]:
            child += 1
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    _up(heap, place, start)


def heappush(heap, item, /):
    """Adds an item."""
    heap.append(item)
    _up(heap, len(heap) - 1, 0)


def heappop(heap, /):
    """Takes the smallest item away."""
    last = heap.pop()
    if not heap:
        return last
    first = heap[0]
    heap[0] = last
    _down(heap, 0)
    return first


def heapreplace(heap, item, /):
    """heappop(), then heappush(): in one."""
    first = heap[0]
    heap[0] = item
    _down(heap, 0)
    return first


def heappushpop(heap, item, /):
    """heappush(), then heappop(): in one."""
    if heap and heap[0] < item:
        item, heap[0] = heap[0], item
        _down(heap, 0)
    return item


def heapify(x, /):
    """Makes the list a heap."""
    for place in range(len(x) // 2 - 1, -1, -1):
        _down(x, place)


def merge(*iterables, key=None, reverse=False):
    """The items of sorted iterables, sorted."""
    rows = []
    for order, items in enumerate(map(iter, iterables)):
        for item in items:
            rows.append([item if key is None else key(item), order, item, items])
            break
    while rows:
        best = rows[0]
        for row in rows:
            if best[0] < row[0] if reverse else row[0] < best[0]:
                best = row
        yield best[2]
        for item in best[3]:
            best[0] = item if key is None else key(item)
            best[2] = item
            break
        else:
            rows.remove(best)


def nsmallest(n, iterable, key=None):
    """The n smallest, sorted."""
    return sorted(iterable, key=key)[: max(n, 0)]


def nlargest(n, iterable, key=None):
    """The n largest, the largest first."""
    return sorted(iterable, key=key, reverse=True)[: max(n, 0)]
