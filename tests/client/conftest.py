# SPDX-License-Identifier: Apache-2.0
"""A service made of plain servicers, so that a client's own behaviour is tested and nothing else; the real service is in tests/e2e."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from vmrig.v1 import (
    boards_pb2,
    boards_pb2_grpc,
    consoles_pb2,
    consoles_pb2_grpc,
    flash_pb2,
    flash_pb2_grpc,
    jobs_pb2,
    jobs_pb2_grpc,
    leases_pb2,
    leases_pb2_grpc,
    system_pb2,
    system_pb2_grpc,
    vms_pb2,
    vms_pb2_grpc,
)

Context = grpc.aio.ServicerContext[Any, Any]


class FakeService(
    boards_pb2_grpc.BoardsServicer,
    consoles_pb2_grpc.ConsolesServicer,
    jobs_pb2_grpc.JobsServicer,
    leases_pb2_grpc.LeasesServicer,
    flash_pb2_grpc.FlashServicer,
    system_pb2_grpc.SystemServicer,
    vms_pb2_grpc.VmsServicer,
):
    """Two boards, one console that talks, one flash job that runs as the test lets it."""

    def __init__(self) -> None:
        self.boards = [
            boards_pb2.Board(
                name="boards/0123456789abcdef",
                target="microbit_v2",
                aliases=["kitchen"],
                presence=boards_pb2.PRESENCE_PRESENT,
                health=boards_pb2.HEALTH_GOOD,
                usb=boards_pb2.Usb(vid=0x0D28, pid=0x0204, serial="9904" + "0" * 44, location="1-1"),
            ),
            boards_pb2.Board(
                name="boards/fedcba9876543210",
                candidates=["microbit_v1", "microbit_v2"],
                presence=boards_pb2.PRESENCE_ABSENT,
                health=boards_pb2.HEALTH_UNKNOWN,
            ),
        ]
        self.changes: asyncio.Queue[boards_pb2.Board] = asyncio.Queue()
        self.console = [consoles_pb2.ConsoleChunk(offset=0, data=b"hello from the board\n")]
        self.flash_requests: list[flash_pb2.FlashBoardRequest] = []
        self.blobs: list[bytes] = []
        self.job_events: asyncio.Queue[jobs_pb2.JobEvent] = asyncio.Queue()
        self.cancelled: list[str] = []
        self.released: list[str] = []
        self.vms: list[vms_pb2.Vm] = []

    async def ListBoards(
        self, request: boards_pb2.ListBoardsRequest, context: Context
    ) -> boards_pb2.ListBoardsResponse:
        return boards_pb2.ListBoardsResponse(boards=self.boards)

    async def GetBoard(self, request: boards_pb2.GetBoardRequest, context: Context) -> boards_pb2.Board:
        for board in self.boards:
            if request.name in (board.name, *board.aliases):
                return board
        info = error_details_pb2.ErrorInfo(
            reason="BOARD_NOT_FOUND",
            domain="vmrig",
            metadata={
                "next_command": "vmrig boards",
                "error_class": "5",
                "evidence.1": "second",
                "evidence.0": "first",
            },
        )
        detail = any_pb2.Any()
        detail.Pack(info)
        status = status_pb2.Status(code=grpc.StatusCode.NOT_FOUND.value[0], message="No such board.", details=[detail])
        await context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError

    async def WatchBoards(
        self, request: boards_pb2.WatchBoardsRequest, context: Context
    ) -> AsyncIterator[boards_pb2.BoardEvent]:
        for board in self.boards:
            yield boards_pb2.BoardEvent(type=boards_pb2.BoardEvent.TYPE_INITIAL, board=board)
        yield boards_pb2.BoardEvent(type=boards_pb2.BoardEvent.TYPE_SYNCED)
        while True:
            yield boards_pb2.BoardEvent(type=boards_pb2.BoardEvent.TYPE_CHANGED, board=await self.changes.get())

    async def ReadConsole(
        self, request: consoles_pb2.ReadConsoleRequest, context: Context
    ) -> AsyncIterator[consoles_pb2.ConsoleChunk]:
        for chunk in self.console:
            yield chunk
        if request.follow:
            await asyncio.Event().wait()

    async def ListVms(self, request: vms_pb2.ListVmsRequest, context: Context) -> vms_pb2.ListVmsResponse:
        return vms_pb2.ListVmsResponse(vms=self.vms)

    async def ListAvailableVms(
        self, request: vms_pb2.ListAvailableVmsRequest, context: Context
    ) -> vms_pb2.ListAvailableVmsResponse:
        answer = vms_pb2.ListAvailableVmsResponse()
        answer.offers.add(target=request.target, title="threads", features=["float", "threads"], usual=True)
        answer.offers.add(target=request.target, title="none", features=["float"])
        for name in ("float", "json", "threads"):
            answer.features.add(name=name, summary=f"what {name} is")
        return answer

    async def BuildVm(self, request: vms_pb2.BuildVmRequest, context: Context) -> AsyncIterator[vms_pb2.BuildVmEvent]:
        yield vms_pb2.BuildVmEvent(progress=vms_pb2.BuildVmEvent.Progress(done=1, total=2))
        features = list(request.create.features[1:])
        vm = vms_pb2.Vm(name=f"vms/{len(self.vms):032x}", board=request.create.board, features=features, rtos="bare")
        self.vms.append(vm)
        yield vms_pb2.BuildVmEvent(vm=vm)

    async def VirtualizeBoard(self, request: vms_pb2.VirtualizeBoardRequest, context: Context) -> jobs_pb2.Job:
        self.boards[0].vmuid = request.vm.removeprefix("vms/")
        self.job_events.put_nowait(
            jobs_pb2.JobEvent(job=jobs_pb2.Job(kind="virtualize", state=jobs_pb2.JOB_STATE_SUCCEEDED))
        )
        return jobs_pb2.Job(name="jobs/1", kind="virtualize", state=jobs_pb2.JOB_STATE_RUNNING)

    async def RequestLease(self, request: leases_pb2.RequestLeaseRequest, context: Context) -> leases_pb2.Lease:
        return leases_pb2.Lease(name="leases/1", board=self.boards[0].name, fence=7, holder=request.holder)

    async def RenewLease(self, request: leases_pb2.RenewLeaseRequest, context: Context) -> leases_pb2.Lease:
        return leases_pb2.Lease(name=request.name, board=self.boards[0].name, fence=request.fence)

    async def ReleaseLease(self, request: leases_pb2.ReleaseLeaseRequest, context: Context) -> leases_pb2.Lease:
        self.released.append(request.name)
        return leases_pb2.Lease(name=request.name)

    async def UploadBlob(
        self, request_iterator: AsyncIterator[system_pb2.UploadBlobRequest], context: Context
    ) -> system_pb2.Blob:
        self.blobs.append(b"".join([request.chunk async for request in request_iterator]))
        return system_pb2.Blob(sha256="00" * 32, size_bytes=len(self.blobs[-1]))

    async def FlashBoard(self, request: flash_pb2.FlashBoardRequest, context: Context) -> jobs_pb2.Job:
        self.flash_requests.append(request)
        return jobs_pb2.Job(name="jobs/1", kind="flash", board=request.board, state=jobs_pb2.JOB_STATE_RUNNING)

    async def WatchJob(self, request: jobs_pb2.WatchJobRequest, context: Context) -> AsyncIterator[jobs_pb2.JobEvent]:
        while True:
            event = await self.job_events.get()
            yield event
            if event.WhichOneof("event") == "job" and event.job.state > jobs_pb2.JOB_STATE_RUNNING:
                return

    async def CancelJob(self, request: jobs_pb2.CancelJobRequest, context: Context) -> jobs_pb2.Job:
        self.cancelled.append(request.name)
        return jobs_pb2.Job(name=request.name, state=jobs_pb2.JOB_STATE_CANCELLED)

    async def GetVersion(
        self, request: system_pb2.GetVersionRequest, context: Context
    ) -> system_pb2.GetVersionResponse:
        return system_pb2.GetVersionResponse(version="1.2.3", api_major=1)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[FakeService, str]]:
    """The fake and the address at which it answers."""
    fake = FakeService()
    server = grpc.aio.server()
    for add in (
        boards_pb2_grpc.add_BoardsServicer_to_server,
        consoles_pb2_grpc.add_ConsolesServicer_to_server,
        jobs_pb2_grpc.add_JobsServicer_to_server,
        leases_pb2_grpc.add_LeasesServicer_to_server,
        flash_pb2_grpc.add_FlashServicer_to_server,
        system_pb2_grpc.add_SystemServicer_to_server,
        vms_pb2_grpc.add_VmsServicer_to_server,
    ):
        add(fake, server)
    address = f"unix:{tmp_path / 'fake.sock'}"
    server.add_insecure_port(address)
    await server.start()
    yield fake, address
    await server.stop(None)
