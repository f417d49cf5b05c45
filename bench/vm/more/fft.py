# SPDX-License-Identifier: Apache-2.0
HOST_N = 8
MCU_N = 4


import math


def fft(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        half = size // 2
        ang = -2 * math.pi / size
        for i in range(0, n, size):
            for k in range(half):
                wr = math.cos(ang * k)
                wi = math.sin(ang * k)
                a = i + k
                b = a + half
                tr = re[b] * wr - im[b] * wi
                ti = re[b] * wi + im[b] * wr
                re[b] = re[a] - tr
                im[b] = im[a] - ti
                re[a] += tr
                im[a] += ti
        size *= 2


def bench(n):
    m = 1 << n
    s = 0
    for r in range(60 if n > 5 else 1):
        re = [float(i * 7 % 16) for i in range(m)]
        im = [0.0] * m
        fft(re, im)
        s += int(re[1] * re[1] + im[1] * im[1]) >> 6
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
