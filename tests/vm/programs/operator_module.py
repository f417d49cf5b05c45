# SPDX-License-Identifier: Apache-2.0
# operator: operators as functions, and the makers of functions.
import operator
from operator import attrgetter, itemgetter, methodcaller

for name in "add sub mul floordiv mod truediv pow and_ or_ xor lshift rshift lt le eq ne ge gt is_ is_not iadd isub imul ifloordiv imod itruediv ipow iand ior ixor ilshift irshift".split():
    print(name, getattr(operator, name)(13, 3), end=" ")
print()
for name in "not_ truth neg pos inv invert abs index".split():
    print(name, getattr(operator, name)(-5), end=" ")
print()


class Matrix:
    def __init__(self, n):
        self.n = n

    def __matmul__(self, other):
        return "matmul"

    def __index__(self):
        return self.n

    def __length_hint__(self):
        return self.n

    def shout(self, a, *, mark="!"):
        return f"{a}{mark}{self.n}"


m = Matrix(7)
m.child = Matrix(3)
print(operator.matmul(m, m), operator.index(m), operator.length_hint(m), operator.length_hint([1, 2]), operator.length_hint(5, 9))
print(operator.concat([1], [2]), operator.contains([1, 2], 2), operator.countOf([1, 2, 1], 1), operator.indexOf("abc", "c"))
x = [1, 2, 3]
operator.setitem(x, 0, 9)
operator.delitem(x, 1)
print(x, operator.getitem(x, 1), operator.getitem(x, slice(0, 1)), operator.iconcat(x, [5]), x, operator.iadd(x, [6]) is x)
print(itemgetter(1)("abc"), itemgetter(0, 2)([1, 2, 3]), itemgetter("k")({"k": 5}), itemgetter(slice(1, None))("abc"))
print(itemgetter(1), itemgetter("a", 2), attrgetter("n", "child.n"), methodcaller("shout", 1, mark="?"))
print(attrgetter("n")(m), attrgetter("child.n")(m), attrgetter("n", "child.n")(m))
print(methodcaller("shout", 1)(m), methodcaller("shout", "a", mark="?")(m), methodcaller("upper")("abc"), operator.call(max, 1, 2))
print(sorted([("b", 2), ("a", 3), ("c", 1)], key=itemgetter(1)), max([m, m.child], key=attrgetter("n")).n)
for f, args in (
    (operator.add, (1, "a")),
    (operator.indexOf, ([], 1)),
    (operator.index, (1.5,)),
    (operator.concat, (1, 2)),
    (operator.length_hint, (1, "a")),
    (attrgetter, (1,)),
    (methodcaller, (1,)),
    (itemgetter(5), ("abc",)),
    (attrgetter("nope"), (m,)),
):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)
