# SPDX-License-Identifier: Apache-2.0
"""queue, for programs of the VM: threads hand items to each other."""

import threading

__all__ = ["Empty", "Full", "LifoQueue", "Queue", "SimpleQueue"]


class Empty(Exception):
    pass


class Full(Exception):
    pass


class Queue:
    def __init__(self, maxsize=0):
        self.maxsize = maxsize
        self.unfinished_tasks = 0
        self._items = []
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def _take(self):
        return self._items.pop(0)

    def qsize(self):
        return len(self._items)

    def empty(self):
        return not self._items

    def full(self):
        return 0 < self.maxsize <= len(self._items)

    def _until(self, ready, block, timeout, error):
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        if not ready() and not (block and self._changed.wait_for(ready, timeout)):
            raise error

    def put(self, item, block=True, timeout=None):
        with self._lock:
            self._until(lambda: not self.full(), block, timeout, Full)
            self._items.append(item)
            self.unfinished_tasks += 1
            self._changed.notify_all()

    def get(self, block=True, timeout=None):
        with self._lock:
            self._until(lambda: self._items, block, timeout, Empty)
            item = self._take()
            self._changed.notify_all()
            return item

    def put_nowait(self, item):
        self.put(item, False)

    def get_nowait(self):
        return self.get(False)

    def task_done(self):
        with self._lock:
            if self.unfinished_tasks <= 0:
                raise ValueError("task_done() called too many times")
            self.unfinished_tasks -= 1
            self._changed.notify_all()

    def join(self):
        with self._lock:
            self._changed.wait_for(lambda: not self.unfinished_tasks)


class LifoQueue(Queue):
    def _take(self):
        return self._items.pop()


SimpleQueue = Queue
