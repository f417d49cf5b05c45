# SPDX-License-Identifier: Apache-2.0
HOST_N = 3400
MCU_N = 2


def fnv(data):
    h = 0xCBF29CE484222325
    for b in data:
        h ^= b
        h = (h * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def bench(n):
    s = 0
    for i in range(n):
        s ^= fnv(b"hello world %d" % i * 8)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
