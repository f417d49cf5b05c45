# SPDX-License-Identifier: Apache-2.0
"""Programs on a board's own firmware, with an editor or a REPL at the other end of its link."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Container, Iterator, Sequence
from typing import Any

from tests.bytecode.debug.client import LocalClient, editor_at
from tests.link.boards import Heard, SimulatedBoard, linked
from vmrig_server.agent.debugging import debug_program
from vmrig_server.agent.link import Event, EventKind, Identity, Link
from vmrig_server.bytecode.debug.looking import Message, Program
from vmrig_server.bytecode.debug.target import Target
from vmrig_server.bytecode.repl.session import Repl, base_image
from vmrig_server.bytecode.stripping import for_board
from vmrig_server.hub.debug_board import BoardTarget
from vmrig_server.news import news_of

PATH = "/home/someone/blink.py"


class LinkPort:
    """What `debug_program` needs of a console's port, over a link."""

    def __init__(self, link: Link, heard: Heard, lost: Container[EventKind] = ()) -> None:
        """lost: kinds of events that never arrive."""
        self._link = link
        self._heard = heard
        self._lost = lost

    async def name(self, slot: str, names: object) -> None:
        pass

    async def open(self) -> Link:
        return self._link

    async def identify(self, *, boot_s: float, deadline_s: float) -> Identity:
        return await self._link.hello(deadline_s=deadline_s)

    @contextlib.contextmanager
    def watching(self, on_event: Callable[[Event], None], on_output: Callable[[bytes], None]) -> Iterator[None]:
        def arrived(event: Event) -> None:
            if event.kind not in self._lost:
                on_event(event)

        self._link.listener.on_event, self._link.listener.on_output = arrived, on_output
        yield


def board_target(port: Any, image: bytes, *, follow: bool = True) -> BoardTarget:
    """A program on the board behind the port."""
    return BoardTarget(
        lambda requests: news_of(lambda tell: debug_program(port, "0" * 16, image, requests, tell)), follow=follow
    )


@contextlib.asynccontextmanager
async def board_client(
    source: str, board: SimulatedBoard | None = None, lost: Container[EventKind] = ()
) -> AsyncIterator[LocalClient]:
    """An editor at a program on a board."""
    board = board or SimulatedBoard()
    board.power(True)
    async with linked(board, timeout_s=0.3) as (link, heard):
        port = LinkPort(link, heard, lost)

        async def connect(program: Program, arguments: Message) -> Target:
            return board_target(port, for_board(program.image))

        async with editor_at(connect, source, PATH) as client:
            yield client


@contextlib.asynccontextmanager
async def board_repl(board: Any, said: list[bytes], lost: Container[EventKind] = ()) -> AsyncIterator[Repl]:
    """A REPL on a board; what its lines print goes to `said`."""
    board.power(True)
    image = base_image()
    async with linked(board) as (link, heard):
        repl = Repl(image, board_target(LinkPort(link, heard, lost), image, follow=False), said.append)
        assert await repl.start() == ""
        try:
            yield repl
        finally:
            await repl.close()


async def run_lines(repl: Repl, lines: Sequence[str]) -> None:
    """Lines that have no error."""
    for line in lines:
        assert await repl.run(line) == ""


async def interrupt_a_loop(repl: Repl) -> None:
    """An endless loop ends in a KeyboardInterrupt."""
    running = asyncio.create_task(repl.run("while True: pass"))
    while not running.done():
        await asyncio.sleep(0)
        await repl.interrupt()
    assert running.result().endswith("KeyboardInterrupt\n")
