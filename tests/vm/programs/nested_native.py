# SPDX-License-Identifier: Apache-2.0
"""Native code that calls Python code that calls native code: trees that show and compare themselves, some levels deep."""


class Node:
    def __init__(self, value, *children):
        self.value = value
        self.children = list(children)

    def __repr__(self):
        return f"{self.value}{self.children!r}" if self.children else str(self.value)

    def __lt__(self, other):
        return (self.value, self.children) < (other.value, other.children)


def chain(n):
    node = Node(0)
    for i in range(1, n):
        node = Node(i, node)
    return node


print(chain(5), chain(11))
print(min(chain(4), chain(3)), sorted([chain(3), chain(2), chain(1)]))


class Wrapped:
    def __init__(self, inner):
        self.inner = inner

    def __str__(self):
        return "<" + str(self.inner) + ">"

    def __len__(self):
        return 1 + len(self.inner)

    def __hash__(self):
        return hash((self.inner, 1))

    def __eq__(self, other):
        return isinstance(other, Wrapped) and self.inner == other.inner

    def __contains__(self, item):
        return item in self.inner


def wrapped(n):
    x = "abc"
    for i in range(n):
        x = Wrapped(x)
    return x


for n in (1, 5, 15):
    x = wrapped(n)
    print(str(x), len(x), "b" in x, x == wrapped(n), {x: n}[wrapped(n)])


class Endless:
    def __repr__(self):
        return repr(self)


try:
    repr(Endless())
except RecursionError as e:
    print(str(e)[:32])


class Tired:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter([self.n])

    def __str__(self):
        return "".join(map(str, [Tired(self.n - 1)])) if self.n else "end"


print(str(Tired(6)))
