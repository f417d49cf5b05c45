# SPDX-License-Identifier: Apache-2.0
# Arithmetic of registers: what a mask follows is worked out with it in one step. Whatever the operands are, the results are those of the
# instructions one by one.


class Odd:
    def __init__(self, value):
        self.value = value

    def __lshift__(self, n):
        return Odd(self.value << n)

    def __xor__(self, other):
        return Odd(self.value ^ other)

    def __and__(self, other):
        return "masked %d %d" % (self.value, other)


def crc(x, poly):
    for _ in range(8):
        if x & 0x80000000:
            x = ((x << 1) ^ 0x04C11DB7) & 0xFFFFFFFF
        else:
            x = (x << 1) & 0xFFFFFFFF
        poly = ((poly ^ 0x12345678) | 0x11) & 0x7FFFFFFF
    return x, poly


def chains(a, b):
    r = []
    x = (a + b) & 0xFFFFFFFF
    r.append(x)
    x = (a - b) & 0xFFFFFFFF
    r.append(x)
    x = (a * b) & 0xFFFFFFFF
    r.append(x)
    x = (a * 6364136223846793005 + 1442695040888963407) & 0x3FFFFFFFFFFFFFFF
    r.append(x)
    x = (x << 13) & 0xFFFFFFFFFF
    r.append(x)
    x = ((x >> 7) ^ b) & 0xFF
    r.append(x)
    x = ((a << 40) ^ 0x123456789ABCDEF) & 0xFFFFFFFFFFFF
    r.append(x)
    x = ((((a ^ 0xF0F0F0F0F0) | 0xF) & 0xFFFFFFFFFFFFF) ^ 0x5555555555) & 0x3FFFFFFFFFF
    r.append(x)
    x = (((a & 0xFFFFFFFF0) | 0x123456789) ^ b) & 0x1FFFFFFFF
    r.append(x)
    x = (a << (b & 63)) & 0xFFFFFFFF
    r.append(x)
    x = (a >> (b & 63)) & 0xFFFFFFFF
    r.append(x)
    x = (a // (b or 1) + a % (b or 1)) & 0xFFFFFFFF
    r.append(x)
    x = a
    x = (x ^ (x << 13)) & 0xFFFFFFFF
    x = (x ^ (x >> 17)) & 0xFFFFFFFF
    x = (x ^ (x << 5)) & 0xFFFFFFFF
    r.append(x)
    y = x = (a + b * 3) & 0x7FFFFFFFFF
    r.append(x == y)
    x = ((a & 1) << 31) & 0xFFFFFFFF
    r.append(x)
    return r


def kept(x):
    """What was not masked is still there when the mask fails and something catches that."""
    y = 7
    try:
        y = (x * 2) & 0xFFFF
    except TypeError as e:
        print(e)
    return y


def left(x):
    y = (x + 1) & 0xFFFF
    return y


def both(t, x):
    t = x << 35
    u = t & 0xFFFFFFFFFFF
    v = (t := x << 36) & 0xFFFFFFFFFFF
    return t, u, v


print(crc(0x12345678, 0x44556677), crc(0xFFFFFFFF, 1), crc(0x80000000, -5))
values = [0, 1, -1, 255, 0x3FFFFFFF, 0x40000000, -0x40000000, -0x40000001, 0x80000000, 0xFFFFFFFF, -0x80000000, 0x123456789AB, -0x123456789AB, (1 << 62) - 1, -(1 << 62), (1 << 63) - 1, -(1 << 63), True]
for a in values:
    print(a, [chains(a, b) for b in values])
print(kept(2.5), kept("ab"), kept(40000), kept([1]))
for bad in (1.5, "a", None):
    try:
        print(left(bad))
    except TypeError as e:
        print(e)
print(both(1, 5), both(1, -5))
z = Odd(3)
z = ((z << 4) ^ 5) & 0xFFFFFFFF
print(z)


def odd(z):
    z = ((z << 4) ^ 5) & 0xFFFFFFFF
    return z


print(odd(Odd(3)), odd(3), odd(1 << 40))
