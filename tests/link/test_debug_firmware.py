# SPDX-License-Identifier: Apache-2.0
"""Debugger and REPL on the emulated chip: the firmware's image, instruction by instruction."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.agent.test_debugging import PATH, SOURCE, LinkPort, board_client
from tests.link.boards import EmulatedBoard, linked
from vmrig_server.agent.debugging import debug_program, news_of
from vmrig_server.bytecode.repl.session import Repl, base_image
from vmrig_server.hub.debug_board import BoardTarget
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
    board = EmulatedBoard()
    board.power(True)
    said: list[bytes] = []
    image = base_image()
    async with linked(board) as (link, heard):
        port: Any = LinkPort(link, heard)
        target = BoardTarget(
            lambda requests: news_of(lambda tell: debug_program(port, "0" * 16, image, requests, tell)), follow=False
        )
        repl = Repl(image, target, said.append)
        assert await repl.start() == ""
        for line in (
            "x = 20",
            "def f(n):\n    return n * x + 2.0\n",
            "class A: pass\n",
            "a = A()",
            "a.v = 'text'",
            "a.v, f(2)",
        ):
            assert await repl.run(line) == ""
        assert b"".join(said) == b"('text', 42.0)\n"
        running = asyncio.create_task(repl.run("while True: pass"))
        while not running.done():
            await asyncio.sleep(0)
            await repl.interrupt()
        assert running.result().endswith("KeyboardInterrupt\n")
        await repl.close()
