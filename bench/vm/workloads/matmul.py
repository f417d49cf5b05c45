# SPDX-License-Identifier: Apache-2.0
HOST_N = 150
MCU_N = 8


def matrix(n, k):
    m = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append((i * k + j) % 17 * 0.5)
        m.append(row)
    return m


def bench(n):
    a = matrix(n, 3)
    b = matrix(n, 5)
    trace = 0.0
    for i in range(n):
        ai = a[i]
        for j in range(n):
            s = 0.0
            for k in range(n):
                s += ai[k] * b[k][j]
            if i == j:
                trace += s
    return int(trace)


if __name__ == "__main__":
    print(bench(HOST_N))
