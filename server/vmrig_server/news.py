# SPDX-License-Identifier: Apache-2.0
"""What a piece of work tells while it goes on, as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


async def news_of(work: Callable[[Callable[[_T], None]], Awaitable[None]]) -> AsyncGenerator[_T, None]:
    """What the work tells, until it ends; it is cancelled when the iteration is closed. Raises what the work raises."""
    news: asyncio.Queue[tuple[_T] | None] = asyncio.Queue()
    job = asyncio.ensure_future(work(lambda item: news.put_nowait((item,))))
    job.add_done_callback(lambda _: news.put_nowait(None))
    try:
        while (item := await news.get()) is not None:
            yield item[0]
        await job
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
