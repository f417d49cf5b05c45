# SPDX-License-Identifier: Apache-2.0
"""Closures: cells shared, nonlocal, loops, depth, recursion through cells."""


def counter():
    n = 0

    def inc(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return inc, get


i1, g1 = counter()
i2, g2 = counter()
print(i1(), i1(5), g1(), i2(), g2(), g1())


def loop():
    fs = []
    for i in range(3):
        fs.append(lambda: i)
    gs = []
    for j in range(3):
        gs.append(lambda j=j: j)
    return [f() for f in fs], [g() for g in gs]


print(loop())


def depth(a):
    def one(b):
        def two(c):
            def three(d):
                nonlocal a
                a += 1
                return a, b, c, d

            return three

        return two

    return one


t = depth(1)(2)(3)
print(t(4), t(5))


def make(op):
    if op == "add":
        return lambda a, b: a + b
    return lambda a, b: a - b


print(make("add")(5, 3), make("sub")(5, 3))


def fib_maker():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib


print(fib_maker()(12))


def param(x):
    def show():
        return x

    x = x * 2
    return show


print(param(21)())


def late():
    def use():
        return value

    try:
        use()
    except NameError as e:
        print(type(e).__name__, e)
    value = 5
    return use()


print(late())


def deleted():
    v = 1

    def peek():
        return v

    del v
    try:
        peek()
    except NameError as e:
        return str(e)


print(deleted())


def comp():
    k = 3
    return [k * i for i in range(3)], {i: k for i in range(2)}, [(lambda: i + k)() for i in range(2)]


print(comp())
adders = [lambda x, n=n: x + n for n in range(3)]
print([a(10) for a in adders])
late_bound = [lambda: q for q in range(3)]
print([f() for f in late_bound])


def memo(fn):
    cache = {}

    def wrapper(n):
        if n not in cache:
            cache[n] = fn(n)
        return cache[n]

    return wrapper


@memo
def slow(n):
    print("computing", n)
    return n * n


print(slow(4), slow(4), slow(5))


def repeat(times):
    def deco(fn):
        def inner(*args, **kwargs):
            return [fn(*args, **kwargs) for _ in range(times)]

        return inner

    return deco


@repeat(3)
def hi(name, mark="!"):
    return name + mark


print(hi("a"), hi("b", mark="?"))


def both(a):
    def f():
        nonlocal a
        a = a + 1
        return a

    return f() + a, a


print(both(1))


def shadow(x):
    def inner():
        x = "inner"
        return x

    return inner(), x


print(shadow("outer"))


def chain(*fs):
    def run(x):
        for f in fs:
            x = f(x)
        return x

    return run


print(chain(lambda x: x + 1, lambda x: x * 2, str)(4))


def except_cell():
    try:
        raise ValueError("captured")
    except ValueError as e:
        keep = lambda: str(e)
        inside = keep()
    try:
        keep()
    except NameError:
        return inside, "unbound after"


print(except_cell())
