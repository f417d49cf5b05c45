# SPDX-License-Identifier: Apache-2.0
"""The event loop, futures and tasks of asyncio. The order in which callbacks run is that of CPython's asyncio/base_events.py, futures.py and tasks.py.

The loop runs in the thread that calls run(). With nothing to do it sleeps until its next timer, and other threads run; call_soon_threadsafe()
and ThreadSafeFlag.set() of those wake it. Times are microseconds inside.
"""

import _thread
import time

_loop = None  # of this program: the one that runs, or was set
_running = False
_named = 0


_alarm = None  # a lock that other threads release to end the loop's wait


def _listen():
    global _alarm
    _alarm = _thread.allocate_lock()
    _alarm.acquire()


call_soon_threadsafe = _listen()  # in programs that name it; others need no lock


class CancelledError(BaseException):
    pass


class InvalidStateError(Exception):
    pass


def _now():
    return time.monotonic_ns() // 1000


class Handle:
    """A callback that is to run soon."""

    def __init__(self, callback, args):
        self._callback = callback
        self._args = args

    def cancel(self):
        self._callback = None

    def cancelled(self):
        return self._callback is None


class TimerHandle(Handle):
    def __init__(self, when, callback, args):
        Handle.__init__(self, callback, args)
        self._when = when

    def when(self):
        return self._when / 1000000


class EventLoop:
    def __init__(self):
        self._ready = []
        self._timers = []  # by time
        self._tasks = {}  # those that are not done, in the order of their making
        self._failed = []  # what nobody has asked for yet: (when that is told, task)
        self._current = None
        self._stopping = False
        self._closed = False
        self._handler = None

    # --- callbacks
    def call_soon(self, callback, *args, context=None):
        handle = Handle(callback, args)
        self._ready.append(handle)
        return handle

    def call_soon_threadsafe(self, callback, *args, context=None):
        handle = self.call_soon(callback, *args)
        try:
            _alarm.release()
        except RuntimeError:
            pass  # the loop is awake
        return handle

    def call_later(self, delay, callback, *args, context=None):
        return self._call_at(_now() + int(delay * 1000000), callback, args)

    def call_at(self, when, callback, *args, context=None):
        return self._call_at(int(when * 1000000), callback, args)

    def _call_at(self, when, callback, args):
        handle = TimerHandle(when, callback, args)
        timers = self._timers
        at = len(timers)
        while at and timers[at - 1]._when > when:
            at -= 1
        timers.insert(at, handle)
        return handle

    def time(self):
        return _now() / 1000000

    # --- futures and tasks
    def create_future(self):
        return Future(loop=self)

    def create_task(self, coro, *, name=None, context=None):
        return Task(coro, loop=self, name=name)

    # --- running
    def is_running(self):
        return _running and _loop is self

    def is_closed(self):
        return self._closed

    def close(self):
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True

    def stop(self):
        self._stopping = True

    def run_forever(self):
        global _loop, _running
        if self._closed:
            raise RuntimeError("Event loop is closed")
        if self.is_running():
            raise RuntimeError("This event loop is already running")
        if _running:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        before = _loop
        _loop = self
        _running = True
        try:
            while True:
                self._turn()
                if self._stopping:
                    break
        finally:
            self._stopping = False
            _running = False
            _loop = before

    def run_until_complete(self, future):
        if self._closed:
            raise RuntimeError("Event loop is closed")
        future = ensure_future(future, loop=self)
        future.add_done_callback(_stop_loop)
        try:
            self.run_forever()
        finally:
            future.remove_done_callback(_stop_loop)
        if not future.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return future.result()

    def _turn(self):
        """One round: what is due, in order; before that a wait when nothing is."""
        ready = self._ready
        timers = self._timers
        while timers and timers[0]._callback is None:
            timers.pop(0)
        if not ready and not self._stopping:
            self._wait(timers)
        if timers:
            now = _now()
            while timers and timers[0]._when <= now:
                handle = timers.pop(0)
                if handle._callback is not None:
                    ready.append(handle)
        for _ in range(len(ready)):
            handle = ready.pop(0)
            callback = handle._callback
            if callback is not None:
                try:
                    callback(*handle._args)
                except (KeyboardInterrupt, SystemExit):
                    raise
                except BaseException as e:
                    self.call_exception_handler({"message": "Exception in callback", "exception": e, "handle": handle})

    def _wait(self, timers):
        if self._failed:
            self._tell(False)
        until = timers[0]._when if timers else None
        if self._failed and (until is None or self._failed[0][0] < until):
            until = self._failed[0][0]
        if _alarm is not None:
            _alarm.acquire(True, -1 if until is None else max(until - _now(), 0) / 1000000)
        elif until is not None:
            time.sleep_us(until - _now())
        else:
            raise RuntimeError("deadlock: nothing can end this wait")

    def _tell(self, all_of_them):
        """Of tasks that failed, and that nobody asked about for two seconds."""
        now = _now()
        left = []
        for due, task in self._failed:
            if not task._untold:
                continue
            if not all_of_them and due > now:
                left.append((due, task))
            else:
                task._untold = False
                message = f"{'Task' if isinstance(task, Task) else 'Future'} exception was never retrieved"
                self.call_exception_handler({"message": message, "exception": task._exception, "future": task})
        self._failed = left

    # --- errors that no task takes
    def call_exception_handler(self, context):
        if self._handler is not None:
            return self._handler(self, context)
        self.default_exception_handler(context)

    def default_exception_handler(self, context):
        print(context["message"])
        if "future" in context:
            print("future:", context["future"])
        error = context.get("exception")
        if error is not None:
            _print_trace(error, context.get("future"))

    def set_exception_handler(self, handler):
        self._handler = handler

    def get_exception_handler(self):
        return self._handler

    def get_debug(self):
        return False

    def set_debug(self, enabled):
        pass


AbstractEventLoop = EventLoop


def _print_trace(error, future):
    """A thread that dies tells of it with all frames: on a board nothing else knows them."""

    def die():
        raise error

    name = future.get_name() if isinstance(future, Task) else "asyncio"
    _thread.start_joinable_thread(die, (), None, name, True).join()


def _stop_loop(future):
    if not future._state == "CANCELLED" and isinstance(future._exception, (KeyboardInterrupt, SystemExit)):
        return  # run_forever() is being left by it
    future._loop.stop()


class Future:
    def __init__(self, *, loop=None):
        self._loop = get_event_loop() if loop is None else loop
        self._state = "PENDING"
        self._result = None
        self._exception = None
        self._callbacks = []
        self._blocking = False  # it was awaited, and the task that does has not seen it yet
        self._message = None
        self._untold = False  # an exception that nobody has asked for

    def get_loop(self):
        return self._loop

    def done(self):
        return self._state != "PENDING"

    def cancelled(self):
        return self._state == "CANCELLED"

    def result(self):
        if self._state == "CANCELLED":
            raise self._cancelled_error()
        if self._state == "PENDING":
            raise InvalidStateError("Result is not set.")
        self._untold = False
        if self._exception is not None:
            raise self._exception
        return self._result

    def exception(self):
        if self._state == "CANCELLED":
            raise self._cancelled_error()
        if self._state == "PENDING":
            raise InvalidStateError("Exception is not set.")
        self._untold = False
        return self._exception

    def add_done_callback(self, fn, *, context=None):
        if self._state != "PENDING":
            self._loop.call_soon(fn, self)
        else:
            self._callbacks.append(fn)

    def remove_done_callback(self, fn):
        left = [f for f in self._callbacks if f != fn]
        removed = len(self._callbacks) - len(left)
        self._callbacks = left
        return removed

    def set_result(self, result):
        self._check()
        self._result = result
        self._finish("FINISHED")

    def set_exception(self, exception):
        self._check()
        if isinstance(exception, type):
            exception = exception()
        if type(exception) is StopIteration:
            raise TypeError("StopIteration interacts badly with generators and cannot be raised into a Future")
        self._exception = exception
        self._untold = True
        self._loop._failed.append((_now() + 2000000, self))
        if len(self._loop._failed) > 15:
            self._loop._tell(False)
        self._finish("FINISHED")

    def _check(self):
        if self._state != "PENDING":
            raise InvalidStateError(f"{self._state}: {self!r}")

    def cancel(self, msg=None):
        self._untold = False
        if self._state != "PENDING":
            return False
        self._message = msg
        self._finish("CANCELLED")
        return True

    def _cancelled_error(self):
        """The error that the coroutine let out, once: its traceback tells where; then new ones."""
        error = self._exception
        self._exception = None
        if error is not None:
            return error
        return CancelledError() if self._message is None else CancelledError(self._message)

    def _finish(self, state):
        self._state = state
        callbacks = self._callbacks
        self._callbacks = []
        for callback in callbacks:
            self._loop.call_soon(callback, self)

    def __await__(self):
        if self._state == "PENDING":
            self._blocking = True
            yield self
            if self._state == "PENDING":
                raise RuntimeError("await wasn't used with future")
        return self.result()

    def __repr__(self):
        return f"<Future {self._describe()}>"

    def _describe(self):
        if self._state != "FINISHED":
            return self._state.lower()
        if self._exception is not None:
            return f"finished exception={self._exception!r}"
        return f"finished result={self._result!r}"


class Task(Future):
    def __init__(self, coro, *, loop=None, name=None, context=None):
        global _named
        if not iscoroutine(coro):
            raise TypeError(f"a coroutine was expected, got {coro!r}")
        Future.__init__(self, loop=loop)
        if name is None:
            _named += 1
            name = f"Task-{_named}"
        self._name = str(name)
        self._coro = coro
        self._waiter = None  # the future that it waits for
        self._must_cancel = False
        self._requests = 0
        self._loop.call_soon(self._step)
        self._loop._tasks[self] = None

    def get_coro(self):
        return self._coro

    def get_name(self):
        return self._name

    def set_name(self, value):
        self._name = str(value)

    def cancel(self, msg=None):
        self._untold = False
        if self._state != "PENDING":
            return False
        self._requests += 1
        if self._waiter is not None and self._waiter.cancel(msg):
            return True
        self._must_cancel = True
        self._message = msg
        return True

    def cancelling(self):
        return self._requests

    def uncancel(self):
        if self._requests:
            self._requests -= 1
        return self._requests

    def _step(self, error=None):
        loop = self._loop
        if self._must_cancel:
            if not isinstance(error, CancelledError):
                error = self._cancelled_error()
            self._must_cancel = False
        self._waiter = None
        before = loop._current
        loop._current = self
        try:
            awaited = self._coro.send(None) if error is None else self._coro.throw(error)
        except StopIteration as e:
            if self._must_cancel:
                self._must_cancel = False
                Future.cancel(self, self._message)
            else:
                Future.set_result(self, e.value)
        except CancelledError as e:
            Future.cancel(self)
            self._exception = e
        except BaseException as e:
            Future.set_exception(self, e)
            if isinstance(e, (KeyboardInterrupt, SystemExit)):
                raise
        else:
            if awaited is None:
                loop.call_soon(self._step)
            elif not isinstance(awaited, Future):
                loop.call_soon(self._step, RuntimeError(f"Task got bad yield: {awaited!r}"))
            elif not awaited._blocking:
                message = f"yield was used instead of yield from in task {self!r} with {awaited!r}"
                loop.call_soon(self._step, RuntimeError(message))
            elif awaited is self:
                loop.call_soon(self._step, RuntimeError(f"Task cannot await on itself: {self!r}"))
            else:
                awaited._blocking = False
                awaited.add_done_callback(self._wakeup)
                self._waiter = awaited
                if self._must_cancel and awaited.cancel(self._message):
                    self._must_cancel = False
        finally:
            loop._current = before

    def _wakeup(self, future):
        try:
            future.result()
        except BaseException as e:
            self._step(e)
        else:
            self._step()

    def _finish(self, state):
        self._loop._tasks.pop(self, None)
        Future._finish(self, state)

    def __repr__(self):
        state, _, rest = self._describe().partition(" ")
        return f"<Task {state} name={self._name!r} coro={self._coro!r}{' ' + rest if rest else ''}>"


# --- who runs
def get_running_loop():
    if not _running:
        raise RuntimeError("no running event loop")
    return _loop


def _get_running_loop():
    return _loop if _running else None


def get_event_loop():
    global _loop
    if _loop is None:
        _loop = EventLoop()
    return _loop


def new_event_loop():
    return EventLoop()


def set_event_loop(loop):
    global _loop
    _loop = loop


def current_task(loop=None):
    return (get_running_loop() if loop is None else loop)._current


def all_tasks(loop=None):
    return set((get_running_loop() if loop is None else loop)._tasks)


def iscoroutine(value):
    return type(value) is _Coroutine


def isfuture(value):
    return isinstance(value, Future)


async def _awaiting(awaitable):
    return await awaitable


_Coroutine = type(_awaiting(None))


def ensure_future(value, *, loop=None):
    if isinstance(value, Future):
        if loop is not None and loop is not value._loop:
            raise ValueError("The future belongs to a different loop than the one specified as the loop argument")
        return value
    if not iscoroutine(value):
        value = _awaiting(value)
    return (get_event_loop() if loop is None else loop).create_task(value)


def create_task(coro, *, name=None, context=None):
    return get_running_loop().create_task(coro, name=name)


def run(main, *, debug=None):
    if _running:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    if not iscoroutine(main):
        raise ValueError(f"a coroutine was expected, got {main!r}")
    loop = EventLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        _cancel_all(loop)
        set_event_loop(None)
        loop.close()


def _cancel_all(loop):
    left = list(loop._tasks)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(_all_done(left))
    for task in left:
        if not task.cancelled() and task._exception is not None:
            task._untold = False
            message = "unhandled exception during asyncio.run() shutdown"
            loop.call_exception_handler({"message": message, "exception": task._exception, "future": task})
    loop._tell(True)


async def _all_done(tasks):
    for task in tasks:
        if not task.done():
            waiter = Future()
            task.add_done_callback(lambda _: waiter.set_result(None))
            await waiter


# --- time
class _Pause:
    def __await__(self):
        yield


_pause = _Pause()


def _set_unless_cancelled(future, result):
    if future._state == "PENDING":
        future.set_result(result)


async def _sleep(us, result):
    if us <= 0:
        await _pause
        return result
    loop = get_running_loop()
    future = loop.create_future()
    handle = loop._call_at(_now() + us, _set_unless_cancelled, (future, result))
    try:
        return await future
    finally:
        handle._callback = None


def sleep(delay, result=None):
    """Lets the other tasks run for `delay` seconds."""
    return _sleep(int(delay * 1000000), result)


def sleep_ms(delay):
    """The same in milliseconds, as MicroPython has it."""
    return _sleep(delay * 1000, None)
