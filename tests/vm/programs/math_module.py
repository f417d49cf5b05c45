# SPDX-License-Identifier: Apache-2.0
# The math module, with CPython's values and errors.
import math
from math import floor, sqrt


def show(name, function, *args):
    try:
        print(name, args, function(*args))
    except (ValueError, OverflowError) as error:
        print(name, args, type(error).__name__)  # the wording is not the same in every CPython
    except TypeError as error:
        print(name, args, error)


class Real:
    def __float__(self):
        return 2.25


class Whole:
    def __index__(self):
        return 16


class Wrong:
    def __float__(self):
        return "no"


SPECIAL = (
    0.0,
    -0.0,
    1,
    -1,
    2.5,
    -2.5,
    0.5,
    -0.5,
    1e15 + 0.5,
    5e-324,
    1.7e308,
    math.inf,
    -math.inf,
    math.nan,
    True,
    7,
    -3,
)
for x in SPECIAL:
    for name, function in (
        ("floor", floor),
        ("ceil", math.ceil),
        ("trunc", math.trunc),
        ("fabs", math.fabs),
        ("isnan", math.isnan),
        ("isinf", math.isinf),
        ("isfinite", math.isfinite),
        ("sqrt", sqrt),
    ):
        if abs(x) < 1e18 or abs(x) == math.inf or name not in ("floor", "ceil", "trunc"):
            show(name, function, x)

for n in range(0, 400, 7):
    print(sqrt(n), sqrt(n * 1e300), sqrt(n * 1e-310), sqrt(n + 0.1))

for x in (5, -5, 5.5, 0.0, -0.0, 1e308, 5e-324, math.inf, math.nan):
    for y in (3, -3, 0.1, 0, 1e-300, math.inf, -math.inf, math.nan):
        show("fmod", math.fmod, x, y)

for x in (0, -0.0, 1, -1, 2, -2, 0.5, 10, 1e200, -1e200, math.inf, -math.inf, math.nan):
    for y in (0, 1, -1, 2, -2, 3, -3, 0.5, -5000, math.inf, -math.inf, math.nan):
        show("pow", math.pow, x, y)

for function in (floor, math.ceil, math.fabs, math.isnan, sqrt):
    for x in ("x", None, [], Real(), Whole()):
        try:
            print(function(x))
        except Exception as error:
            print(type(error).__name__, error)
show("trunc", math.trunc, "x")
show("pow", math.pow, "a", 1)
show("fmod", math.fmod, 1, None)
try:
    sqrt(Wrong())
except TypeError as error:
    print("TypeError")
print(math.pi, math.tau, math.e, math.inf, math.nan)
