import asyncio


async def say(name, delay, value=None, fail=None):
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError as e:
        print(name, "cancelled", e.args)
        raise
    print(name, "slept")
    if fail is not None:
        raise fail
    return value


async def gathers():
    print(await asyncio.gather(say("a", 0.3, 1), say("b", 0.1, 2), say("c", 0.2, 3)))
    print(await asyncio.gather())
    print(await asyncio.gather(say("d", 0.1, 1), say("e", 0, fail=ValueError("v")), return_exceptions=True))
    try:
        await asyncio.gather(say("f", 0.1, fail=KeyError("k")), say("g", 0.25))
    except KeyError as e:
        print("gather", repr(e))
    g = asyncio.gather(say("h", 9), say("i", 9))
    await asyncio.sleep(0.1)
    print(g.cancel())
    try:
        await g
    except asyncio.CancelledError:
        print("gather cancelled", g.cancelled(), g.done())


async def waits():
    print(await asyncio.wait_for(say("a", 0.1, 7), 9))
    try:
        await asyncio.wait_for(say("b", 9), 0.1)
    except asyncio.TimeoutError as e:
        print("timeout", repr(e), type(e) is TimeoutError)
    try:
        await asyncio.wait_for(say("c", 9), timeout=0)
    except TimeoutError:
        print("no time")
    print(await asyncio.wait_for(say("d", 0, "x"), None))
    tasks = [asyncio.create_task(say(i, 0.1 * i, i)) for i in range(1, 4)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending), [t.result() for t in done])
    done, pending = await asyncio.wait(tasks, timeout=0.15)
    print(len(done), len(pending))
    done, pending = await asyncio.wait(tasks)
    print(len(done), len(pending), sorted(t.result() for t in done))
    for first in asyncio.as_completed([say("late", 0.3, "late"), say("soon", 0.1, "soon")]):
        print(await first)
    inner = asyncio.create_task(say("inner", 0.2, "kept"))
    try:
        await asyncio.wait_for(asyncio.shield(inner), 0.1)
    except TimeoutError:
        print("shielded", inner.cancelled(), await inner)
    try:
        await asyncio.wait([])
    except ValueError as e:
        print(e)


async def timeouts():
    try:
        async with asyncio.timeout(0.1) as t:
            await asyncio.sleep(9)
    except TimeoutError as e:
        print("timeout", repr(e), t.expired())
    async with asyncio.timeout(1) as t:
        await asyncio.sleep(0.01)
    print(t.expired())
    async with asyncio.timeout(None) as t:
        t.reschedule(asyncio.get_running_loop().time() + 5)
    print(t.expired())


async def cancels():
    async def stubborn():
        for i in range(3):
            try:
                await asyncio.sleep(9)
            except asyncio.CancelledError as e:
                print("ignored", e.args)
        return "survived"

    t = asyncio.create_task(stubborn())
    for i in range(3):
        await asyncio.sleep(0)
        print(t.cancel(f"message {i}"))
    print(await t, t.cancelling(), t.uncancel())
    t = asyncio.create_task(say("never started", 9))
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled before its start")
    print(t.cancel())

    async def nested():
        try:
            await say("in", 9)
        finally:
            await asyncio.sleep(0.01)
            print("cleaned up")

    t = asyncio.create_task(nested())
    await asyncio.sleep(0.01)
    t.cancel("why")
    try:
        await t
    except asyncio.CancelledError as e:
        print("nested", e.args)
    t = asyncio.current_task()
    t.cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        print("cancelled itself", t.uncancel())


async def tasks():
    t = asyncio.create_task(say("t", 0.01, 1), name="mine")
    print(t.get_name(), t.done(), len(asyncio.all_tasks()), t in asyncio.all_tasks(), asyncio.current_task() is t)
    t.add_done_callback(lambda f: print("callback", f.result(), f is t))
    try:
        t.result()
    except asyncio.InvalidStateError as e:
        print(e)
    await t
    print(t.result(), t.exception(), t.cancelled(), t.done())
    t.set_name("other")
    print(t.get_name(), repr(t)[:30])
    f = asyncio.get_running_loop().create_future()
    print(f.done(), repr(f))
    f.set_result(5)
    print(await f, repr(f), f.result())
    try:
        f.set_result(6)
    except asyncio.InvalidStateError:
        print("invalid")
    f = asyncio.Future()
    asyncio.get_running_loop().call_soon(f.set_exception, ZeroDivisionError("z"))
    try:
        await f
    except ZeroDivisionError as e:
        print(repr(e), repr(f))
    loop = asyncio.get_running_loop()
    loop.call_later(0.02, print, "later")
    handle = loop.call_later(0.01, print, "never")
    loop.call_soon(print, "soon", 9)
    handle.cancel()
    print(handle.cancelled())
    await asyncio.sleep(0.05)
    print(asyncio.iscoroutine(c := say("x", 0)), asyncio.isfuture(f))
    c.close()
    for wrong in (lambda: asyncio.create_task(5), lambda: asyncio.run(main)):
        try:
            wrong()
        except (TypeError, RuntimeError, ValueError) as e:
            print(type(e).__name__, e)


async def groups():
    async with asyncio.TaskGroup() as g:
        a = g.create_task(say("a", 0.1, 1))
        b = g.create_task(say("b", 0.05, 2))
    print(a.result(), b.result())
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(say("c", 0.2))
            g.create_task(say("d", 0.01, fail=ValueError("d")))
            await say("body", 9)
    except Exception as e:
        print(type(e).__name__, e, [repr(x) for x in e.exceptions])


async def main():
    for part in (gathers, waits, timeouts, cancels, tasks, groups):
        print("---", part.__name__)
        await part()
    return "over"


print(asyncio.run(main()))


# What is left when the main coroutine is over is cancelled.
async def left():
    asyncio.create_task(say("left", 9))
    await asyncio.sleep(0)


asyncio.run(left())
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(loop.run_until_complete(say("loop", 0.01, 3)), loop.is_running(), loop.is_closed())
loop.call_later(0.01, loop.stop)
loop.run_forever()
loop.close()
print(loop.is_closed())
try:
    loop.run_until_complete(asyncio.sleep(0))
except RuntimeError as e:
    print(e)
