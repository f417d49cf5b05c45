# SPDX-License-Identifier: Apache-2.0
HOST_N = 300000
MCU_N = 60


class Proxy:
    def __init__(self, target):
        self._t = target

    def __getattr__(self, name):
        return getattr(self._t, name)


class Point:
    origin = 7

    def __init__(self, x):
        self.x = x

    def get(self):
        return self.x


def bench(n):
    p = Proxy(Point(3))
    q = Point(4)
    s = 0
    for i in range(n):
        s += p.x + p.get() + p.origin
        if hasattr(q, "x") and not hasattr(q, "zz"):
            setattr(q, "x", i & 15)
        s += getattr(q, "x") + getattr(q, "nope", 1)
    return s & 0xFFFFFF


if __name__ == "__main__":
    print(bench(HOST_N))
