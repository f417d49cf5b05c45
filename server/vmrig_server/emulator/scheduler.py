# SPDX-License-Identifier: Apache-2.0
"""A few threads that run many boards, each in slices, each when it is due. A board that waits costs nothing."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import Protocol

NEVER = float("inf")


class Runnable(Protocol):
    """What a scheduler runs."""

    def run_slice(self) -> float:
        """Runs for a few milliseconds at most. Returns when to be called again, in seconds of time.monotonic(); `NEVER`: after the next wake()."""
        ...


class _Entry:
    """State of one runnable; guarded by the scheduler's condition."""

    __slots__ = ("due", "removed", "runnable", "running")

    def __init__(self, runnable: Runnable) -> None:
        self.runnable = runnable
        self.due = NEVER
        self.running = False
        self.removed = False


class Handle:
    """A runnable's place in a scheduler."""

    def __init__(self, scheduler: Scheduler, entry: _Entry) -> None:
        self._scheduler = scheduler
        self._entry = entry

    def wake(self, due: float = 0.0) -> None:
        """Asks for a slice at `due` (time.monotonic() seconds; 0: now) unless one is due sooner. Any thread may call this."""
        self._scheduler._wake(self._entry, due)

    def remove(self) -> None:
        """No further slice is begun; one that runs ends by itself, and this waits for it."""
        self._scheduler._remove(self._entry)


class Scheduler:
    """Runs slices on `threads` threads, in the order in which they became due: who is always due takes turns with everybody else."""

    def __init__(self, threads: int) -> None:
        self._condition = threading.Condition()
        self._heap: list[tuple[float, int, _Entry]] = []
        self._counter = itertools.count()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._loop, name=f"board-run-{n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, runnable: Runnable) -> Handle:
        """The runnable waits until it is woken."""
        return Handle(self, _Entry(runnable))

    def close(self) -> None:
        """Ends the threads after the slices that run now."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        for thread in self._threads:
            thread.join()

    def _wake(self, entry: _Entry, due: float) -> None:
        with self._condition:
            due = max(due, time.monotonic())
            if entry.removed or due >= entry.due:
                return
            entry.due = due
            if entry.running:
                return  # the thread that runs it sees the new due time when its slice ends
            first = not self._heap or due < self._heap[0][0]
            heapq.heappush(self._heap, (due, next(self._counter), entry))
            if first:
                self._condition.notify()

    def _remove(self, entry: _Entry) -> None:
        with self._condition:
            entry.removed = True
            entry.due = NEVER
            while entry.running:
                self._condition.wait()

    def _next(self) -> _Entry | None:
        """The entry to run now; waits for it. None: closed. Called with the condition held."""
        while not self._closed:
            while self._heap and (self._heap[0][2].running or self._heap[0][0] != self._heap[0][2].due):
                heapq.heappop(self._heap)  # an older wish of an entry that was given another time since
            if not self._heap:
                self._condition.wait()
                continue
            due, _, entry = self._heap[0]
            wait_s = due - time.monotonic()
            if wait_s > 0:
                self._condition.wait(wait_s)
                continue
            heapq.heappop(self._heap)
            return entry
        return None

    def _loop(self) -> None:
        with self._condition:
            while (entry := self._next()) is not None:
                entry.running = True
                entry.due = NEVER
                if self._heap:
                    self._condition.notify()  # another thread keeps the watch
                self._condition.release()
                due = NEVER
                try:
                    due = entry.runnable.run_slice()
                finally:
                    self._condition.acquire()
                    entry.running = False
                    if entry.removed:
                        self._condition.notify_all()
                    else:
                        entry.due = max(min(due, entry.due), time.monotonic())
                        if entry.due != NEVER:
                            heapq.heappush(self._heap, (entry.due, next(self._counter), entry))
