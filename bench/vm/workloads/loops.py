# SPDX-License-Identifier: Apache-2.0
HOST_N = 200
MCU_N = 14


def bench(n):
    acc = 0
    i = 0
    while i < n:
        for j in range(n):
            for k in range(n):
                acc = (acc + i * j + k) & 0xFFFFFF
                if k == j:
                    acc ^= 1
        i += 1
    return acc


if __name__ == "__main__":
    print(bench(HOST_N))
