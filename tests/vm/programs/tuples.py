# SPDX-License-Identifier: Apache-2.0
"""tuple: packing, unpacking, comparison, as keys."""

t = (1, "two", 3.0)
print(t, len(t), t[0], t[-1], t[1:], t[::-1], (), (1,), ((1, 2), 3))
a, b, c = t
print(a, b, c)
a, b = b, a
print(a, b)
(a, b), c = (1, 2), 3
print(a, b, c)
[d, e] = "xy"
print(d, e)
first, *rest = range(5)
print(first, rest)
*init, last = [1, 2, 3]
print(init, last)
p, *q, r = "abcdef"
print(p, q, r)
s, *u = (1,)
print(s, u)
print(t + (4,), t * 2, 2 in (1, 2), (1, 2) < (1, 3), (1, 2) == (1, 2), (1,) < (1, 0), hash((1, 2)) == hash((1, 2)))
print(tuple([1, 2]), tuple("ab"), tuple(range(3)), tuple(), (1, 2).index(2), (1, 1, 2).count(1))
k = {(1, 2): "a", (3, 4): "b"}
print(k[(1, 2)], k[3, 4], (1, 2) in k)
for i, (x, y) in enumerate([(1, 2), (3, 4)]):
    print(i, x, y)
x = y = z = 5
print(x, y, z)
i = 0
arr = [0, 0, 0]
i, arr[i] = 1, 9
print(i, arr)
m = n = []
m.append(1)
print(n)


def swap(a, b, c):
    a, b, c = c, a, b
    return a, b, c


print(swap(1, 2, 3))


def fibs(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


print([fibs(i) for i in range(12)])
for bad in ("ab", "abcd", (1, 2), 5):
    try:
        x, y, z = bad
        print(x, y, z)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
try:
    x, y, *z = [1]
except ValueError as e:
    print(e)
try:
    t[0] = 1
except TypeError as e:
    print(e)
print((1, 2, *[3, 4], *()), (lambda *a: a)(*(1, 2)))
print(min((2, 1), (1, 9)), sorted([(2, "b"), (1, "z"), (2, "a")]))
