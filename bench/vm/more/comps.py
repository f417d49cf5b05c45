# SPDX-License-Identifier: Apache-2.0
HOST_N = 7500
MCU_N = 8


def bench(n):
    s = 0
    for i in range(n):
        a = [x * y for x in range(4) for y in range(4) if x != y]
        d = {k: v for k, v in enumerate(a)}
        e = {v: k for k, v in d.items()}
        z = [[r[c] for r in [a[:3], a[3:6], a[6:9]]] for c in range(3)]
        s += sum(a) + len(e) + z[1][2] + min(a) + max(e)
        s += any(v > 8 for v in a) + all(v >= 0 for v in a)
        s += sum(map(lambda p, q: p * q, a, reversed(a))) + len(list(filter(None, a)))
        s += next(zip(a, reversed(a)))[1] + sorted(a, key=lambda v: -v)[0] + i
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
