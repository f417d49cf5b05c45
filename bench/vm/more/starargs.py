# SPDX-License-Identifier: Apache-2.0
HOST_N = 150000
MCU_N = 60


def f(a, b, c=3, *rest, d=4, **kw):
    return a + b + c + d + len(rest) + len(kw)


def g(*args):
    return sum(args)


def h(**kw):
    return kw["x"] + kw["y"]


def bench(n):
    s = 0
    args = (1, 2, 3, 4)
    kw = {"x": 1, "y": 2}
    for i in range(n):
        s += f(i, 1) + f(i, 2, 3, 4, 5, d=1) + f(*args, **kw)
        s += g(i, 1, 2) + g(*args) + h(x=i, y=1) + h(**kw)
        s &= 0xFFFFFF
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
