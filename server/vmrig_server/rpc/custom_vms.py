# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.CustomVms."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from vmrig.v1 import custom_vms_pb2, custom_vms_pb2_grpc

from vmrig_server.errors import VmrigError
from vmrig_server.hub.custom_vms import CustomOnBoards
from vmrig_server.hub.hub import Hub
from vmrig_server.rpc.interceptor import Context

if TYPE_CHECKING:
    from vmrig_server.customvm.mistakes import Mistake

CHUNK_BYTES = 256 * 1024


class CustomVmsServicer(custom_vms_pb2_grpc.CustomVmsServicer):
    """Translates and delegates to `hub.custom_vms`."""

    def __init__(self, hub: Hub) -> None:
        self._custom = hub.custom_vms

    async def ListOriginals(
        self, request: custom_vms_pb2.ListOriginalsRequest, context: Context
    ) -> custom_vms_pb2.ListOriginalsResponse:
        """What can be customized."""
        found = await self._custom.originals()
        return custom_vms_pb2.ListOriginalsResponse(
            originals=[
                custom_vms_pb2.ListOriginalsResponse.Original(
                    target=each.target, title=each.name, chip=each.chip, vm=each.vm
                )
                for each in found
            ]
        )

    async def CreateCustomVm(
        self, request: custom_vms_pb2.CreateCustomVmRequest, context: Context
    ) -> custom_vms_pb2.CustomVm:
        """Makes one."""
        return _message(await self._custom.create(request.target, request.short_name, request.title))

    async def ListCustomVms(
        self, request: custom_vms_pb2.ListCustomVmsRequest, context: Context
    ) -> custom_vms_pb2.ListCustomVmsResponse:
        """All, by short name."""
        return custom_vms_pb2.ListCustomVmsResponse(
            custom_vms=[_message(custom) for custom in await self._custom.list()]
        )

    async def GetCustomVm(
        self, request: custom_vms_pb2.GetCustomVmRequest, context: Context
    ) -> custom_vms_pb2.CustomVm:
        """By name."""
        return _message(await self._custom.get(request.name))

    async def GetTemplate(
        self, request: custom_vms_pb2.GetTemplateRequest, context: Context
    ) -> custom_vms_pb2.Template:
        """The template's text."""
        return await self._template(request.name)

    async def SetTemplate(
        self, request: custom_vms_pb2.SetTemplateRequest, context: Context
    ) -> custom_vms_pb2.Template:
        """Replaces the template's text."""
        await self._custom.set_template(request.name, request.text, request.replaces_sha256)
        return await self._template(request.name)

    async def _template(self, name: str) -> custom_vms_pb2.Template:
        text, path = await self._custom.template(name)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return custom_vms_pb2.Template(name=f"customVms/{path.stem}", text=text, sha256=digest, path=str(path))

    async def CheckTemplate(
        self, request: custom_vms_pb2.CheckTemplateRequest, context: Context
    ) -> custom_vms_pb2.CheckTemplateResponse:
        """What is wrong with a template."""
        checked = await self._custom.check(request.name, request.text)
        return custom_vms_pb2.CheckTemplateResponse(
            mistakes=[_mistake(each) for each in checked.mistakes],
            notes=checked.notes,
            pins=[custom_vms_pb2.TemplatePin(name=pin.name, pad=pin.pad, uses=pin.uses) for pin in checked.pins],
        )

    async def CompileCustomVm(
        self, request: custom_vms_pb2.CompileCustomVmRequest, context: Context
    ) -> custom_vms_pb2.CompileCustomVmResponse:
        """Compiles the template."""
        v1 = request.format == custom_vms_pb2.PORT_FORMAT_V1
        custom, port, path, notes = await self._custom.compile(request.name, v1=v1)
        return custom_vms_pb2.CompileCustomVmResponse(
            custom_vm=_message(custom), port=port, port_path=str(path), notes=notes
        )

    async def DecompilePort(
        self, request: custom_vms_pb2.DecompilePortRequest, context: Context
    ) -> custom_vms_pb2.DecompilePortResponse:
        """A template of a port.bin."""
        text, v1 = await self._custom.decompile(request.port)
        form = custom_vms_pb2.PORT_FORMAT_V1 if v1 else custom_vms_pb2.PORT_FORMAT_V2
        return custom_vms_pb2.DecompilePortResponse(text=text, format=form)

    async def GetPinMap(self, request: custom_vms_pb2.GetPinMapRequest, context: Context) -> custom_vms_pb2.PinMap:
        """The picture of its pins."""
        svg, own = await self._custom.pin_map(request.name)
        return custom_vms_pb2.PinMap(svg=svg, own=own)

    async def DeleteCustomVm(
        self, request: custom_vms_pb2.DeleteCustomVmRequest, context: Context
    ) -> custom_vms_pb2.DeleteCustomVmResponse:
        """Takes one away."""
        await self._custom.delete(request.name, force=request.force)
        return custom_vms_pb2.DeleteCustomVmResponse()

    async def ExportCustomVm(
        self, request: custom_vms_pb2.ExportCustomVmRequest, context: Context
    ) -> AsyncIterator[custom_vms_pb2.ExportCustomVmResponse]:
        """Its archive, in chunks."""
        data = await self._custom.export(request.name)
        for start in range(0, len(data), CHUNK_BYTES):
            yield custom_vms_pb2.ExportCustomVmResponse(chunk=data[start : start + CHUNK_BYTES])

    async def ImportCustomVm(
        self, request_iterator: AsyncIterator[custom_vms_pb2.ImportCustomVmRequest], context: Context
    ) -> custom_vms_pb2.ImportCustomVmResponse:
        """Takes an archive over."""
        first = await anext(aiter(request_iterator), None)
        if first is None or first.WhichOneof("part") != "start":
            raise VmrigError("ARGUMENT_INVALID", "The first message of an import is `start`.")
        start = first.start

        async def chunks() -> AsyncIterator[bytes]:
            async for message in request_iterator:
                yield message.chunk

        incoming, custom = await self._custom.take_in(chunks(), force=start.force, validate_only=start.validate_only)
        return custom_vms_pb2.ImportCustomVmResponse(
            custom_vm=_message(custom),
            files=[
                custom_vms_pb2.ImportCustomVmResponse.File(
                    path=file.path, size_bytes=file.size_bytes, sha256=file.sha256, change=file.change
                )
                for file in incoming.files
            ],
            replaces=incoming.replaces,
            notes=incoming.notes,
            installed=not start.validate_only,
        )


def _message(custom: CustomOnBoards) -> custom_vms_pb2.CustomVm:
    now = custom.custom
    return custom_vms_pb2.CustomVm(
        name=f"customVms/{now.short_name}",
        short_name=now.short_name,
        title=now.title,
        original_target=now.original_target,
        chip=now.chip,
        state=custom_vms_pb2.CustomVmState.Value(f"CUSTOM_VM_STATE_{now.state.upper()}"),
        folder=str(now.folder),
        template_path=str(now.template_path),
        usb_ids=now.usb_ids,
        port_sha256=now.port_sha256,
        port_size_bytes=now.port_size_bytes,
        boards=custom.boards,
        stale_boards=custom.stale_boards,
        problem=now.problem,
    )


def _mistake(mistake: Mistake) -> custom_vms_pb2.TemplateMistake:
    return custom_vms_pb2.TemplateMistake(
        code=mistake.code,
        line=mistake.line,
        column=mistake.column,
        message=mistake.sentence,
        allowed=mistake.allowed,
        subject=mistake.subject,
        warning=mistake.warning,
    )
