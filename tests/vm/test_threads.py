# SPDX-License-Identifier: Apache-2.0
"""Threads: turns that do not depend on how the VM is driven, waiting, deadlock, ends. (What also runs on CPython: programs/threads.py.)"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from vmrig_native import _vm

from vmrig_server.bytecode import compile_source, run_on_host, strip
from vmrig_server.bytecode.host import HostResult, Outcome, VirtualClock
from vmrig_server.bytecode.view import View


def run(source: str, **options: object) -> tuple[HostResult, str, VirtualClock]:
    out, clock = bytearray(), VirtualClock()
    result = run_on_host(
        compile_source(source, "t.py").image,
        write=out.extend,
        clock=clock,
        max_instructions=5_000_000,
        **options,  # type: ignore[arg-type]
    )
    return result, out.decode(), clock


def said(source: str) -> str:
    result, out, _ = run(source)
    assert result.outcome is Outcome.DONE, result.traceback
    return out


# --- turns
WORKERS = """
import _thread, time
log = []
lock = _thread.allocate_lock()
def items(n):
    for i in range(n):
        yield i
def worker(name, n, nap):
    for i in items(n):
        log.append(name)
        if nap and i % 7 == 0:
            time.sleep_ms(nap)
        if i % 5 == 0:
            with lock:
                sorted(range(10), key=lambda x: -x)
    log.append(name + "!")
for k, (n, nap) in enumerate(PARTS):
    _thread.start_new_thread(worker, ("abcdef"[k], n, nap))
while sum(1 for x in log if x[-1] == "!") < len(PARTS):
    time.sleep_ms(3)
print("".join(log))
"""


def in_slices(image: bytes, slices: list[int]) -> tuple[str, int, int]:
    """Output, instructions and collections of a run whose budgets are these, over and over."""
    out, clock = bytearray(), VirtualClock()
    vm = _vm.Vm(image, heap_size=20_000, write=out.extend, time_us=clock.now_us, wait_until_us=clock.wait_until_us)
    for turn in range(1_000_000):
        status, _ = vm.run(slices[turn % len(slices)])
        if status == _vm.SLEEPING:
            clock.wait_until_us(vm.wake_time)
        elif status != _vm.RUNNING:
            break
    assert status == _vm.DONE
    return out.decode(), vm.instructions, vm.gc_count


@settings(max_examples=12, deadline=None)
@given(
    parts=st.lists(st.tuples(st.integers(1, 80), st.integers(0, 3)), min_size=1, max_size=5),
    slices=st.lists(st.integers(1, 3000), min_size=1, max_size=4),
)
def test_turns_do_not_depend_on_the_slices_that_the_vm_is_given(
    parts: list[tuple[int, int]], slices: list[int]
) -> None:
    image = compile_source(WORKERS.replace("PARTS", repr(parts)), "t.py").image
    assert in_slices(image, slices) == in_slices(image, [1_000_000])


def test_threads_of_one_priority_take_turns_without_giving_them_up() -> None:
    source = """
import _thread
seen = []
def spin(name):
    for i in range(3000):
        if not seen or seen[-1] != name:
            seen.append(name)
_thread.start_new_thread(spin, ("a",))
_thread.start_new_thread(spin, ("b",))
spin("main")
print(seen[:6])
"""
    assert said(source) == "['main', 'a', 'b', 'main', 'a', 'b']\n"


def test_a_thread_of_higher_priority_runs_first_and_others_while_it_sleeps() -> None:
    source = """
import _thread, time
log = []
def work(name, naps):
    for _ in range(naps):
        time.sleep_ms(1)
    for _ in range(2000):
        pass
    log.append(name)
print(_thread.priority(15), _thread.priority())
for name, priority in (("low", 2), ("high", 9), ("middle", 5)):
    t = _thread.start_joinable_thread(work, (name, 1), None, name, False)
    print(_thread.priority(priority, t))
_thread.priority(0)
while len(log) < 3:
    time.sleep_ms(1)
print(log)
try:
    _thread.priority(16)
except ValueError as e:
    print(e)
"""
    assert said(source) == "8 15\n15\n15\n15\n['high', 'middle', 'low']\npriority must be in range(16)\n"


def test_one_threads_sleep_lets_the_others_run_and_sleeps_overlap() -> None:
    source = """
import _thread, time
done = []
def nap(ms):
    time.sleep_ms(ms)
    done.append(ms)
for ms in (30, 10, 20):
    _thread.start_new_thread(nap, (ms,))
while len(done) < 3:
    time.sleep_ms(1)
print(done, time.ticks_ms() <= 31)
"""
    assert said(source) == "[10, 20, 30] True\n"


def test_a_wait_inside_native_code_is_done_in_place() -> None:
    source = """
import _thread, time
lock = _thread.allocate_lock()
print(sorted([2, 1], key=lambda x: (lock.acquire(timeout=0.5), x)[1]), time.ticks_ms())
"""
    assert said(source) == "[1, 2] 500\n"


def test_join_waits_at_most_its_timeout() -> None:
    source = """
import _thread, time
t = _thread.start_joinable_thread(lambda: time.sleep_ms(50), (), None, "napper", False)
print(t.is_done(), t.join(0.01), time.ticks_ms(), t.join(), time.ticks_ms(), t.is_done(), t.join())
"""
    assert said(source) == "False False 10 True 50 True True\n"


# --- ends
def test_a_thread_that_dies_says_where_and_the_others_go_on() -> None:
    source = """
import _thread, time
class Odd(Exception):
    def __str__(self):
        return "odd " + repr(self.args)
def inner(n):
    raise Odd(n)

def worker():
    inner(7)
t = _thread.start_joinable_thread(worker, (), None, "worker 1", False)
t.join()
print("main goes on")
"""
    out = said(source)
    assert out == (
        "Exception in thread worker 1:\n"
        "Traceback (most recent call last):\n"
        '  File "t.py", line 10, in worker\n'
        '  File "t.py", line 7, in inner\n'
        "Odd: odd (7,)\n"
        "main goes on\n"
    )
    stripped = bytearray()
    run_on_host(strip(compile_source(source, "t.py").image), write=stripped.extend, clock=VirtualClock())
    assert b"main goes on" in stripped and b"odd (7,)" in stripped


def test_the_end_of_main_waits_for_threads_that_are_no_daemons() -> None:
    source = """
import _thread, time
def late(name, ms):
    time.sleep_ms(ms)
    print(name)
_thread.start_joinable_thread(late, ("joined", 20), None, "t", False)
_thread.start_joinable_thread(late, ("in time", 10), None, "t", True)
_thread.start_joinable_thread(late, ("never", 30), None, "t", True)
_thread.start_new_thread(late, ("never", 40))
print("main ends")
"""
    assert said(source) == "main ends\nin time\njoined\n"


def test_an_exception_of_main_is_the_programs_when_the_others_have_ended() -> None:
    source = """
import _thread, time
def late():
    time.sleep_ms(20)
    try:
        {}[1]
    except KeyError:
        print("late")
_thread.start_joinable_thread(late, (), None, "t", False)
def fails():
    raise ValueError("main's own")
fails()
"""
    result, out, _ = run(source)
    assert (out, result.outcome, result.exception) == ("late\n", Outcome.RAISED, "ValueError: main's own")
    assert [word for _, word in result.trace] and result.trace[-1][0] != 0
    assert "in fails" in result.traceback and "in late" not in result.traceback


def test_threads_that_wait_for_each_other_are_an_error_of_main() -> None:
    source = """
import _thread
a, b = _thread.allocate_lock(), _thread.allocate_lock()
def other():
    with b:
        started.release()
        a.acquire()
started = _thread.allocate_lock()
started.acquire()
with a:
    _thread.start_new_thread(other, ())
    started.acquire()
    try:
        b.acquire()
    except RuntimeError as e:
        print(e)
print("over")
"""
    assert said(source) == "deadlock: nothing can end this wait\nover\n"
    alone, _, _ = run("import _thread\nl = _thread.allocate_lock()\nl.acquire()\nl.acquire()\n")
    assert alone.outcome is Outcome.RAISED and alone.exception == "RuntimeError: deadlock: nothing can end this wait"


def test_a_thousand_threads_one_after_the_other_leave_nothing_behind() -> None:
    source = """
import _thread, gc
done = 0
def work(a, *rest, k=0):
    global done
    done += a + len(rest) + k
def step():
    t = _thread.start_joinable_thread(work, (1, 2, 3), {"k": 4}, "t", False)
    t.join()
step()
gc.collect()
before = gc.mem_alloc()
for _ in range(1000):
    step()
gc.collect()
print(done, gc.mem_alloc() <= before)
"""
    result, out, _ = run(source, heap_size=8192)
    assert (result.outcome, out) == (Outcome.DONE, "7007 True\n")


def test_too_many_threads_are_a_memory_error_that_can_be_handled() -> None:
    source = """
import _thread, time
lock = _thread.allocate_lock()
lock.acquire()
n = 0
try:
    while True:
        _thread.start_new_thread(lambda: lock.acquire(), ())
        n += 1
except MemoryError:
    print(10 < n < 100)
lock.release()
"""
    result, out, _ = run(source, heap_size=16384)
    assert (result.outcome, out) == (Outcome.DONE, "True\n")


def test_wrong_arguments_of_the_thread_are_an_error_of_who_starts_it() -> None:
    source = """
import _thread
try:
    _thread.start_new_thread(lambda a: a, ())
except TypeError as e:
    print(e)
try:
    _thread.start_new_thread(print, ())
except TypeError as e:
    print(e)
"""
    assert said(source) == (
        "<lambda>() missing 1 required positional argument: 'a'\n"
        "a thread begins in a function of the program: use a lambda\n"
    )


# --- threading, which is Python code of the compiler's own
def test_a_threads_priority_can_be_set_before_and_after_its_start() -> None:
    source = """
import threading
log = []
def work(name):
    for _ in range(3000):
        pass
    log.append(name)
threads = [threading.Thread(target=work, args=(n,), name=n) for n in ("low", "high", "raised")]
threads[0].priority = 2
threads[1].priority = 9
print([t.priority for t in threads])
for t in threads:
    t.start()
threads[2].priority = 12
print([t.priority for t in threads], threading.current_thread().priority)
for t in threads:
    t.join()
print(log)
for wrong in (16, -1):
    try:
        threading.Thread().priority = wrong
    except ValueError as e:
        print(e)
"""
    refused = "priority must be in range(16)\n"
    assert said(source) == f"[2, 9, 8]\n[2, 9, 12] 8\n['raised', 'high', 'low']\n{refused}{refused}"


def test_a_thread_that_dies_is_called_by_its_name() -> None:
    source = """
import threading
def worker(n):
    return 1 // n
t = threading.Thread(target=worker, args=(0,))
t.start()
t.join()
print(t.is_alive(), threading.active_count())
"""
    lines = said(source).splitlines()
    assert lines[0] == "Exception in thread Thread-1 (worker):"
    assert lines[-3:] == [
        '  File "t.py", line 4, in worker',
        "ZeroDivisionError: integer division or modulo by zero",
        "False 1",
    ]


def test_what_a_program_does_not_name_of_threading_is_not_in_it() -> None:
    def names(source: str) -> set[str]:
        view = View(compile_source(source, "t.py").image)
        return {view.function_name(number) for number in range(len(view.functions))}

    lock_only = names("from threading import Lock\nLock()\n")
    assert lock_only == {"<module>"}
    event = names("import threading\nevent = threading.Event()\nevent.set()\nevent.wait()\n")
    assert "Event.set" in event and "Condition.wait" in event and not any(n.startswith("Thread") for n in event)
    assert "Condition.wait" not in names("import threading\nthreading.Event().set()\n")
    everything = names("from threading import *\n")
    assert {"Thread.start", "BoundedSemaphore.release", "Timer.run"} <= everything
