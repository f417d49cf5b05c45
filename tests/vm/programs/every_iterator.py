# SPDX-License-Identifier: Apache-2.0
# Iterators of all builtin types: their names, their ends, what changes under them.
from common.cases import check

for x in ([], (), "abc", "é", b"", bytearray(), range(3), {1}, frozenset(), {}, {}.keys(), {}.values(), {}.items()):
    print(type(iter(x)).__name__, end=" ")
for x in ([], range(2), {}, {}.keys(), {}.values(), {}.items(), "a", (1,)):
    print(type(reversed(x)).__name__, end=" ")


class Sequence:
    def __init__(self, *items):
        self.items = items

    def __getitem__(self, i):
        if self.items[i] == "boom":
            raise ValueError("boom")
        return self.items[i]

    def __len__(self):
        return len(self.items)


class Neither:
    __reversed__ = None
    __contains__ = None
    __iter__ = None


for x in (iter(int, 1), iter(Sequence()), reversed(Sequence()), map(str, []), zip(), enumerate([]), filter(None, [])):
    list(x) if type(x).__name__ != "callable_iterator" else next(x)
    print(type(x).__name__, end=" ")
print(next(iter([1]).__iter__()), iter({1: 2}).__next__())

check(lambda: list(enumerate(iterable="ab", start=2**70)))
check(lambda: list(enumerate("ab", start=-1)))
check(lambda: list(enumerate(start=1, iterable="ab")))
check(lambda: enumerate())
check(lambda: enumerate([], "a"))
check(lambda: enumerate([], 1.5))
check(lambda: enumerate(5))
check(lambda: enumerate(iterable=5))
check(lambda: enumerate([], begin=3))
check(lambda: reversed(Neither()))
check(lambda: 1 in Neither())
check(lambda: iter(Neither()))
check(lambda: next(map(lambda x: x, Neither())))


def until_zero(x):
    if x == 0:
        raise StopIteration
    return x


check(lambda: list(map(until_zero, [1, 2, 0, 3])))
check(lambda: list(filter(until_zero, [3, 0, 4])))
check(lambda: list(iter(lambda it=iter("ab"): next(it), None)))
check(lambda: sum(map(until_zero, [1, 2, 0, 3])))
check(lambda: [*map(until_zero, [1, 0])])
m = map(until_zero, [1, 0, 2])
check(lambda: [list(m), list(m)])

it = iter(Sequence(1, "boom", 2))
for _ in range(3):
    check(lambda: next(it))

items = [1, 2, 3]
backwards = reversed(items)
check(lambda: next(backwards))
items.clear()
check(lambda: list(backwards))
items.extend((7, 8, 9))
check(lambda: list(backwards))

d = {1: 2}
it = iter(d)
d[5] = 6
for _ in range(2):
    check(lambda: next(it))
del d[5]
check(lambda: next(it))
d = dict.fromkeys(range(20))


def replace():
    for k in d:
        del d[k]
        d[k + 20] = 1


check(replace)
s = {1, 2}


def grow():
    for x in s:
        s.add(x + 10)


check(grow)

check(lambda: slice(None, None).indices(2**40))
check(lambda: slice(-(2**40), None, 3).indices(2**41))
check(lambda: slice(5, 1, -1).indices(10))
check(lambda: slice(None, None, -1).indices(0))
check(lambda: slice(1, 2, 0).indices(5))
check(lambda: slice(1).indices(-1))
check(lambda: slice("a").indices(5))
check(lambda: range(10**12)[::3])
check(lambda: range(10**12)[-5:])
check(lambda: range(10)[::-2])
check(lambda: range(10)[-4:])
check(lambda: range(3)[5:1])
check(lambda: range(0, 10, 3)[1:99:2])
check(lambda: range(5)["a"])

items = [3, 1, 2]
check(lambda: items.sort(key=lambda x: items.append(1) or x))
print(items)


class Watched:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        seen.add(str(watched))
        if self.n == 3:
            raise ValueError
        return self.n < other.n


seen = set()
watched = [Watched(2), Watched(1)]
check(watched.sort)
print(seen, [w.n for w in watched])
watched = [Watched(2), Watched(1), Watched(3)]
check(watched.sort)
print(sorted(w.n for w in watched))


class Clears:
    def __eq__(self, other):
        items.clear()
        return True


items = [Clears()]
check(lambda: items.remove(1))

unhashable = {"a": [1]}
check(lambda: unhashable.items() == {"a": [1]}.items())
check(lambda: unhashable.items() != {"a": [2]}.items())
check(lambda: ("a", [1]) in unhashable.items())
check(lambda: (["a"], 1) in unhashable.items())
check(lambda: ("a",) in unhashable.items() or "a" in unhashable.items())
check(lambda: {1: 2}.items() <= {1: 2, 3: []}.items())
check(lambda: {1: []}.items() < {1: [], 2: []}.items())
check(lambda: {1: []}.items() > {1: [], 2: []}.items())
check(lambda: {1: []}.items() >= {(1, 2)})
check(lambda: {1: 2}.keys() >= {1})
check(lambda: {1} == {1: 2}.keys())
check(lambda: {1: 2}.keys() != {1})
check(lambda: {1: 2}.keys() != frozenset([2]))
check(lambda: {1: 2}.values() == {1: 2}.values())
check(lambda: type(frozenset("a") - {"b": 1}.keys()))
check(lambda: type({"b": 1}.keys() & frozenset("b")))
check(lambda: type(frozenset("b") | {"c"}))

s = same = {1}
s |= {2}
s |= frozenset([3])
s.update([4], (5, 6), "")
s.update(s)
s |= s
print(sorted(s), same is s, s.update())
check(lambda: s.update([7], 1, [8]))
print(sorted(s))
check(lambda: s.update([9, []]))
print(sorted(s))
def g():
    print(me.gi_running, me.gi_suspended)
    x = yield 1
    yield from inner()
def inner():
    print(me.gi_yieldfrom, me.gi_running)
    yield 2
me = g()
print(me.gi_running, me.gi_suspended, me.gi_yieldfrom, me.__name__)
next(me); print(me.gi_running, me.gi_suspended, me.gi_yieldfrom)
next(me); print(me.gi_yieldfrom.__name__, me.gi_suspended)
list(me); print(me.gi_running, me.gi_suspended, me.gi_yieldfrom)
class D(dict):
    def __setitem__(self, k, v): dict.__setitem__(self, k, [v])
check(lambda: (D.fromkeys("ab", 1), type(D.fromkeys("a")).__name__, D().fromkeys([1]), dict.fromkeys("ab", 2), {}.fromkeys("c")))
check(lambda: D.fromkeys()); check(lambda: dict.fromkeys()); check(lambda: D.fromkeys(5))
check(lambda: dict.fromkeys("a", 1, 2)); check(lambda: D.fromkeys("a", 1, 2))
class Rev(dict):
    def keys(self): return reversed(list(dict.keys(self)))
    __iter__ = keys
r = Rev(a=1, b=2)
check(lambda: dict(r)); check(lambda: {**r}); check(lambda: {}.update(r))
check(lambda: sorted([1, 2] & {1: 2, 3: 4}.keys())); check(lambda: sorted("ab" | {"c": 4}.keys())); check(lambda: [1] + {1: 2}.keys()); check(lambda: 1 & {1: 2}.keys())
x = [1]; x += {2: 3}.keys(); print(x)
class S(set): pass
class H:
    def __init__(self, s): self.s = s
    def __repr__(self): return repr(self.s)
s = set(); s.add(H(s)); print(s)
s = S(); s.add(H(s)); print(s)
check(lambda: S([1]) in {frozenset([1])}); check(lambda: {frozenset([1])}.discard(S([1])))
class T(tuple):
    def __init__(self, seq, newarg=None): self.newarg = newarg
class F(frozenset):
    def __init__(self, seq=(), newarg=None): self.newarg = newarg
check(lambda: T([1, 2], newarg=3)); check(lambda: (F([1], newarg=3), F([1], newarg=3).newarg)); check(lambda: tuple(sequence=())); check(lambda: T([1], other=2))
check(lambda: range(5).index("a")); check(lambda: range(5).index(7)); check(lambda: range(5).index(3.0)); check(lambda: range(5).index(3.5))
check(lambda: list(enumerate("abc", 2**30 - 2)))
check(lambda: list(enumerate("abc", -(2**30) - 1)))
check(lambda: list(enumerate("ab", 2**63 - 1)))


class OwnHash(int):
    def __hash__(self):
        return self


class Returns:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return self.value


check(lambda: (hash(OwnHash(42)), {OwnHash(3): 1}[3]))
for value in (True, -1, 5, OwnHash(7)):
    check(lambda: ({Returns(value): 1} != {}, Returns(value) in {1, 5, 7}))
check(lambda: hash(Returns("x")))
