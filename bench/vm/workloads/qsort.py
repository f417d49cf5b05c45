# SPDX-License-Identifier: Apache-2.0
HOST_N = 200000
MCU_N = 150


def qsort(a, lo, hi):
    while lo < hi:
        p = a[(lo + hi) >> 1]
        i = lo
        j = hi
        while i <= j:
            while a[i] < p:
                i += 1
            while a[j] > p:
                j -= 1
            if i <= j:
                t = a[i]
                a[i] = a[j]
                a[j] = t
                i += 1
                j -= 1
        if j - lo < hi - i:
            qsort(a, lo, j)
            lo = i
        else:
            qsort(a, i, hi)
            hi = j


def bench(n):
    seed = 12345
    a = []
    for _ in range(n):
        seed = (seed * 1103 + 12721) & 0xFFFFF
        a.append(seed)
    qsort(a, 0, n - 1)
    s = 0
    for i in range(0, n, 7):
        s = (s * 3 + a[i]) & 0xFFFFFF
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
