# SPDX-License-Identifier: Apache-2.0
# itertools: what each gives, how lazily, and what it refuses.
import itertools
from itertools import *


def refused(f, *args, **named):
    try:
        print(list(f(*args, **named)))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


class Noisy:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        for i in range(self.n):
            print("<%d>" % i, end="")
            yield i


c = count(5)
print(next(c), next(c), c, count(1, 2), count(1.5), count(2.5, 0.5), [x for x, _ in zip(count(10, -3), range(4))])
print(list(zip(count(), "abc")), type(c).__name__)
r = repeat("x", 3)
print(r, list(r), r, list(repeat(1, -2)), repeat(None), list(map(pow, range(4), repeat(2))), list(repeat(7, times=2)))
print(list(chain("ab", [1, 2], ())), list(chain()), list(chain.from_iterable([[1], (2, 3), "x"])))
ch = chain(Noisy(2), Noisy(1))
print(next(ch), list(ch), isinstance(ch, chain))
cy = cycle("ab")
print([next(cy) for _ in range(5)], list(cycle([])))
print(list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 5, 2], max)), list(accumulate([1, 2], initial=10)))
print(list(accumulate([])), list(accumulate([], initial=0)), list(accumulate("abc", lambda a, b: b + a)))
print(list(compress("ABCDEF", [1, 0, 1, 0, 1])), list(starmap(pow, [(2, 3), (3, 2)])))
print(list(filterfalse(lambda x: x % 2, range(6))), list(filterfalse(None, [0, 1, "", "a"])))
print(list(takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(dropwhile(lambda x: x < 3, [1, 2, 3, 1])))
it = iter([1, 2, 9, 3])
print(list(takewhile(lambda x: x < 5, it)), list(it))
print(list(pairwise("abcd")), list(pairwise("a")), list(pairwise("")))
for args in ((3,), (1, 4), (1, None, 2), (None,), (0,), (2, 2), (5, 3), (1, 9, 3), (None, 4, None), (0, 5, 2)):
    it = iter(range(8))
    print(args, list(islice(it, *args)), list(it))
it = Noisy(9)
print(list(islice(it, 2)), list(islice(it, 1, 3)))
for args in ((-1,), ("a",), (0, -1), (0, 5, 0), (0, 5, -1), (1.5,), (), (1, 2, 3, 4)):
    refused(islice, range(5), *args)
print(list(zip_longest("abc", "x", [1, 2])), list(zip_longest("ab", [1], fillvalue="-")), list(zip_longest()))
print(list(product("ab", [1, 2])), list(product([0, 1], repeat=3)), list(product()), list(product("ab", [])))
print(list(product(range(2), "x", repeat=2)))
print(list(permutations("abc")), list(permutations(range(4), 2))[::3], list(permutations([1], 2)), list(permutations([])))
print(list(combinations("abcd", 2)), list(combinations([1, 2], 3)), list(combinations([1], 0)))
print(list(combinations_with_replacement("abc", 2)), list(combinations_with_replacement([], 2)), list(combinations_with_replacement([], 0)))
print(len(list(permutations(range(5)))), len(list(combinations(range(9), 4))), len(list(combinations_with_replacement(range(5), 4))))
refused(combinations, "ab", -1)
refused(combinations_with_replacement, "ab", -1)
refused(permutations, "ab", -1)
refused(product, "ab", repeat=-1)
for f in (cycle, accumulate, pairwise, chain.from_iterable, tee, groupby, zip_longest, permutations, product):
    refused(f, 5)
refused(takewhile, bool, 5)
refused(starmap, bool, 5)
refused(islice, 5, 1)
print([(k, list(g)) for k, g in groupby("AAAbbA")], [(k, list(g)) for k, g in groupby([1, 3, 2, 4, 5], lambda x: x % 2)])
print([k for k, g in groupby("aabbccca")], list(groupby([])))
kept = list(groupby("aab"))
print([(k, list(g)) for k, g in kept])
g = groupby([1, 1, 1, 2, 2])
k, members = next(g)
print(k, next(members), next(members))
k2, members2 = next(g)
print(k2, list(members), list(members2))
a, b, c = tee(Noisy(4), 3)
print(next(a), next(a), next(b), list(c), list(a), list(b))
a, b = tee(a)
print(list(a), list(b), tee([1], 0))
a, b = tee(iter("xyz"))
next(a)
d, e = tee(a)
print(list(d), list(e), list(b))
refused(tee, [], -1)
primes = filter(lambda n: all(n % p for p in range(2, n)), count(2))
print(list(islice(primes, 10)))
print(list(itertools.chain(itertools.islice(itertools.count(), 3), itertools.repeat(9, 2))))
fibonacci = [0, 1]
print(list(islice(accumulate(repeat(1, 10), lambda t, _: t * 2), 6)), sum(islice(count(1), 100)), dict(zip("ab", count())))
