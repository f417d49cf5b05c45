# SPDX-License-Identifier: Apache-2.0
HOST_N = 1500000
MCU_N = 300


def counter(step):
    value = 0

    def bump(x):
        nonlocal value
        value = (value + x * step) & 0xFFFFF
        return value

    return bump


def compose(f, g):
    return lambda x: g(f(x))


def bench(n):
    c1 = counter(3)
    c2 = counter(5)
    h = compose(c1, c2)
    r = 0
    for i in range(n):
        r = h(i & 255)
    return r


if __name__ == "__main__":
    print(bench(HOST_N))
