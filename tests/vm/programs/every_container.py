# SPDX-License-Identifier: Apache-2.0
# What every part of the language does with all kinds of arguments: a line each, errors included.
from common.cases import n, t


def m(f, make):
    n[0] += 1
    x = make()
    try:
        r = f(x)
        print(n[0], r, sorted(x, key=repr) if isinstance(x, (set, frozenset)) else x)
    except Exception as e:
        print(n[0], type(e).__name__, e, sorted(x, key=repr) if isinstance(x, (set, frozenset)) else x)


def setitem(i, v):
    def f(x):
        x[i] = v

    return f


def delitem(i):
    def f(x):
        del x[i]

    return f


L = lambda: [1, 2, 3, 4, 5]
for i, v in [
    (0, 9), (-1, 9), (5, 9), (-6, 9), ("a", 9), (None, 9), (1.0, 9), (True, 9),
    (slice(1, 3), [9]), (slice(1, 3), "abc"), (slice(1, 3), 5), (slice(1, 3), ()), (slice(None, None, 2), [7, 8, 9]),
    (slice(None, None, 2), [7]), (slice(3, 1), [9]), (slice(None, None, -1), [5, 4, 3, 2, 1]), (slice(None), []),
    (slice(10, 20), [1]), (slice(-2, None), [0, 0, 0]), (slice(0, 0), (x for x in "ab")), (slice(None, None, 0), []),
    (slice(None, None, -2), [1, 2]), (slice(1, 3), {9: 1}), (slice(1, 3), None),
]:
    m(setitem(i, v), L)
for i in [0, -1, 5, -6, "a", None, slice(1, 3), slice(None), slice(None, None, 2), slice(None, None, -2), slice(4, 1), slice(1, None, 3)]:
    m(delitem(i), L)
m(lambda x: x.append(x), lambda: [1])
m(lambda x: x.append(), L)
m(lambda x: x.append(1, 2), L)
m(lambda x: x.extend("ab"), L)
m(lambda x: x.extend(5), L)
m(lambda x: x.extend(x), L)
m(lambda x: x.extend(y for y in x[:2]), L)
m(lambda x: x.insert(0, "a"), L)
m(lambda x: x.insert(-1, "a"), L)
m(lambda x: x.insert(99, "a"), L)
m(lambda x: x.insert(-99, "a"), L)
m(lambda x: x.insert("a", "a"), L)
m(lambda x: x.insert(1), L)
m(lambda x: x.pop(), L)
m(lambda x: x.pop(0), L)
m(lambda x: x.pop(-2), L)
m(lambda x: x.pop(9), L)
m(lambda x: x.pop("a"), L)
m(lambda x: x.pop(), list)
m(lambda x: x.pop(0), list)
m(lambda x: x.remove(3), L)
m(lambda x: x.remove(9), L)
m(lambda x: x.remove(1.0), L)
m(lambda x: x.index(3), L)
m(lambda x: x.index(9), L)
m(lambda x: x.index(1, 1), L)
m(lambda x: x.index(5, -1), L)
m(lambda x: x.index(1, -100, 100), L)
m(lambda x: x.count(1), L)
m(lambda x: x.count(True), L)
m(lambda x: x.reverse(), L)
m(lambda x: x.sort(reverse=True), L)
m(lambda x: x.sort(key=lambda v: -v), L)
m(lambda x: x.sort(key=str, reverse=True), L)
m(lambda x: x.sort(None), L)
m(lambda x: x.sort(key=5), L)
m(lambda x: x.sort(foo=5), L)
m(lambda x: x.sort(), lambda: [1, "a", None])
m(lambda x: x.clear(), L)
m(lambda x: x.copy() == x and x.copy() is not x, L)
m(lambda x: x + [1], L)
m(lambda x: x + (1,), L)
m(lambda x: x + 1, L)
m(lambda x: x * 0, L)
m(lambda x: x * "a", L)
m(lambda x: x * 1.0, L)
m(lambda x: -1 * x, L)
m(lambda x: x.__iadd__((7,)), L)
m(lambda x: x.__imul__(2), L)
m(lambda x: x == (1, 2, 3, 4, 5), L)
m(lambda x: x < [1, 3], L)
m(lambda x: x > [1, 2, 3], L)
m(lambda x: x < [1, "a"], L)
m(lambda x: x <= (1,), L)
m(lambda x: x[1:4:2], L)
m(lambda x: x[::-2], L)
m(lambda x: x["a"], L)
m(lambda x: x[1, 2], L)
m(lambda x: x[9], L)
m(lambda x: x.foo, L)
m(lambda x: 3 in x, L)
m(lambda x: "3" in x, L)
m(lambda x: [] in x, L)
m(lambda x: x.__len__(), L)
m(lambda x: x.__getitem__(slice(1, 3)), L)
m(lambda x: x.__contains__(3), L)
m(lambda x: [*x, *"ab", *{}], L)
m(lambda x: [*x, *5], L)
m(lambda x: min(x) + max(x) + sum(x), L)
m(lambda x: x.__reversed__().__next__(), L)
m(lambda x: str(x) + repr(x), L)
T = lambda: (1, 2, 3)
m(lambda x: x[0], T)
m(lambda x: x[3], T)
m(lambda x: x["a"], T)
m(lambda x: x[::-1], T)
m(lambda x: x + (4,), T)
m(lambda x: x + [4], T)
m(lambda x: x * 2, T)
m(lambda x: x.index(2), T)
m(lambda x: x.index(9), T)
m(lambda x: x.count(1), T)
m(lambda x: x == (1, 2, 3.0), T)
m(lambda x: x < (1, 2), T)
m(lambda x: x.append(1), T)
m(setitem(0, 1), T)
m(delitem(0), T)
m(lambda x: ((), (1,), (1, (2,)), ((),)), T)
m(lambda x: hash(x) == hash((1, 2, 3)), T)
m(lambda x: (*x, *x), T)
m(lambda x: x is tuple(x), T)
m(lambda x: x[1:] is x, T)
m(lambda x: x + 1, T)
m(lambda x: x.sort(), T)
m(lambda x: tuple([x, [x]]), T)
D = lambda: {"a": 1, "b": 2, 3: "c"}
m(lambda x: x["a"], D)
m(lambda x: x["z"], D)
m(lambda x: x[(1, 2)], D)
m(lambda x: x[[]], D)
m(lambda x: x[{}], D)
m(setitem("z", 0), D)
m(setitem([], 0), D)
m(setitem("a", 0), D)
m(delitem("a"), D)
m(delitem("z"), D)
m(delitem([]), D)
m(lambda x: x.get("a"), D)
m(lambda x: x.get("z"), D)
m(lambda x: x.get("z", 5), D)
m(lambda x: x.get([], 5), D)
m(lambda x: x.get(), D)
m(lambda x: x.pop("a"), D)
m(lambda x: x.pop("z"), D)
m(lambda x: x.pop("z", None), D)
m(lambda x: x.pop(), D)
m(lambda x: x.popitem(), D)
m(lambda x: x.popitem(), dict)
m(lambda x: x.setdefault("a", 9), D)
m(lambda x: x.setdefault("z"), D)
m(lambda x: x.setdefault("z", 9), D)
m(lambda x: x.setdefault([], 9), D)
m(lambda x: x.update({"a": 9}), D)
m(lambda x: x.update(q=1), D)
m(lambda x: x.update([("x", 1), ("y", 2)], z=3), D)
m(lambda x: x.update([1]), D)
m(lambda x: x.update([(1,)]), D)
m(lambda x: x.update(5), D)
m(lambda x: x.update(), D)
m(lambda x: x.update({}, {}), D)
m(lambda x: x.update(x), D)
m(lambda x: x.update(zip("ab", "cd")), D)
m(lambda x: x.clear(), D)
m(lambda x: x.copy() == x, D)
m(lambda x: x.keys(), D)
m(lambda x: x.values(), D)
m(lambda x: x.items(), D)
m(lambda x: list(x), D)
m(lambda x: x | {"q": 1}, D)
m(lambda x: x | [("q", 1)], D)
m(lambda x: x.__ior__([("q", 1)]), D)
m(lambda x: x == {"b": 2, 3: "c", "a": 1}, D)
m(lambda x: x != {}, D)
m(lambda x: x < {}, D)
m(lambda x: "a" in x, D)
m(lambda x: [] in x, D)
m(lambda x: x.keys() & {"a", "z"}, D)
m(lambda x: sorted(x.keys() | ["z"], key=str), D)
m(lambda x: sorted(x.keys() - ["a"], key=str), D)
m(lambda x: sorted(x.keys() ^ {"a", "q"}, key=str), D)
m(lambda x: x.items() & {("a", 1)}, D)
m(lambda x: x.keys() == {"a", "b", 3}, D)
m(lambda x: x.items() == x.items(), D)
m(lambda x: x.values() == x.values(), D)
m(lambda x: x.keys() >= {"a"}, D)
m(lambda x: x.keys().isdisjoint(["q"]), D)
m(lambda x: len(x.keys()), D)
m(lambda x: "a" in x.keys(), D)
m(lambda x: 1 in x.values(), D)
m(lambda x: ("a", 1) in x.items(), D)
m(lambda x: x.keys()[0], D)
m(lambda x: hash(x.keys()), D)
m(lambda x: x.values().mapping, D) if 0 else None
m(lambda x: {**x, "a": 5, **{"b": 6}}, D)
m(lambda x: {**x, **5}, D)
m(lambda x: dict(**x), D)
m(lambda x: dict.fromkeys("ab"), D)
m(lambda x: dict.fromkeys("ab", 5), D)
m(lambda x: dict.fromkeys(5), D)
m(lambda x: dict.fromkeys([[]]), D)
m(lambda x: x.fromkeys([1]), D)
m(lambda x: x.foo, D)
m(lambda x: x + x, D)
m(lambda x: {1: "a", 1.0: "b", True: "c"}, D)
m(lambda x: {k: v for k, v in x.items() if k != 3}, D)
m(lambda x: {}, D)
m(lambda x: x.setdefault("self", x) and repr(x), D)
m(lambda x: list(x.items())[0], D)
m(lambda x: next(iter(x.items())), D)
m(lambda x: list(reversed(x)), D)


def mod_iter(f):
    def g(x):
        for k in x:
            f(x)

    return g


m(mod_iter(lambda x: x.update(zzz=1)), D)
m(mod_iter(lambda x: x.pop("a", None)), D)
m(mod_iter(lambda x: x.clear()), D)
m(mod_iter(lambda x: x.add(99)), lambda: {1, 2})
m(mod_iter(lambda x: x.discard(1)), lambda: {1, 2})
S = lambda: {1, 2, 3}
F = lambda: frozenset([1, 2, 3])
for make in (S, F):
    m(lambda x: len(x), make)
    m(lambda x: 1 in x, make)
    m(lambda x: [] in x, make)
    m(lambda x: {1} in x, make)
    m(lambda x: sorted(x | {4}), make)
    m(lambda x: sorted(x & {1, 9}), make)
    m(lambda x: sorted(x - {1}), make)
    m(lambda x: sorted(x ^ {1, 9}), make)
    m(lambda x: x | [4], make)
    m(lambda x: x & "a", make)
    m(lambda x: x - 1, make)
    m(lambda x: type(x | frozenset()).__name__, make)
    m(lambda x: type(frozenset() | x).__name__, make)
    m(lambda x: sorted(x.union([4], (5,))), make)
    m(lambda x: sorted(x.union()), make)
    m(lambda x: x.union(5), make)
    m(lambda x: x.union([[]]), make)
    m(lambda x: sorted(x.intersection([1, 2], {2, 3})), make)
    m(lambda x: sorted(x.difference([1], [2])), make)
    m(lambda x: sorted(x.symmetric_difference([3, 4])), make)
    m(lambda x: x.issubset([1, 2, 3, 4]), make)
    m(lambda x: x.issuperset([1]), make)
    m(lambda x: x.isdisjoint([7]), make)
    m(lambda x: x.isdisjoint(7), make)
    m(lambda x: (x < {1, 2, 3, 4}, x <= x, x > {1}, x >= {9}, x == {3, 2, 1}, x != {1}), make)
    m(lambda x: x < [1], make)
    m(lambda x: x == [1, 2, 3], make)
    m(lambda x: x.add(4), make)
    m(lambda x: x.add([]), make)
    m(lambda x: x.remove(1), make)
    m(lambda x: x.remove(9), make)
    m(lambda x: x.remove([]), make)
    m(lambda x: x.discard(9), make)
    m(lambda x: x.discard([]), make)
    m(lambda x: x.pop() in (1, 2, 3), make)
    m(lambda x: x.clear(), make)
    m(lambda x: x.update([7], (8,)), make)
    m(lambda x: x.update(5), make)
    m(lambda x: x.intersection_update([1, 2], [2]), make)
    m(lambda x: x.difference_update([1], [2]), make)
    m(lambda x: x.symmetric_difference_update([1, 9]), make)
    m(lambda x: x.copy() == x, make)
    m(lambda x: hash(x) == hash(frozenset(x)), make)
    m(lambda x: x[0], make)
    m(lambda x: x + x, make)
    m(lambda x: x.foo, make)
    m(lambda x: x.__len__(), make)
    m(lambda x: x.__contains__(1), make)
    m(lambda x: sorted(x.__or__({7})), make)
    m(lambda x: x.__or__([7]), make)
    m(lambda x: {*x, *"a"} == {1, 2, 3, "a"}, make)
    m(lambda x: x.remove(), make)
    m(lambda x: type(x.copy()).__name__, make)
    m(lambda x: bool(x), make)
    m(lambda x: min(x), make)


def ops(x):
    x |= {4}
    x &= {1, 2, 4}
    x -= {1}
    x ^= {2, 7}
    return sorted(x)


m(ops, S)
m(ops, F)


def ops2(x):
    x |= [1]


m(ops2, S)
m(lambda x: set().pop(), S)
m(lambda x: repr(set()) + repr(frozenset()) + repr({1}) + repr(frozenset({1})), S)
m(lambda x: {frozenset([1]): 2}[frozenset([1])], S)
m(lambda x: {1, 1.0, True}, S)
m(lambda x: {frozenset()} , S)
m(lambda x: {[]}, S)
m(lambda x: {1: {}, **{2: set()}}, S)
m(lambda x: x.remove({1}), lambda: {frozenset([1])})
m(lambda x: x.discard({1}), lambda: {frozenset([1])})
m(lambda x: {1} in x, lambda: {frozenset([1])})
x = [1, 2]
x.append(x)
print(x, repr(x), str(x))
d = {}
d["d"] = d
d["l"] = [d]
print(d)
tt = ([],)
tt[0].append(tt)
print(tt)
print(x == x)
print([1, [2, [3, (4, {5: [6]})]]])
for s in ((), [], {}, "", b"", set(), frozenset(), range(0)):
    print(bool(s), len(s), list(s))
a, *b = [1, 2, 3]
print(a, b)
*a, b = "xyz"
print(a, b)
a, (b, *c), d = 1, "hello", 2
print(a, b, c, d)
[a, [b, c]] = [1, [2, 3]]
print(a, b, c)
for bad in ([], [1], [1, 2, 3]):
    try:
        a, b = bad
        print(a, b)
    except ValueError as e:
        print(e)
    try:
        a, b, *c = bad
        print(a, b, c)
    except ValueError as e:
        print(e)
try:
    a, b = 5
except TypeError as e:
    print(e)
try:
    a, b = None
except TypeError as e:
    print(e)
try:
    (a,) = {}
except ValueError as e:
    print(e)
r = range(1, 20, 3)
print(r.start, r.stop, r.step, len(r), r[2], r[-1], r[1:3], r[::-1], 7 in r, 8 in r, "a" in r, 7.0 in r)
print(r.index(7), r.count(7), r == range(1, 21, 3), r != range(3), hash(r) == hash(range(1, 21, 3)), list(r))
t(lambda: r[10])
t(lambda: r[-10])
t(lambda: r["a"])
t(lambda: r.index(8))
t(lambda: range(5) + range(3))
t(lambda: range(5) < range(3))
t(lambda: setitem(0, 1)(r))
t(lambda: delitem(0)(r))
t(lambda: r.start.foo)
t(lambda: list(range(5, 0, -2)))
t(lambda: range(0))
t(lambda: range(1, 2, 1))
t(lambda: repr(range(0, 10, 2)) + str(range(3)))
t(lambda: range(3) == [0, 1, 2])
t(lambda: bool(range(0)))
t(lambda: min(range(3, 9)))
t(lambda: sum(range(101)))
t(lambda: range(10)[2:8:2][1])
t(lambda: range(-5, -10, -1)[::-2])
