# SPDX-License-Identifier: Apache-2.0
HOST_N = 450000
MCU_N = 50


def averager():
    total = 0
    count = 0
    result = 0
    while True:
        v = yield result
        if v is None:
            total = count = 0
            continue
        total += v
        count += 1
        result = total // count


def accumulate(target):
    while True:
        v = yield
        target.append(v * 2)


def bench(n):
    out = []
    a = averager()
    next(a)
    b = accumulate(out)
    next(b)
    for i in range(n):
        b.send(a.send(i % 50))
        if i % 16 == 15:
            a.send(None)
    return sum(out)


if __name__ == "__main__":
    print(bench(HOST_N))
