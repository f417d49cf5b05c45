# SPDX-License-Identifier: Apache-2.0
HOST_N = 1000000
MCU_N = 100


def bench(n):
    x = 2463534242
    t = 0
    for i in range(n):
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        t = (t + (x & 255)) & 0xFFFF
    return t


if __name__ == "__main__":
    print(bench(HOST_N))
