# SPDX-License-Identifier: Apache-2.0
"""Integers: small, large, signs, shifts, conversions."""

print(1 + 2, 7 - 10, 6 * 7, -7 // 2, 7 // -2, -7 % 3, 7 % -3, 2**10, 2**0, (-3) ** 3)
a = 1 << 30
print(a, a * 2, a * 2 - 1, -a, -a - 1, a + a, a - 1)
b = 0x7FFFFFFF
print(b, b + 1, b * b, -b - 1, ~b, b >> 3, b << 20)
print(0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 100000, -100000, 1 << 40, -(1 << 62))
c = 9223372036854775807
print(c, c - 1, c // 10, c % 1000, -c - 1, c ^ 0xFF, c & 0xFFFF, c | 1)
for x in (5, -5, 1073741823, -1073741824, 1073741824, 4294967295, -4294967296):
    for y in (3, -3, 65536):
        print(x, y, x + y, x - y, x * y, x // y, x % y, divmod(x, y), x & y, x | y, x ^ y)
print(1 << 5, -1 << 5, 1000 >> 3, -1000 >> 3, -1 >> 40, 5 >> 62)
print(int("42"), int("-17"), int("ff", 16), int("0x1F", 0), int("101", 2), int(3.99), int(-3.99), int(True))
print(abs(-5), abs(5), pow(2, 8), pow(3, 4, 5), hex(255), hex(-255), bin(10), oct(64), bin(-3))
print(round(7), round(1234, -2), max(3, 9, 4), min(3, 9, 4), sum([1, 2, 3]), sum([1, 2], 10))
print(1 == 1.0, 2 < 2.5, 10 == True, 1 == True, True + True, -True, ~5, +5, not 5, not 0)
print(5 & 3, 5 | 3, 5 ^ 3, 12 & 255, 0xABCD & 0xFF, 1 if 5 & 4 else 0)
x = 10
x += 5
x -= 3
x *= 4
x //= 5
x %= 7
x **= 3
x <<= 2
x >>= 1
x |= 1
x &= 0xFF
x ^= 0x0F
print(x)
for bad in ("", "12a", "1.5", "0x", " ", "-"):
    try:
        print(int(bad))
    except ValueError as e:
        print("ValueError:", e)
try:
    print(1 // 0)
except ZeroDivisionError as e:
    print(e)
try:
    print(1 % 0)
except ZeroDivisionError as e:
    print(e)
try:
    print(1 << -1)
except ValueError as e:
    print(e)
print(10 // 3 * 3 + 10 % 3, (5).bit_length(), (255).bit_length(), (0).bit_length())
print(int.from_bytes(b"\x01\x02", "big"), (258).to_bytes(2, "little"))
