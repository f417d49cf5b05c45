# SPDX-License-Identifier: Apache-2.0
HOST_N = 52500
MCU_N = 25


def f(a, b=2, *rest, c=3, **more):
    return a + b + c + sum(rest) + len(more)


def g(*args, **kw):
    return f(*args, **kw)


def bench(n):
    s = 0
    t = (1, 2, 3)
    d = {"c": 4, "x": 1}
    for i in range(n):
        s += f(i) + f(i, 1) + f(i, 1, 2, 3) + f(i, c=5) + f(1, x=1, y=2)
        s += g(i, 1, c=2) + g(*t, **d)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
