# SPDX-License-Identifier: Apache-2.0
HOST_N = 200000
MCU_N = 40


def memo(f):
    cache = {}

    def wrapper(*args):
        if args not in cache:
            cache[args] = f(*args)
        return cache[args]

    return wrapper


def counted(f):
    def wrapper(*args, **kwargs):
        wrapper_calls[0] += 1
        return f(*args, **kwargs)

    return wrapper


wrapper_calls = [0]


@memo
def fibm(n):
    return n if n < 2 else fibm(n - 1) + fibm(n - 2)


@counted
def add(a, b=1, *, c=0):
    return a + b + c


def make_counter():
    c = 0

    def inc(k=1):
        nonlocal c
        c += k
        return c

    return inc


def bench(n):
    s = 0
    inc = make_counter()
    for i in range(n):
        s += fibm(i % 20) + add(i, c=2) + add(i, b=3)
        s = (s + inc() + inc(2)) & 0xFFFFFF
    wrapper_calls[0] = 0
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
