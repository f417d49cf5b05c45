# SPDX-License-Identifier: Apache-2.0
HOST_N = 22500
MCU_N = 8


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


class Fraction:
    def __init__(self, p, q=1):
        g = gcd(p, q)
        self.p = p // g
        self.q = q // g

    def __add__(self, o):
        return Fraction(self.p * o.q + o.p * self.q, self.q * o.q)

    def __sub__(self, o):
        return Fraction(self.p * o.q - o.p * self.q, self.q * o.q)

    def __mul__(self, o):
        return Fraction(self.p * o.p, self.q * o.q)

    def __eq__(self, o):
        return self.p == o.p and self.q == o.q

    def __lt__(self, o):
        return self.p * o.q < o.p * self.q

    def __repr__(self):
        return "%d/%d" % (self.p, self.q)


def bench(n):
    s = 0
    for i in range(n):
        a = Fraction(1, i + 2)
        b = Fraction(i + 1, 3)
        c = a + b * a - b
        d = c * c
        if c < d or a == b:
            s += len(repr(d))
        s += d.p % 97 + d.q % 89
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
