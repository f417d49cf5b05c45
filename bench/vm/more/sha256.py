# SPDX-License-Identifier: Apache-2.0
HOST_N = 1200
MCU_N = 1


def primes(n):
    out = []
    i = 2
    while len(out) < n:
        if all(i % p for p in out):
            out.append(i)
        i += 1
    return out


def rotr(x, n):
    return (x >> n | x << (32 - n)) & 0xFFFFFFFF


def sha(msg, k, h):
    w = []
    for i in range(0, 64, 4):
        w.append(msg[i] << 24 | msg[i + 1] << 16 | msg[i + 2] << 8 | msg[i + 3])
    for i in range(16, 64):
        x = w[i - 15]
        s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3)
        x = w[i - 2]
        s1 = rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10)
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & 0xFFFFFFFF)
    a, b, c, d, e, f, g, hh = h
    for i in range(64):
        s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)
        ch = (e & f) ^ (~e & g)
        t1 = (hh + s1 + ch + k[i] + w[i]) & 0xFFFFFFFF
        s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)
        maj = (a & b) ^ (a & c) ^ (b & c)
        t2 = (s0 + maj) & 0xFFFFFFFF
        hh = g
        g = f
        f = e
        e = (d + t1) & 0xFFFFFFFF
        d = c
        c = b
        b = a
        a = (t1 + t2) & 0xFFFFFFFF
    return [(x + y) & 0xFFFFFFFF for x, y in zip(h, [a, b, c, d, e, f, g, hh])]


def bench(n):
    k = [(p * 40503 * 65521 + 12345) & 0xFFFFFFFF for p in primes(64)]
    h = [(p * 2654435 * 997) & 0xFFFFFFFF for p in primes(8)]
    msg = bytes(i * 5 & 255 for i in range(64))
    for _ in range(n):
        h = sha(msg, k, h)
    x = 0
    for v in h:
        x ^= v
    return x


if __name__ == "__main__":
    print(bench(HOST_N))
