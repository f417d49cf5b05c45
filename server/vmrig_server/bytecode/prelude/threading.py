# SPDX-License-Identifier: Apache-2.0
"""threading, for programs of the VM: over _thread, as CPython's documentation describes it. What a program does not name is left out of it.

Beyond CPython: `Thread.priority`, from 0 to 15 (8 unless set). The highest one runs; equals take turns.
"""

import _thread
import time

__all__ = [
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Lock",
    "RLock",
    "Semaphore",
    "TIMEOUT_MAX",
    "Thread",
    "ThreadError",
    "Timer",
    "active_count",
    "current_thread",
    "enumerate",
    "get_ident",
    "main_thread",
]

Lock = _thread.allocate_lock
RLock = _thread.RLock
get_ident = _thread.get_ident
TIMEOUT_MAX = 9000000000.0
_running = {}  # number -> Thread
_named = 0


class ThreadError(RuntimeError):
    pass


class Thread:
    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        global _named
        assert group is None, "group argument must be None for now"
        if name is None:
            _named += 1
            name = f"Thread-{_named}"
            if target is not None and hasattr(target, "__name__"):
                name += f" ({target.__name__})"
        self.name = str(name)
        self.daemon = current_thread().daemon if daemon is None else daemon
        self.ident = None
        self._target = target
        self._args = args
        self._kwargs = kwargs
        self._handle = None
        self._priority = None

    def start(self):
        if self._handle is not None:
            raise RuntimeError("threads can only be started once")
        self._handle = _thread.start_joinable_thread(self._begin, (), None, self.name, self.daemon)
        if self._priority is not None:
            _thread.priority(self._priority, self._handle)

    def _begin(self):
        self.ident = _thread.get_ident()
        _running[self.ident] = self
        try:
            self.run()
        finally:
            del _running[self.ident]

    def run(self):
        if self._target is not None:
            self._target(*self._args, **(self._kwargs or {}))

    def join(self, timeout=None):
        if self._handle is None:
            if self.ident is None:
                raise RuntimeError("cannot join thread before it is started")
            raise RuntimeError("cannot join current thread")
        self._handle.join(timeout)

    def is_alive(self):
        return self._handle is not None and not self._handle.is_done()

    def __repr__(self):
        state = "initial" if self._handle is None else "started" if self.is_alive() else "stopped"
        daemon = " daemon" if self.daemon else ""
        number = "" if self.ident is None else f" {self.ident}"
        return f"<{type(self).__name__}({self.name}, {state}{daemon}{number})>"

    @property
    def priority(self):
        if self._handle is None and self.ident is None:
            return 8 if self._priority is None else self._priority
        return _thread.priority(None, self._handle)

    @priority.setter
    def priority(self, value):
        if self._handle is None and self.ident is None:
            if not 0 <= value < 16:
                raise ValueError("priority must be in range(16)")
            self._priority = value
        else:
            _thread.priority(value, self._handle)


class _Main(Thread):
    def __init__(self):
        self.name = "MainThread"
        self.daemon = False
        self.ident = 1
        self._handle = self._priority = None

    def is_alive(self):
        return True


class _Other(_Main):  # begun by _thread alone
    def __init__(self, ident):
        _Main.__init__(self)
        self.name = f"Dummy-{ident}"
        self.daemon = True
        self.ident = ident


_main = _Main()


def current_thread():
    ident = _thread.get_ident()
    if ident == 1:
        return _main
    return _running.get(ident) or _Other(ident)


def main_thread():
    return _main


def enumerate():
    return [_main, *_running.values()]


def active_count():
    return 1 + len(_running)


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self._waiters = []
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self):
        return self._lock.acquire()

    def __exit__(self, *args):
        self._lock.release()

    def wait(self, timeout=None):
        waiter = _thread.allocate_lock()
        waiter.acquire()
        self._waiters.append(waiter)
        self._lock.release()
        told = False
        try:
            told = waiter.acquire(True, -1 if timeout is None else max(timeout, 0))
            return told
        finally:
            self._lock.acquire()
            if not told and waiter in self._waiters:
                self._waiters.remove(waiter)

    def wait_for(self, predicate, timeout=None):
        end = None if timeout is None else time.monotonic_ns() + int(timeout * 1000000000)
        result = predicate()
        while not result:
            left = None
            if end is not None:
                left = (end - time.monotonic_ns()) / 1000000000
                if left <= 0:
                    break
            self.wait(left)
            result = predicate()
        return result

    def notify(self, n=1):
        for waiter in self._waiters[:n]:
            self._waiters.remove(waiter)
            waiter.release()

    def notify_all(self):
        self.notify(len(self._waiters))


class Event:
    def __init__(self):
        self._set = False
        self._condition = Condition(Lock())

    def is_set(self):
        return self._set

    def set(self):
        with self._condition:
            self._set = True
            self._condition.notify_all()

    def clear(self):
        self._set = False

    def wait(self, timeout=None):
        with self._condition:
            if not self._set:
                self._condition.wait(timeout)
            return self._set


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._value = value
        self._condition = Condition(Lock())

    def acquire(self, blocking=True, timeout=None):
        if not blocking and timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        with self._condition:
            if not blocking:
                got = self._value > 0
            else:
                got = self._condition.wait_for(lambda: self._value > 0, timeout)
            if got:
                self._value -= 1
            return got

    def release(self, n=1):
        if n < 1:
            raise ValueError("n must be one or more")
        with self._condition:
            self._value += n
            self._condition.notify(n)

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *args):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        Semaphore.__init__(self, value)
        self._initial = value

    def release(self, n=1):
        if self._value + n > self._initial:
            raise ValueError("Semaphore released too many times")
        Semaphore.release(self, n)


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = args or ()
        self.kwargs = kwargs or {}
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        if not self.finished.wait(self.interval):
            self.function(*self.args, **self.kwargs)
        self.finished.set()
