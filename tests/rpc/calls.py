# SPDX-License-Identifier: Apache-2.0
"""What tests of the services do again and again."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from vmrig.v1 import (
    boards_pb2,
    common_pb2,
    jobs_pb2,
    leases_pb2,
    system_pb2,
)

from tests.hub.fakes import ALPHA, attached
from tests.rpc.conftest import Line

DEADLINE_S = 10.0


async def refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, error_details_pb2.ErrorInfo]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error: Any = caught.value  # its asyncio errors are calls too, which its stubs do not know
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return caught.value.code(), info


async def plugged_board(line: Line, board_id: str = ALPHA, *candidates: str) -> boards_pb2.Board:
    """Plugs a board in and waits for the watch to tell."""
    line.agent.plug(attached(board_id, *candidates))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    async for event in watch:
        if event.board.name == f"boards/{board_id}":
            watch.cancel()
            return event.board
    raise AssertionError


async def next_event(watch: Any) -> boards_pb2.BoardEvent:
    event = await watch.read()
    assert isinstance(event, boards_pb2.BoardEvent)
    return event


async def leased(line: Line, board: str = ALPHA, holder: str = "ann", **more: Any) -> leases_pb2.Lease:
    return await line.leases.RequestLease(leases_pb2.RequestLeaseRequest(board=board, holder=holder, **more))


def lease_ref(lease: leases_pb2.Lease) -> common_pb2.LeaseRef:
    return common_pb2.LeaseRef(lease=lease.name, fence=lease.fence)


async def uploaded(line: Line, data: bytes) -> str:
    async def chunks() -> AsyncIterator[system_pb2.UploadBlobRequest]:
        for start in range(0, len(data), 5):
            yield system_pb2.UploadBlobRequest(chunk=data[start : start + 5])

    blob = await line.system.UploadBlob(chunks())
    assert (blob.sha256, blob.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    return blob.sha256


async def events_of(line: Line, job: jobs_pb2.Job, after: int = 0) -> list[jobs_pb2.JobEvent]:
    request = jobs_pb2.WatchJobRequest(name=job.name, after_sequence=after)
    return [event async for event in line.jobs.WatchJob(request, timeout=DEADLINE_S)]


async def end_of(line: Line, job: jobs_pb2.Job) -> jobs_pb2.Job:
    return (await events_of(line, job))[-1].job


async def registered(line: Line, board_id: str = ALPHA, alias: str = "") -> leases_pb2.Lease:
    await plugged_board(line, board_id)
    lease = await leased(line, board_id)
    request = boards_pb2.RegisterBoardRequest(board=board_id, lease=lease_ref(lease), alias=alias)
    assert (await end_of(line, await line.boards.RegisterBoard(request))).state == jobs_pb2.JOB_STATE_SUCCEEDED
    return lease
