# SPDX-License-Identifier: Apache-2.0
"""A change of state is made whole: a caller that goes away in the middle does not leave the store and the memory of two minds."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")
_running: set[asyncio.Task[Any]] = set()


async def whole(work: Coroutine[Any, Any, _T]) -> _T:
    """Runs the work to its end, also when the caller is cancelled."""
    task = asyncio.create_task(work)
    _running.add(task)  # the event loop itself holds tasks weakly
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def settle() -> None:
    """Waits until every work of this event loop has come to its end; before the store is closed."""
    loop = asyncio.get_running_loop()
    while ours := [task for task in _running if task.get_loop() is loop]:
        await asyncio.wait(ours)
