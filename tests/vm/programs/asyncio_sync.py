import asyncio


async def locks():
    lock = asyncio.Lock()

    async def hold(name):
        async with lock:
            print(name, "has it")
            await asyncio.sleep(0.02)
        print(name, "gave it back")

    await asyncio.gather(hold("a"), hold("b"), hold("c"))
    print(lock.locked())
    await lock.acquire()
    t = asyncio.create_task(hold("d"))
    await asyncio.sleep(0)
    t.cancel()
    await asyncio.sleep(0)
    lock.release()
    print(lock.locked(), t.cancelled())
    try:
        lock.release()
    except RuntimeError as e:
        print(e)


async def events():
    event = asyncio.Event()

    async def waiting(n):
        print(n, await event.wait())

    ts = [asyncio.create_task(waiting(i)) for i in range(3)]
    await asyncio.sleep(0)
    print(event.is_set())
    event.set()
    await asyncio.gather(*ts)
    await waiting("set")
    event.clear()
    try:
        await asyncio.wait_for(event.wait(), 0.2)
    except asyncio.TimeoutError:
        print("not set")


async def conditions():
    condition = asyncio.Condition()
    stock = []

    async def consumer(n):
        async with condition:
            await condition.wait_for(lambda: stock)
            print(n, "took", stock.pop(0))

    ts = [asyncio.create_task(consumer(i)) for i in range(3)]
    await asyncio.sleep(0)
    for i in range(3):
        async with condition:
            stock.append(i)
            condition.notify()
        await asyncio.sleep(0.02)
    await asyncio.gather(*ts)
    try:
        condition.notify()
    except RuntimeError as e:
        print(e)


async def semaphores():
    s = asyncio.Semaphore(2)
    inside = 0

    async def work(n):
        nonlocal inside
        async with s:
            inside += 1
            print(n, "in", inside, s.locked())
            await asyncio.sleep(0.02 * n)
            inside -= 1

    await asyncio.gather(*[work(i) for i in range(1, 6)])
    print(s.locked())
    b = asyncio.BoundedSemaphore(1)
    try:
        b.release()
    except ValueError as e:
        print(e)


async def queues():
    q = asyncio.Queue(2)

    async def producer():
        for i in range(5):
            await q.put(i)
            print("put", i, q.qsize())

    async def consumer():
        while True:
            item = await q.get()
            print("got", item)
            await asyncio.sleep(0.02)
            q.task_done()

    c = asyncio.create_task(consumer())
    await producer()
    await q.join()
    c.cancel()
    print(q.empty(), q.full(), q.maxsize)
    try:
        q.get_nowait()
    except asyncio.QueueEmpty as e:
        print(repr(e))
    q.put_nowait(1)
    q.put_nowait(2)
    try:
        q.put_nowait(3)
    except asyncio.QueueFull as e:
        print(repr(e))
    for kind in (asyncio.LifoQueue, asyncio.PriorityQueue):
        q = kind()
        for i in (3, 1, 2):
            q.put_nowait(i)
        print([await q.get() for _ in range(3)])
    try:
        await asyncio.wait_for(q.get(), 0.02)
    except asyncio.TimeoutError:
        print("nothing came")


async def in_a_thread():
    def work(x, y=1):
        return x * y

    print(await asyncio.to_thread(work, 6, y=7))

    def fails():
        raise ValueError("in the thread")

    try:
        await asyncio.to_thread(fails)
    except ValueError as e:
        print(e)


async def streams():
    async def numbers():
        for i in range(3):
            await asyncio.sleep(0.02)
            yield i

    async def doubled(source):
        async for x in source:
            yield x * 2

    async for x in doubled(numbers()):
        print(x)
    print([x + y async for x in numbers() async for y in numbers() if x == y])
    print(await anext(numbers()), [i async for i in aiter(numbers())])


async def main():
    for part in (locks, events, conditions, semaphores, queues, in_a_thread, streams):
        print("---", part.__name__)
        await part()


asyncio.run(main())


from contextlib import aclosing, asynccontextmanager


@asynccontextmanager
async def opened(name):
    print("open", name)
    try:
        yield name.upper()
    except KeyError as e:
        print("swallowed", e)
    finally:
        await asyncio.sleep(0)
        print("close", name)


async def managed():
    async with opened("a") as a, opened("b") as b:
        print(a, b)
    async with opened("c"):
        raise KeyError("k")
    try:
        async with opened("d"):
            raise ValueError("v")
    except ValueError as e:
        print(e)

    async def numbers():
        try:
            for i in range(9):
                yield i
        finally:
            print("closed")

    async with aclosing(numbers()) as ns:
        async for n in ns:
            if n == 2:
                break
    print("over")


asyncio.run(managed())
