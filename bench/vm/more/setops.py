# SPDX-License-Identifier: Apache-2.0
HOST_N = 9000
MCU_N = 4


def bench(n):
    s = 0
    for i in range(n):
        a = {x * 3 % 41 for x in range(24)}
        b = set(range(i % 7, 40, 3))
        c = (a & b) | (a - b)
        d = a ^ b
        s += len(c) + len(d) + len(a.union(b)) + (1 if a & b <= a else 0)
        for x in range(12):
            if x in a:
                a.remove(x)
            else:
                a.add(x + 50)
        a.discard(99)
        s += sum(a)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
