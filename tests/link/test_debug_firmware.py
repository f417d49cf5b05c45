# SPDX-License-Identifier: Apache-2.0
"""Debugger and REPL on the emulated chip: the firmware's image, instruction by instruction."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent.debugged import PATH, board_client, board_repl, interrupt_a_loop, run_lines
from tests.agent.test_debugging import SOURCE
from tests.link.boards import EmulatedBoard
from vmrig_server.images import load_image

pytestmark = pytest.mark.skipif(
    "repl" not in load_image("microbit_v2", "vm").features, reason="the committed image has no debugger"
)


async def test_a_program_is_debugged_on_the_chip() -> None:
    board: Any = EmulatedBoard()
    async with board_client(SOURCE, board) as client:
        await client.begin([9], PATH)
        await client.event("stopped")
        assert await client.top() == ("Counter.up", 9)
        assert await client.value("self.n * 2 + by") == "30"
        await client.ask("next", threadId=1)
        await client.event("stopped")
        assert await client.top() == ("<module>", 13)
        await client.ask("setBreakpoints", source={"path": PATH}, breakpoints=[])
        await client.ask("continue", threadId=1)
        await client.event("terminated")
        assert client.output() == "".join(f"{n}\n" for n in range(10, 101, 10)) + "done\n"


async def test_lines_run_on_the_chip() -> None:
    said: list[bytes] = []
    async with board_repl(EmulatedBoard(), said) as repl:
        lines = [
            "x = 20",
            "def f(n):\n    return n * x + 2.0\n",
            "class A: pass\n",
            "a = A()",
            "a.v = 'text'",
            "a.v, f(2)",
        ]
        await run_lines(repl, lines)
        assert b"".join(said) == b"('text', 42.0)\n"
        await interrupt_a_loop(repl)
