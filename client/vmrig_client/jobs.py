# SPDX-License-Identifier: Apache-2.0
"""Jobs, for asyncio: what runs on a board, followed to its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from vmrig.v1 import jobs_pb2, jobs_pb2_grpc

from vmrig_client.connection import Connection
from vmrig_client.errors import ApiError

PAGE_SIZE = 200
OnEvent = Callable[[jobs_pb2.JobEvent], None]


class JobCancelled(ApiError):
    """The job was cancelled, by this client or another."""


class JobCalls(Connection):
    """The Jobs service of a client."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._jobs = jobs_pb2_grpc.JobsStub(self._channel)

    def watch_job(self, name: str, after_sequence: int = 0) -> AsyncIterator[jobs_pb2.JobEvent]:
        """Events of a job to its end."""
        request = jobs_pb2.WatchJobRequest(name=name, after_sequence=after_sequence)
        return self._stream(self._jobs.WatchJob, request)

    async def jobs(self, board: str = "") -> list[jobs_pb2.Job]:
        """The latest jobs, newest first."""
        request = jobs_pb2.ListJobsRequest(board=board, page_size=PAGE_SIZE)
        return list((await self._call(self._jobs.ListJobs(request, timeout=self.timeout_s))).jobs)

    async def cancel_job(self, name: str) -> jobs_pb2.Job:
        """Stops a job; the board is left so that the next flash repairs it."""
        return await self._call(self._jobs.CancelJob(jobs_pb2.CancelJobRequest(name=name), timeout=self.timeout_s))

    async def finish(self, job: jobs_pb2.Job, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        """Follows a job to its end and returns it; raises what it failed with. Cancelling this cancels the job."""
        last = job
        try:
            async for event in self.watch_job(job.name):
                if on_event is not None:
                    on_event(event)
                if event.WhichOneof("event") == "job":
                    last = event.job
        except asyncio.CancelledError:
            with contextlib.suppress(ApiError):
                await asyncio.shield(self.cancel_job(job.name))
            raise
        if last.state == jobs_pb2.JOB_STATE_FAILED:
            raise ApiError.from_message(last.error)
        if last.state == jobs_pb2.JOB_STATE_CANCELLED:
            raise JobCancelled("JOB_CANCELLED", f"The {last.kind} job was cancelled.", (), "", 1)
        return last

    async def _start(self, call: Awaitable[jobs_pb2.Job], on_event: OnEvent | None) -> jobs_pb2.Job:
        return await self.finish(await self._call(call), on_event)
