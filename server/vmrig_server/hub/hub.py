# SPDX-License-Identifier: Apache-2.0
"""The hub's rooms, put together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import Agent
from vmrig_server.hub.audit import Audit
from vmrig_server.hub.board_store import BoardStore
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.catalogue import Catalogue
from vmrig_server.hub.custom_vms import CustomVms
from vmrig_server.hub.debugging import Debugging
from vmrig_server.hub.emulated import Emulated, EmulatorPool
from vmrig_server.hub.job_store import JobStore
from vmrig_server.hub.jobs import Jobs
from vmrig_server.hub.lease_service import LeaseService
from vmrig_server.hub.lease_store import LeaseStore
from vmrig_server.hub.model import Job
from vmrig_server.hub.programs import Programs
from vmrig_server.hub.store import Blobs, Store
from vmrig_server.hub.targets import Targets
from vmrig_server.hub.vms import Vms
from vmrig_server.hub.whole import settle, whole
from vmrig_server.hub.work import Desk

log = logging.getLogger(__name__)

KEEP_EVENTS_S = 30 * 24 * 3600.0
"""Events of jobs that ended longer ago are dropped at start; the jobs stay."""
WATCH_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Outside:
    """What the hub works with and does not own."""

    agent: Agent
    pool: EmulatorPool
    targets: Targets
    catalogue: Catalogue


class Hub:
    """Boards, leases, jobs, VMs and programs of one service."""

    def __init__(
        self, store: Store, blobs_dir: Path, outside: Outside, settings: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.agent = outside.agent
        self.targets = outside.targets
        self.audit = Audit(store)
        self.blobs = Blobs(store, blobs_dir)
        self.boards = Boards(BoardStore(store), outside.targets, settings=settings)
        self.leases = LeaseService(LeaseStore(store), self.boards, self.agent)
        self._job_store = JobStore(store)
        self.jobs = Jobs(self._job_store, self.boards, on_end=self._job_ended)
        self.leases.when_one_ends(self.jobs.lease_ended)
        self.desk = Desk(self.boards, self.leases, self.jobs, self.agent, self.blobs)
        self.vms = Vms(store, self.blobs, self.boards, self.desk, outside.catalogue)
        self.programs = Programs(self.desk, self.agent, self.boards, self.vms, self.targets)
        self.debugging = Debugging(self.desk, self.agent, self.programs)
        self.emulated = Emulated(outside.pool, self.boards)
        self.custom_vms = CustomVms(blobs_dir.parent / "cvm", self.boards, self.agent, outside.pool)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Takes up what an earlier run knew, then follows agent and clock."""
        await self.boards.load()
        await self.emulated.start()
        await self.jobs.load()
        await self.leases.load()
        self._tasks = [
            asyncio.create_task(self.leases.run(), name="leases"),
            asyncio.create_task(self._follow(), name="presence"),
            asyncio.create_task(self._prune(), name="prune"),
            asyncio.create_task(self.custom_vms.follow(), name="custom VMs"),
        ]

    async def close(self) -> None:
        """Stops all jobs and all that follows."""
        await self.jobs.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await settle()

    def _job_ended(self, job: Job) -> None:
        self.leases.poke()

    async def _prune(self) -> None:
        await whole(self._job_store.prune(time.time() - KEEP_EVENTS_S))

    async def _follow(self) -> None:
        while True:
            try:
                await self.boards.follow(self.agent)
            except Exception:
                # A watch that broke must not take the service with it; the next one begins with the whole set.
                log.exception("the agent's watch failed; watching again")
            await asyncio.sleep(WATCH_AGAIN_S)
