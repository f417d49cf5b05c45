# SPDX-License-Identifier: Apache-2.0
"""What an editor is told of programs of several files and of the library: whose variables are shown, where sources are, what goes on."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from vmrig_server.bytecode.debug.host import HostTarget
from vmrig_server.bytecode.debug.looking import Message, Program
from vmrig_server.bytecode.debug.target import Target
from vmrig_server.bytecode.host import VirtualClock

from .client import LocalClient, Refused, editor_at

MAIN = "/home/someone/main.py"
PARTS = "/home/someone/parts.py"
SOURCE = """\
import parts
from parts import scale as factor, Point
limit = 2
count = "main's"
for i in range(limit):
    parts.show(Point(i))
print(parts.count, factor)
"""
OTHER = """\
scale = 3
count = 0

class Point:
    def __init__(self, x):
        self.x = x

def show(point):
    global count
    count += point.x
    print(count * scale)
"""


@contextlib.asynccontextmanager
async def debugging(source: str = SOURCE, **others: str) -> AsyncIterator[LocalClient]:
    async def connect(program: Program, arguments: Message) -> Target:
        return HostTarget(program.image, clock=VirtualClock())

    files = {f"{name}.py": text for name, text in others.items()}
    async with editor_at(connect, source, MAIN, files) as client:
        yield client


async def test_a_frame_shows_the_variables_of_its_own_module_and_the_modules_that_it_imports() -> None:
    async with debugging(parts=OTHER) as client:
        await client.begin([11], PARTS)
        await client.event("stopped")
        inside, outside = await client.scope("Globals", 1), await client.scope("Globals", 2)
        assert set(inside) == {"scale", "count", "Point", "show"} and inside["count"]["value"] == "0"
        assert set(outside) == {"limit", "count", "i", "parts", "factor", "Point"}
        assert outside["count"]["value"] == '"main\'s"' and outside["parts"]["value"] == "<module 'parts'>"
        assert (await client.expand(outside["parts"]))["scale"] == "3"
        assert [await client.value(text, 2) for text in ("parts.scale + factor", "parts.count", "count", "limit")] == [
            "6",
            "0",
            '"main\'s"',
            "2",
        ]
        with pytest.raises(Refused, match="'limit' is not defined"):
            await client.value("limit", 1)
        shared = (await client.ask("scopes", frameId=1))["scopes"][1]["variablesReference"]
        await client.ask("setVariable", variablesReference=shared, name="count", value="10")
        await client.ask("setBreakpoints", source={"path": PARTS}, breakpoints=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "30\n33\n11 3\n"


async def test_variables_tell_what_a_watch_calls_them_and_which_can_be_set() -> None:
    source = "class A:\n    pass\na = A()\na.items = [1, {'k': (2, 3)}]\nprint(a)\n"
    async with debugging(source) as client:
        await client.begin([5], MAIN)
        await client.event("stopped")
        found = (await client.scope("Globals"))["a"]
        assert found["evaluateName"] == "a" and "presentationHint" not in found
        for part, name in (("items", "a.items"), ("[1]", "a.items[1]"), ("['k']", "a.items[1]['k']")):
            body = await client.ask("variables", variablesReference=found["variablesReference"])
            found = next(v for v in body["variables"] if v["name"] == part)
            assert found["evaluateName"] == name and found["presentationHint"] == {"attributes": ["readOnly"]}
            assert await client.value(name) == found["value"]


async def test_names_are_completed_from_the_frame_and_behind_a_dot_from_the_object() -> None:
    async with debugging(parts=OTHER) as client:
        await client.begin([11], PARTS)
        await client.event("stopped")

        async def labels(text: str, frame: int = 1) -> list[str]:
            body = await client.ask("completions", frameId=frame, text=text, column=len(text) + 1)
            assert all(each["start"] + each["length"] == len(text) + 1 for each in body["targets"])
            return [each["label"] for each in body["targets"]]

        assert await labels("1 + po") == ["point"] and await labels("point.") == ["x"]
        assert await labels("parts.sh", 2) == ["show"] and await labels("lim", 2) == ["limit"]
        assert await labels("nothing.") == [] and await labels("'") != []


async def test_a_library_module_has_its_source_from_the_adapter_and_threads_their_names() -> None:
    source = "import threading\ndef work(n):\n    print(n)\nt = threading.Thread(target=work, args=(5,))\nt.start()\nt.join()\n"
    async with debugging(source) as client:
        await client.begin([3], MAIN)
        stopped = await client.event("stopped")
        names = {t["id"]: t["name"] for t in (await client.ask("threads"))["threads"]}
        assert names == {1: "main", stopped["threadId"]: "Thread-1 (work)"}
        frames = (await client.ask("stackTrace", threadId=stopped["threadId"]))["stackFrames"]
        assert frames[0]["source"] == {"name": "main.py", "path": MAIN}
        library = frames[1]["source"]
        assert (library["name"], library["presentationHint"]) == (
            "threading.py",
            "deemphasize",
        ) and "path" not in library
        content = (await client.ask("source", source=library, sourceReference=library["sourceReference"]))["content"]
        assert "self._target(" in content.splitlines()[frames[1]["line"] - 1]
        with pytest.raises(Refused, match="no such source"):
            await client.ask("source", sourceReference=99)
        with pytest.raises(Refused, match="stands at no exception"):
            await client.ask("exceptionInfo", threadId=1)


async def test_a_restart_begins_anew_with_the_same_breakpoints() -> None:
    async with debugging(parts=OTHER) as client:
        (placed,) = await client.begin({10: {"hitCondition": "2"}}, PARTS)
        await client.event("stopped")
        assert await client.value("point.x") == "1"
        await client.ask("restart")
        stopped = await client.event("stopped")
        assert stopped["hitBreakpointIds"] == [placed["id"]] and await client.value("point.x") == "1"
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "0\n0\n3\n1 3\n"
        await client.ask("restart")
        await client.event("stopped")
        await client.ask("setBreakpoints", source={"path": PARTS}, breakpoints=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")


async def test_a_program_that_does_not_compile_any_more_is_not_restarted_and_the_old_one_stands() -> None:
    async with debugging(parts=OTHER) as client:
        await client.begin([10], PARTS)
        await client.event("stopped")
        client.adapter.use(Program(error="main.py:1:1: error: invalid syntax"))
        with pytest.raises(Refused, match="invalid syntax"):
            await client.ask("restart")
        assert await client.value("point.x") == "0"


async def test_a_client_that_counts_lines_from_0_is_told_lines_from_0() -> None:
    async with debugging(parts=OTHER) as client:
        await client.ask("initialize", adapterID="vmrig", linesStartAt1=False, columnsStartAt1=False)
        await client.ask("launch", program=MAIN)
        await client.event("initialized")
        body = await client.ask("setBreakpoints", source={"path": PARTS}, breakpoints=[{"line": 9}])
        assert body["breakpoints"][0]["line"] == 9
        found = await client.ask("breakpointLocations", source={"path": PARTS}, line=0, endLine=3)
        assert found == {"breakpoints": [{"line": 0}, {"line": 1}, {"line": 3}]}
        await client.ask("configurationDone")
        await client.event("stopped")
        assert await client.top() == ("show", 9)


async def test_a_breakpoint_at_a_loop_is_hit_in_each_round_and_a_body_of_several_lines_once() -> None:
    source = (
        "for i in range(3):\n    pass\n    a = i\nn = 0\nwhile n < 2:\n    n = (n +\n        1)\n    m = n\nprint(n)\n"
    )
    for line, stops in ((1, 3), (3, 3), (5, 3), (6, 2), (9, 1)):
        async with debugging(source) as client:
            await client.begin([line], MAIN)
            found = 0
            while "reason" in await client.event("stopped", "exited"):
                found += 1
                await client.ask("continue", threadId=1)
            assert (line, found) == (line, stops)
