# SPDX-License-Identifier: Apache-2.0
"""list: methods, slices, nesting, comparison, in-place operators."""

a = [3, 1, 2]
a.append(5)
a.extend([7, 8])
a.insert(0, 9)
print(a, len(a), a[0], a[-1], a[1:3], a[::-1], a[::2], a[-2:], a[10:])
print(a.pop(), a.pop(0), a, a.index(2), a.count(1), 5 in a, 99 in a, 99 not in a)
a.sort()
print(a)
a.sort(reverse=True)
print(a)
a.reverse()
print(a)
a.remove(3)
print(a, sorted([3, 1, 2]), sorted(["b", "A", "c"], key=lambda s: s.lower()), sorted([1, 2, 3], key=lambda v: -v))
words = ["pear", "fig", "apple", "kiwi"]
words.sort(key=len)
print(words, sorted(words, key=len, reverse=True))
print([1, 2] + [3], [0] * 4, [1, 2] * 2, 2 * [1], [[]] * 2)
b = a
b += [100]
print(a, a is b)
b = b + [1]
print(a is b, a == b[:-1])
c = a.copy()
c[0] = "changed"
print(a, c, list(a) == a, list(range(5)), list("ab"), list({1: 2}))
d = list(range(10))
d[2:5] = [20, 30]
print(d)
d[1:1] = ["x", "y"]
print(d)
d[:2] = []
print(d)
del d[0]
del d[1:3]
print(d)
d[::2] = [0] * len(d[::2])
print(d)
del d[-1]
print(d, [1, 2] < [1, 3], [1] < [1, 0], [1, 2] == [1, 2], [] == [], [1] != [2], [2] > [1, 5])
print(sum([[1], [2]], []), max([3, 9, 2]), min([3, 9, 2]), any([0, 1]), all([1, 0]), all([]), any([]))
n = [[1, 2], [3, [4, 5]]]
print(n[1][1][0], len(n[1]), n)
for i, v in enumerate(["a", "b"], 1):
    print(i, v)
for p, q in zip([1, 2, 3], "ab"):
    print(p, q)
print(
    list(zip([1, 2], [3, 4], [5, 6])), list(reversed([1, 2, 3])), list(map(str, [1, 2])), list(filter(None, [0, 1, 2]))
)
print(list(enumerate("xy")), list(map(lambda x, y: x + y, [1, 2], [10, 20])))
for bad in (
    lambda: a[50],
    lambda: [].pop(),
    lambda: a.remove(77),
    lambda: a.index(77),
    lambda: [1] + (2,),
    lambda: a["x"],
    lambda: [1] < ["a"],
):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, "|", e)
big = []
for i in range(300):
    big.append(i * i)
print(len(big), big[299], big[-300], sum(big))
t = [1, 2, 3]
t.clear()
print(t, not t, bool([0]))
r = [1, 2]
r.append(r)
print(r)
x, *y = [1, 2, 3]
print(x, y, [*range(3), 9, *"ab"], [*[]])
