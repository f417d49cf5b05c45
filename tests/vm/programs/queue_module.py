"""queue: items from thread to thread."""

import queue
from queue import Empty, Full, LifoQueue, Queue
from threading import Thread

q = Queue(2)
got = []


def consumer():
    while True:
        item = q.get()
        if item is None:
            q.task_done()
            return
        got.append(item * 2)
        q.task_done()


workers = [Thread(target=consumer) for _ in range(3)]
for w in workers:
    w.start()
for i in range(20):
    q.put(i)
q.join()
for _ in workers:
    q.put(None)
for w in workers:
    w.join()
print(sorted(got), q.empty(), q.qsize(), q.full())
try:
    q.get_nowait()
except Empty:
    print("empty")
try:
    q.get(timeout=0.001)
except queue.Empty:
    print("still empty")
q.put(1)
q.put(2)
for put in (lambda: q.put_nowait(3), lambda: q.put(3, timeout=0.001), lambda: q.put(3, block=False)):
    try:
        put()
    except Full:
        print("full", q.qsize(), q.full())
print(q.get(), q.get(False))
try:
    q.get(True, -1)
except ValueError as e:
    print(e)
for _ in range(2):
    q.task_done()
try:
    q.task_done()
except ValueError as e:
    print(e)
s = LifoQueue()
for i in range(3):
    s.put(i)
print(s.get(), s.get(), s.get())
