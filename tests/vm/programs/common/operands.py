# SPDX-License-Identifier: Apache-2.0
# A: has the special methods that builtin functions ask for. E: has none.


class A:
    def __init__(self, v=0):
        self.v = v

    def __repr__(self):
        return f"A({self.v})"

    def __lt__(self, o):
        return self.v < o.v

    def __abs__(self):
        return "abs"

    def __bool__(self):
        return self.v > 0

    def __len__(self):
        return self.v

    def __index__(self):
        return self.v

    def __int__(self):
        return self.v + 1

    def __float__(self):
        return self.v + 0.5

    def __round__(self, n="none"):
        return ("round", n)

    def __trunc__(self):
        return 77

    def __divmod__(self, o):
        return ("divmod", o)

    def __rdivmod__(self, o):
        return ("rdivmod", o)

    def __pow__(self, o, m=None):
        return ("pow", o, m)

    def __rpow__(self, o):
        return ("rpow", o)

    def __reversed__(self):
        return iter("rev")

    def __contains__(self, x):
        return x == 1

    def __call__(self, *a, **k):
        return (a, k)

    def __hash__(self):
        return self.v

    def __eq__(self, o):
        return isinstance(o, A) and o.v == self.v

    def __dir__(self):
        return ["b", "a"]

    def __bytes__(self):
        return b"BYTES"


class E:
    pass
