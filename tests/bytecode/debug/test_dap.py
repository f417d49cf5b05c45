# SPDX-License-Identifier: Apache-2.0
"""Debugging on the host's VM, through the protocol that editors speak."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from vmrig_server.bytecode import compile_source
from vmrig_server.bytecode.debug.host import HostTarget
from vmrig_server.bytecode.debug.looking import Message, Program
from vmrig_server.bytecode.debug.protocol import DebugError, Op
from vmrig_server.bytecode.debug.target import Target
from vmrig_server.bytecode.host import VirtualClock

from .client import LocalClient, Refused, editor_at

PATH = "/home/someone/program.py"
SHAPES = """\
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

def area(p, k):
    total = 0
    for i in range(3):
        total += p.x * p.y + k
    return total

points = [Point(1, 2), Point(3, 4.5)]
table = {"a": 1, "b": (1, 2), 3: None}
text = "hello" * 10
for p in points:
    print(area(p, 10))
print("done")
"""


@contextlib.asynccontextmanager
async def debugging(source: str) -> AsyncIterator[LocalClient]:
    """A client of the program, not launched yet."""

    async def connect(program: Program, arguments: Message) -> Target:
        return HostTarget(program.image, clock=VirtualClock())

    async with editor_at(connect, source, PATH) as client:
        yield client


async def test_a_breakpoint_stops_with_stack_locals_and_globals() -> None:
    async with debugging(SHAPES) as client:
        assert await client.begin([9], PATH) == [
            {"id": 1, "verified": True, "line": 9, "source": {"name": "program.py", "path": PATH}}
        ]
        stopped = await client.event("stopped")
        assert (stopped["reason"], stopped["hitBreakpointIds"]) == ("breakpoint", [1])
        stack = (await client.ask("stackTrace", threadId=1))["stackFrames"]
        assert [(f["name"], f["line"]) for f in stack] == [("area", 9), ("<module>", 16)]
        local = await client.scope("Locals")
        assert {name: v["value"] for name, v in local.items()} == {
            "p": "<Point x=1 y=2>",
            "k": "10",
            "total": "0",
            "i": "0",
        }
        assert await client.expand(local["p"]) == {"x": "1", "y": "2"}
        shared = await client.scope("Globals", 2)
        assert shared["table"]["value"] == "{'a': 1, 'b': (1, 2), 3: None}"
        assert shared["text"]["value"] == repr("hello" * 10)
        assert await client.expand(shared["points"]) == {"[0]": "<Point x=1 y=2>", "[1]": "<Point x=3 y=4.5>"}


async def test_conditions_hit_counts_and_log_points_decide_on_the_host() -> None:
    async with debugging(SHAPES) as client:
        await client.begin({9: {"condition": "i == 1 and p.x == 3"}, 10: {"logMessage": "total {total + 0.5}"}}, PATH)
        await client.event("stopped")
        assert await client.value("i") == "1" and await client.value("p.x") == "3"
        logs = [m["body"]["output"] for m in client.events if m["body"].get("category") == "console"]
        assert logs == ["total 36.5\n"]
        await client.ask("setBreakpoints", source={"path": PATH}, breakpoints=[{"line": 17, "hitCondition": "1"}])
        await client.ask("continue", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("<module>", 17)


async def test_a_hit_count_that_is_none_stops_and_is_told() -> None:
    async with debugging(SHAPES) as client:
        await client.begin({9: {"hitCondition": "often"}}, PATH)
        await client.event("stopped")
        logs = [m["body"]["output"] for m in client.events if m["body"].get("category") == "console"]
        assert len(logs) == 1 and logs[0].startswith("hit condition 'often': not a number")


async def test_steps_go_by_line_over_into_and_out_of_calls() -> None:
    async with debugging(SHAPES) as client:
        await client.begin([16], PATH)
        await client.event("stopped")
        seen = []
        for command in ("stepIn", "next", "next", "next", "stepOut", "next", "next"):
            await client.ask(command, threadId=1)
            await client.event("stopped")
            seen.append(await client.top())
        assert seen == [
            ("area", 7),
            ("area", 8),
            ("area", 9),
            ("area", 8),
            ("<module>", 16),
            ("<module>", 15),
            ("<module>", 16),
        ]


async def test_a_step_into_a_method_ends_at_its_first_line() -> None:
    async with debugging(SHAPES) as client:
        await client.begin([12], PATH)
        await client.event("stopped")
        await client.ask("stepIn", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("Point.__init__", 3)


async def test_watches_are_paths_arithmetic_and_comparisons_and_run_nothing() -> None:
    async with debugging(SHAPES) as client:
        await client.begin([17], PATH)
        await client.event("stopped")
        for expression, result in {
            "points[1].y * 2": "9.0",
            "table['b'][1]": "2",
            "table[3] is None": "True",
            "len(points) + len(text)": "52",
            "text[:5]": "'hello'",
            "p is points[1]": "True",
            "[p.x, 'a' in table, not p]": "[3, True, False]",
            "points[0].x if table else 0": "1",
            "type(p)": "Point",
        }.items():
            assert await client.value(expression) == result, expression
        for expression, why in {
            "nothing": "name 'nothing' is not defined here",
            "area(p, 1)": "a debugger does not call area(): nothing may run in the program",
            "p.z": "'Point' object has no attribute 'z'",
            "1 +": "invalid syntax: 1 +",
            "1 // 0": "ZeroDivisionError: integer division or modulo by zero",
        }.items():
            with pytest.raises(Refused) as refused:
                await client.value(expression)
            assert str(refused.value) == why


async def test_variables_can_be_set_and_the_program_goes_on_with_them() -> None:
    async with debugging("def f(n):\n    m = n\n    print(m)\nlimit = 1\nf(2)\nprint(limit)\n") as client:
        await client.begin([3], PATH)
        await client.event("stopped")
        scopes = (await client.ask("scopes", frameId=1))["scopes"]
        local, shared = (scope["variablesReference"] for scope in scopes)
        assert await client.ask("setVariable", variablesReference=local, name="m", value="n + 40") == {
            "value": "42",
            "type": "int",
            "variablesReference": 0,
        }
        await client.ask("setVariable", variablesReference=shared, name="limit", value="-5")
        await client.ask("continue", threadId=1)
        assert await client.event("exited") == {"exitCode": 0}
        assert client.output() == "42\n-5\n"


async def test_closures_show_the_variables_that_they_share() -> None:
    source = (
        "def outer():\n    n = 5\n    def inner():\n        m = n + 1\n        return m\n    return inner()\nouter()\n"
    )
    async with debugging(source) as client:
        await client.begin([5], PATH)
        await client.event("stopped")
        assert {name: v["value"] for name, v in (await client.scope("Locals")).items()} == {"m": "6", "n": "5"}
        assert (await client.scope("Locals", 2))["n"]["value"] == "5"


async def test_an_uncaught_exception_stops_where_it_is_raised_and_its_traceback_is_shown_at_the_end() -> None:
    source = "def f(d):\n    return d['x']\ntry:\n    f({})\nexcept KeyError:\n    pass\nf([])\n"
    async with debugging(source) as client:
        await client.begin([], PATH)
        stopped = await client.event("stopped")
        assert stopped["reason"] == "exception"
        assert stopped["text"] == "TypeError('list indices must be integers or slices, not str')"
        assert await client.top() == ("f", 2)
        info = await client.ask("exceptionInfo", threadId=1)
        assert (info["exceptionId"], info["breakMode"]) == ("TypeError", "unhandled")
        await client.ask("continue", threadId=1)
        assert await client.event("exited") == {"exitCode": 1}
        errors = "".join(m["body"]["output"] for m in client.events if m["body"].get("category") == "stderr")
        assert (
            errors.startswith("Traceback (most recent call last):\n")
            and '", line 7, in <module>\n    f([])\n' in errors
        )


async def test_raised_exceptions_stop_by_the_name_of_their_class() -> None:
    source = "for kind in (ValueError, KeyError):\n    try:\n        raise kind('x')\n    except Exception as e:\n        print(repr(e))\n"
    async with debugging(source) as client:
        await client.ask("initialize")
        await client.ask("launch", program=PATH)
        options = [{"filterId": "raised", "condition": "KeyError, OSError"}]
        await client.ask("setExceptionBreakpoints", filters=[], filterOptions=options)
        await client.ask("configurationDone")
        assert (await client.event("stopped"))["text"] == "KeyError('x')"
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "ValueError('x')\nKeyError('x')\n"


async def test_a_stop_inside_of_a_call_from_native_code_shows_both_sides_and_goes_on() -> None:
    source = "def key(n):\n    return -n\nprint(sorted([1, 3, 2], key=key))\n"
    async with debugging(source) as client:
        await client.begin([2], PATH)
        await client.event("stopped")
        assert [f["name"] for f in (await client.ask("stackTrace", threadId=1))["stackFrames"]] == ["key", "<module>"]
        assert await client.value("n") == "1"
        await client.ask("setBreakpoints", source={"path": PATH}, breakpoints=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "[3, 2, 1]\n"


async def test_a_running_program_is_paused_and_ended() -> None:
    async with debugging("n = 0\nwhile True:\n    n += 1\n") as client:
        await client.begin([], PATH)
        await client.ask("pause", threadId=1)
        assert (await client.event("stopped"))["reason"] == "pause"
        assert (await client.top())[0] == "<module>"
        await client.ask("terminate")
        await client.event("terminated")


async def test_stop_on_entry_stands_before_the_first_line() -> None:
    async with debugging("print(1)\nprint(2)\n") as client:
        await client.begin([], PATH, stopOnEntry=True)
        assert (await client.event("stopped"))["reason"] == "entry"
        assert await client.top() == ("<module>", 1)
        await client.ask("next", threadId=1)
        await client.event("stopped")
        assert client.output() == "1\n" and await client.top() == ("<module>", 2)


async def test_what_cannot_be_done_is_said() -> None:
    async with debugging("x = 1\n") as client:
        for command, why in {
            "continue": "nothing was launched",
            "frobnicate": "the request 'frobnicate' is not known",
        }.items():
            with pytest.raises(Refused, match=why):
                await client.ask(command)
        client.adapter.use(Program(error="program.py, line 1, column 1: no"))
        with pytest.raises(Refused, match="line 1, column 1: no"):
            await client.ask("launch")


async def test_a_line_without_code_is_moved_to_the_next_and_one_behind_the_end_is_not_verified() -> None:
    async with debugging("a = 1\n\n\nb = 2\n") as client:
        placed = await client.begin([2, 9], PATH)
        assert [(b["verified"], b.get("line")) for b in placed] == [(True, 4), (False, None)]


async def test_a_program_that_is_stepped_through_does_what_it_would_have_done() -> None:
    async with debugging(SHAPES) as client:
        await client.begin([], PATH, stopOnEntry=True)
        lines = set()
        while "reason" in await client.event("stopped", "exited"):
            lines.add((await client.top())[1])
            await client.ask("stepIn", threadId=1)
        assert client.output() == "36\n70.5\ndone\n"
        assert lines == {1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17}


async def test_threads_have_stacks_and_variables_of_their_own_and_steps_stay_in_one() -> None:
    source = """\
import _thread, time

def work(name, n):
    for i in range(n):
        time.sleep(0.01)
        done.append(name)

done = []
for name in "ab":
    _thread.start_new_thread(work, (name, 2))
while len(done) < 4:
    time.sleep(0.005)
print(sorted(done))
"""
    async with debugging(source) as client:
        await client.begin([6], PATH)
        stopped = await client.event("stopped")
        threads = {t["id"]: t["name"] for t in (await client.ask("threads"))["threads"]}
        assert len(threads) == 3 and threads[stopped["threadId"]] != "main"
        stacks = {}
        for identity in threads:
            frames = (await client.ask("stackTrace", threadId=identity))["stackFrames"]
            stacks[identity] = [(f["name"], f["line"]) for f in frames]
        assert stacks.pop(stopped["threadId"]) == [("work", 6)]
        assert sorted(stacks.values()) == [[("<module>", 12)], [("work", 5)]]
        other = next(identity for identity, stack in stacks.items() if stack == [("work", 5)])
        frame = (await client.ask("stackTrace", threadId=other))["stackFrames"][0]["id"]
        names = {await client.value("name"), await client.value("name", frame)}
        assert names == {"'a'", "'b'"}
        await client.ask("setBreakpoints", source={"path": PATH}, breakpoints=[])
        mine = await client.value("name")
        for _ in range(2):
            await client.ask("next", threadId=stopped["threadId"])
            assert (await client.event("stopped"))["threadId"] == stopped["threadId"]
            assert await client.value("name") == mine
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "['a', 'a', 'b', 'b']\n"


async def test_ints_of_any_size_and_chains_of_exceptions_are_shown() -> None:
    source = """\
big = 3 ** 90
small = -big
wide = 1 << 40
def f():
    try:
        {}["k"]
    except KeyError as e:
        raise ValueError("v") from e
try:
    f()
except ValueError:
    big // 0
"""
    async with debugging(source) as client:
        await client.begin([4], PATH)
        await client.event("stopped")
        for text in ("big", "-big", "small", "wide"):
            value = {"big": 3**90, "-big": -(3**90), "small": -(3**90), "wide": 1 << 40}[text]
            assert await client.value(text) == str(value)
        await client.ask("setExceptionBreakpoints", filters=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        errors = "".join(m["body"]["output"] for m in client.events if m["body"].get("category") == "stderr")
        lines = [line for line in errors.splitlines() if line and not line.startswith(" ")]
        assert lines == [
            "Traceback (most recent call last):",
            "KeyError: 'k'",
            "The above exception was the direct cause of the following exception:",
            "Traceback (most recent call last):",
            "ValueError: v",
            "During handling of the above exception, another exception occurred:",
            "Traceback (most recent call last):",
            "ZeroDivisionError: integer division or modulo by zero",
        ]


async def test_requests_at_the_end_of_a_program_are_answered_or_dropped_without_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    target = HostTarget(compile_source("while True: pass\n", "p.py").image, clock=VirtualClock())
    await target.start()
    asked = [asyncio.ensure_future(target.request(bytes([Op.STATE]))) for _ in range(20)]
    await asyncio.sleep(0)
    for request in asked[::2]:
        request.cancel()
    await target.close()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, bytes | asyncio.CancelledError | DebugError) for answer in answers)
    with pytest.raises(DebugError, match="has ended"):
        await asyncio.wait_for(target.request(bytes([Op.STATE])), 5)
    assert not caplog.records


UNCAUGHT = [
    # what stands around fail(), and whether it catches a ValueError
    ("try:\n    fail()\nexcept KeyError:\n    pass\n", False),
    ("try:\n    fail()\nexcept (KeyError, OSError):\n    pass\n", False),
    ("try:\n    fail()\nfinally:\n    print('f')\n", False),
    ("with Gate():\n    fail()\n", False),
    ("try:\n    try:\n        fail()\n    finally:\n        print('f')\nexcept KeyError:\n    pass\n", False),
    ("try:\n    fail()\nexcept ValueError:\n    print('again')\n    raise\n", False),
    ("try:\n    1 // 0\nexcept ZeroDivisionError:\n    fail()\n", False),
    ("try:\n    fail()\nexcept Other:\n    pass\n", False),
    ("try:\n    fail()\nexcept:\n    pass\n", True),
    ("try:\n    fail()\nexcept Exception as e:\n    print(e)\n", True),
    ("try:\n    fail()\nexcept (KeyError, ValueError):\n    pass\n", True),
    ("kinds = (KeyError, ValueError)\ntry:\n    fail()\nexcept kinds:\n    pass\n", True),
    ("kinds = (KeyError, OSError)\ntry:\n    fail()\nexcept kinds:\n    pass\n", False),
    ("try:\n    fail(Special('x'))\nexcept Other:\n    pass\n", True),
    ("try:\n    fail(Special('x'))\nexcept ValueError:\n    pass\n", True),
    ("try:\n    fail(Special('x'))\nexcept Apart:\n    pass\n", False),
    ("try:\n    try:\n        fail()\n    finally:\n        print('f')\nexcept ValueError:\n    pass\n", True),
    (
        "try:\n    print(hasattr(Gate(), 'x'), [i for i in Gate()], next(iter([]), 3))\nexcept KeyError:\n    pass\n",
        True,
    ),
    ("def g():\n    try:\n        fail()\n    finally:\n        return 1\ng()\n", True),
]


@pytest.mark.parametrize(("body", "caught"), UNCAUGHT, ids=[str(n) for n in range(len(UNCAUGHT))])
async def test_an_exception_is_uncaught_when_no_handler_around_it_is_for_its_class(body: str, caught: bool) -> None:
    source = (
        "class Other(Exception): pass\nclass Apart(Other): pass\nclass Special(ValueError, Other): pass\n"
        "class Gate:\n    def __enter__(self): return self\n    def __exit__(self, *a): pass\n"
        "    def __getattr__(self, name): raise AttributeError(name)\n"
        "    def __getitem__(self, i):\n        if i > 2: raise IndexError\n        return i\n"
        "def fail(e=ValueError('no')):\n    raise e\n"
    )
    async with debugging(source + body) as client:
        await client.begin([], PATH)
        if caught:
            await client.event("terminated")
            assert not [m for m in client.events if m["event"] == "stopped"]
            return
        assert (await client.event("stopped"))["reason"] == "exception"
        assert (await client.ask("exceptionInfo", threadId=1))["breakMode"] == "unhandled"
        assert await client.top() == ("fail", 12)
        await client.ask("continue", threadId=1)
        await client.event("terminated")


async def test_a_stop_in_a_task_shows_the_coroutines_that_await_it_and_their_variables() -> None:
    source = (
        "import asyncio\n"
        "async def leaf(n):\n    await asyncio.sleep(0.01)\n    return n + 1\n"
        "async def middle(n):\n    twice = n * 2\n    return await leaf(twice)\n"
        "async def main():\n    print(await middle(4))\n"
        "asyncio.run(main())\n"
    )
    async with debugging(source) as client:
        await client.begin([4], PATH)
        await client.event("stopped")
        stack = (await client.ask("stackTrace", threadId=1))["stackFrames"]
        assert [(f["name"], f["line"]) for f in stack[:3]] == [("leaf", 4), ("middle", 7), ("main", 9)]
        assert (stack[-1]["name"], stack[-1]["line"]) == ("<module>", 10)
        assert {name: v["value"] for name, v in (await client.scope("Locals", 2)).items()} == {"n": "4", "twice": "8"}
        await client.ask("next", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("middle", 7)
        await client.ask("continue", threadId=1)
        await client.event("terminated")
