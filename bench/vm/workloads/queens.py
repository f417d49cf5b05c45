# SPDX-License-Identifier: Apache-2.0
HOST_N = 9
MCU_N = 5


def place(n, row, cols, d1, d2):
    if row == n:
        return 1
    found = 0
    for c in range(n):
        if not cols[c] and not d1[row + c] and not d2[row - c + n]:
            cols[c] = d1[row + c] = d2[row - c + n] = True
            found += place(n, row + 1, cols, d1, d2)
            cols[c] = d1[row + c] = d2[row - c + n] = False
    return found


def bench(n):
    r = 0
    for _ in range(40):
        r += place(n, 0, [False] * n, [False] * (2 * n), [False] * (2 * n + 1))
    return r


if __name__ == "__main__":
    print(bench(HOST_N))
