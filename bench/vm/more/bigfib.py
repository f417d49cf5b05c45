# SPDX-License-Identifier: Apache-2.0
HOST_N = 20000
MCU_N = 300


def bench(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    s = str(a)
    return len(s) * 1000 + len(s)


if __name__ == "__main__":
    print(bench(HOST_N))
