# SPDX-License-Identifier: Apache-2.0
# functools, contextlib and abc.
import functools
from functools import reduce, partial, wraps, lru_cache, cache, cmp_to_key, total_ordering, cached_property
print(reduce(lambda a, b: a + b, [1, 2, 3]), reduce(lambda a, b: a * b, [], 7))
try: reduce(max, [])
except TypeError as e: print(e)
p = partial(int, base=2); print(p('101'), p.args, p.keywords, partial(p, '11')(), partial(max, 3)(1, 9))
print(repr(partial(print, 1, sep='')))
def deco(f):
    @wraps(f)
    def inner(*a, **k):
        "inner doc"
        return f(*a, **k) + 1
    return inner
@deco
def one(a: int):
    "doc of one"
    return a
one.tag = 5
print(one(1), one.__name__, one.__doc__, one.__wrapped__(1), one.__qualname__, one.__annotations__)
calls = []
@lru_cache(maxsize=2)
def sq(x):
    calls.append(x); return x * x
print([sq(i) for i in (1, 2, 1, 3, 2, 1)], calls, sq.cache_info()); sq.cache_clear(); print(sq.cache_info().hits, sq.__name__)
@cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(60), fib.cache_info())
@lru_cache
def kw(a, b=1): return (a, b)
print(kw(1), kw(1, b=2), kw(a=1), kw.cache_info())
print(sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)))
@total_ordering
class V:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
a, b = V(1), V(2)
print(a < b, a <= b, a > b, a >= b, a <= V(1), a >= V(1), a != b)
class W:
    n = 0
    @cached_property
    def x(self):
        W.n += 1; return W.n
w = W(); print(w.x, w.x, w.__dict__, W.n); del w.x; print(w.x)
from contextlib import contextmanager, suppress, closing, nullcontext, ExitStack
import contextlib
@contextmanager
def cm(n):
    print('enter', n)
    try: yield n * 2
    except ValueError as e: print('caught', e)
    finally: print('leave', n)
with cm(1) as v: print(v)
with cm(2): raise ValueError('x')
try:
    with cm(3): raise KeyError('k')
except KeyError as e: print(repr(e))
@cm(4)
def decorated(): print('in')
decorated(); decorated()
with suppress(KeyError, ValueError): {}['a']
print('on')
class Cl:
    def close(self): print('closed')
with closing(Cl()) as c: print(type(c).__name__)
with nullcontext(5) as n: print(n)
with ExitStack() as st:
    print([st.enter_context(cm(i)) for i in (5, 6)]); st.callback(print, 'cb', sep='-')
try:
    with ExitStack() as st:
        st.enter_context(cm(7)); st.push(lambda *d: print(d[0])); raise TypeError('t')
except TypeError as e: print(e)
@contextmanager
def bad(): yield 1; yield 2
try:
    with bad(): pass
except RuntimeError as e: print(e)
try:
    with contextmanager(lambda: iter([]))(): pass
except RuntimeError as e: print(e)
from abc import ABC, abstractmethod
class Shape(ABC):
    def __init__(self, n): self.n = n
    @abstractmethod
    def area(self): ...
    @property
    @abstractmethod
    def name(self): ...
class Sq(Shape):
    def area(self): return self.n ** 2
    name = 'sq'
try: Shape(1)
except TypeError as e: print(e)
class Half(Shape):
    def area(self): return 1
try: Half(1)
except TypeError as e: print(e)
print(Sq(3).area(), Sq(3).name, isinstance(Sq(1), Shape))


# Of classes derived from builtin types.
@functools.total_ordering
class Pile(list):
    def __lt__(self, other):
        return self[-1] < other[-1]


@functools.total_ordering
class Table(dict):
    def __lt__(self, other):
        return len(self) < len(other)


print(Pile([3, 1]) < Pile([1, 2]), Pile([3, 1]) > Pile([1, 2]), Pile([1]) <= Pile([1]), Table() < Table(a=1))
