# SPDX-License-Identifier: Apache-2.0
# math: gamma, error functions, exact sums, counting, neighbours. The VM rounds once and CPython's libm does not always: 12 digits.
from common.cases import check
import math


def near(f, *values):
    row = []
    for x in values:
        try:
            row.append("%.12g" % f(x))
        except (ValueError, OverflowError) as e:
            row.append(str(e))
    print(f.__name__, *row)


ends = (0.0, -0.0, 1.0, 2.0, -1.0, 1e-300, 5e-324, 1e300, math.inf, -math.inf, math.nan)
some = (
    0.5,
    1.5,
    2.5,
    3.0,
    4.0,
    5.0,
    10.0,
    23.0,
    33.5,
    100.25,
    170.0,
    171.6,
    172.0,
    -0.5,
    -1.5,
    -2.5,
    -10.25,
    -100.5,
    -170.7,
    -300.5,
)
for f in (math.gamma, math.lgamma, math.erf, math.erfc, math.exp2, math.cbrt, math.ulp):
    near(f, *ends)
    near(f, *some)
near(math.gamma, *[i / 7 for i in range(-40, 60) if i % 7])
near(math.lgamma, 0.9, 1.1, 2.1, 1e-5, -1e-5, 1e17)
near(math.erf, *[i / 8 for i in range(-56, 57, 3)], 1e-10, -1e-20)
near(math.erfc, *[i / 4 for i in range(-28, 120, 5)], 4.999, 5.001, 26.5, 27.3)
near(math.exp2, 5, -3, 1023, 1024, -1074, -1080, 0.1)
near(math.cbrt, 27, -27, 2, 1e-9)

check(lambda: math.fsum([0.1] * 10))
check(lambda: math.fsum([1e100, 1.0, -1e100, 1e-100, 1e50, -1.0, -1e50]))
check(lambda: math.fsum([2.0**53, -0.5, -(2.0**-54)]))
check(lambda: math.fsum([2.0**53, 1.0, 2.0**-100]))
check(lambda: math.fsum([2.0**53 + 10.0, 1.0, 2.0**-100]))
check(lambda: math.fsum([1e-300, -1e-300, 5e-324, 5e-324]))
check(lambda: math.fsum(i / 3 for i in range(-40, 100)))
check(lambda: math.fsum([]))
check(lambda: math.fsum([1, True, -0.25]))
check(lambda: math.fsum([math.inf, 1]))
check(lambda: math.fsum([math.inf, -math.inf]))
check(lambda: math.fsum([math.nan, 1]))
check(lambda: math.fsum(["a"]))
check(lambda: math.fsum(5))
check(lambda: math.prod([1, 2, 3.5]))
check(lambda: math.prod([]))
check(lambda: math.prod(range(1, 30)))
check(lambda: math.prod([2, 3], start=0.5))
check(lambda: math.prod(["a", 3], start=2))
check(lambda: math.prod([2, "a"], start=[1]))
check(lambda: math.dist([1, 2], (4, 6)))
check(lambda: math.dist([], []))
check(lambda: math.dist([1, 2], [3]))
check(lambda: math.dist([1, "x"], [3, 4]))
check(lambda: (math.lcm(), math.lcm(4), math.lcm(4, 6), math.lcm(-4, 6, 10), math.lcm(0, 5), math.lcm(10**20, 15)))
check(lambda: math.lcm(1.5))
check(lambda: [math.comb(n, k) for n in range(6) for k in range(7)])
check(lambda: [math.perm(n, k) for n in range(6) for k in range(7)])
check(lambda: (math.comb(100, 50), math.perm(20, 18), math.perm(5), math.perm(5, None), math.comb(10**20, 2)))
check(lambda: math.comb(-1, 2))
check(lambda: math.comb(1, -2))
check(lambda: math.perm(2.0))
check(lambda: [math.remainder(x / 2, y) for x in range(-9, 10) for y in (2, 1.5, -4)])
check(
    lambda: (
        math.remainder(1e300, 7),
        math.remainder(5, math.inf),
        math.remainder(-0.0, 1),
        math.remainder(1.7e308, 1.2e308),
    )
)
check(lambda: math.remainder(1, 0))
check(lambda: math.remainder(math.inf, 1))
check(
    lambda: (
        math.nextafter(1.0, 2.0),
        math.nextafter(1.0, 0),
        math.nextafter(0.0, -1),
        math.nextafter(-1.0, 0),
        math.nextafter(3, 3),
    )
)
check(
    lambda: (math.nextafter(math.inf, 0), math.nextafter(1.7976931348623157e308, math.inf), math.nextafter(5e-324, 0))
)
check(lambda: math.log(-(10**400)))
check(lambda: math.factorial(-(10**30)))
check(lambda: math.factorial(10**30))
check(
    lambda: ((1.5).__floor__(), (1.5).__ceil__(), (-1.5).__trunc__(), (5).__floor__(), (5).__ceil__(), True.__trunc__())
)
