# SPDX-License-Identifier: Apache-2.0
"""A board as what a debugging session works on: requests go to the agent that owns it, answers and news come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from vmrig_server.agent.api import DebugNews
from vmrig_server.bytecode.debug.protocol import DebugError, Op, Reason, State
from vmrig_server.bytecode.debug.target import Ended, Event, Output, Stopped

if TYPE_CHECKING:
    from concurrent.futures import Future  # noqa: F401

LOOK_AGAIN_S = 1.0
"""News of a stop can be lost on the line: the board is asked so often while the program runs."""
Open = Callable[[AsyncIterator[bytes]], AsyncIterator[DebugNews]]


class BoardTarget:
    """Implements `vmrig_server.bytecode.debug.target.Target`.

    Args:
        open_stream: starts the program and gives its news, from an iterator of requests.
        follow: look for stops whose news were lost.
    """

    def __init__(self, open_stream: Open, *, follow: bool = True) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self._open = open_stream
        self._follow = follow
        self._requests: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._answers: asyncio.Queue[DebugNews | Exception] = asyncio.Queue()
        self._lock = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._told = 0
        self._ended = False

    async def start(self) -> None:
        """Sends the program and starts it; it stands."""
        self._tasks.append(asyncio.create_task(self._read()))
        await self._next()  # "started", or the error
        if self._follow:
            self._tasks.append(asyncio.create_task(self._look()))

    async def request(self, body: bytes) -> bytes:
        """One at a time."""
        async with self._lock:
            self._requests.put_nowait(body)
            news = await self._next()
        if news.kind == "refused":
            raise DebugError(f"the VM does not take the request {Op(body[0]).name}: {news.text}")
        return news.data

    async def terminate(self) -> None:
        """Ends the program; its end is an event."""
        self._requests.put_nowait(b"")

    async def close(self) -> None:
        """The program goes on without a debugger."""
        for task in self._tasks[1:]:
            task.cancel()
        self._requests.put_nowait(None)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next(self) -> DebugNews:
        news = await self._answers.get()
        if isinstance(news, Exception):
            self._answers.put_nowait(news)  # for those who ask after
            raise news
        return news

    async def _wanted(self) -> AsyncIterator[bytes]:
        while (request := await self._requests.get()) is not None:
            yield request

    async def _read(self) -> None:
        try:
            async for news in self._open(self._wanted()):
                self._take(news)
            self._answers.put_nowait(DebugError("the debugger has let go of the board"))
        except Exception as error:  # noqa: BLE001 -- told to who asks next
            self._answers.put_nowait(error)
        finally:
            if not self._ended:
                self._ended = True
                self.events.put_nowait(Ended(stopped=True))

    def _take(self, news: DebugNews) -> None:
        match news.kind:
            case "output":
                self.events.put_nowait(Output(news.data))
            case "stopped":
                self.events.put_nowait(Stopped())
            case "ended":
                self._ended = True
                self.events.put_nowait(Ended(news.text, news.places, news.stopped, news.earlier))
            case _:
                self._answers.put_nowait(news)

    async def _look(self) -> None:
        while not self._ended:
            await asyncio.sleep(LOOK_AGAIN_S)
            try:
                state = State.parse(await self.request(bytes([Op.STATE])))
            except DebugError:  # of a program that has ended, which its event tells
                continue
            if state.reason is not Reason.NONE and state.number != self._told:
                self._told = state.number
                self.events.put_nowait(Stopped())
