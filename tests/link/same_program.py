# SPDX-License-Identifier: Apache-2.0
"""A program on a board: what it printed, how it ended, what it cost."""

from __future__ import annotations

from pathlib import Path

from tests.vm.programs_list import compiled
from vmrig_server.agent.link import EventKind

from .boards import Board, linked

CONSOLE_ROOM = 1400
"""Bytes of output that a board keeps while the line is slow."""
WAIT = frozenset({"asyncio_module", "asyncio_sync", "queue_module", "threading_module", "threads"})
"""Programs that sleep: which thread goes on first, and so what it costs, is up to the clock."""

Result = tuple[bytes, EventKind, tuple[int, ...]]


async def result_of(board: Board, path: Path) -> Result:
    """Output, end and cost (instructions, collections, bytes of heap) of the program on the board, which is powered here."""
    board.power(True)
    async with linked(board) as (link, heard):
        await link.uplink(compiled(path).image)
        _, generation = await link.run()
        end = await link.wait_end(generation)
        # A program that waits for the line tries again, so that what it cost depends on the line's speed.
        waited = len(heard.output) > CONSOLE_ROOM or path.stem in WAIT
        costs = () if waited else (end.instructions, end.collections, end.heap_peak)
        return bytes(heard.output), end.kind, costs
