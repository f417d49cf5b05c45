# SPDX-License-Identifier: Apache-2.0
# Binary trees: allocation and collection; live set about 2^(n-1) nodes.
HOST_N = 4000
MCU_N = 2
DEPTH = 7


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right


def make(d):
    if d == 0:
        return Node(None, None)
    return Node(make(d - 1), make(d - 1))


def check(t):
    if t.left is None:
        return 1
    return 1 + check(t.left) + check(t.right)


def bench(n, depth=DEPTH):
    keep = make(depth)
    total = 0
    for _ in range(n):
        for d in range(1, depth):
            total += check(make(d))
    return total + check(keep)


if __name__ == "__main__":
    print(bench(HOST_N))
