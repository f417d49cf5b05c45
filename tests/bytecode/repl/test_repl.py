# SPDX-License-Identifier: Apache-2.0
"""Lines typed one after the other, beside CPython's own interactive shell."""

from __future__ import annotations

import asyncio
import code
import contextlib
import io
from collections.abc import AsyncIterator

import pytest

from vmrig_server.bytecode import compile_source
from vmrig_server.bytecode.debug.host import HostTarget
from vmrig_server.bytecode.host import Clock, RealClock, VirtualClock
from vmrig_server.bytecode.repl.session import Repl, base_image


@contextlib.asynccontextmanager
async def session(
    source: str = "", heap_size: int = 65536, clock: Clock | None = None
) -> AsyncIterator[tuple[Repl, list[bytes]]]:
    said: list[bytes] = []
    image = compile_source(source, "base.py").image if source else base_image()
    repl = Repl(image, HostTarget(image, heap_size=heap_size, clock=clock or VirtualClock()), said.append)
    try:
        assert await repl.start() == ""
        yield repl, said
    finally:
        await repl.close()


def cpython(lines: list[str]) -> list[str]:
    """What each line prints, and the last line of its traceback."""
    shell = code.InteractiveConsole()
    found = []
    for line in lines:
        out = io.StringIO()
        errors: list[str] = []
        shell.write = errors.append  # type: ignore[method-assign]
        with contextlib.redirect_stdout(out):
            shell.runsource(line, "<stdin>", "single")
        found.append(out.getvalue() + ("".join(errors).strip().splitlines() or [""])[-1])
    return found


LINES = [
    "1 + 1",
    "_ * 2",
    "x = 5",
    "x",
    "None",
    "'a' * 3, 2.5, [x, {x: None}]",
    "def f(n):\n    return n * x + 1.5\n",
    "f(3)",
    "x = 100",
    "f(3)",
    "import math",
    "math.sqrt(2)",
    "from math import floor as down",
    "down(2.7)",
    "class A:\n    kind = 'a'\n    def __init__(self, v):\n        self.v = v\n    def __iadd__(self, o):\n        self.v += o\n        return self\n",
    "a = A('hello')",
    "a += ' world'",
    "a.v",
    "class B(A):\n    def shout(self):\n        self.loud = self.v.upper()\n        return self.loud\n",
    "b = B('abc')",
    "b.shout(), b.loud, b.v, b.kind",
    "isinstance(b, A)",
    "f('a')",
    "nope",
    "def later():\n    return defined_later + 1\n",
    "later()",
    "defined_later = 41",
    "later()",
    "[i * i for i in range(5)]",
    "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n",
    "fib(12)",
    "1 // 0",
    "try:\n    fib('x')\nexcept TypeError as e:\n    print('caught', e)\n",
    "def gen(n):\n    for i in range(n):\n        yield i * 2\n",
    "list(gen(4))",
    "for i in range(3):\n    print(i)\n",
    "for i in range(3): i\n",
    "if x: 'yes'\nelse: 'no'\n",
    "1; 2; y = 3; y",
    "del x",
    "x",
    "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner\n",
    "counter = outer()",
    "counter(), counter(), counter()",
    "len",
    "len = 7",
    "len",
    "def kw(a, *rest, b=2, **more):\n    return a, rest, b, sorted(more)\n",
    "kw(1, 2, 3, b=4, c=5, d=6)",
    "12345678901234",
    "0.1 + 0.2",
    "raise KeyError('k')",
]


async def test_lines_print_what_cpythons_shell_prints() -> None:
    expected = cpython(LINES)
    async with session() as (repl, said):
        for line, wanted in zip(LINES, expected, strict=True):
            if line == "len":
                continue
            said.clear()
            error = await repl.run(line)
            told = b"".join(said).decode() + (error.strip().splitlines() or [""])[-1]
            assert told == wanted, line


async def test_tracebacks_show_the_lines_that_were_typed() -> None:
    async with session() as (repl, _):
        assert await repl.run("def f(n):\n    return 1 // n\n") == ""
        assert await repl.run("x = [\n    1,\n    f(0)]") == (
            "Traceback (most recent call last):\n"
            '  File "<stdin>", line 3, in <module>\n'
            "    f(0)]\n"
            '  File "<stdin>", line 2, in f\n'
            "    return 1 // n\n"
            "ZeroDivisionError: integer division or modulo by zero\n"
        )


async def test_a_thread_that_dies_is_told_of_with_the_lines_that_were_typed() -> None:
    async with session() as (repl, said):
        for line in ("import threading", "def work():\n    1/0\n", "t = threading.Thread(target=work)"):
            assert await repl.run(line) == ""
        said.clear()
        assert await repl.run("t.start(); t.join(); print('on')") == ""
        told = b"".join(said).decode()
        assert told.startswith("Exception in thread Thread-1 (work):\nTraceback (most recent call last):\n")
        assert told.endswith('  File "<stdin>", line 2, in work\n    1/0\nZeroDivisionError: division by zero\non\n')


async def test_what_does_not_compile_leaves_the_session_as_it_was() -> None:
    async with session() as (repl, said):
        await repl.run("x = 1")
        assert await repl.run("x = = 2") == (
            '  File "<stdin>", line 1\n    x = = 2\n        ^\nSyntaxError: invalid syntax\n'
        )
        refused = await repl.run("x = 1j")
        assert "SyntaxError: complex numbers are not supported\nhelp: " in refused
        await repl.run("x")
        assert said == [b"1", b"\n"]


@pytest.mark.parametrize(
    "line", ["while True: pass", "import time\ntime.sleep(1e6)", "print(sorted([3, 1], key=spin))"]
)
async def test_a_line_that_does_not_end_is_interrupted_and_the_next_one_runs(line: str) -> None:
    async with session(clock=RealClock()) as (repl, said):
        await repl.run("def spin(n):\n    while True: pass\n")
        running = asyncio.create_task(repl.run(line))
        while not running.done():
            await asyncio.sleep(0.01)
            await repl.interrupt()
        assert running.result().endswith("KeyboardInterrupt\n")
        await repl.run("6 * 7")
        assert b"".join(said) == b"42\n"


async def test_a_program_can_be_gone_on_with() -> None:
    async with session(
        "import time\nNAME = 'base'\ndef hello(n):\n    return f'{NAME} {n} {1.5}'\ntable = {1: 'one'}\n"
    ) as (repl, said):
        assert await repl.run("print(hello(3), table[1] + '!')") == ""
        assert await repl.run("NAME = 'other'") == ""
        assert await repl.run("print(hello(4))") == ""
        assert b"".join(said) == b"base 3 1.5 one!\nother 4 1.5\n"


async def test_a_heap_that_is_full_says_so_and_the_session_goes_on() -> None:
    async with session(heap_size=12000) as (repl, said):
        for _ in range(200):
            error = await repl.run("big = 'x' * 6000 + 'y' * 6000")
            assert error.endswith("MemoryError\n")
        assert await repl.run("'" + "z" * 9000 + "'") == (
            "MemoryError: the VM has no room for what this line adds to the program\n"
        )
        assert await repl.run("1 + 1") == ""
        assert b"".join(said) == b"2\n"


async def test_a_long_session_collects_what_its_lines_left() -> None:
    async with session(heap_size=24000) as (repl, said):
        for i in range(150):
            assert await repl.run(f"x = [{i}, 'item'] * 20") == "", i
        await repl.run("x[0], x[1]")
        assert b"".join(said) == b"(149, 'item')\n"


async def test_modules_written_in_python_are_loaded_by_the_line_that_imports_them() -> None:
    async with session() as (repl, said):
        for line in (
            "import threading, queue",
            "q = queue.Queue()",
            "def work():\n    for i in range(3):\n        q.put(i * 10)\n",
            "t = threading.Thread(target=work)",
            "t.start()\nt.join()",
            "[q.get() for i in range(3)], q.empty()",
            "from collections import deque",
            "d = deque([1, 2, 3])",
            "d.appendleft(0)",
            "list(d)",
            "q2 = queue.Queue()\nq2.put('x')",
            "q2.get()",
        ):
            assert await repl.run(line) == "", line
        assert b"".join(said) == b"([0, 10, 20], True)\n[0, 1, 2, 3]\n'x'\n"


META_LINES = [
    "class A:\n    pass\n",
    "class M(type):\n    def __len__(cls):\n        return 7\n",
    "class B(A, metaclass=M):\n    x = 1\n    def me(self):\n        return __class__\n",
    "class C(B):\n    y = B.x + 1\n",
    "len(B), len(C), C.y, type(C) is M, C().me() is B",
    "try:\n    raise ExceptionGroup('g', [ValueError(1), KeyError(2)])\nexcept* ValueError as e:\n    print(e.exceptions)\nexcept* KeyError:\n    print('key')\n",
    "ExceptionGroup('h', [OSError(3)])",
    "try:\n    raise OSError(4)\nexcept* OSError as e:\n    print(repr(e))\n",
]


async def test_classes_of_metaclasses_and_groups_of_exceptions_go_from_line_to_line() -> None:
    async with session(heap_size=131072) as (repl, said):
        for line, wanted in zip(META_LINES, cpython(META_LINES), strict=True):
            said.clear()
            error = await repl.run(line)
            assert b"".join(said).decode() + error == wanted, line
