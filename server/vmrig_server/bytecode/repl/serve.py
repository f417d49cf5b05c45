# SPDX-License-Identifier: Apache-2.0
"""A REPL session for somebody at the other end of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from ..debug.target import Target
from .session import Repl


@dataclass(frozen=True, slots=True)
class Done:
    """A line has ended; `text` is its traceback or what is wrong with it. The first one says that the VM is ready."""

    text: str


@dataclass(frozen=True, slots=True)
class Complete:
    """Asks what may stand for the last word of a line, typed up to the cursor."""

    text: str


@dataclass(frozen=True, slots=True)
class Completions:
    """The words that may."""

    words: tuple[str, ...]


Answer = bytes | Done | Completions
"""What a line prints, or its end."""

Wish = str | Complete | None
"""A line, a word to be completed, or an interrupt of the line that runs."""


async def serve(image: bytes, target: Target, lines: AsyncIterator[Wish], tell: Callable[[Answer], None]) -> None:
    """Runs lines one after the other until there are no more; None interrupts the one that runs."""
    repl = Repl(image, target, tell)
    waiting: asyncio.Queue[str | Complete] = asyncio.Queue()

    async def work() -> None:
        tell(Done(await repl.start()))
        while True:
            wish = await waiting.get()
            if isinstance(wish, Complete):
                tell(Completions(tuple(await repl.complete(wish.text))))
            else:
                tell(Done(await repl.run(wish)))

    async def read() -> None:
        async for line in lines:
            if line is None:
                await repl.interrupt()
            else:
                waiting.put_nowait(line)

    working, reading = asyncio.create_task(work()), asyncio.create_task(read())
    try:
        done, _ = await asyncio.wait({working, reading}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        working.cancel()
        reading.cancel()
        await asyncio.gather(working, reading, return_exceptions=True)
        await repl.close()
