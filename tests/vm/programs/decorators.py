# SPDX-License-Identifier: Apache-2.0
"""Decorators on functions, methods and classes."""


def trace(fn):
    def inner(*a, **k):
        print("call", fn.__name__, a, k)
        r = fn(*a, **k)
        print("return", r)
        return r

    return inner


def add(n):
    print("making add", n)

    def deco(fn):
        print("decorating with add", n)
        return lambda *a: fn(*a) + n

    return deco


@trace
def f(x, y=2):
    return x * y


print(f(3), f(3, y=5))


@add(1)
@add(10)
def g(x):
    return x


print(g(5))
registry = {}


def register(name):
    def deco(cls):
        registry[name] = cls
        cls.registered = name
        return cls

    return deco


@register("thing")
class Thing:
    def hello(self):
        return "hello from " + self.registered


print(registry["thing"]().hello(), Thing().registered)


class Service:
    calls = []

    def logged(fn):
        def inner(self, *a):
            Service.calls.append(fn.__name__)
            return fn(self, *a)

        return inner

    @logged
    def start(self):
        return "started"

    @logged
    def stop(self, why):
        return "stopped " + why

    @staticmethod
    def version():
        return 3

    @classmethod
    def create(cls, *args):
        return cls()


s = Service.create(1, 2)
print(s.start(), s.stop("now"), Service.calls, s.version(), Service.version())


def once(fn):
    done = []

    def inner():
        if not done:
            done.append(fn())
        return done[0]

    return inner


@once
def expensive():
    print("computed")
    return 42


print(expensive(), expensive())


def methods():
    table = {}

    def on(event):
        def deco(fn):
            table.setdefault(event, []).append(fn)
            return fn

        return deco

    @on("a")
    def first(x):
        return "first" + x

    @on("a")
    @on("b")
    def second(x):
        return "second" + x

    return [fn("!") for fn in table["a"]], [fn("?") for fn in table["b"]]


print(methods())
