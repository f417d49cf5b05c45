# SPDX-License-Identifier: Apache-2.0
"""The console as a file, print() to files, clocks by other names, classes of NamedTuple, collections.abc by its long name."""

from __future__ import annotations
import sys
import time
import collections.abc
import collections
import typing
from typing import NamedTuple, List
from sys import stdout as out
from time import perf_counter, monotonic


class Pages:
    def __init__(self):
        self.parts = []
        self.flushed = 0

    def write(self, text):
        self.parts.append(text)

    def flush(self):
        self.flushed += 1


pages = Pages()
print("a", 1, None, file=pages)
print(file=pages)
print("b", 2, sep="-", end="!", file=pages, flush=True)
print(*range(3), sep="", file=pages)
print("to nobody", file=None)
print(pages.parts, pages.flushed)
print(sys.stdout.write("five\n"))
out.write("by name\n")
out.flush()
sys.stdout.writelines(["x", "y\n"])
print("straight", file=sys.stdout)
for f in (sys.stdout, pages):
    print("both", file=f)
print(sys.stdout is out, repr(sys.stdout), sys.stdout.isatty() in (True, False))
for bad in (
    (lambda: print("x", sep=1, file=pages)),
    (lambda: print("x", end=1, file=pages)),
    (lambda: sys.stdout.write(1)),
    (lambda: print(1, file=5)),
):
    try:
        bad()
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
begin = time.perf_counter()
print(0 <= perf_counter() - begin < 5, time.perf_counter_ns() >= 0, monotonic() >= 0, len(sys.argv))
sys.setrecursionlimit(5000)


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 0
    tags: List[str] = ()

    def far(self) -> int:
        return self.x + self.y

    @property
    def swapped(self) -> Point:
        return Point(self.y, self.x)

    @classmethod
    def origin(cls):
        return cls(0)


p = Point(3, 4)
print(p, p.far(), p.swapped, Point.origin(), p == (3, 4, ()), p._fields, p._replace(y=9), Point._field_defaults)
x, y, _ = p
print(x, y, p[0], p[-1], p._asdict(), Point(y=1, x=2), isinstance(p, tuple), len(p), hash(p) == hash((3, 4, ())))
try:
    Point()
except TypeError as e:
    print(e)
try:
    p.x = 1
except AttributeError as e:
    print(e)
match p:
    case Point(x=3, y=n):
        print("matched", n)


class Row(typing.NamedTuple):
    name: str
    value: float = 1.5


print(Row("a"), sorted([Row("b"), Row("a", 2)]))
Pair = NamedTuple("Pair", [("left", int), ("right", str)])
print(Pair(1, "r"), Pair._fields)
print(collections.Counter("aab"), collections.deque([1]))


def f(x: collections.abc.Iterable) -> collections.abc.Sequence:
    return list(x)


print(f("ab"))
