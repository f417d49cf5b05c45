# SPDX-License-Identifier: Apache-2.0
"""Custom VMs, for asyncio: a user's own boards, each derived from a customizable target by a template."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import grpc
from vmrig.v1 import custom_vms_pb2, custom_vms_pb2_grpc

from vmrig_client.connection import Call, Stream

TIMEOUT_S = 30.0
CHUNK_BYTES = 256 * 1024
FORMATS = {"v1": custom_vms_pb2.PORT_FORMAT_V1, "v2": custom_vms_pb2.PORT_FORMAT_V2}


class CustomVms:
    """The CustomVms service of a client. `name` is a short name or a resource name throughout."""

    def __init__(self, channel: grpc.aio.Channel, call: Call, stream: Stream) -> None:
        self._stub = custom_vms_pb2_grpc.CustomVmsStub(channel)
        self._call = call
        self._stream = stream

    async def originals(self) -> Sequence[custom_vms_pb2.ListOriginalsResponse.Original]:
        """Targets that a custom VM can be derived from."""
        request = custom_vms_pb2.ListOriginalsRequest()
        return (await self._call(self._stub.ListOriginals(request, timeout=TIMEOUT_S))).originals

    async def create(self, target: str, short_name: str, title: str = "") -> custom_vms_pb2.CustomVm:
        """A new one, with the commented template of its original.

        Args:
            target: one of `originals`.
            short_name: what it is called as a target: 1 to 31 letters, digits and at most one underscore.
            title: what people call the board; the short name by default.
        """
        request = custom_vms_pb2.CreateCustomVmRequest(target=target, short_name=short_name, title=title)
        return await self._call(self._stub.CreateCustomVm(request, timeout=TIMEOUT_S))

    async def list(self) -> Sequence[custom_vms_pb2.CustomVm]:
        """All, by short name."""
        request = custom_vms_pb2.ListCustomVmsRequest()
        return (await self._call(self._stub.ListCustomVms(request, timeout=TIMEOUT_S))).custom_vms

    async def get(self, name: str) -> custom_vms_pb2.CustomVm:
        """One, with the boards that are of it."""
        request = custom_vms_pb2.GetCustomVmRequest(name=name)
        return await self._call(self._stub.GetCustomVm(request, timeout=TIMEOUT_S))

    async def template(self, name: str) -> custom_vms_pb2.Template:
        """The template's text, its hash, and its file on the service's host."""
        request = custom_vms_pb2.GetTemplateRequest(name=name)
        return await self._call(self._stub.GetTemplate(request, timeout=TIMEOUT_S))

    async def set_template(self, name: str, text: str, replaces_sha256: str = "") -> custom_vms_pb2.Template:
        """Replaces the template's text.

        Args:
            replaces_sha256: hash of the text that was edited; ``TEMPLATE_CHANGED`` when another one is there meanwhile.
        """
        request = custom_vms_pb2.SetTemplateRequest(name=name, text=text, replaces_sha256=replaces_sha256)
        return await self._call(self._stub.SetTemplate(request, timeout=TIMEOUT_S))

    async def check(self, name: str, text: str = "") -> custom_vms_pb2.CheckTemplateResponse:
        """What is wrong with a text, or with the template as it is. Changes nothing."""
        request = custom_vms_pb2.CheckTemplateRequest(name=name, text=text)
        return await self._call(self._stub.CheckTemplate(request, timeout=TIMEOUT_S))

    async def compile(self, name: str, form: str = "v2") -> custom_vms_pb2.CompileCustomVmResponse:
        """Makes port.bin and all that follows from the template.

        Args:
            form: "v1" makes the old layout of port.bin, for old tools.
        """
        request = custom_vms_pb2.CompileCustomVmRequest(name=name, format=FORMATS[form])
        return await self._call(self._stub.CompileCustomVm(request, timeout=TIMEOUT_S))

    async def decompile(self, port: bytes) -> custom_vms_pb2.DecompilePortResponse:
        """A template with what a port.bin says, of either format."""
        request = custom_vms_pb2.DecompilePortRequest(port=port)
        return await self._call(self._stub.DecompilePort(request, timeout=TIMEOUT_S))

    async def pin_map(self, name: str) -> custom_vms_pb2.PinMap:
        """The picture of its pins: the user's own, else drawn."""
        request = custom_vms_pb2.GetPinMapRequest(name=name)
        return await self._call(self._stub.GetPinMap(request, timeout=TIMEOUT_S))

    async def delete(self, name: str, *, force: bool = False) -> None:
        """Takes one away; `force`: also when boards are of it."""
        request = custom_vms_pb2.DeleteCustomVmRequest(name=name, force=force)
        await self._call(self._stub.DeleteCustomVm(request, timeout=TIMEOUT_S))

    async def export(self, name: str) -> bytes:
        """Its files as a .tar.xz; the same files give the same bytes."""
        request = custom_vms_pb2.ExportCustomVmRequest(name=name)
        return b"".join([message.chunk async for message in self._stream(self._stub.ExportCustomVm, request)])

    async def take_in(
        self, archive: bytes, *, force: bool = False, validate_only: bool = False
    ) -> custom_vms_pb2.ImportCustomVmResponse:
        """Imports a .tar or .tar.xz.

        Args:
            force: replaces a custom VM of the same short name.
            validate_only: only tells what it would take.
        """

        async def parts() -> AsyncIterator[custom_vms_pb2.ImportCustomVmRequest]:
            start = custom_vms_pb2.ImportCustomVmRequest.Start(force=force, validate_only=validate_only)
            yield custom_vms_pb2.ImportCustomVmRequest(start=start)
            for at in range(0, len(archive), CHUNK_BYTES):
                yield custom_vms_pb2.ImportCustomVmRequest(chunk=archive[at : at + CHUNK_BYTES])

        return await self._call(self._stub.ImportCustomVm(parts(), timeout=TIMEOUT_S))
