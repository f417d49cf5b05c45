# SPDX-License-Identifier: Apache-2.0
HOST_N = 40000
MCU_N = 8


def bench(n):
    t = 0
    xs = [i * 37 % 101 for i in range(50)]
    for i in range(n):
        xs[i % 50] = i & 127
        t += sum(xs) + min(xs) + max(xs) + len(xs)
        t += any(x > 126 for x in xs) + all(x < 200 for x in xs)
        t += max(3, i & 7, 5) + min(i & 3, 2) + sum([1, 2, 3]) + abs(-i)
        t &= 0xFFFFFF
    return t


if __name__ == "__main__":
    print(bench(HOST_N))
