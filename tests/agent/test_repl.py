# SPDX-License-Identifier: Apache-2.0
"""A REPL on a board: the firmware's own link and VM over a simulated chip."""

from __future__ import annotations

from tests.agent.debugged import board_repl, interrupt_a_loop, run_lines
from tests.link.boards import SimulatedBoard


async def test_lines_run_on_a_board_with_what_those_before_defined_and_can_be_interrupted() -> None:
    said: list[bytes] = []
    async with board_repl(SimulatedBoard(), said) as repl:
        lines = [
            "x = 20",
            "def f(n):\n    '''%s'''\n    return n * x + 2.0\n" % ("long text " * 60),
            "f(2)",
            "class A: pass\n",
            "a = A()",
            "a.v = 'text'",
            "a.v",
        ]
        await run_lines(repl, lines)
        assert b"".join(said) == b"42.0\n'text'\n"
        assert (await repl.run("f('x' * 3)")).endswith('can only concatenate str (not "float") to str\n')
        await interrupt_a_loop(repl)
        said.clear()
        assert await repl.run("print([f(i) for i in range(3)])") == ""
        assert b"".join(said) == b"[2.0, 22.0, 42.0]\n"
