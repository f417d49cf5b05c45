# SPDX-License-Identifier: Apache-2.0
HOST_N = 3000000
MCU_N = 500


class Acc:
    SCALE = 3

    def __init__(self):
        self.total = 0
        self.last = 0
        self.step = 2


def bench(n):
    a = Acc()
    i = 0
    while i < n:
        a.total = a.total + a.step * a.SCALE
        a.last = i
        if a.total > 100000:
            a.total -= 100000
        i += 1
    return a.total + a.last


if __name__ == "__main__":
    print(bench(HOST_N))
