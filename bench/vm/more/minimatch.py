# SPDX-License-Identifier: Apache-2.0
HOST_N = 2250
MCU_N = 4


def match_here(p, t):
    if not p:
        return True
    if len(p) > 1 and p[1] == "*":
        return match_star(p[0], p[2:], t)
    if p == "$":
        return not t
    if t and (p[0] == "." or p[0] == t[0]):
        return match_here(p[1:], t[1:])
    return False


def match_star(c, p, t):
    i = 0
    while True:
        if match_here(p, t[i:]):
            return True
        if i >= len(t) or (t[i] != c and c != "."):
            return False
        i += 1


def match(p, t):
    if p and p[0] == "^":
        return match_here(p[1:], t)
    for i in range(len(t) + 1):
        if match_here(p, t[i:]):
            return True
    return False


def bench(n):
    s = 0
    for i in range(n):
        t = "sensor%d=ok" % i
        for p in ("^sen", "o.=", "r1*=", "k$", "x.*y", "^.*ok$"):
            s += match(p, t)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
