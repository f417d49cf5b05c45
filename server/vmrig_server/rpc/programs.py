# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Programs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vmrig.v1 import jobs_pb2, programs_pb2, programs_pb2_grpc

from vmrig_server.errors import VmrigError
from vmrig_server.hub.hub import Hub
from vmrig_server.hub.programs import For, Form, ProgramFiles, ProgramRefused
from vmrig_server.hub.streams import closing
from vmrig_server.hub.work import Order
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


def _program(request: programs_pb2.RunProgramRequest | programs_pb2.RunOnHostRequest) -> str | bytes:
    which = request.WhichOneof("program")
    if which is None:
        raise VmrigError("ARGUMENT_INVALID", "The request has neither source nor image.")
    return request.source if which == "source" else request.image


class ProgramsServicer(programs_pb2_grpc.ProgramsServicer):
    """Translates and delegates to `hub.programs`."""

    def __init__(self, hub: Hub) -> None:
        self._programs = hub.programs

    async def CompileProgram(
        self, request: programs_pb2.CompileProgramRequest, context: Context
    ) -> programs_pb2.CompileProgramResponse:
        """Container and listing."""
        form = Form(request.strip, request.vmuid, request.signature_room)
        wanted = For(request.profile, request.target, request.board)
        program: str | bytes | ProgramFiles = request.image or request.source
        if request.files:
            files = {file.path: file.data for file in request.files}
            resources = {file.path: file.data for file in request.resources}
            program = ProgramFiles(files, request.entry, tuple(request.roots), resources)
        try:
            compiled, listing = await self._programs.compile(program, request.filename, form, wanted)
        except ProgramRefused as refused:
            if not request.report_errors:
                raise
            errors = [translate.diagnostic_message(each) for each in refused.diagnostics]
            return programs_pb2.CompileProgramResponse(errors=errors, errors_left_out=refused.more)
        return programs_pb2.CompileProgramResponse(
            image=compiled.image,
            sha256=compiled.sha256,
            listing=listing,
            debug_image=compiled.debug_image,
            warnings=compiled.warnings,
            build_id=compiled.build_id,
        )

    async def RunProgram(self, request: programs_pb2.RunProgramRequest, context: Context) -> jobs_pb2.Job:
        """Starts the job."""
        order = Order(request.board, translate.lease_ref(request.lease), request.request_id)
        job = await self._programs.run(order, _program(request), request.filename, request.wait, request.debug_image)
        return translate.job_message(job)

    async def RunOnHost(
        self, request: programs_pb2.RunOnHostRequest, context: Context
    ) -> AsyncIterator[programs_pb2.RunOnHostResponse]:
        """Output as it comes, then the end."""
        run = self._programs.run_on_host(
            _program(request),
            request.filename,
            request.heap_size_bytes,
            request.record,
            request.replay,
            request.target,
        )
        async with closing(run) as events:
            async for event in events:
                yield translate.host_message(event)
