# SPDX-License-Identifier: Apache-2.0
HOST_N = 22500
MCU_N = 6


def bench(n):
    t = 0
    for r in range(n):
        a = []
        for i in range(20):
            a.insert(i // 2, i)
        a.reverse()
        a.remove(7)
        a.extend([1, 2, 3])
        a += (4, 5)
        t += a.index(3) + a.count(2) + a.pop() + a.pop(0)
        b = a + a * 2
        t += len(b) + (19 in b) + b[-1]
        c = a.copy()
        c.clear()
        a.sort()
        t += a[0] + len(c)
        while a:
            t += a.pop()
    return t


if __name__ == "__main__":
    print(bench(HOST_N))
