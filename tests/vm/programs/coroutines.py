async def inner(x):
    return x * 2


async def outer():
    a = await inner(3)
    b = await inner(a)
    return a + b


def drive(c):
    while True:
        try:
            c.send(None)
        except StopIteration as e:
            return e.value


print(drive(outer()))
c = outer()
print(type(c).__name__)
print(drive(c))
try:
    c.send(None)
except RuntimeError as e:
    print(e)


class Pause:
    def __init__(self, n):
        self.n = n

    def __await__(self):
        for i in range(self.n):
            x = yield i
            print("sent", x)
        return "paused"


async def pausing():
    print(await Pause(2))
    try:
        await 3
    except TypeError as e:
        print(e)
    try:
        c = inner(1)
        for x in c:
            pass
    except TypeError as e:
        print(e)
    c.close()
    return "done"


c = pausing()
print(c.send(None), c.send("a"))
try:
    c.send("b")
except StopIteration as e:
    print(e.value)


async def gen(n):
    try:
        for i in range(n):
            await Pause(1)
            got = yield i
            if got:
                print("got", got)
    finally:
        print("gen over")


async def over():
    async for i in gen(3):
        print(i)
    else:
        print("else")
    print([i async for i in gen(2)])
    print([x * 10 async for x in gen(3) if x != 1], {k: k async for k in gen(1)})
    g = gen(5)
    print(await g.__anext__())
    print(await g.asend("hello"))
    await g.aclose()
    try:
        await g.__anext__()
    except StopAsyncIteration:
        print("stopped")
    g = gen(5)
    print(await g.__anext__())
    try:
        await g.athrow(ValueError("thrown"))
    except ValueError as e:
        print(e)
    h = (i + 1 async for i in gen(3))
    print(type(h).__name__)
    async for v in h:
        print(v)
    k = (await inner(i) for i in range(3))
    print([x async for x in k])
    print([await inner(i) for i in range(3)])


print(drive(over()))


class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow

    async def __aenter__(self):
        print("enter", self.name)
        await Pause(1)
        return self

    async def __aexit__(self, kind, e, tb):
        print("exit", self.name, kind.__name__ if kind else None, e)
        return self.swallow


async def managed():
    async with Manager("a") as a, Manager("b"):
        print(a.name)
    async with Manager("c", True):
        raise ValueError("v")
    for i in range(3):
        async with Manager(i):
            if i == 1:
                continue
            if i == 2:
                return "returned"
            print("body", i)


print(drive(managed()))


async def errors():
    try:
        async for x in 5:
            pass
    except TypeError as e:
        print(e)
    try:
        async with 5:
            pass
    except TypeError as e:
        print(e)
    class E:
        async def __aenter__(self): pass
    try:
        with E():
            pass
    except TypeError as e:
        print(e)
    async def g():
        yield 1
    try:
        await g()
    except TypeError as e:
        print(e)
    try:
        for x in g(): pass
    except TypeError as e:
        print(e)
    class W:
        def __await__(self): return 5
    try:
        await W()
    except TypeError as e:
        print(e)
    c = h()
    await c
    try:
        await c
    except RuntimeError as e:
        print(e)
    try:
        next(h2)
    except TypeError as e:
        print(e)
    async def si():
        raise StopIteration(1)
    try:
        await si()
    except RuntimeError as e:
        print(e, repr(e.__cause__))
    async def ig():
        while True:
            try:
                yield 1
            except GeneratorExit:
                pass
    i = ig()
    await i.__anext__()
    try:
        await i.aclose()
    except RuntimeError as e:
        print(e)
    i = ig()
    await i.aclose()
    print([x async for x in i])
    try:
        await i.asend(None)
    except StopAsyncIteration as e:
        print(repr(e))
    i = ig()
    try:
        await i.asend(3)
    except TypeError as e:
        print(e)
    i = ig()
    try:
        await i.athrow(ValueError, "x")
    except ValueError as e:
        print(repr(e))
    print([x async for x in i])


async def h():
    return 3


h2 = h()
drive(errors())
h2.close()


class Through:
    def __init__(self, it):
        self.it = it

    def __iter__(self):
        return self.it


async def agen():
    yield 1


for made in (h(), agen()):
    for use in (list, iter, tuple, lambda x: [*x], lambda x: [i for i in x], sum):
        try:
            use(Through(made))
        except TypeError as e:
            print(e)
    if hasattr(made, "close"):
        made.close()
