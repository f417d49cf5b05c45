# SPDX-License-Identifier: Apache-2.0
# heapq and bisect.
import heapq
from bisect import bisect, bisect_left, bisect_right, insort, insort_left, insort_right
from heapq import heapify, heappop, heappush, heappushpop, heapreplace, merge, nlargest, nsmallest

seed = 7
numbers = []
for _ in range(60):
    seed = seed * 1103515245 + 12345 & 0x7FFFFFFF
    numbers.append(seed >> 16 & 63)
heap = []
for n in numbers:
    heappush(heap, n)
print(heap)
print([heappop(heap) for _ in numbers] == sorted(numbers), heap)
heapify(numbers)
print(numbers, heappushpop(numbers, 5), heapreplace(numbers, -3), heappushpop(numbers, -9), heappop(numbers), numbers[:5])
tasks = []
for item in ((3, "c"), (1, "a"), (2, "b"), (1, "aa")):
    heapq.heappush(tasks, item)
print([heapq.heappop(tasks) for _ in range(4)])
print(nsmallest(3, [5, 1, 4, 1]), nlargest(2, "hello"), nsmallest(0, [1]), nlargest(9, [1, 2]), nsmallest(2, ["bb", "a", "ccc"], key=len))
print(list(merge([1, 4, 7], [2, 4], [], range(3))), list(merge("ca", "b", reverse=True)), list(merge(["a", "bbb"], ["cc"], key=len)))
for f, args in ((heappop, ([],)), (heapreplace, ([], 1))):
    try:
        f(*args)
    except IndexError as e:
        print(type(e).__name__)
print(heappushpop([], 4))
a = [1, 2, 2, 2, 5]
print(bisect(a, 2), bisect_left(a, 2), bisect_right(a, 9), bisect_left(a, 0), bisect(a, 2, 0, 2), bisect_left(a, 2, 2), bisect([], 1))
insort(a, 3), insort_left(a, 1), insort_right(a, 9)
print(a)
rows = [("a", 1), ("b", 3), ("c", 5)]
print(bisect(rows, 3, key=lambda r: r[1]), bisect_left(rows, 3, key=lambda r: r[1]))
insort(rows, ("x", 4), key=lambda r: r[1])
print(rows, ["F", "D", "C", "B", "A"][bisect([60, 70, 80, 90], 77)])
try:
    bisect(a, 1, -1)
except ValueError as e:
    print(e)
