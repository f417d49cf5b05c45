# SPDX-License-Identifier: Apache-2.0
"""Floats: arithmetic, repr, conversions, comparisons, NaN."""

print(1.5, -0.5, 0.1, 0.2, 0.1 + 0.2, 1e10, 1e16, 1e17, 1e-5, 0.0001, 1e100, 1.0, -0.0, 5e-324, 1.7976931348623157e308)
print(3.0 * 2, 7 / 2, 7.0 // 2, 7.5 % 2, -7.5 % 2, -7.5 // 2, 2.0**0.5, 2**-1, 2.0**10, 9**0.5)
print(1 / 3, 2 / 3, 10 / 5, 1e300 * 1e10, -1e300 * 1e10, 123456789.123456789, 1 / 7)
print(float("1.5"), float("-2e3"), float("inf"), float("-inf"), float(7), float("  3.25  "), float("1e-3"))
nan = float("nan")
print(nan, nan == nan, nan != nan, nan < 1, nan > 1, not nan < 1)
if nan < 1.0:
    print("less")
else:
    print("not less")
if not nan >= 1.0:
    print("not ge")
n = 0
while not n >= nan and n < 3:
    n += 1
print(n)
print(int(1e9), int(-2.7), round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.5678, -2), round(0.5))
print(abs(-2.5), max(1.5, 2), min(1, 0.5), sum([0.1] * 3), divmod(7.5, 2))
print(1.0 == 1, 1.5 > 1, 0.1 + 0.2 == 0.3, 1.5 != 1.5, -0.0 == 0.0, 3 <= 3.0)
print(str(2.0), repr(2.5e-7), 1e5, 123456.0, 1234567890123456.0, 12345678901234567.0, 0.00001234)
print(bool(0.0), bool(0.1), bool(nan), not 0.0)
x = 1.0
x += 0.5
x -= 2
x *= 4.0
x /= 3
print(x)
for v in (0.1, 1 / 3, 2.5, 100.0, 1e21, 1e22, 4.35, 1.1, 123.456, 9007199254740993.0):
    print(v, -v, v * v, v / 3)
for f in (
    lambda: 1.0 / 0,
    lambda: 1.0 // 0,
    lambda: 1 / 0,
    lambda: float("x"),
    lambda: int(nan),
    lambda: int(float("inf")),
):
    try:
        print(f())
    except (ZeroDivisionError, ValueError, OverflowError) as e:
        print(type(e).__name__, e)
print((1.5).is_integer(), (2.0).is_integer(), 1e3 // 7, 1e3 % 7)
