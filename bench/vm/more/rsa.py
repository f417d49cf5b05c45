# SPDX-License-Identifier: Apache-2.0
HOST_N = 1440
MCU_N = 1


def modpow(b, e, m):
    r = 1
    b %= m
    while e:
        if e & 1:
            r = r * b % m
        b = b * b % m
        e >>= 1
    return r


def bench(n):
    p = 2**127 - 1
    q = 2**89 - 1
    m = p * q
    e = 65537
    d = 2753
    s = 0
    for i in range(n):
        c = modpow(i + 123456789, e, m)
        s ^= c & 0xFFFFFF
        s ^= modpow(c, d * 12345678901234567, m) & 0xFFFFFF
        s ^= pow(c, d * 12345678901234567, m) & 0xFFFF
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
