# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vmrig.v1 import jobs_pb2, jobs_pb2_grpc

from vmrig_server.hub.hub import Hub
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class JobsServicer(jobs_pb2_grpc.JobsServicer):
    """Translates and delegates to `hub.jobs`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def GetJob(self, request: jobs_pb2.GetJobRequest, context: Context) -> jobs_pb2.Job:
        """By name."""
        return translate.job_message(await self._hub.jobs.get(request.name))

    async def ListJobs(self, request: jobs_pb2.ListJobsRequest, context: Context) -> jobs_pb2.ListJobsResponse:
        """Newest first, in pages."""
        page = translate.page_of(request.page_size, request.page_token)
        board_id = self._hub.boards.one(request.board).board_id if request.board else ""
        jobs, after = translate.cut(await self._hub.jobs.page(board_id, translate.one_more(page)), page)
        return jobs_pb2.ListJobsResponse(
            jobs=[translate.job_message(job) for job in jobs],
            next_page_token=translate.page_token(after.job_id if after else ""),
        )

    async def WatchJob(self, request: jobs_pb2.WatchJobRequest, context: Context) -> AsyncIterator[jobs_pb2.JobEvent]:
        """To the end of the job."""
        async for event in self._hub.jobs.watch(request.name, request.after_sequence):
            yield translate.job_event_message(event)

    async def CancelJob(self, request: jobs_pb2.CancelJobRequest, context: Context) -> jobs_pb2.Job:
        """Answers when the job's tool has let go of the board."""
        return translate.job_message(await self._hub.jobs.cancel(request.name))
