# SPDX-License-Identifier: Apache-2.0
"""asyncio beside the board: how it sleeps, what wakes it, and what it says of tasks that nobody asks about."""

from __future__ import annotations

from vmrig_server.bytecode.host import Outcome

from .test_board_library import Bench

TWO_TASKS = """\
import asyncio
async def blink(name, ms):
    for i in range(3):
        await asyncio.sleep_ms(ms)
        print(name, i)
async def main():
    await asyncio.gather(blink("a", 100), blink("b", 1000))
asyncio.run(main())
"""


def test_a_loop_that_waits_costs_no_instructions() -> None:
    fast, slow = Bench(), Bench()
    fast.run(TWO_TASKS)
    slow.run(TWO_TASKS.replace("100", "100_000"))
    assert fast.result is not None and slow.result is not None
    assert abs(fast.result.instructions - slow.result.instructions) < 100
    assert (fast.clock.now_us(), slow.clock.now_us()) == (3_000_000, 3_000_000_000)


def test_edges_of_a_pin_wake_the_task_that_waits_for_them() -> None:
    bench = Bench()
    for ms in (2, 3, 9):
        bench.parts.at(ms * 1000, lambda ms=ms: bench.parts.edge(4, ms != 3))  # type: ignore[misc]
    said = bench.run(
        "import asyncio, time, events\n"
        "async def watch():\n"
        "    async for level in events.Edges(4):\n"
        "        print(level, time.ticks_ms())\n"
        "async def main():\n"
        "    task = asyncio.create_task(watch())\n"
        "    for i in range(4):\n"
        "        await asyncio.sleep_ms(5)\n"
        "        print('beat', i)\n"
        "asyncio.run(main())\n"
    )
    assert said == ["1 2", "0 3", "beat 0", "1 9", "beat 1", "beat 2", "beat 3"]


def test_a_task_waits_for_an_edge_with_nothing_else_to_do() -> None:
    bench = Bench()
    bench.parts.at(7000, lambda: bench.parts.edge(4, True))
    said = bench.run(
        "import asyncio, time, events\n"
        "async def main():\n"
        "    pin = events.Edges(4)\n"
        "    print(await pin.wait(), time.ticks_ms())\n"
        "    try:\n"
        "        await asyncio.wait_for(pin.wait(), 0.01)\n"
        "    except TimeoutError:\n"
        "        print('none', time.ticks_ms())\n"
        "    pin.close()\n"
        "asyncio.run(main())\n"
    )
    assert said == ["1 7", "none 17"]


def test_lines_of_a_uart_come_to_a_task() -> None:
    bench = Bench()
    bench.parts.at(2000, lambda: bench.parts.lines[0].to_board.extend(b"one\ntw"))
    bench.parts.at(5000, lambda: bench.parts.lines[0].to_board.extend(b"o\nthree"))
    said = bench.run(
        "import asyncio, events, uart\n"
        "async def main():\n"
        "    line = events.Bytes(uart.UART())\n"
        "    print(await line.readline(), await line.readline(), await line.read(2), await line.read())\n"
        "asyncio.run(main())\n"
    )
    assert said == ["b'one\\n' b'two\\n' b'th' b'ree'"]


def test_a_thread_wakes_a_task_by_a_flag() -> None:
    said = Bench().run(
        "import asyncio, time, timer\n"
        "flag = asyncio.ThreadSafeFlag()\n"
        "async def main():\n"
        "    job = timer.every(5, flag.set)\n"
        "    for i in range(3):\n"
        "        await flag.wait()\n"
        "        print(time.ticks_ms())\n"
        "    job.cancel()\n"
        "asyncio.run(main())\n"
    )
    assert said == ["5", "10", "15"]


def test_a_wait_that_nothing_can_end_is_told() -> None:
    bench = Bench()
    said = bench.run(
        "import asyncio\n"
        "async def main():\n"
        "    try:\n"
        "        await asyncio.Event().wait()\n"
        "    finally:\n"
        "        print('left')\n"
        "asyncio.run(main())\n",
        ends=Outcome.RAISED,
    )
    assert said == ["left"]
    assert bench.result is not None
    assert "RuntimeError: deadlock: nothing can end this wait" in bench.result.traceback


FORGOTTEN = """\
import asyncio, time
async def inner():
    return 1 // 0
async def forgotten():
    await inner()
async def main():
    task = asyncio.create_task(forgotten(), name="lost")
    await asyncio.sleep({wait})
    print("later", time.ticks_ms())
    {then}
asyncio.run(main())
"""


def test_a_task_that_failed_is_told_with_its_frames_when_nobody_asks_for_two_seconds() -> None:
    said = Bench().run(FORGOTTEN.format(wait=5, then="pass"))
    assert said[0] == "Task exception was never retrieved"
    assert said[1].startswith("future: <Task finished name='lost' coro=<coroutine object forgotten at 0x")
    assert said[1].endswith("exception=ZeroDivisionError('integer division or modulo by zero')>")
    assert said[2:4] == ["Exception in thread lost:", "Traceback (most recent call last):"]
    assert said[-4:] == [
        '  File "t.py", line 5, in forgotten',
        '  File "t.py", line 3, in inner',
        "ZeroDivisionError: integer division or modulo by zero",
        "later 5000",
    ]


def test_a_task_that_failed_is_told_at_the_end_at_the_latest() -> None:
    said = Bench().run(FORGOTTEN.format(wait=1, then="pass"))
    assert said[:2] == ["later 1000", "Task exception was never retrieved"]


def test_a_task_that_failed_is_not_told_when_it_was_asked() -> None:
    assert Bench().run(FORGOTTEN.format(wait=1, then="task.exception()")) == ["later 1000"]


def test_an_error_of_a_callback_is_told_and_the_loop_goes_on() -> None:
    said = Bench().run(
        "import asyncio\n"
        "async def main():\n"
        "    asyncio.get_running_loop().call_soon(lambda: 1 // 0)\n"
        "    await asyncio.sleep(0.1)\n"
        "    print('on')\n"
        "asyncio.run(main())\n"
    )
    assert said[0] == "Exception in callback"
    assert said[-2:] == ["ZeroDivisionError: integer division or modulo by zero", "on"]


def test_a_program_carries_what_it_names_of_asyncio() -> None:
    from vmrig_server.bytecode import compile_source, strip

    def size(source: str) -> int:
        return len(strip(compile_source(source, "t.py").image))

    alone = size("import asyncio\nasync def main():\n    await asyncio.sleep(1)\nasyncio.run(main())\n")
    assert alone < 10_200
    assert size("import asyncio\n") < 400
