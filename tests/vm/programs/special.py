# SPDX-License-Identifier: Apache-2.0
"""Special methods: operators, containers, calls, iteration, truth, comparison, hashing."""


class V:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"V({self.x}, {self.y})"

    def __add__(self, o):
        if not isinstance(o, V):
            return NotImplemented
        return V(self.x + o.x, self.y + o.y)

    def __sub__(self, o):
        return V(self.x - o.x, self.y - o.y)

    def __mul__(self, k):
        return V(self.x * k, self.y * k)

    def __rmul__(self, k):
        return self * k

    def __neg__(self):
        return V(-self.x, -self.y)

    def __abs__(self):
        return abs(self.x) + abs(self.y)

    def __eq__(self, o):
        return isinstance(o, V) and (self.x, self.y) == (o.x, o.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __bool__(self):
        return bool(self.x or self.y)

    def __iadd__(self, o):
        self.x += o.x
        self.y += o.y
        return self


a, b = V(1, 2), V(3, 4)
print(a + b, a - b, a * 3, 3 * a, -a, abs(V(-3, 4)), a == V(1, 2), a != b, a == 5, a != 5, bool(V(0, 0)), not a)
alias = a
a += b
print(a, alias is a, a in [V(4, 6)], {V(1, 1): "k"}[V(1, 1)], V(4, 6) in {a})
try:
    a + 1
except TypeError as e:
    print(e)


class Bag:
    def __init__(self):
        self.log = []

    def __isub__(self, o):
        self.log.append(("isub", o))
        return self

    def __ior__(self, o):
        self.log.append(("ior", o))
        return self

    def __imul__(self, o):
        return "replaced " + str(o)


bag = Bag()
same = bag
bag -= 1
bag |= "x"
print(bag is same, bag.log)
bag *= 300
print(bag)


class Box:
    def __init__(self, *items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, v):
        self.items[i] = v

    def __delitem__(self, i):
        del self.items[i]

    def __contains__(self, v):
        return v in self.items

    def __iter__(self):
        return iter(self.items)

    def __call__(self, *args, **kw):
        return ("called", args, sorted(kw))

    def __str__(self):
        return "Box:" + ",".join(map(str, self.items))


x = Box(1, 2, 3)
x[0] = 10
x[1] += 5
del x[2]
print(len(x), x[0], x[-1], x[0:2], 7 in x, 99 in x, list(x), str(x), x(1, k=2), bool(Box()), bool(x))
for v in x:
    print(v, end=" ")
print([v * 2 for v in x], sum(x), max(x), sorted(x), tuple(x), *x)


class Count:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i >= self.n:
            raise StopIteration
        self.i += 1
        return self.i


print(list(Count(3)), [i * j for i in Count(2) for j in Count(3)], sum(Count(4)), list(zip(Count(2), "ab")))
p, q, r = Count(3)
print(p, q, r, next(iter(Count(1))), max(Count(5)), 3 in Count(3))


class Seq:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i


print([v for v in Seq()], list(Seq()), 9 in Seq())


class Ord:
    def __init__(self, k):
        self.k = k

    def __lt__(self, o):
        return self.k < o.k

    def __repr__(self):
        return "O" + str(self.k)


print(sorted([Ord(3), Ord(1), Ord(2)]), min(Ord(5), Ord(4)), Ord(1) < Ord(2), Ord(2) > Ord(1))
if not Ord(2) < Ord(1):
    print("not less")
try:
    print(Ord(1) <= Ord(2))
except TypeError as e:
    print(e)


class Full:
    def __init__(self, v):
        self.v = v

    def __le__(self, o):
        return self.v <= o.v

    def __ge__(self, o):
        return self.v >= o.v

    def __gt__(self, o):
        return self.v > o.v

    def __floordiv__(self, o):
        return "floordiv"

    def __truediv__(self, o):
        return "truediv"

    def __mod__(self, o):
        return "mod"

    def __pow__(self, o):
        return "pow"

    def __and__(self, o):
        return "and"

    def __or__(self, o):
        return "or"

    def __xor__(self, o):
        return "xor"

    def __lshift__(self, o):
        return "lshift"

    def __rshift__(self, o):
        return "rshift"

    def __invert__(self):
        return "invert"

    def __pos__(self):
        return "pos"

    def __radd__(self, o):
        return "radd"

    def __rsub__(self, o):
        return "rsub"

    def __int__(self):
        return 77

    def __float__(self):
        return 7.5

    def __index__(self):
        return 2


f, g = Full(1), Full(2)
print(f <= g, f >= g, f > g, f // 1, f / 1, f % 1, f**1, f & 1, f | 1, f ^ 1, f << 1, f >> 1, ~f, +f, 1 + f, 1 - f)
print(int(f), float(f), [10, 20, 30][f], "abc"[f], [1, 2, 3, 4][:f])


class Ctx:
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, t, v, tb):
        print("exit", t and t.__name__, v)
        return False


with Ctx() as c:
    print(type(c).__name__)


class Dyn:
    def __getattr__(self, name):
        if name == "boom":
            raise AttributeError("no boom")
        return "dyn_" + name


print(Dyn().abc, hasattr(Dyn(), "boom"), getattr(Dyn(), "boom", "dflt"))


class OnlyRepr:
    def __repr__(self):
        return "only-repr"


print(OnlyRepr(), str(OnlyRepr()), [OnlyRepr()], {"k": OnlyRepr()}, f"{OnlyRepr()}")
