# SPDX-License-Identifier: Apache-2.0
"""Ints beyond 64 bits: every operator at the edges of words, against what can be worked out another way, and printed."""

values = []
for bits in (0, 31, 32, 63, 64, 65, 96, 200, 1000):
    for step in (-1, 0, 1):
        values.append((1 << bits) + step)
        values.append(-(1 << bits) - step)
state = 12345
for bits in (40, 70, 100, 150, 300, 640):
    x = 0
    for _ in range(bits // 20 + 1):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        x = x << 20 | state >> 8 & 0xFFFFF
    values.append(x)
    values.append(-x)

checksum = 0
for a in values:
    print(a, hex(a), a.bit_length(), hash(a), -a, ~a, abs(a))
    checksum = (checksum * 31 + int(str(a)) + int(hex(a), 16)) % 1000000007
    assert int(bin(a), 2) == a and int(oct(a), 8) == a and int(f"{a:_x}", 16) == a
    assert int.from_bytes(a.to_bytes(200, "little", signed=True), "little", signed=True) == a
    assert a >> 77 == a // (1 << 77) and a << 77 == a * (1 << 77)
    for b in values:
        s, d, p = a + b, a - b, a * b
        assert s - b == a and d + b == a
        if b:
            q, r = divmod(a, b)
            assert q * b + r == a and 0 <= abs(r) < abs(b) and (r == 0 or (r < 0) == (b < 0))
            assert q == a // b and r == a % b and p // b == a
            try:
                checksum ^= hash(a / b)
            except OverflowError as e:
                print(e)
        assert (a & b) + (a | b) == s and (a ^ b) == (a | b) - (a & b)
        assert (a < b) == (d < 0) and (a == b) == (d == 0) and (a >= b) == (d >= 0)
        checksum = (checksum * 31 + s + d * 3 + p * 7 + (a & b) + (a ^ b)) % 1000000007
print(checksum)

for x in (2.0**63, -(2.0**64), 1e22, 1.5e300, 12345678901234567890.0, 0.5):
    print(
        int(x),
        hash(x),
        hash(int(x)) == hash(x) or x == 0.5,
        x == int(x),
        x < int(x) + 1,
        int(x) - 1 <= x,
        {int(x): 1}.get(x),
    )
    print(x + 2**70, 2**70 - x, x * 3**50, (3**50) / x, 2**70 // x, 2**70 < x, x <= 2**70)
print(float(2**64), float(2**64 + 2**11), float(2**64 + 2**11 + 1), float(-(3**100)), 2**1023 * 2 / 2**1000)
print(
    3**200, (-3) ** 201, 7**0, 10**40, pow(3, 10**20, 10**18 + 9), pow(12345, -1, 10**30 + 57), pow(-5, 77, -(10**25))
)
print(
    f"{10**30:,}|{-(10**30):60}|{2**70:#x}|{2**70:_b}|{10**25:+d}|{2**80:.3e}|{2**80:>40}|",
    "%d %x %50d" % (2**90, 2**90, -(2**90)),
)
print(str(7**2000)[:40], len(str(7**2000)), int("9" * 50) + 1, int("z" * 20, 36), int("-1_000_000_000_000_000_000_000"))
print(round(123456789012345678901234567890, -20), round(-25 * 10**30, -31), round(35 * 10**30, -31), round(10**40))
print(12345678901234567890123, -0xFFFFFFFFFFFFFFFFFFFF, 170141183460469231731687303715884105728)
print(
    2**63 - 1,
    -(2**63),
    9223372036854775807 + 1,
    -9223372036854775808 - 1,
    -(-9223372036854775808),
    3037000500 * 3037000500,
)
for text in (
    "2**70 // 0", "2**70 % 0", "2**70 / 0", "2**70 << -1", "float(10**400)", "10**400 * 1.0", "2**70 + 'a'", "2**70 < 'a'",
):  # fmt: skip
    try:
        if text == "2**70 // 0":
            2**70 // (state - state)
        elif text == "2**70 % 0":
            2**70 % (state - state)
        elif text == "2**70 / 0":
            2**70 / (state - state)
        elif text == "2**70 << -1":
            2**70 << (state - state - 1)
        elif text == "float(10**400)":
            float(10**400)
        elif text == "10**400 * 1.0":
            10**400 * 1.0
        elif text == "2**70 + 'a'":
            2**70 + "a"
        else:
            2**70 < "a"
    except Exception as e:
        print(text, type(e).__name__, e)
