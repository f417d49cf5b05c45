# SPDX-License-Identifier: Apache-2.0
"""A REPL on a board: the firmware's own link and VM over a simulated chip."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.agent.test_debugging import LinkPort
from tests.link.boards import SimulatedBoard, linked
from vmrig_server.agent.debugging import debug_program, news_of
from vmrig_server.bytecode.repl.session import Repl, base_image
from vmrig_server.hub.debug_board import BoardTarget


async def test_lines_run_on_a_board_with_what_those_before_defined_and_can_be_interrupted() -> None:
    board = SimulatedBoard()
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
            "def f(n):\n    '''%s'''\n    return n * x + 2.0\n" % ("long text " * 60),
            "f(2)",
            "class A: pass\n",
            "a = A()",
            "a.v = 'text'",
            "a.v",
        ):
            assert await repl.run(line) == ""
        assert b"".join(said) == b"42.0\n'text'\n"
        assert (await repl.run("f('x' * 3)")).endswith('can only concatenate str (not "float") to str\n')
        running = asyncio.create_task(repl.run("while True: pass"))
        while not running.done():
            await asyncio.sleep(0)
            await repl.interrupt()
        assert running.result().endswith("KeyboardInterrupt\n")
        said.clear()
        assert await repl.run("print([f(i) for i in range(3)])") == ""
        assert b"".join(said) == b"[2.0, 22.0, 42.0]\n"
        await repl.close()
