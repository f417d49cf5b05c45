# SPDX-License-Identifier: Apache-2.0
HOST_N = 2500000
MCU_N = 300


def source(n):
    i = 0
    while i < n:
        yield i
        i += 1


def odd(it):
    for x in it:
        if x & 1:
            yield x


def scaled(it, k):
    for x in it:
        yield x * k & 0xFFFF


def bench(n):
    s = 0
    for x in scaled(odd(source(n)), 7):
        s = (s + x) & 0xFFFFFF
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
