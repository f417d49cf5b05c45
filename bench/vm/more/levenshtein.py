# SPDX-License-Identifier: Apache-2.0
HOST_N = 1000
MCU_N = 2


def lev(a, b):
    prev = list(range(len(b) + 1))
    for i, ca in enumerate(a):
        cur = [i + 1]
        for j, cb in enumerate(b):
            cur.append(min(prev[j + 1] + 1, cur[j] + 1, prev[j] + (ca != cb)))
        prev = cur
    return prev[-1]


def bench(n):
    t = 0
    for i in range(n):
        t += lev("kitten sitting on the mat" + str(i), "sitting kitten at the moat")
    return t


if __name__ == "__main__":
    print(bench(HOST_N))
