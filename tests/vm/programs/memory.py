# SPDX-License-Identifier: Apache-2.0
"""Allocation: garbage in quantity, cycles, long lists and strings, deep structures."""


class Node:
    def __init__(self, value):
        self.value = value
        self.next = None
        self.prev = None


def churn(n):
    total = 0
    for i in range(n):
        items = [i, i + 1, str(i), (i, [i])]
        d = {"a": items, "b": i * 1.5}
        total += len(items[2]) + d["a"][0]
    return total


print(churn(3000))


def cycles(n):
    last = 0
    for i in range(n):
        a, b = Node(i), Node(i + 1)
        a.next, b.prev = b, a
        b.next = a
        a.self = a
        last = a.next.prev.value
    return last


print(cycles(2000))


def ring(n):
    first = node = Node(0)
    for i in range(1, n):
        new = Node(i)
        node.next, new.prev = new, node
        node = new
    node.next, first.prev = first, node
    total = 0
    for _ in range(2 * n):
        total += first.value
        first = first.next
    return total


print(ring(300))
s = ""
for i in range(500):
    s += str(i % 10)
print(len(s), s[:20], s[-5:])
parts = []
for i in range(200):
    parts.append("line " + str(i))
text = "\n".join(parts)
print(len(text), text.count("\n"), text.split("\n")[150])


def tree(d):
    return None if d == 0 else [tree(d - 1), d, tree(d - 1)]


def total(t):
    return 0 if t is None else total(t[0]) + t[1] + total(t[2])


keep = tree(7)
for _ in range(20):
    tree(5)
print(total(keep))
grid = [[(x * y) % 7 for x in range(20)] for y in range(20)]
print(sum(sum(r) for r in grid), grid[19][19])
queue = []
for i in range(1000):
    queue.append(i)
    if len(queue) > 10:
        queue.pop(0)
print(queue)
table = {}
for i in range(300):
    table["key" + str(i)] = [i] * 3
    if i >= 50:
        del table["key" + str(i - 50)]
print(len(table), table["key299"])
floats = [i / 3 for i in range(200)]
print(sum(floats), max(floats))
wide = [0x40000000 + i for i in range(100)]
print(sum(wide), wide[99])
fs = [lambda x, k=k: x * k for k in range(50)]
print(sum(f(2) for f in fs))
