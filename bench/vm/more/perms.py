# SPDX-License-Identifier: Apache-2.0
HOST_N = 9
MCU_N = 4


def perms(xs):
    if len(xs) <= 1:
        yield xs
    else:
        for p in perms(xs[1:]):
            for i in range(len(p) + 1):
                yield p[:i] + xs[0:1] + p[i:]


def bench(n):
    s = 0
    for p in perms(list(range(n))):
        s = (s * 7 + p[0] * 3 + p[-1]) % 65521
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
