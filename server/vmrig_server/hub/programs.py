# SPDX-License-Identifier: Apache-2.0
"""Users' programs: compiled and verified before a board is asked, run on a board or on the host's VM."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vmrig_server.agent.api import Agent, LogLine, Progress, Report
from vmrig_server.errors import VmrigError
from vmrig_server.hub import host_run
from vmrig_server.hub.jobs import Work
from vmrig_server.hub.model import Board, Job
from vmrig_server.hub.requests import check_text
from vmrig_server.hub.streams import closing
from vmrig_server.hub.work import Desk, Order

MAX_SOURCE_BYTES = 1024 * 1024
MAX_IMAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as the VM takes it."""

    image: bytes
    sha256: str
    warnings: tuple[str, ...] = ()


def compile_text(source: str, filename: str) -> Compiled:
    """Source to a .vbc container.

    Raises:
        VmrigError: ``PROGRAM_INVALID`` with place, source line and caret in evidence.
    """
    from vmrig_server.bytecode import CompileError, compile_source

    filename = check_text("filename", filename) or "program.py"
    if len(source) > MAX_SOURCE_BYTES:
        raise VmrigError("PROGRAM_INVALID", f"The source has more than {MAX_SOURCE_BYTES} characters.")
    try:
        program = compile_source(source, filename)
    except CompileError as error:
        where = f"line {error.line}, column {error.column}"
        raise VmrigError(
            "PROGRAM_INVALID", f"{filename}, {where}: {error.reason}", evidence=str(error).splitlines()
        ) from None
    warnings = tuple(warning.render("warning") for warning in program.warnings)
    return Compiled(program.image, hashlib.sha256(program.image).hexdigest(), warnings)


def check_image(image: bytes) -> Compiled:
    """A container that the user brought, proved safe.

    Raises:
        VmrigError: ``PROGRAM_INVALID`` with the verifier's code and offset.
    """
    from vmrig_server.bytecode import ContainerError, VerifyError, verify_image

    if len(image) > MAX_IMAGE_BYTES:
        raise VmrigError("PROGRAM_INVALID", f"The program has more than {MAX_IMAGE_BYTES} bytes.")
    try:
        verify_image(image)
    except (VerifyError, ContainerError) as error:
        raise VmrigError(
            "PROGRAM_INVALID",
            f"The file is not a program that a VM may run: {error.sentence}",
            evidence=[f"{error.code} at offset {error.offset:#x}"],
        ) from None
    return Compiled(image, hashlib.sha256(image).hexdigest())


def listing_of(image: bytes) -> str:
    """Readable listing of a container."""
    from vmrig_server.bytecode import disassemble

    return disassemble(image)


def split_pairs(evidence: Sequence[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Parts the raw traceback pairs, written "@function:word", from the other lines."""
    pairs, rest = [], []
    for line in evidence:
        function, colon, word = line.removeprefix("@").partition(":")
        if line.startswith("@") and colon and function.isdigit() and word.isdigit():
            pairs.append((int(function), int(word)))
        else:
            rest.append(line)
    return pairs, rest


def resolve(error: VmrigError, image: bytes, source: str) -> VmrigError:
    """The same error with a traceback of functions and lines, where its evidence has the raw pairs of (function, word).

    Args:
        error: of a program that ended badly.
        image: the program.
        source: its text, or empty: the file that an image names is not read, since the image may be a stranger's.
    """
    from vmrig_server.bytecode import format_traceback
    from vmrig_server.bytecode.traceback import CAUSE, CONTEXT

    text = ""
    group: list[str] = []
    for line in [*error.evidence, "^"]:
        if line not in ("^cause", "^context", "^"):
            group.append(line)
            continue
        pairs, rest = split_pairs(group)
        if not pairs and not text:
            return error
        text += format_traceback(image, pairs, rest[0] if rest else "", source=source)
        text += {"^cause": CAUSE, "^context": CONTEXT}.get(line, "")
        group = []
    return VmrigError(
        error.code,
        error.message,
        evidence=text.splitlines(),
        next_command=error.next_command,
        error_class=error.error_class,
    )


class Programs:
    """Compiles and runs."""

    def __init__(self, desk: Desk, agent: Agent) -> None:
        self._desk = desk
        self._agent = agent

    async def compile(self, source: str, filename: str) -> tuple[Compiled, str]:
        """The program and its listing."""
        compiled = await asyncio.to_thread(compile_text, source, filename)
        return compiled, await asyncio.to_thread(listing_of, compiled.image)

    async def prepare(self, program: str | bytes, filename: str) -> Compiled:
        """A program from source or from a container."""
        if isinstance(program, str):
            return await asyncio.to_thread(compile_text, program, filename)
        return await asyncio.to_thread(check_image, program)

    async def run(self, order: Order, program: str | bytes, filename: str, wait: bool) -> Job:
        """Uplinks a program and starts it.

        Raises:
            VmrigError: ``PROGRAM_INVALID`` before a job is made, and those of `Desk.start`.
        """
        compiled = await self.prepare(program, filename)
        source = program if isinstance(program, str) else ""

        async def prepare(board: Board, fence: int, target: str) -> Work:
            async def work(report: Report) -> Mapping[str, Any]:
                report(Progress("compile", len(compiled.image), len(compiled.image)))
                for warning in compiled.warnings:
                    report(LogLine(warning))
                try:
                    outcome = await self._agent.run_program(board.board_id, fence, target, compiled.image, wait, report)
                except VmrigError as error:
                    raise await asyncio.to_thread(resolve, error, compiled.image, source) from error
                return {"run": asdict(outcome)}

            return work

        return await self._desk.start("run", order, [compiled.sha256, wait], prepare)

    async def run_on_host(
        self, program: str | bytes, filename: str, heap_size_bytes: int, record: bool = False, replay: bytes = b""
    ) -> AsyncIterator[host_run.HostEvent]:
        """Runs on the host's VM, in a process of its own; ends it when the caller goes away.

        Raises:
            VmrigError: ``PROGRAM_INVALID``, ``ARGUMENT_INVALID``, ``HOST_VM_FAILED``, ``RECORDING_INVALID``.
        """
        compiled = await self.prepare(program, filename)
        source = program if isinstance(program, str) else ""
        async with closing(host_run.run(compiled.image, source, heap_size_bytes, record, replay)) as events:
            async for event in events:
                yield event
