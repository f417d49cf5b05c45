# SPDX-License-Identifier: Apache-2.0
"""Random ints of any size: what holds for all of them."""

import random

random.seed(3)
for n in (64, 65, 96, 100, 128, 1000, 1024):
    got = [random.getrandbits(n) for _ in range(50)]
    print(n, all(0 <= x < 1 << n for x in got), max(got).bit_length() > n - 8, len(set(got)))
for a, b, s in (
    (10**30, 10**30 + 10, 1),
    (-(10**25), 10**25, 7),
    (5, 10**22, 10**20),
    (10**22, 5, -(10**20)),
    (0, 2**64, 1),
    (-(2**63), 2**63, 2),
):
    got = [random.randrange(a, b, s) for _ in range(300)]
    print(all(min(a, b) <= x <= max(a, b) and x != b and (x - a) % s == 0 for x in got), len(set(got)) > 8)
print(
    sorted({random.randrange(10**30, 10**30 + 5) - 10**30 for _ in range(300)}),
    sorted({random.randint(10**30, 10**30 + 3) - 10**30 for _ in range(300)}),
)
print(
    0 <= random.randrange(10**40) < 10**40,
    -(10**20) <= random.randint(-(10**20), 10**20) <= 10**20,
    random.randint(5, 10**20) >= 5,
)
for bad in (
    lambda: random.randrange(10**30, 5),
    lambda: random.randint(10**30, 5),
    lambda: random.randrange(10**30, 10**31, 0),
    lambda: random.randrange(-(10**30)),
):
    try:
        print(bad())
    except ValueError as e:
        print("ValueError")
    except OverflowError as e:
        print("OverflowError", e)
