# SPDX-License-Identifier: Apache-2.0
"""Augmented assignment to names, attributes, subscripts, globals, cells; order of evaluation."""

log = []


def note(tag, value):
    log.append(tag)
    return value


a = [1, 2, 3]
a[note("index", 1)] += note("value", 10)
print(a, log)
d = {"k": 1}
d["k"] -= 5
d["k"] *= -2
print(d)


class C:
    n = 1

    def __init__(self):
        self.items = []
        self.total = 0


c = C()
c.n += 5
c.items += [1]
c.items += (2, 3)
c.total -= 3
c.total **= 2
print(c.n, C.n, c.items, c.total)
g = 1


def use():
    global g
    g <<= 4
    g |= 3
    local = g
    local //= 2
    local %= 7
    cell = 1

    def inner():
        nonlocal cell
        cell += local
        return cell

    return inner() + inner(), local, cell


print(use(), g)
s = "a"
s += "b"
s *= 3
print(s)
t = (1,)
u = t
t += (2,)
print(t, u)
x = y = [1]
x += [2]
x *= 2
print(x, y, x is y)
f = 5
f /= 2
print(f)
f += 1
print(f)


def param(n, m):
    n += m
    m = n
    n -= 1
    return n, m


print(param(1, 2), param("a", "b") if False else param(2.5, 1))
m = [[0] * 3 for _ in range(2)]
m[1][2] += 5
m[0][0] -= 1
print(m)
for bad in ("list", "none", "str"):
    try:
        if bad == "list":
            z = [1]
            z += 5
        elif bad == "none":
            z = None
            z += 1
        else:
            z = "s"
            z -= 1
    except TypeError:
        print("TypeError", bad)
n = 255
n ^= 0xF0
n >>= 2
n &= 0x3C
n = ~n & 0xFF
print(n)
