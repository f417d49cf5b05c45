# SPDX-License-Identifier: Apache-2.0
"""math: every function, to 14 digits (libm's last digit is not always the right one), and its errors."""

import math

values = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    1e-5,
    1e-300,
    3.141592653589793,
    1.5707963267948966,
    100.0,
    -100.0,
    27.0,
    0.9999999,
]
values += [1e300, -745.0, 710.5, float("inf"), float("-inf"), float("nan"), 123456.789]
functions = [
    ("exp", math.exp), ("expm1", math.expm1), ("log", math.log), ("log2", math.log2), ("log10", math.log10), ("log1p", math.log1p),
    ("tan", math.tan), ("sin", math.sin), ("cos", math.cos), ("asin", math.asin), ("acos", math.acos), ("atan", math.atan),
    ("sinh", math.sinh), ("cosh", math.cosh), ("tanh", math.tanh), ("asinh", math.asinh), ("acosh", math.acosh), ("atanh", math.atanh),
    ("degrees", math.degrees), ("radians", math.radians), ("modf", math.modf), ("frexp", math.frexp), ("sqrt", math.sqrt),
]  # fmt: skip
for name, function in functions:
    for x in values:
        if abs(x) > 1e200 and name in ("sin", "cos", "tan"):
            continue
        try:
            y = function(x)
            print(name, x, f"{y:.14g}" if isinstance(y, float) else y)
        except (ValueError, OverflowError) as e:
            print(name, x, type(e).__name__, e)
for a in (0.0, -0.0, 1.0, -2.5, float("inf"), float("-inf"), float("nan")):
    for b in (0.0, -0.0, 3.0, -4.0, float("inf"), float("-inf")):
        print(a, b, f"{math.atan2(a, b):.14g} {math.copysign(a, b)} {math.hypot(a, b):.14g}")
print(
    math.gcd(12, 18),
    math.gcd(),
    math.gcd(-4),
    math.gcd(0, 5),
    math.factorial(20),
    math.factorial(30),
    math.isqrt(99),
    math.isqrt(2**200),
)
print(
    math.ldexp(0.5, 10),
    math.ldexp(1, -1074),
    math.ldexp(1, -1080),
    math.log(8, 2),
    math.log2(2**500),
    math.hypot(1, 2, 3),
)
print(
    math.isclose(1, 1 + 1e-10),
    math.isclose(1, 1.1),
    math.isclose(1, 1.1, rel_tol=0.2),
    math.isclose(0, 1e-10, abs_tol=1e-9),
)
for call in (
    lambda: math.log(0), lambda: math.log(5, 1), lambda: math.ldexp(1, 1024), lambda: math.ldexp(1, 1.5), lambda: math.factorial(-1),
    lambda: math.isqrt(-1), lambda: math.gcd(1.5), lambda: math.sin("a"), lambda: math.isclose(1, 2, rel_tol=-1), lambda: math.sqrt(10**400),
):  # fmt: skip
    try:
        print(call())
    except Exception as e:
        print(type(e).__name__, e)
