# SPDX-License-Identifier: Apache-2.0
"""Operands, arguments, targets and defaults are worked out in the order of the text."""

log = []


def n(x):
    log.append(x)
    return x


def flush():
    print(log)
    log.clear()


n(1) + n(2) * n(3)
flush()
[n(1), n(2)], {n(3): n(4), n(5): n(6)}, (n(7), n(8))
flush()


def f(*a, **k):
    return a, k


f(n(1), *[n(2), n(3)], n(4), k=n(5), **{"z": n(6)})
flush()
n(1) < n(2) < n(0) < n(9)
flush()
n(0) and n(1)
n(0) or n(1)
n(1) if n(2) else n(3)
flush()
d = {}
d[n("key")] = n("value")
flush()
a = [0, 0]
a[n(0)], a[n(1)] = n("x"), n("y")
flush()
print(a)


class C:
    pass


def obj():
    log.append("obj")
    return C()


obj().attr = n("v")
flush()


def defaults(a=n("d1"), *, b=n("d2")):
    return a, b


flush()
a[n(1)] += n(5) if False else "z"
flush()
x = [n(1), [n(2), n(3)][n(0)]][n(1)]
flush()
print(x)
f(n(1), k=n(2))
flush()
"%s %s" % (n(1), n(2))
f"{n(1)} {n(2):{n(3)}}"
flush()
[n(i) for i in range(n(3)) if n(i + 10)]
flush()
{n(i): n(-i) for i in range(2)}
flush()
n("a") in [n("b"), n("a")]
not n(0)
-n(1)
flush()
a[n(0) : n(1) : n(1)]
flush()
assert n(1), n("never")
flush()
i = 0
i, a[i] = 1, "set at one"
print(i, a)


class K(n(object)):
    v = n("body")


log.clear()
y = z = n(4)
flush()
(lambda p=n("default"): n("lambda"))()
flush()
