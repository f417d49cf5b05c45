# SPDX-License-Identifier: Apache-2.0
"""What waits for several tasks, or for a time at most: as CPython's asyncio/tasks.py, timeouts.py and taskgroups.py."""

import _thread

from _asyncio_core import (
    CancelledError,
    Future,
    current_task,
    ensure_future,
    get_event_loop,
    get_running_loop,
    iscoroutine,
)

FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"
ALL_COMPLETED = "ALL_COMPLETED"


def _release(waiter, *args):
    if not waiter.done():
        waiter.set_result(None)


async def _cancel_and_wait(future):
    waiter = get_running_loop().create_future()

    def release(_):
        _release(waiter)

    future.add_done_callback(release)
    try:
        future.cancel()
        await waiter
    finally:
        future.remove_done_callback(release)


async def wait_for(fut, timeout):
    if timeout is None:
        return await fut
    loop = get_running_loop()
    future = ensure_future(fut, loop=loop)
    if timeout <= 0:
        if future.done():
            return future.result()
        await _cancel_and_wait(future)
        return _result_in_time(future)
    waiter = loop.create_future()

    def release(_):
        _release(waiter)

    handle = loop.call_later(timeout, _release, waiter)
    future.add_done_callback(release)
    try:
        try:
            await waiter
        except CancelledError:
            if future.done():
                return future.result()
            future.remove_done_callback(release)
            await _cancel_and_wait(future)
            raise
        if future.done():
            return future.result()
        future.remove_done_callback(release)
        await _cancel_and_wait(future)
        return _result_in_time(future)
    finally:
        handle._callback = None


def _result_in_time(future):
    try:
        return future.result()
    except CancelledError as e:
        raise TimeoutError() from e


async def to_thread(func, /, *args, **kwargs):
    """What func(*args, **kwargs) returns in a thread of its own; the other tasks go on meanwhile."""
    loop = get_running_loop()
    future = loop.create_future()

    def tell(result, error):
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def work():
        try:
            result = func(*args, **kwargs)
        except BaseException as e:
            loop.call_soon_threadsafe(tell, None, e)
        else:
            loop.call_soon_threadsafe(tell, result, None)

    _thread.start_new_thread(work, ())
    return await future


async def wait_for_ms(fut, timeout):
    """wait_for() in milliseconds, as MicroPython has it."""
    return await wait_for(fut, timeout / 1000)


async def wait(fs, *, timeout=None, return_when=ALL_COMPLETED):
    if isinstance(fs, Future) or iscoroutine(fs):
        raise TypeError(f"expect a list of futures, not {fs!r}")
    if not fs:
        raise ValueError("Set of Tasks/Futures is empty.")
    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError(f"Invalid return_when value: {return_when}")
    futures = set(fs)
    if any(iscoroutine(f) for f in futures):
        raise TypeError("Passing coroutines is forbidden, use tasks explicitly.")
    loop = get_running_loop()
    waiter = loop.create_future()
    handle = None if timeout is None else loop.call_later(timeout, _release, waiter)
    left = len(futures)

    def completed(f):
        nonlocal left
        left -= 1
        failed = return_when == FIRST_EXCEPTION and not f.cancelled() and f.exception() is not None
        if left <= 0 or return_when == FIRST_COMPLETED or failed:
            if handle is not None:
                handle._callback = None
            _release(waiter)

    for future in futures:
        future.add_done_callback(completed)
    try:
        await waiter
    finally:
        if handle is not None:
            handle._callback = None
        for future in futures:
            future.remove_done_callback(completed)
    done = {f for f in futures if f.done()}
    return done, futures - done


def as_completed(fs, *, timeout=None):
    """Coroutines, of which each gives what is done next."""
    loop = get_running_loop()
    left = [ensure_future(f, loop=loop) for f in set(fs)]
    done = []
    waiters = []
    handle = None

    def give(result):
        while waiters:
            waiter = waiters.pop(0)
            if not waiter.done():
                return waiter.set_result(result)
        done.append(result)

    def completed(future):
        if future in left:
            left.remove(future)
            give(future)
            if not left and handle is not None:
                handle._callback = None

    def late():
        for future in left:
            future.remove_done_callback(completed)
            give(None)
        left.clear()

    async def next_one():
        if done:
            future = done.pop(0)
        else:
            waiter = loop.create_future()
            waiters.append(waiter)
            future = await waiter
        if future is None:
            raise TimeoutError
        return future.result()

    count = len(left)
    for future in left:
        future.add_done_callback(completed)
    if left and timeout is not None:
        handle = loop.call_later(timeout, late)
    for _ in range(count):
        yield next_one()


class _Gathering(Future):
    def __init__(self, children, loop):
        Future.__init__(self, loop=loop)
        self._children = children
        self._asked = False

    def cancel(self, msg=None):
        if self.done():
            return False
        cancelled = False
        for child in self._children:
            if child.cancel(msg):
                cancelled = True
        if cancelled:
            self._asked = True
        return cancelled


def gather(*coros_or_futures, return_exceptions=False):
    loop = get_event_loop()
    if not coros_or_futures:
        outer = loop.create_future()
        outer.set_result([])
        return outer
    children = []
    known = {}
    finished = 0

    def completed(future):
        nonlocal finished
        finished += 1
        if outer.done():
            if not future.cancelled():
                future.exception()
            return
        if not return_exceptions:
            if future.cancelled():
                return outer.set_exception(future._cancelled_error())
            error = future.exception()
            if error is not None:
                return outer.set_exception(error)
        if finished == len(known):
            results = []
            for f in children:
                results.append(f._cancelled_error() if f.cancelled() else f.exception() or f.result())
            if outer._asked:
                outer.set_exception(future._cancelled_error() if future.cancelled() else CancelledError())
            else:
                outer.set_result(results)

    outer = None
    for argument in coros_or_futures:
        if argument not in known:
            future = ensure_future(argument, loop=loop)
            known[argument] = future
            future.add_done_callback(completed)
        children.append(known[argument])
    outer = _Gathering(children, loop)
    return outer


def shield(arg):
    inner = ensure_future(arg)
    if inner.done():
        return inner
    outer = inner.get_loop().create_future()

    def inner_done(f):
        if outer.cancelled():
            if not f.cancelled():
                f.exception()
        elif f.cancelled():
            outer.cancel()
        elif f.exception() is not None:
            outer.set_exception(f.exception())
        else:
            outer.set_result(f.result())

    def outer_done(f):
        if not inner.done():
            inner.remove_done_callback(inner_done)

    inner.add_done_callback(inner_done)
    outer.add_done_callback(outer_done)
    return outer


class Timeout:
    def __init__(self, when):
        self._when = when
        self._state = "created"
        self._handle = None
        self._task = None
        self._before = 0

    def when(self):
        return self._when

    def reschedule(self, when):
        if self._state != "active":
            raise RuntimeError(f"Cannot change state of {self._state} Timeout")
        self._when = when
        if self._handle is not None:
            self._handle._callback = None
        self._handle = None
        if when is not None:
            loop = get_running_loop()
            if when <= loop.time():
                self._handle = loop.call_soon(self._on_timeout)
            else:
                self._handle = loop.call_at(when, self._on_timeout)

    def expired(self):
        return self._state in ("expiring", "expired")

    def _on_timeout(self):
        self._task.cancel()
        self._state = "expiring"
        self._handle = None

    async def __aenter__(self):
        if self._state != "created":
            raise RuntimeError("Timeout has already been entered")
        self._task = current_task()
        if self._task is None:
            raise RuntimeError("Timeout should be used inside a task")
        self._state = "active"
        self._before = self._task.cancelling()
        self.reschedule(self._when)
        return self

    async def __aexit__(self, kind, error, traceback):
        if self._handle is not None:
            self._handle._callback = None
            self._handle = None
        if self._state == "expiring":
            self._state = "expired"
            if self._task.uncancel() <= self._before and kind is CancelledError:
                raise TimeoutError from error
        elif self._state == "active":
            self._state = "exited"


def timeout(delay):
    return Timeout(None if delay is None else get_running_loop().time() + delay)


def timeout_at(when):
    return Timeout(when)
