# SPDX-License-Identifier: Apache-2.0
HOST_N = 31
MCU_N = 15


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def bench(n):
    return fib(n)


if __name__ == "__main__":
    print(bench(HOST_N))
