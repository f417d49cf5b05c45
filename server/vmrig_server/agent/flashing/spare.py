# SPDX-License-Identifier: Apache-2.0
"""A tool process started ahead of its job: interpreter and imports are most of the time of a short one (half a second of a reset)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Mapping, Sequence

LOG = logging.getLogger(__name__)

IDLE_S = 300.0
"""A spare process that nobody needed for so long gives its memory back."""


async def start_tool(argv: Sequence[str], env: Mapping[str, str] | None) -> asyncio.subprocess.Process:
    """Starts a tool as the leader of a process group of its own.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(env) if env is not None else None,
        start_new_session=sys.platform != "win32",
    )


class SpareTool:
    """Keeps at most one process of a tool that waits for its specification.

    Args:
        command, environment: of the tool; asked at each start. A spare of another command is not used.
    """

    def __init__(self, command: Callable[[], list[str]], environment: Callable[[], Mapping[str, str]]) -> None:
        self._command = command
        self._environment = environment
        self._spare: tuple[list[str], asyncio.Task[asyncio.subprocess.Process]] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def prepare(self) -> None:
        """Begins to start a spare, unless there is one."""
        if self._closed or self._spare is not None:
            return
        argv = self._command()
        self._spare = argv, asyncio.create_task(start_tool(argv, self._environment()), name="spare tool")
        self._expiry = asyncio.get_running_loop().call_later(IDLE_S, self._drop)

    async def take(self) -> asyncio.subprocess.Process:
        """A process that waits for its specification; it is the caller's from now on.

        Raises:
            OSError: none can be started.
        """
        argv = self._command()
        spare, self._spare = self._spare, None
        self._stop_expiry()
        if spare is not None:
            made_of, starting = spare
            try:
                process = await asyncio.shield(starting)
                if process.returncode is None and made_of == argv:
                    return process
            except OSError as failure:
                LOG.info("the spare tool could not be started: %s", failure)
            except asyncio.CancelledError:
                self._end(starting)
                raise
            self._end(starting)
        return await start_tool(argv, self._environment())

    async def close(self) -> None:
        """Ends the spare."""
        self._closed = True
        self._drop()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _drop(self) -> None:
        self._stop_expiry()
        spare, self._spare = self._spare, None
        if spare is not None:
            self._end(spare[1])

    def _stop_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _end(self, starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
        task = asyncio.create_task(_end_idle(starting))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _end_idle(starting: asyncio.Task[asyncio.subprocess.Process]) -> None:
    try:
        process = await starting
    except OSError as failure:
        LOG.info("a spare tool could not be started: %s", failure)
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()  # it has no children yet
    await process.communicate()
