# SPDX-License-Identifier: Apache-2.0
# Context managers: what enters, leaves, fails and is swallowed, in what order.
from common.cases import t


class CM:
    def __init__(self, name, swallow=False, fail_enter=False, fail_exit=False):
        self.name, self.swallow, self.fe, self.fx = name, swallow, fail_enter, fail_exit

    def __enter__(self):
        print("enter", self.name)
        if self.fe:
            raise ValueError("enter " + self.name)
        return self

    def __exit__(self, t, v, tb):
        print("exit", self.name, t and t.__name__, repr(v), tb is not None)
        if self.fx:
            raise KeyError("exit " + self.name)
        return self.swallow


def w1():
    with CM("a") as a, CM("b", True):
        print(a.name)
        raise ValueError("x")
    return "done"


def w2():
    with CM("a", fail_exit=True), CM("b"):
        raise ValueError("x")


def w3():
    with CM("a"), CM("b", fail_enter=True):
        print("no")


def w4():
    for i in range(3):
        with CM(str(i)):
            if i == 0:
                continue
            if i == 1:
                break
    with CM("r"):
        return "returned"


def w5():
    with CM("a", swallow=1):
        raise KeyError
    with CM("z", swallow=True):
        return 5


def w6():
    with 5:
        pass


def w7():
    with (CM("p") as p, CM("q") as q):
        print(p.name + q.name)
    with CM("x") as [a, b]:
        pass


class NoExit:
    def __enter__(self):
        return 1


def w8():
    with NoExit():
        pass


def w9():
    with CM("m") as d["k"]:
        print(d["k"].name)


d = {}
for w in (w1, w2, w3, w4, w5, w6, w7, w8, w9):
    t(w)
