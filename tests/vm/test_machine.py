# SPDX-License-Identifier: Apache-2.0
"""`_vm.Vm`: slices, states, callbacks and their errors."""

from __future__ import annotations

import gc
import signal
import threading
import weakref

import pytest
from vmrig_native import _vm

from vmrig_server.bytecode import bind, compile_source


def image_of(source: str) -> bytes:
    return compile_source(source, "t.py").image


FOREVER = image_of("n = 0\nwhile True:\n    n += 1\n")


def test_a_program_runs_in_slices_to_its_end() -> None:
    out: list[bytes] = []
    vm = _vm.Vm(image_of("t = 0\nfor i in range(10000):\n    t += i\nprint(t)\n"), write=out.append)
    slices = 0
    while vm.run(1000) == (_vm.RUNNING, None):
        slices += 1
    assert slices > 5
    assert (vm.status, b"".join(out)) == (_vm.DONE, b"49995000\n")
    assert vm.run(1000) == (_vm.DONE, None)


def test_the_budget_is_charged_about_as_given() -> None:
    vm = _vm.Vm(FOREVER)
    for budget in (1, 10, 1000, 100_000, 1_000_000):
        before = vm.instructions
        assert vm.run(budget) == (_vm.RUNNING, None)
        assert budget <= vm.instructions - before <= budget + 20


def test_an_exception_leaves_its_text_and_its_calls() -> None:
    vm = _vm.Vm(image_of("def f(x):\n    return 1 // x\nf(0)\n"))
    assert vm.run() == (_vm.RAISED, "ZeroDivisionError: integer division or modulo by zero")
    assert [function for function, _ in vm.traceback()] == [0, 1]


def test_a_long_exception_text_is_whole() -> None:
    vm = _vm.Vm(image_of("raise ValueError('ä' * 3000)\n"))
    assert vm.run() == (_vm.RAISED, "ValueError: " + "ä" * 3000)


def test_a_full_console_blocks_the_program_and_loses_nothing() -> None:
    out = bytearray()
    room = 0

    def write(data: bytes) -> int:
        nonlocal room
        taken = min(room, len(data))
        out.extend(data[:taken])
        room -= taken
        return taken

    vm = _vm.Vm(image_of("for i in range(50):\n    print('line', i)\n"), write=write)
    blocked = 0
    for _ in range(1000):
        status, _detail = vm.run()
        if status == _vm.DONE:
            break
        assert status == _vm.BLOCKED
        blocked += 1
        room = 7
    assert blocked > 20
    assert out.decode() == "".join(f"line {i}\n" for i in range(50))


def test_a_sleeping_program_tells_when_it_wakes() -> None:
    now = 500
    vm = _vm.Vm(image_of("import time\ntime.sleep_us(70)\n"), time_us=lambda: now)
    assert vm.run() == (_vm.SLEEPING, 570)
    assert vm.wake_time == 570
    now = 569
    assert vm.run() == (_vm.SLEEPING, 570)
    now = 570
    assert vm.run() == (_vm.DONE, None)


def test_without_a_clock_time_is_the_systems() -> None:
    out: list[bytes] = []
    vm = _vm.Vm(image_of("import time\na = time.ticks_us()\nprint(0 <= a < 5000000)\n"), write=out.append)
    assert vm.run() == (_vm.DONE, None)
    assert out == [b"True", b"\n"] or b"".join(out) == b"True\n"


@pytest.mark.parametrize("where", ["write", "time_us", "gpio"])
def test_a_callables_exception_comes_out_of_run(where: str) -> None:
    def fail(*_: object) -> int:
        raise LookupError("from the callable")

    class Pins:
        mode = write = read = pin_by_name = fail

    callables = {where: Pins() if where == "gpio" else fail}
    vm = _vm.Vm(
        image_of(
            "import time, gpio\nprint(1)\ntime.ticks_us()\ntry:\n    gpio.high(1)\nexcept ValueError:\n    pass\n"
        ),
        **callables,
    )
    with pytest.raises(LookupError, match="from the callable"):
        vm.run()


def test_a_bad_result_of_a_callable_is_an_error_too() -> None:
    with pytest.raises(TypeError):
        _vm.Vm(image_of("print(1)\n"), write=lambda data: "all").run()


def test_stop_ends_the_program() -> None:
    vm = _vm.Vm(FOREVER)
    assert vm.run(1000) == (_vm.RUNNING, None)
    vm.stop()
    assert vm.run(1000) == (_vm.DONE, None)


def test_another_thread_can_stop_it_and_cannot_run_it() -> None:
    entered = threading.Event()
    vm = _vm.Vm(image_of("print()\nn = 0\nwhile True:\n    n += 1\n"), write=lambda data: entered.set())
    ends: list[object] = []
    runner = threading.Thread(target=lambda: ends.append(vm.run(10**12)))
    runner.start()
    assert entered.wait(10)
    with pytest.raises(RuntimeError, match="running already"):
        vm.run(1)
    vm.stop()
    runner.join(10)
    assert ends == [(_vm.DONE, None)]


def test_an_interrupt_is_seen_in_a_long_run() -> None:
    vm = _vm.Vm(
        image_of("print()\nn = 0\nwhile True:\n    n += 1\n"), write=lambda data: signal.raise_signal(signal.SIGINT)
    )
    with pytest.raises(KeyboardInterrupt):
        vm.run(10**12)
    assert vm.run(10) == (_vm.RUNNING, None)


NEVER = """
def never(x):
    return 0
def stubborn(x):
    while True:
        try:
            sum(range(10**12))
        except BaseException:
            pass
print()
"""
# Natives that walk iterators for as long as these last, and a function called from one that catches whatever ends its loop.
LONG_NATIVES = (
    "sum(range(10**12))",
    "max(range(10**12))",
    "10**13 in map(abs, range(10**12))",
    "all(zip(range(10**12), range(1, 10**12)))",
    "any(map(never, range(10**12)))",
    "next(filter(None, map(never, range(10**12))))",
    "for x in filter(None, map(bool, map(never, range(10**12)))): pass",
    "a, b = 0, sum(range(10**12))",
    "list(map(stubborn, [1]))",
)


@pytest.mark.parametrize("statement", LONG_NATIVES)
def test_a_long_native_is_stopped_by_another_thread(statement: str) -> None:
    entered = threading.Event()
    vm = _vm.Vm(image_of(f"{NEVER}{statement}\nprint('gone on')\n"), write=lambda data: entered.set())
    ends: list[object] = []
    runner = threading.Thread(target=lambda: ends.append(vm.run(1000)), daemon=True)
    runner.start()
    assert entered.wait(10)
    vm.stop()
    runner.join(10)
    assert ends in ([(_vm.DONE, None)], [(_vm.RUNNING, None)])
    assert vm.run(1000) == (_vm.DONE, None)


def test_an_interrupt_is_seen_in_a_long_native() -> None:
    vm = _vm.Vm(image_of("print()\nsum(range(10**12))\n"), write=lambda data: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        vm.run(1000)
    assert vm.instructions < 10_000


@pytest.mark.parametrize(
    "loop",
    [
        "for i, x in enumerate(range(10**12)): n += x",
        "for a, b in zip(range(10**12), range(10**12)): n += a",
        "for x in map(work, range(10**12)): n += x",
        "while True: sum(range(500))",
        "while True: sum(map(work, range(5)))",
    ],
)
def test_a_loop_over_lazy_iterators_gives_up_its_slices(loop: str) -> None:
    work = "def work(x):\n    for i in range(50):\n        x += i\n    return x\n"
    vm = _vm.Vm(image_of(f"{work}n = 0\n{loop}\n"))
    for _ in range(50):
        before = vm.instructions
        assert vm.run(1000) == (_vm.RUNNING, None)
        assert 1000 <= vm.instructions - before < 2000


def test_the_instructions_of_a_native_are_counted_and_do_not_depend_on_the_slices() -> None:
    source = (
        "def f(x):\n    for i in range(x):\n        pass\n    return x\n"
        "print(sum(range(5000)), sum(map(f, range(60))), max(list(filter(f, range(50))), key=f))\n"
        "for i, x in enumerate(zip(range(100), sorted(range(100), key=f))):\n    f(i)\n"
    )
    counts = set()
    for budget in (1, 7, 100, 4000, 10**9):
        vm = _vm.Vm(image_of(source))
        while vm.run(budget) == (_vm.RUNNING, None):
            pass
        assert vm.status == _vm.DONE
        counts.add(vm.instructions)
    assert len(counts) == 1
    assert counts.pop() > 12_000


def test_the_last_words_of_an_exception_are_limited() -> None:
    source = (
        "class E(Exception):\n    def __str__(self):\n        while True:\n            try:\n                while True: pass\n"
        "            except BaseException:\n                pass\nraise E\n"
    )
    assert _vm.Vm(image_of(source)).run() == (_vm.RAISED, "E: <exception str() failed>")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"heap_size": 100}, ValueError),
        ({"heap_size": 1 << 40}, ValueError),
        ({"uid": bytes(17)}, ValueError),
        ({"vmuid": bytes(15)}, ValueError),
        ({"vmuid": "x"}, TypeError),
        ({"write": 5}, TypeError),
        ({"time_us": 5}, TypeError),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        _vm.Vm(FOREVER, **arguments)


def test_a_bad_container_is_refused_with_its_code() -> None:
    with pytest.raises(_vm.VerifyError) as caught:
        _vm.Vm(FOREVER[:-4])
    assert caught.value.code == "TRUNCATED"
    bound = bind(FOREVER, bytes(range(16)))
    assert _vm.Vm(bound, vmuid=bytes(range(16))).status == _vm.RUNNING
    with pytest.raises(_vm.VerifyError) as caught:
        _vm.Vm(bound, vmuid=bytes(16))
    assert caught.value.code == "VMUID"


def test_any_buffer_is_an_image() -> None:
    shifted = memoryview(b"x" + FOREVER)[1:]
    assert _vm.Vm(shifted).run(10) == (_vm.RUNNING, None)
    _vm.verify(bytearray(FOREVER), vmuid=None)


def test_vms_are_freed_with_cycles_through_their_callables() -> None:
    class Holder:
        vm: object = None

        def write(self, data: bytes) -> None:
            pass

    holder = Holder()
    holder.vm = _vm.Vm(FOREVER, write=holder.write)
    gone = weakref.ref(holder)
    del holder
    gc.collect()
    assert gone() is None


def test_many_vms_live_side_by_side() -> None:
    outs: list[list[bytes]] = [[] for _ in range(100)]
    image = image_of("import board\nn = board.uid()[0]\nfor i in range(100):\n    n += i\nprint(n)\n")
    vms = [_vm.Vm(image, heap_size=8192, write=out.append, uid=bytes([i])) for i, out in enumerate(outs)]
    while any([vm.run(50)[0] == _vm.RUNNING for vm in vms]):
        pass
    assert [b"".join(out) for out in outs] == [b"%d\n" % (4950 + i) for i in range(100)]


@pytest.mark.allocates
def test_iterators_over_iterators_end_with_an_exception_before_the_c_stack_does() -> None:
    out: list[bytes] = []
    source = (
        "x = [1, 2]\nfor i in range(20_000):\n    x = enumerate(x)\n"
        "try:\n    next(x)\nexcept RecursionError as e:\n    print(e)\n"
        "y = iter([7])\nfor i in range(90):\n    y = zip(y)\nprint(len(next(y)))\n"
    )
    vm = _vm.Vm(image_of(source), write=out.append, heap_size=1 << 26)
    while vm.run(1_000_000) == (_vm.RUNNING, None):
        pass
    assert vm.status == _vm.DONE, b"".join(out)
    assert b"".join(out).splitlines()[0] == b"maximum recursion depth exceeded"
