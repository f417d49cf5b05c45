# SPDX-License-Identifier: Apache-2.0
# fractions and pprint.
import math
import pprint
from fractions import Fraction
from pprint import pformat

F = Fraction
print(F(3, 6), repr(F(-4, 6)), F(5), F("3/4"), F("-1.25"), F("1e-3"), F(" 7 "), F(0.75), F(F(1, 2), F(3, 4)), F(2, -4), F("+1_0/5"), F(0.1).limit_denominator(1000), F(math.pi).limit_denominator(100))
a, b = F(1, 3), F(3, 4)
print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(b, a), -a, abs(-a), a**2, a**-2, b + 1, 1 - b, 2 * b, 1 / b, 2 // b, 2 % b, b**0.5, 2**F(3), +b)
print(a + 0.5, 0.5 * b, a < b, a <= 1, b > 0.5, a == F(2, 6), F(4, 2) == 2, 0.75 == b, a != b, bool(F(0)), hash(F(4, 2)) == hash(2), sorted([b, a, F(1, 2)]), max(a, b))
print(int(F(7, 2)), int(F(-7, 2)), float(b), math.floor(F(-7, 2)), math.ceil(F(7, 2)), math.trunc(F(-7, 2)), round(F(7, 2)), round(F(5, 2)), round(F(22, 7), 2), round(F(1234, 1), -2), a.numerator, a.denominator, b.as_integer_ratio(), sum([a, b, a]), f"{a} {a!r}")
for bad in (lambda: F(1, 0), lambda: F("x"), lambda: F("1/0"), lambda: a / 0, lambda: F("1/-2"), lambda: F([]), lambda: F(0) ** -1, lambda: a + "x", lambda: F(1.5, 2)):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
data = {"name": "widget", "sizes": list(range(30)), "nested": {"b": [1, 2], "a": (1,)}, "text": "some words that go on " * 6}
pprint.pprint(data)
pprint.pprint(data, width=40)
pprint.pprint(data, width=50, compact=True, indent=2)
print(pformat([1, 2, 3]), pformat({"b": 1, "a": 2}), pformat({"b": 1, "a": 2}, sort_dicts=False), pformat("short"), pformat(()), pformat({3}))
print(pformat([[[[1]]], {"a": {"b": {}}}], depth=2), pformat(123456789, underscore_numbers=True), pformat([{"a" * 30: 1}, {"b" * 30: 2}, {"c" * 30: (1, 2)}]))
print(pformat({f"key{i}": {"value": i, "list": ["x" * 10] * 3} for i in range(3)}, width=60))
print(pformat(frozenset(range(40)), width=50), pformat((("long tuple member " * 3,) * 2), width=45), pformat(["line one\nline two\nline three " + "w " * 20], width=30))
pprint.pp({"z": 1, "a": [1, 2]})
