# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Vms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from vmrig.v1 import jobs_pb2, vms_pb2, vms_pb2_grpc

from vmrig_server.hub.catalogue import BuildReport
from vmrig_server.hub.hub import Hub
from vmrig_server.hub.model import Vm
from vmrig_server.hub.vms import VmWish
from vmrig_server.hub.work import Order
from vmrig_server.images.features import FEATURES
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class VmsServicer(vms_pb2_grpc.VmsServicer):
    """Translates and delegates to `hub.vms`."""

    def __init__(self, hub: Hub) -> None:
        self._vms = hub.vms

    async def CreateVm(self, request: vms_pb2.CreateVmRequest, context: Context) -> vms_pb2.Vm:
        """Makes it, or finds the one that was made."""
        return translate.vm_message(await self._create(request))

    async def _create(self, request: vms_pb2.CreateVmRequest, report: BuildReport = lambda done, total: None) -> Vm:
        wish = VmWish(request.version, request.rtos, request.patch, tuple(request.features), request.signing_key)
        return await self._vms.create(request.board, wish, request.request_id, report)

    async def BuildVm(self, request: vms_pb2.BuildVmRequest, context: Context) -> AsyncIterator[vms_pb2.BuildVmEvent]:
        """Makes it, telling of the build's progress."""
        steps: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue()
        making = asyncio.create_task(self._create(request.create, lambda done, total: steps.put_nowait((done, total))))
        making.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                progress = vms_pb2.BuildVmEvent.Progress(done=step[0], total=step[1])
                yield vms_pb2.BuildVmEvent(progress=progress)
            yield vms_pb2.BuildVmEvent(vm=translate.vm_message(await making))
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    async def ListVms(self, request: vms_pb2.ListVmsRequest, context: Context) -> vms_pb2.ListVmsResponse:
        """By vmuid, in pages."""
        page = translate.page_of(request.page_size, request.page_token)
        vms, after = translate.cut(await self._vms.page(request.board, translate.one_more(page)), page)
        return vms_pb2.ListVmsResponse(
            vms=[translate.vm_message(vm) for vm in vms],
            next_page_token=translate.page_token(after.vmuid if after else ""),
        )

    async def GetVm(self, request: vms_pb2.GetVmRequest, context: Context) -> vms_pb2.Vm:
        """By name or unique prefix."""
        return translate.vm_message(await self._vms.get(request.name))

    async def ListAvailableVms(
        self, request: vms_pb2.ListAvailableVmsRequest, context: Context
    ) -> vms_pb2.ListAvailableVmsResponse:
        """What can be made."""
        offers = await self._vms.offers(request.target)
        return vms_pb2.ListAvailableVmsResponse(
            offers=[translate.offer_message(offer) for offer in offers],
            features=[translate.feature_message(feature) for feature in FEATURES],
        )

    async def ExportVm(self, request: vms_pb2.ExportVmRequest, context: Context) -> vms_pb2.ExportedFiles:
        """A VM as files."""
        return translate.files_message(await self._vms.export(request.name))

    async def ExportRegister(self, request: vms_pb2.ExportRegisterRequest, context: Context) -> vms_pb2.ExportedFiles:
        """register.vm as files."""
        return translate.files_message(await self._vms.export_register(request.target))

    async def VirtualizeBoard(self, request: vms_pb2.VirtualizeBoardRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        return translate.job_message(await self._vms.virtualize(order, request.vm))
