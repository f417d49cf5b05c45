# SPDX-License-Identifier: Apache-2.0
"""VM images, for asyncio: what there is, made for a board, put onto it, written into files."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from vmrig.v1 import jobs_pb2, leases_pb2, vms_pb2, vms_pb2_grpc

from vmrig_client.connection import lease_ref
from vmrig_client.jobs import PAGE_SIZE, JobCalls, OnEvent

OnBuild = Callable[[int, int], None]
"""Told how many of how many steps of a build are done."""


class VmCalls(JobCalls):
    """The Vms service of a client."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._vms = vms_pb2_grpc.VmsStub(self._channel)

    async def create_vm(
        self,
        board: str,
        version: str = "",
        rtos: str = "",
        patch: str = "",
        features: Sequence[str] = (),
        *,
        signing_key: bytes = b"",
        on_build: OnBuild | None = None,
    ) -> vms_pb2.Vm:
        """Makes a VM image for a registered board; one that does not ship is built, once.

        Args:
            version: default the newest.
            rtos: "bare" or "vrt"; default that of the target's usual VM.
            patch: default "base".
            features: names to add to the usual ones; "no-" and a name leaves one out; "none" or "all" to begin with instead.
            signing_key: an Ed25519 public key, 32 bytes; the board then only takes programs signed with it.
            on_build: told of the build's progress.
        """
        create = vms_pb2.CreateVmRequest(
            board=board,
            version=version,
            rtos=rtos,
            patch=patch,
            features=features,
            request_id=uuid.uuid4().hex,
            signing_key=signing_key,
        )
        vm = vms_pb2.Vm()
        async for event in self._stream(self._vms.BuildVm, vms_pb2.BuildVmRequest(create=create)):
            if event.WhichOneof("event") == "vm":
                vm = event.vm
            elif on_build is not None:
                on_build(event.progress.done, event.progress.total)
        return vm

    async def vms(self, board: str = "", start: int = 0, count: int = 0) -> list[vms_pb2.Vm]:
        """The VM images that were made, by vmuid.

        Args:
            board: of this board alone.
            start: how many to leave out.
            count: at most so many; 0: all.
        """
        found: list[vms_pb2.Vm] = []
        wanted = start + count if count else 0
        request = vms_pb2.ListVmsRequest(board=board, page_size=PAGE_SIZE)
        while True:
            page = await self._call(self._vms.ListVms(request, timeout=self.timeout_s))
            found.extend(page.vms)
            if not page.next_page_token or (wanted and len(found) >= wanted):
                return found[start : wanted or None]
            request.page_token = page.next_page_token

    async def available_vms(self, target: str) -> Sequence[vms_pb2.ListAvailableVmsResponse.Offer]:
        """The VMs that ship for a target, or (empty) for all."""
        return (await self.vm_offers(target)).offers

    async def vm_offers(self, target: str) -> vms_pb2.ListAvailableVmsResponse:
        """The VMs that ship for a target, or (empty) for all, and the features that one can be built with."""
        request = vms_pb2.ListAvailableVmsRequest(target=target)
        return await self._call(self._vms.ListAvailableVms(request, timeout=self.timeout_s))

    async def vm_files(self, vm: str) -> dict[str, bytes]:
        """A VM's parts as files for other tools, by name, and manifest.json. `vm`: resource name or a prefix of the vmuid."""
        request = vms_pb2.ExportVmRequest(name=vm)
        return _files(await self._call(self._vms.ExportVm(request, timeout=self.timeout_s)))

    async def register_files(self, target: str) -> dict[str, bytes]:
        """register.vm of a target as files for other tools, by name, and manifest.json."""
        request = vms_pb2.ExportRegisterRequest(target=target)
        return _files(await self._call(self._vms.ExportRegister(request, timeout=self.timeout_s)))

    async def virtualize(self, lease: leases_pb2.Lease, vm: str, *, on_event: OnEvent | None = None) -> jobs_pb2.Job:
        """Puts a VM onto its board. `vm`: resource name or a prefix of the vmuid."""
        request = vms_pb2.VirtualizeBoardRequest(
            board=lease.board, lease=lease_ref(lease), request_id=uuid.uuid4().hex, vm=vm
        )
        return await self._start(self._vms.VirtualizeBoard(request, timeout=self.timeout_s), on_event)


def _files(message: vms_pb2.ExportedFiles) -> dict[str, bytes]:
    return {file.name: file.data for file in message.files}
