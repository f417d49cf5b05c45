# SPDX-License-Identifier: Apache-2.0
HOST_N = 1500000
MCU_N = 1000


def bench(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
        i += 1
    count = 0
    for f in flags:
        if f:
            count += 1
    return count


if __name__ == "__main__":
    print(bench(HOST_N))
