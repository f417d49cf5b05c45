# SPDX-License-Identifier: Apache-2.0
"""set: operations; printed sorted, since the order of a set is nobody's business."""


def show(s):
    print(sorted(s), len(s))


a = {1, 2, 3, 4}
b = {3, 4, 5}
show(a | b)
show(a & b)
show(a - b)
show(a ^ b)
print(
    1 in a,
    9 in a,
    9 not in a,
    a == {4, 3, 2, 1},
    a != b,
    {1} < a,
    a <= a,
    a > {1, 2},
    a >= b,
    a.issubset(b),
    {3}.issubset(b),
)
a.add(10)
a.add(10)
a.discard(1)
a.discard(99)
a.remove(2)
show(a)
a.update([7, 8], {9})
show(a)
show(set("hello"))
show({x % 3 for x in range(10)})
show(set())
show(a.union(b))
show(a.intersection(b))
show(a.difference(b))
show(a.symmetric_difference(b))
print(a.isdisjoint({100}), a.issuperset({3}), bool(set()), not set(), set([1, 1, 1]), {1})
c = a.copy()
c.clear()
print(len(c), len(a), {*[1, 2], 3} == {1, 2, 3}, set((1, 2)) == {1, 2})
alias = c
c |= {1, 2}
c &= {2, 3}
c -= {9}
c ^= {5}
show(c)
print(alias is c, alias == {2, 5})
try:
    a.remove(12345)
except KeyError as e:
    print("KeyError", e)
try:
    {[1]}
except TypeError as e:
    print(e)
x = {5}
print(x.pop(), x, len({i for i in range(1000)}))
if not ({1, 2} < {1, 3}):
    print("unordered")
if {1, 2} < {1, 3} or {1, 2} >= {1, 3}:
    print("wrong")
total = 0
for v in {1, 2, 3}:
    total += v
print(total, sum({4, 5}), max({7, 3}), str({1}), repr(set()))
