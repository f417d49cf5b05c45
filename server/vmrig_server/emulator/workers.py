# SPDX-License-Identifier: Apache-2.0
"""The worker processes of a pool: how many there are, and one ahead of need."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from pathlib import Path

from vmrig_server.emulator.worker_process import WorkerProcess
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)


class Workers:
    """One event loop uses it.

    Args:
        home: folder of the service.
        limit: most worker processes at a time.
        died: called when one has ended, expected or not.
    """

    def __init__(self, home: Path, limit: int, died: Callable[[WorkerProcess], None]) -> None:
        self._home = home
        self._limit = limit
        self._died = died
        self._running: list[WorkerProcess] = []
        self._numbers = itertools.count()
        self._start_lock = asyncio.Lock()
        self._spare: asyncio.Task[None] | None = None
        self._closed = False

    async def least_loaded(self) -> WorkerProcess:
        """The worker for the next board: a new one while there may be more and all have boards.

        Raises:
            VmrigError: EMULATOR_FAILED.
        """
        async with self._start_lock:
            worker = min(self._running, key=lambda candidate: len(candidate.boards), default=None)
            if worker is None or (worker.boards and len(self._running) < self._limit):
                worker = await self._start()
            return worker

    def prepare_spare(self) -> None:
        """Starts a worker ahead of the board that will need it, so that plugging in is quick."""
        if self._wants_spare() and (self._spare is None or self._spare.done()):
            self._spare = asyncio.create_task(self._start_spare())

    async def close(self) -> None:
        """Ends them."""
        self._closed = True
        if self._spare is not None:
            self._spare.cancel()
            await asyncio.gather(self._spare, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in tuple(self._running)))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _wants_spare(self) -> bool:
        busy = all(worker.boards for worker in self._running)
        return not self._closed and busy and len(self._running) < self._limit

    async def _start_spare(self) -> None:
        async with self._start_lock:
            if not self._wants_spare():
                return
            try:
                await self._start()
            except VmrigError as error:
                LOG.error("%s %s", error, " | ".join(error.evidence))

    async def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._home, next(self._numbers), self._gone)
        await worker.start()
        self._running.append(worker)
        return worker

    def _gone(self, worker: WorkerProcess) -> None:
        if worker in self._running:
            self._running.remove(worker)
        self._died(worker)
