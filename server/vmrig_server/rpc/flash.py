# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Flash."""

from __future__ import annotations

from vmrig.v1 import flash_pb2, flash_pb2_grpc, jobs_pb2

from vmrig_server.hub.hub import Hub
from vmrig_server.hub.work import Order
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class FlashServicer(flash_pb2_grpc.FlashServicer):
    """Translates and delegates to `hub.work`."""

    def __init__(self, hub: Hub) -> None:
        self._desk = hub.desk

    async def FlashBoard(self, request: flash_pb2.FlashBoardRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        files = [translate.file_ref(file) for file in request.files]
        job = await self._desk.flash(
            order, files, chip_erase=request.chip_erase, halt=request.halt, unlock=request.unlock
        )
        return translate.job_message(job)

    async def EraseBoard(self, request: flash_pb2.EraseBoardRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        ranges = [(one.address, one.size_bytes) for one in request.ranges]
        return translate.job_message(await self._desk.erase(order, ranges, mass=request.mass))

    async def ResetBoard(self, request: flash_pb2.ResetBoardRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        return translate.job_message(await self._desk.reset(order))
