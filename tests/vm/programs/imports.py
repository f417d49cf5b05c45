# SPDX-License-Identifier: Apache-2.0
"""Imports of modules, of names, with other names, guarded, inside functions, for annotations only."""

from __future__ import annotations

import math
import sys
import time as clock
from math import sqrt, pi as PI
from typing import Optional

try:
    import no_such_module
except ImportError as e:
    print(type(e).__name__, e)
    no_such_module = None
print(no_such_module)
try:
    from math import no_such_name
except ImportError:
    print("no such name")
try:
    import math as maths
except ImportError:
    maths = None
else:
    print("maths is there", maths.floor(3.5))


def root(x: Optional[float]) -> float:
    return math.sqrt(x)


print(
    root(16),
    sqrt(2.25),
    PI,
    math.pi,
    math.floor(2.7),
    math.ceil(2.1),
    math.trunc(-2.5),
    math.fabs(-3),
    math.isnan(math.nan),
    math.inf,
)


def local():
    import math as m
    from math import e

    return m.floor(e * 1000)


print(local())
t0 = clock.monotonic()
clock.sleep(0.001)
print(clock.monotonic() - t0 >= 0.001, sys.maxsize)
f = math.sqrt
print(f(9), list(map(sqrt, [1, 4])), callable(sqrt))
if __name__ == "__main__":
    print("main")
else:
    print("never")
for bad in (lambda: math.sqrt(-1), lambda: math.sqrt("x"), lambda: math.floor(math.inf)):
    try:
        bad()
    except (ValueError, TypeError, OverflowError) as e:
        print(type(e).__name__)
print(math.pow(2, 10), math.fmod(7, 3), math.isinf(math.inf), math.isfinite(1.0), math.tau, math.e)
