# SPDX-License-Identifier: Apache-2.0
"""Programs, for asyncio: compiled, and run on a board or on the service's host VM."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Protocol

from vmrig.v1 import jobs_pb2, leases_pb2, programs_pb2, programs_pb2_grpc

from vmrig_client.connection import lease_ref
from vmrig_client.errors import ApiError
from vmrig_client.jobs import JobCalls, OnEvent
from vmrig_client.project import Project


class _HasProgram(Protocol):
    source: str
    image: bytes


def put_program(request: _HasProgram, program: str | bytes) -> None:
    """Sets the one of both fields that the program is."""
    if isinstance(program, bytes):
        request.image = program
    else:
        request.source = program


class ProgramRefused(ApiError):
    """``PROGRAM_INVALID`` of sources: `diagnostics` are the places."""

    def __init__(self, answer: programs_pb2.CompileProgramResponse) -> None:
        self.diagnostics = tuple(answer.errors)
        first = self.diagnostics[0]
        places = len(self.diagnostics) + answer.errors_left_out
        count = f"{places} places are refused, the first in " if places > 1 else ""
        lines = [line for each in self.diagnostics for line in each.text.splitlines()]
        if answer.errors_left_out:
            lines.append(f"and {answer.errors_left_out} more")
        where = f"{first.filename}, line {first.line}, column {first.column}"
        super().__init__("PROGRAM_INVALID", f"{count}{where}: {first.reason}", lines)


class ProgramCalls(JobCalls):
    """The Programs service of a client."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._programs = programs_pb2_grpc.ProgramsStub(self._channel)

    async def compile(
        self,
        program: str | bytes | Project,
        filename: str = "program.py",
        *,
        strip: bool = False,
        vmuid: bytes = b"",
        signature_room: bool = False,
        profile: str = "",
        target: str = "",
        board: str = "",
    ) -> programs_pb2.CompileProgramResponse:
        """Source, a folder's program, or a container: to a container in the form that is wanted, and its listing.

        Args:
            strip: without names and lines; `debug_image` of the answer has them.
            vmuid: 16 bytes: for this VM only.
            signature_room: 64 zeros end the image, to be replaced with the Ed25519 signature of what is before them.

            profile, target, board: at most one; what the VM of that profile (nano, core, full), target or board has not is refused.

        Raises:
            ProgramRefused: with all places, up to 20.
        """
        request = programs_pb2.CompileProgramRequest(
            filename=filename,
            strip=strip,
            vmuid=vmuid,
            signature_room=signature_room,
            report_errors=True,
            profile=profile,
            target=target,
            board=board,
        )
        if isinstance(program, bytes):
            request.image = program
        elif isinstance(program, str):
            request.source = program
        else:
            request.entry = program.entry
            request.roots.extend(program.roots)
            for path, data in sorted(program.files.items()):
                request.files.add(path=path, data=data)
            for path, data in sorted(program.resources.items()):
                request.resources.add(path=path, data=data)
        answer = await self._call(self._programs.CompileProgram(request, timeout=60.0))
        if answer.errors:
            raise ProgramRefused(answer)
        return answer

    async def run(
        self,
        lease: leases_pb2.Lease,
        program: str | bytes,
        filename: str = "program.py",
        *,
        wait: bool = False,
        debug_image: bytes = b"",
        on_event: OnEvent | None = None,
    ) -> jobs_pb2.Job:
        """Uplinks a program (source, or a container as bytes) and starts it; with wait, to its end.

        `debug_image`: of a stripped container the whole one, for its tracebacks.
        """
        request = programs_pb2.RunProgramRequest(
            board=lease.board,
            lease=lease_ref(lease),
            request_id=uuid.uuid4().hex,
            filename=filename,
            wait=wait,
            debug_image=debug_image,
        )
        put_program(request, program)
        return await self._start(self._programs.RunProgram(request, timeout=60.0), on_event)

    def run_on_host(
        self,
        program: str | bytes,
        filename: str = "program.py",
        heap_size_bytes: int = 0,
        *,
        record: bool = False,
        replay: bytes = b"",
        target: str = "",
    ) -> AsyncIterator[programs_pb2.RunOnHostResponse]:
        """Runs a program on the service's host VM: output, then how it ended; `recording` all along when asked to record.

        Args:
            replay: the whole recording of an earlier run, which this one follows exactly.
            target: as on a board of this target: its heap, unless another is given, and what its VM has not is refused.
        """
        request = programs_pb2.RunOnHostRequest(
            filename=filename, heap_size_bytes=heap_size_bytes, record=record, replay=replay, target=target
        )
        put_program(request, program)
        return self._stream(self._programs.RunOnHost, request)
