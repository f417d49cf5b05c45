# SPDX-License-Identifier: Apache-2.0
# Comprehensions, tuple packing, slicing, builtins.
HOST_N = 60000
MCU_N = 6


def bench(n):
    s = 0
    for r in range(n):
        xs = [i * r & 63 for i in range(32)]
        ys = [(x, i) for i, x in enumerate(xs) if x & 1]
        d = {i: x for x, i in ys}
        for k, v in d.items():
            s += k ^ v
        a, b, *_ = xs[4:20]
        s += a + b + sum(xs[::2]) + max(xs) + len(ys)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
