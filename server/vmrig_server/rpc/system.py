# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.System."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from vmrig.v1 import system_pb2, system_pb2_grpc

from vmrig_server import __version__
from vmrig_server.hub.hub import Hub
from vmrig_server.hub.targets import RegionInfo, TargetInfo
from vmrig_server.rpc.interceptor import Context

API_MAJOR, API_MINOR = 1, 0
CAPABILITIES = ("boards", "consoles", "custom_vms", "emulator", "flash", "jobs", "leases", "programs", "vms")


class SystemServicer(system_pb2_grpc.SystemServicer):
    """The service itself."""

    def __init__(self, hub: Hub, data_dir: Path) -> None:
        self._hub = hub
        self._data_dir = data_dir

    async def GetVersion(
        self, request: system_pb2.GetVersionRequest, context: Context
    ) -> system_pb2.GetVersionResponse:
        """Version and capabilities."""
        return system_pb2.GetVersionResponse(
            version=__version__,
            api_major=API_MAJOR,
            api_minor=API_MINOR,
            capabilities=CAPABILITIES,
            data_dir=str(self._data_dir),
            pid=os.getpid(),
        )

    async def UploadBlob(
        self, request_iterator: AsyncIterator[system_pb2.UploadBlobRequest], context: Context
    ) -> system_pb2.Blob:
        """Keeps what comes, under its hash."""

        async def chunks() -> AsyncIterator[bytes]:
            async for message in request_iterator:
                yield message.chunk

        sha256, size = await self._hub.blobs.put_stream(chunks())
        return system_pb2.Blob(sha256=sha256, size_bytes=size)

    async def ListTargets(
        self, request: system_pb2.ListTargetsRequest, context: Context
    ) -> system_pb2.ListTargetsResponse:
        """The catalogue of board types."""
        targets = await asyncio.to_thread(self._hub.targets.list)
        return system_pb2.ListTargetsResponse(targets=[_target(target) for target in targets])


def _target(target: TargetInfo) -> system_pb2.ListTargetsResponse.Target:
    def region(part: RegionInfo) -> system_pb2.ListTargetsResponse.Region:
        return system_pb2.ListTargetsResponse.Region(name=part.name, address=part.address, size_bytes=part.size)

    return system_pb2.ListTargetsResponse.Target(
        target=target.target,
        title=target.title,
        chip=target.chip,
        emulated=target.emulated,
        pins=[
            system_pb2.ListTargetsResponse.Pin(
                name=pin.name, role=pin.role, active_low=pin.active == "low", active_high=pin.active == "high"
            )
            for pin in target.pins
        ],
        flash=region(target.flash),
        layout=[region(part) for part in target.layout],
        loader_only=target.loader_only,
        reset_is_power_on=target.reset_is_power_on,
        original_target=target.original_target,
    )
