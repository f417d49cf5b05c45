# SPDX-License-Identifier: Apache-2.0
# What only a suspended generator still refers to stays, however often the heap is collected meanwhile.


def permutations(items):
    if len(items) <= 1:
        yield items
    else:
        for rest in permutations(items[1:]):
            for i in range(len(rest) + 1):
                yield rest[:i] + items[0:1] + rest[i:]


total = 0
for p in permutations(list(range(7))):
    total = (total * 7 + p[0] * 3 + p[-1]) % 65521
print(total)


def holds(n):
    text, numbers, table = "t" * n, [n, [n + 1]], {n: (n, str(n))}
    while True:
        got = yield text, numbers, table
        numbers = [got, numbers[-1]]


held = [holds(n) for n in range(40)]
for g in held:
    next(g)
churn = [[i, str(i)] for i in range(3000)]
del churn
print([g.send(n) for n, g in enumerate(held)][-1])


def many():
    a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, s, u, v, w = [[x] for x in range(20)]
    aa, bb, cc, dd, ee, ff, gg, hh, ii, jj, kk, mm, nn, oo, pp, qq = [str(x) * 9 for x in range(16)]
    yield 1
    yield a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, s, u, v, w, aa, bb, cc, dd, ee, ff, gg, hh, ii, jj, kk, mm, nn, oo, pp, qq


several = [many() for _ in range(5)]
print([next(g) for g in several])
churn = [[i, str(i)] for i in range(3000)]
for g in several:
    print(next(g))
