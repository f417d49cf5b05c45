# SPDX-License-Identifier: Apache-2.0
"""Iteration helpers: enumerate, zip, map, filter, reversed, sorted, sum, iter and next."""

print(list(enumerate("abc", start=2)), list(zip("ab", [1, 2], (True, False))), list(zip()), list(zip([1], [])))
print(list(map(abs, [-1, 2])), list(map(lambda a, b: a * b, [1, 2], [3, 4])), list(filter(lambda v: v > 1, [1, 2, 3])))
print(list(reversed(range(4))), list(reversed("abc")), list(reversed((1, 2))))
it = iter([1, 2, 3])
print(next(it), next(it), next(it), next(it, "end"))
try:
    next(it)
except StopIteration:
    print("StopIteration")
print(sorted([3, 1, 2]), sorted("hello", reverse=True), sorted([(2, "a"), (1, "b")]), sorted({"b": 1, "a": 2}))
print(sorted([5, -3, 2], key=abs), sorted(["bb", "a", "ccc"], key=len, reverse=True))
stable = [("a", 2), ("b", 1), ("c", 2), ("d", 1)]
print(sorted(stable, key=lambda t: t[1]), sorted(stable, key=lambda t: t[1], reverse=True))
print(
    min([3, 1, 2]), max("hello"), min(4, 2, 8), max([1, 5], [2, 0]), min(["bb", "a"], key=len), max([], default="none")
)
print(sum(range(101)), sum([0.5, 1]), any([]), all([]), any("a"), all([1, 0]))
for i, (a, b) in enumerate(zip([1, 2], [3, 4])):
    print(i, a, b)
e = enumerate(["x", "y"])
print(next(e), list(e))


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def walk(self, out):
        if self.left:
            self.left.walk(out)
        out.append(self.value)
        if self.right:
            self.right.walk(out)
        return out

    def __iter__(self):
        return iter(self.walk([]))


t = Tree(4, Tree(2, Tree(1), Tree(3)), Tree(6, Tree(5), Tree(7)))
print(list(t), sum(t), [v for v in t if v % 2])
d = {"a": 1, "b": 2}
print(
    [k for k in d],
    [v for v in d.values()],
    [(k, v) for k, v in d.items()],
    list(map(lambda kv: kv[0] + str(kv[1]), d.items())),
)
m = map(str, range(3))
print(next(m), list(m), list(m))
s = 0
for c in b"abc":
    s += c
print(s)
for bad in (
    lambda: iter(5),
    lambda: list(5),
    lambda: sum(["a"]),
    lambda: next(5),
    lambda: sorted([1, "a"]),
):
    try:
        bad()
    except Exception as ex:
        print(type(ex).__name__, ex)
x = [1, 2, 3]
for v in x:
    if v < 3:
        x.append(v + 10)
print(x)
a, b, c = map(int, "1 2 3".split())
print(a + b + c, divmod(17, 5), round(3.14159, 2), list(range(10))[2:8:2], "".join(reversed("abc")))
print(
    isinstance(1, int),
    isinstance("a", (int, str)),
    isinstance(True, int),
    callable(len),
    callable(5),
    type(1) is int,
    type("a").__name__,
)
