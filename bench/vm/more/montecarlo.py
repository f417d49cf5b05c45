# SPDX-License-Identifier: Apache-2.0
HOST_N = 1000000
MCU_N = 60


def bench(n):
    seed = 12345
    inside = 0
    for _ in range(n):
        seed = (seed * 75 + 74) % 65537
        x = seed / 65537
        seed = (seed * 75 + 74) % 65537
        y = seed / 65537
        if x * x + y * y <= 1.0:
            inside += 1
    return inside


if __name__ == "__main__":
    print(bench(HOST_N))
