# SPDX-License-Identifier: Apache-2.0
HOST_N = 1800
MCU_N = 15


def bench(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    out = 0
    cs = 0
    while out < n:
        if 4 * q + r - t < m * t:
            cs = (cs * 31 + m) & 0xFFFFF
            out += 1
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = (q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2)
    return cs


if __name__ == "__main__":
    print(bench(HOST_N))
