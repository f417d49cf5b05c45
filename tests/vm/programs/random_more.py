# SPDX-License-Identifier: Apache-2.0
# random beyond what the VM has itself: what holds of every row of numbers.
import random
from random import Random, choices, gauss, randint, sample

random.seed(5)
s = random.sample(range(100), 10)
print(len(s), len(set(s)), all(0 <= x < 100 for x in s), sorted(random.sample([1, 2, 3], 3)), sample("abc", 0), sorted(sample(["a", "b"], 3, counts=[2, 1])))
c = choices("ab", k=200)
w = random.choices([1, 2, 3], weights=[0, 1, 0], k=20)
print(len(c), set(c) == {"a", "b"}, set(w), choices([7], k=2), set(choices("xy", cum_weights=[0, 5], k=9)))
g = [gauss(10, 2) for _ in range(400)]
print(9 < sum(g) / 400 < 11, 1 < (sum((x - 10) ** 2 for x in g) / 400) ** 0.5 < 3)
for f, args, low, high in (
    (random.normalvariate, (0, 1), -0.3, 0.3),
    (random.expovariate, (2,), 0.4, 0.6),
    (random.triangular, (0, 3), 1.3, 1.7),
    (random.triangular, (0, 1, 1), 0.6, 0.72),
    (random.gammavariate, (2, 3), 5.2, 6.8),
    (random.betavariate, (2, 2), 0.45, 0.55),
    (random.lognormvariate, (0, 0.5), 1, 1.3),
    (random.weibullvariate, (1, 2), 0.82, 0.96),
    (random.paretovariate, (3,), 1.35, 1.65),
    (random.uniform, (1, 2), 1.45, 1.55),
    (random.random, (), 0.45, 0.55),
):
    mean = sum(f(*args) for _ in range(1500)) / 1500
    print(f.__name__ != "", low < mean < high)
print(len(random.randbytes(5)), type(random.randbytes(2)).__name__, 1 <= randint(1, 3) <= 3, random.choice([4]), random.randrange(1), random.getrandbits(3) < 8)
r, q = Random(42), Random(42)
print([r.random() for _ in range(3)] == [q.random() for _ in range(3)], r.randint(1, 9) == q.randint(1, 9), Random(1).random() != Random(2).random())
state = r.getstate()
a = [r.getrandbits(40), r.choice("abc"), r.sample(range(9), 3), r.choices("xyz", k=3), r.gauss(0, 1), r.uniform(0, 1), r.randrange(0, 10, 3)]
r.setstate(state)
print(a == [r.getrandbits(40), r.choice("abc"), r.sample(range(9), 3), r.choices("xyz", k=3), r.gauss(0, 1), r.uniform(0, 1), r.randrange(0, 10, 3)])
x = list(range(20))
r.shuffle(x)
print(sorted(x) == list(range(20)), x != list(range(20)), Random("text").random() == Random("text").random(), sorted({r.randrange(3) for _ in range(60)}))
for bad in (lambda: sample([1], 2), lambda: sample({1, 2}, 1), lambda: choices([1, 2], weights=[1]), lambda: choices([1], weights=[0]), lambda: r.choice([])):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
