"""_thread: turns, locks, sleep, ends. What it prints does not depend on how threads take turns."""

import _thread
import time

lock = _thread.allocate_lock()
out = []
done = []


def worker(name, n, step=1):
    total = 0
    for i in range(0, n, step):
        total += i
        if i % 100 == 0:
            with lock:
                out.append(name)
    with lock:
        done.append((name, total))


for number in range(4):
    _thread.start_new_thread(worker, (number, 2000 + number))
_thread.start_new_thread(worker, ("kw",), {"n": 1000, "step": 2})
while len(done) < 5:
    time.sleep(0.001)
print(sorted(done, key=str), len(out))
print(_thread.get_ident() == _thread.get_ident(), type(_thread.get_ident()).__name__)

# --- a shared counter that only a lock keeps right
count = 0


def add(times):
    global count
    for _ in range(times):
        with lock:
            value = count
            for _ in range(3):
                pass
            count = value + 1
    done.append(times)


done.clear()
for _ in range(3):
    _thread.start_new_thread(add, (300,))
while len(done) < 3:
    time.sleep(0.001)
print(count)

# --- locks
print(lock.acquire(), lock.locked(), lock.acquire(False), lock.acquire(blocking=False), lock.acquire(True, 0.01))
print(lock.acquire(timeout=0.01), lock.release(), lock.locked())
try:
    lock.release()
except RuntimeError as e:
    print(e)
for bad in (lambda: lock.acquire(False, 1), lambda: lock.acquire(True, -2)):
    try:
        bad()
    except ValueError as e:
        print(e)
again = _thread.RLock()
print(again.acquire(), again.acquire(), again.release(), again.release())
try:
    again.release()
except RuntimeError as e:
    print(e)
with again, again:
    print("twice")


def holder():
    with lock:
        done.append("held")
        time.sleep(0.02)
    done.append("released")


done.clear()
_thread.start_new_thread(holder, ())
while not done:
    time.sleep(0.001)
print(lock.acquire(timeout=0.005), lock.acquire(), "released" in done or "held" in done)
lock.release()

# --- hand over: each waits for the other
ping, pong = _thread.allocate_lock(), _thread.allocate_lock()
ping.acquire()
pong.acquire()
log = []


def player():
    for i in range(3):
        ping.acquire()
        log.append("ping %d" % i)
        pong.release()


_thread.start_new_thread(player, ())
for i in range(3):
    ping.release()
    pong.acquire()
    log.append("pong %d" % i)
print(log)


# --- methods, closures, generators and callable objects as targets
class Job:
    def __init__(self, n):
        self.n = n

    def run(self, extra):
        self.result = list(self.items(extra))
        done.append("run")

    def items(self, extra):
        for i in range(self.n):
            time.sleep(0)
            yield i + extra

    def __call__(self, *args, **kwargs):
        self.called = args, kwargs
        done.append("call")


done.clear()
job = Job(4)
_thread.start_new_thread(job.run, (10,))
_thread.start_new_thread(job, (1, 2), {"three": 3})
_thread.start_new_thread(lambda *a: done.append(a), (1,))
while len(done) < 3:
    time.sleep(0.001)
print(job.result, job.called, (1,) in done)


def leave():
    done.append("before")
    _thread.exit()
    done.append("never")


done.clear()
_thread.start_new_thread(leave, ())
time.sleep(0.01)
print(done)
for bad in (
    lambda: _thread.start_new_thread(1, ()),
    lambda: _thread.start_new_thread(leave, []),
    lambda: _thread.start_new_thread(leave, (), 1),
):
    try:
        bad()
    except TypeError as e:
        print(e)


# --- exceptions stay in their thread
def raises():
    try:
        {}["missing"]
    except KeyError as e:
        time.sleep(0.001)
        done.append(repr(e))


done.clear()
try:
    raise ValueError("mine")
except ValueError as e:
    _thread.start_new_thread(raises, ())
    time.sleep(0.02)
    print(done, e)


def deep(n):
    if n == 0:
        time.sleep(0.001)
        return 0
    return 1 + deep(n - 1)


def diver(n):
    done.append(deep(n))


done.clear()
for n in (60, 5, 40):
    _thread.start_new_thread(diver, (n,))
while len(done) < 3:
    time.sleep(0.001)
print(sorted(done))
