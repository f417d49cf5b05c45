# SPDX-License-Identifier: Apache-2.0
HOST_N = 200000
MCU_N = 15


import math


def bench(n):
    s = 0.0
    for i in range(1, n + 1):
        x = i * 0.01
        s += math.sin(x) * math.cos(x) + math.sqrt(x) + math.exp(-x) + math.atan2(x, 2.0)
        s += math.floor(x) + math.log(x) + abs(-x) + math.fabs(x)
    return int(s) // 100


if __name__ == "__main__":
    print(bench(HOST_N))
