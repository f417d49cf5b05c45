# SPDX-License-Identifier: Apache-2.0
HOST_N = 120000
MCU_N = 60


M = 0xFFFFFFFFFFFFFFFF


def bench(n):
    x = 42
    s = 0
    for _ in range(n):
        x = (x + 0x9E3779B97F4A7C15) & M
        z = x
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        s ^= z ^ (z >> 31)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
