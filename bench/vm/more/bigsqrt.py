# SPDX-License-Identifier: Apache-2.0
HOST_N = 1500
MCU_N = 60


def isqrt(n):
    x = n
    y = (x + 1) // 2
    while y < x:
        x = y
        y = (x + n // x) // 2
    return x


def bench(n):
    s = 0
    for i in range(3):
        r = isqrt((i + 2) * 10**n)
        s = (s * 31 + r % 1000003) % 1000003
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
