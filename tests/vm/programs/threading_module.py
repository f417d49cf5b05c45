"""threading: threads as objects, and what they wait on each other with."""

import threading
import time
from threading import Condition, Event, Lock, Thread, Timer

log = []


def add(*args, **kwargs):
    log.append((args, sorted(kwargs.items())))


t = Thread(target=add, args=(1, 2), kwargs={"k": 3})
print(t.name, t.daemon, t.is_alive(), t.ident)
for call in (t.join, lambda: (t.start(), t.join(), t.start())):
    try:
        call()
    except RuntimeError as e:
        print(e)
print(log, t.is_alive(), t.ident is not None)
threading.Thread(target=None).start()
print(threading.current_thread().name, threading.main_thread() is threading.current_thread())


class Worker(threading.Thread):
    def __init__(self, n):
        super().__init__(name="worker-%d" % n)
        self.n = n
        self.result = None

    def run(self):
        self.seen = threading.current_thread() is self
        self.result = sum(i * self.n for i in range(500))


workers = [Worker(n) for n in range(4)]
for w in workers:
    w.start()
for w in workers:
    w.join()
print([(w.name, w.result, w.seen, w.is_alive()) for w in workers])

# --- events
go, ready = Event(), Event()


def waiter():
    ready.set()
    log.append(go.wait())


log.clear()
t = Thread(target=waiter, daemon=True)
t.start()
print(ready.wait(5), go.is_set(), go.wait(0.01), t.daemon)
go.set()
t.join(5)
print(log, t.is_alive(), go.is_set(), go.wait(0))
go.clear()
print(go.is_set(), go.wait(timeout=0.001))

# --- a queue out of a condition
items, condition = [], Condition()


def produce():
    for i in range(5):
        with condition:
            items.append(i)
            condition.notify()
        time.sleep(0.001)
    with condition:
        items.append(None)
        condition.notify_all()


def consume(out):
    while True:
        with condition:
            while not items:
                condition.wait()
            if items[0] is None:
                return
            out.append(items.pop(0))


out = []
threads = [Thread(target=consume, args=(out,)), Thread(target=produce), Thread(target=consume, args=(out,))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(out))
with condition:
    print(condition.wait(0.001), condition.wait_for(lambda: items == [None], 1), condition.wait_for(lambda: False, 0.002))

# --- semaphores
inside, most = 0, 0
guard, seats = Lock(), threading.BoundedSemaphore(2)


def visit():
    global inside, most
    with seats:
        with guard:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        with guard:
            inside -= 1


threads = [Thread(target=visit) for _ in range(5)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(most, inside, seats.acquire(blocking=False), seats.release())
try:
    seats.release()
except ValueError as e:
    print(e)

# --- timers
log.clear()
a, b = Timer(0.2, log.append, ["a"]), Timer(0.001, log.append, ["b"])
c = Timer(0.4, log.append, args=["never"])
for t in (a, b, c):
    t.start()
c.cancel()
for t in (a, b, c):
    t.join()
print(log)
r = threading.RLock()
with r:
    with r:
        print("again")
print(threading.active_count(), [t.name for t in threading.enumerate()])


def late():
    time.sleep(0.1)
    print("after main")


Thread(target=late).start()
print("main ends")
