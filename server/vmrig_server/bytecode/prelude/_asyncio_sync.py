# SPDX-License-Identifier: Apache-2.0
"""Locks, events and queues between tasks: as CPython's asyncio/locks.py and queues.py; ThreadSafeFlag as MicroPython's."""

from _asyncio_core import CancelledError, _get_running_loop, get_running_loop


class _Waiters:
    """Futures of those that wait, the oldest first."""

    def __init__(self):
        self._waiters = []

    async def _wait(self):
        future = get_running_loop().create_future()
        self._waiters.append(future)
        try:
            return await future
        finally:
            self._waiters.remove(future)

    def _wake_next(self):
        for future in self._waiters:
            if not future.done():
                return future.set_result(True)


class _Held:
    async def __aenter__(self):
        await self.acquire()

    async def __aexit__(self, kind, error, traceback):
        self.release()


class Lock(_Held):
    def __init__(self):
        self._locked = False
        self._waiting = _Waiters()

    def locked(self):
        return self._locked

    async def acquire(self):
        waiting = self._waiting
        if not self._locked and all(w.cancelled() for w in waiting._waiters):
            self._locked = True
            return True
        try:
            await waiting._wait()
        except CancelledError:
            if not self._locked:
                waiting._wake_next()
            raise
        self._locked = True
        return True

    def release(self):
        if not self._locked:
            raise RuntimeError("Lock is not acquired.")
        self._locked = False
        for future in self._waiting._waiters[:1]:
            if not future.done():
                future.set_result(True)


class Event:
    def __init__(self):
        self._value = False
        self._waiting = _Waiters()

    def is_set(self):
        return self._value

    def set(self):
        if not self._value:
            self._value = True
            for future in self._waiting._waiters:
                if not future.done():
                    future.set_result(True)

    def clear(self):
        self._value = False

    async def wait(self):
        if self._value:
            return True
        await self._waiting._wait()
        return True


class Condition(_Held):
    def __init__(self, lock=None):
        self._lock = Lock() if lock is None else lock
        self._waiting = _Waiters()
        self.locked = self._lock.locked
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    async def wait(self):
        if not self.locked():
            raise RuntimeError("cannot wait on un-acquired lock")
        self.release()
        try:
            return await self._waiting._wait()
        finally:
            cancelled = None
            while True:
                try:
                    await self.acquire()
                    break
                except CancelledError as e:
                    cancelled = e
            if cancelled is not None:
                raise cancelled

    async def wait_for(self, predicate):
        result = predicate()
        while not result:
            await self.wait()
            result = predicate()
        return result

    def notify(self, n=1):
        if not self.locked():
            raise RuntimeError("cannot notify on un-acquired lock")
        for future in self._waiting._waiters:
            if n > 0 and not future.done():
                n -= 1
                future.set_result(True)

    def notify_all(self):
        self.notify(len(self._waiting._waiters))


class Semaphore(_Held):
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self._value = value
        self._waiting = _Waiters()

    def locked(self):
        return self._value == 0 or any(not w.cancelled() for w in self._waiting._waiters)

    async def acquire(self):
        if not self.locked():
            self._value -= 1
            return True
        waiting = self._waiting
        future = None
        try:
            future = get_running_loop().create_future()
            waiting._waiters.append(future)
            try:
                await future
            finally:
                waiting._waiters.remove(future)
        except CancelledError:
            if not future.cancelled():
                self._value += 1
                self._hand_on()
            raise
        if self._value > 0:
            self._hand_on()
        return True

    def release(self):
        self._value += 1
        self._hand_on()

    def _hand_on(self):
        for future in self._waiting._waiters:
            if not future.done():
                self._value -= 1
                return future.set_result(True)


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        self._bound = value
        Semaphore.__init__(self, value)

    def release(self):
        if self._value >= self._bound:
            raise ValueError("BoundedSemaphore released too many times")
        Semaphore.release(self)


class QueueEmpty(Exception):
    pass


class QueueFull(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self._maxsize = maxsize
        self._items = []
        self._getters = []
        self._putters = []
        self._unfinished = 0
        self._finished = Event()
        self._finished.set()

    @property
    def maxsize(self):
        return self._maxsize

    def _take(self):
        return self._items.pop(0)

    def _add(self, item):
        self._items.append(item)

    def _wake_next(self, waiters):
        while waiters:
            waiter = waiters.pop(0)
            if not waiter.done():
                return waiter.set_result(None)

    def qsize(self):
        return len(self._items)

    def empty(self):
        return not self._items

    def full(self):
        return 0 < self._maxsize <= len(self._items)

    async def _turn(self, waiters, blocked):
        while blocked():
            waiter = get_running_loop().create_future()
            waiters.append(waiter)
            try:
                await waiter
            except BaseException:
                waiter.cancel()
                if waiter in waiters:
                    waiters.remove(waiter)
                if not blocked() and not waiter.cancelled():
                    self._wake_next(waiters)
                raise

    async def put(self, item):
        await self._turn(self._putters, self.full)
        return self.put_nowait(item)

    def put_nowait(self, item):
        if self.full():
            raise QueueFull
        self._add(item)
        self._unfinished += 1
        self._finished.clear()
        self._wake_next(self._getters)

    async def get(self):
        await self._turn(self._getters, self.empty)
        return self.get_nowait()

    def get_nowait(self):
        if not self._items:
            raise QueueEmpty
        item = self._take()
        self._wake_next(self._putters)
        return item

    def task_done(self):
        if self._unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self._unfinished -= 1
        if not self._unfinished:
            self._finished.set()

    async def join(self):
        if self._unfinished > 0:
            await self._finished.wait()


class LifoQueue(Queue):
    def _take(self):
        return self._items.pop()


class PriorityQueue(Queue):
    """The smallest item first."""

    def _add(self, item):
        items = self._items
        at = len(items)
        while at and item < items[at - 1]:
            at -= 1
        items.insert(at, item)


class ThreadSafeFlag:
    """set() by any thread wakes the task that waits: the way from interrupts, which threads take, to tasks. One task can wait at a time."""

    def __init__(self):
        self._flag = False
        self._waiter = None

    def set(self):
        self._flag = True
        loop = _get_running_loop()
        if loop is not None:
            loop.call_soon_threadsafe(self._told)

    def _told(self):
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self):
        self._flag = False

    async def wait(self):
        """Waits until it is set, and clears it."""
        while not self._flag:
            self._waiter = get_running_loop().create_future()
            await self._waiter
        self._flag = False
