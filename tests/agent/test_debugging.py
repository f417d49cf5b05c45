# SPDX-License-Identifier: Apache-2.0
"""Debugging a board: the firmware's own link and VM over a simulated chip, an editor's protocol on the other side."""

from __future__ import annotations

import pytest

from tests.agent.debugged import PATH, LinkPort, board_client, board_repl, board_target, run_lines
from tests.link.boards import SimulatedBoard, damage, linked
from vmrig_server.agent import debugging
from vmrig_server.agent.link import EventKind
from vmrig_server.agent.uplink import traceback_evidence
from vmrig_server.bytecode import compile_source
from vmrig_server.bytecode.debug.heap import heap_text, read_heap
from vmrig_server.bytecode.debug.profile import profile_target
from vmrig_server.bytecode.stripping import for_board
from vmrig_server.errors import VmrigError
from vmrig_server.hub.programs import resolve

SOURCE = """\
import time

class Counter:
    def __init__(self):
        self.n = 0

    def up(self, by):
        self.n += by
        return self.n

c = Counter()
while c.n < 100:
    print(c.up(10))
    time.sleep(0.001)
print("done")
"""


async def test_a_program_on_a_board_stops_shows_its_variables_and_goes_on() -> None:
    async with board_client(SOURCE) as client:
        await client.begin([9], PATH)
        await client.event("stopped")
        stack = (await client.ask("stackTrace", threadId=1))["stackFrames"]
        assert [(f["name"], f["line"]) for f in stack] == [("Counter.up", 9), ("<module>", 13)]
        local = await client.scope("Locals")
        assert local["by"]["value"] == "10" and await client.expand(local["self"]) == {"n": "10"}
        assert await client.value("self.n * 2 + by") == "30"
        await client.ask("next", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("<module>", 13)
        await client.ask("setBreakpoints", source={"path": PATH}, breakpoints=[{"line": 15, "condition": "c.n == 100"}])
        await client.ask("continue", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("<module>", 15)
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "".join(f"{n}\n" for n in range(10, 101, 10)) + "done\n"


async def test_a_program_on_a_board_that_sleeps_is_paused_in_the_call_and_ended() -> None:
    async with board_client("import time\nwhile True:\n    time.sleep(1000)\n") as client:
        await client.begin([], PATH)
        await client.ask("pause", threadId=1)
        await client.event("stopped")
        assert await client.top() in (("<module>", 3), ("<module>", 2), ("<module>", 1))
        await client.ask("terminate")
        await client.event("terminated")


async def test_a_line_that_loses_frames_costs_time_and_no_stop() -> None:
    board = SimulatedBoard()
    async with board_client(SOURCE, board) as client:
        await client.begin([9], PATH)
        board.hurt = damage(5, 0.0005, 0.0005)
        for n in range(10, 60, 10):
            await client.event("stopped")
            assert await client.value("self.n") == str(n)
            await client.ask("continue", threadId=1)


async def test_the_traceback_of_a_program_that_raises_on_a_board_has_its_lines() -> None:
    async with board_client("def f(x):\n    return 1 // x\nf(0)\n") as client:
        await client.ask("initialize")
        await client.ask("launch", program=PATH)
        await client.ask("configurationDone")
        assert await client.event("exited") == {"exitCode": 1}
        errors = "".join(m["body"]["output"] for m in client.events if m["body"].get("category") == "stderr")
        assert "line 2, in f\n    return 1 // x\nZeroDivisionError: " in errors


ENDS = (EventKind.STARTED, EventKind.ENDED, EventKind.RAISED, EventKind.STOPPED)


async def test_an_end_whose_event_was_lost_on_the_line_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debugging, "LOOK_AGAIN_S", 0.02)
    for source, code in (("print('done')\n", 0), ("print('done')\n1 // 0\n", 1)):
        async with board_client(source, lost=ENDS) as client:
            await client.ask("initialize")
            await client.ask("launch", program=PATH)
            await client.ask("configurationDone")
            assert await client.event("exited") == {"exitCode": code}
            assert client.output() == "done\n"


async def test_a_line_of_a_repl_whose_end_was_lost_is_over_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debugging, "LOOK_AGAIN_S", 0.02)
    said: list[bytes] = []
    async with board_repl(SimulatedBoard(), said, lost=ENDS) as repl:
        await run_lines(repl, ["x = 2", "print(x + 1)", "x * 7"])
        assert "lost on the line" in await repl.run("1 // 0")
        await run_lines(repl, ["x"])
    assert b"".join(said) == b"3\n14\n2\n"


async def test_the_heap_of_a_running_program_is_read_page_by_page() -> None:
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(compile_source("big = [bytes(3000) for i in range(4)]\nwhile True: pass\n", "a.py").image)
        await link.run()
        target = board_target(LinkPort(link, heard), b"", follow=False)
        await target.start()
        heap = await read_heap(target.request, collect=True)
        assert sum(run.pages for run in heap.runs) == heap.page_count
        large = next(row for row in heap.classes() if row[0] == "large objects")
        assert large[1] >= 4 * 12 and heap.used > 12000
        assert "free pages" in heap_text(heap)
        await target.close()
        assert (await link.status()).state.alive


async def test_a_profile_of_a_board_is_made_of_samples_that_fall_on_its_expensive_lines() -> None:
    source = "def f(n):\n    t = 0\n    for i in range(n):\n        t += i * i % 7\n    return t\nfor k in range(200):\n    f(500)\nprint(k)\n"
    image = compile_source(source, "a.py").image
    board = SimulatedBoard()
    board.power(True)
    said: list[bytes] = []
    async with linked(board) as (link, heard):
        target = board_target(LinkPort(link, heard), image, follow=False)
        done = await profile_target(image, target, said.append, source)
        await target.close()
    assert b"".join(said) == b"199\n" and not done.profile.exact and done.traceback == ""
    counts = {row.line: row.count for row in done.profile.lines}
    assert done.profile.total >= 10 and counts.get(4, 0) + counts.get(3, 0) > 0.8 * done.profile.total


async def test_a_board_tells_of_the_exceptions_that_led_to_the_last_one() -> None:
    source = """\
def f():
    try:
        {}["k"]
    except KeyError as e:
        raise ValueError("v") from e
try:
    f()
except ValueError:
    1 // 0
"""
    image = compile_source(source, "a.py").image
    assert len(for_board(image)) < len(image) - 100  # lines and names of locals stay here
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        committed = await link.uplink(for_board(image))
        await link.run()
        event = await link.wait_end(committed.generation)
    evidence = traceback_evidence(event)
    failure = resolve(VmrigError("PROGRAM_RAISED", "it raised", evidence=evidence), image, source)
    assert [line for line in failure.evidence if line and not line.startswith(" ")] == [
        "Traceback (most recent call last):",
        "KeyError: 'k'",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        "ValueError: v",
        "During handling of the above exception, another exception occurred:",
        "Traceback (most recent call last):",
        "ZeroDivisionError: integer division or modulo by zero",
    ]
    assert '  File "a.py", line 3, in f' in failure.evidence and '    {}["k"]' in failure.evidence
