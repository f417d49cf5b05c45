# SPDX-License-Identifier: Apache-2.0
"""Users' programs: compiled and verified before a board is asked, run on a board or on the host's VM."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from vmrig_server.agent.api import Agent, LogLine, Names, Progress, Report, warning
from vmrig_server.errors import VmrigError
from vmrig_server.hub import host_run
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.jobs import Work
from vmrig_server.hub.model import Board, Job
from vmrig_server.hub.requests import check_text
from vmrig_server.hub.streams import closing
from vmrig_server.hub.targets import Targets
from vmrig_server.hub.vms import Vms
from vmrig_server.hub.work import Desk, Order

if TYPE_CHECKING:
    from vmrig_server.bytecode import CompileError
    from vmrig_server.bytecode.profiles import VmFeatures

MAX_SOURCE_BYTES = 1024 * 1024
MAX_IMAGE_BYTES = 1024 * 1024
FEW_BYTES = 1800
"""Of evidence: what an error status has room for."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as the VM takes it."""

    image: bytes
    sha256: str
    warnings: tuple[str, ...] = ()
    debug_image: bytes = b""
    build_id: int = 0


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """A program of several files; paths are relative to its folder, with slashes."""

    files: Mapping[str, bytes]
    entry: str
    roots: tuple[str, ...] = ()
    resources: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """How a container is wanted."""

    strip: bool = False
    vmuid: bytes = b""
    signature_room: bool = False


@dataclass(frozen=True, slots=True)
class For:
    """The VM that a program is for: of a profile, of a target, or of a board; at most one is said."""

    profile: str = ""
    target: str = ""
    board: str = ""


class ProgramRefused(VmrigError):
    """``PROGRAM_INVALID`` of sources: `diagnostics` are the places, `more` counts those beyond."""

    def __init__(self, error: CompileError) -> None:
        self.diagnostics, self.more = error.diagnostics, error.more
        places = len(error.diagnostics) + error.more
        count = f"{places} places are refused, the first in " if places > 1 else ""
        where = f"{error.diagnostic.filename}, line {error.line}, column {error.column}"
        lines = str(error).splitlines()
        if sum(len(line.encode()) for line in lines) > FEW_BYTES:
            lines = [line for line in lines if not line.startswith(" ")]  # a line for each place
        super().__init__("PROGRAM_INVALID", f"{count}{where}: {error.reason}", evidence=lines)


def compile_project(project: ProgramFiles, vm: VmFeatures | None = None) -> Compiled:
    """Files to a .vbc container.

    Raises:
        VmrigError: ``PROGRAM_INVALID`` with place, source line and caret in evidence.
    """
    from vmrig_server.bytecode import CompileError, ContainerError, compile_files

    for path in (*project.files, *project.resources, project.entry, *project.roots):
        check_text("path", path)
    size = sum(len(data) for data in (*project.files.values(), *project.resources.values()))
    if size > MAX_SOURCE_BYTES:
        raise VmrigError("PROGRAM_INVALID", f"The program's files have more than {MAX_SOURCE_BYTES} bytes.")
    try:
        program = compile_files(project.files, project.entry, project.roots or ("",), project.resources, vm)
    except CompileError as error:
        raise ProgramRefused(error) from None
    except ContainerError as error:
        raise VmrigError("PROGRAM_INVALID", error.sentence) from None
    warnings = tuple(warning.render("warning") for warning in program.warnings)
    return Compiled(program.image, hashlib.sha256(program.image).hexdigest(), warnings)


def formed(compiled: Compiled, form: Form) -> Compiled:
    """The container as it is wanted.

    Raises:
        VmrigError: ``PROGRAM_INVALID``.
    """
    from vmrig_server.bytecode import ContainerError, bind, read, strip
    from vmrig_server.bytecode.container import write

    image = debug = compiled.image
    try:
        if form.strip:
            image = strip(image)
        if form.vmuid:
            image, debug = bind(image, form.vmuid), bind(debug, form.vmuid)
        if form.signature_room:
            image = write(read(image), is_signed=True)
        build_id = read(image).build_id
    except ContainerError as error:
        raise VmrigError("PROGRAM_INVALID", error.sentence) from None
    return Compiled(image, hashlib.sha256(image).hexdigest(), compiled.warnings, debug if form.strip else b"", build_id)


def compile_text(source: str, filename: str, vm: VmFeatures | None = None) -> Compiled:
    """Source to a .vbc container.

    Raises:
        VmrigError: ``PROGRAM_INVALID`` with place, source line and caret in evidence.
    """
    from vmrig_server.bytecode import CompileError, compile_source

    filename = check_text("filename", filename) or "program.py"
    if len(source) > MAX_SOURCE_BYTES:
        raise VmrigError("PROGRAM_INVALID", f"The source has more than {MAX_SOURCE_BYTES} characters.")
    try:
        program = compile_source(source, filename, vm)
    except CompileError as error:
        raise ProgramRefused(error) from None
    warnings = tuple(warning.render("warning") for warning in program.warnings)
    return Compiled(program.image, hashlib.sha256(program.image).hexdigest(), warnings)


def check_image(image: bytes, vm: VmFeatures | None = None) -> Compiled:
    """A container that the user brought, proved safe, and for this VM.

    Raises:
        VmrigError: ``PROGRAM_INVALID`` with the verifier's code and offset; ``PROGRAM_REFUSED`` when the VM lacks something.
    """
    from vmrig_server.bytecode import ContainerError, VerifyError, verify_image
    from vmrig_server.bytecode.refusal import missing_in

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
    lacking = missing_in(image, vm) if vm is not None else ""
    if vm is not None and lacking:
        raise VmrigError("PROGRAM_REFUSED", f"The program uses {lacking}, which {vm.name} does not have.")
    return Compiled(image, hashlib.sha256(image).hexdigest())


def check_debug_image(image: bytes, debug_image: bytes) -> None:
    """Raises VmrigError ``PROGRAM_INVALID`` unless the second container is the first one with its names."""
    from vmrig_server.bytecode import read

    check_image(debug_image)
    wanted, found = read(image).build_id, read(debug_image).build_id
    if wanted != found:
        raise VmrigError("PROGRAM_INVALID", f"The program is build {wanted:08x}, the debug file is build {found:08x}.")


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

    def __init__(self, desk: Desk, agent: Agent, boards: Boards, vms: Vms, targets: Targets) -> None:
        self._desk = desk
        self._agent = agent
        self._boards = boards
        self._vms = vms
        self._targets = targets

    async def vm_of(self, wanted: For) -> VmFeatures | None:
        """What the VM has that a program is for; None when nobody knows, or nothing was said.

        Raises:
            VmrigError: ``ARGUMENT_INVALID``, ``VM_NOT_AVAILABLE``, ``TARGET_UNKNOWN``, and those of `Boards.one`.
        """
        from vmrig_server.bytecode.profiles import PROFILES, of_features, of_profile

        if sum(map(bool, (wanted.profile, wanted.target, wanted.board))) > 1:
            raise VmrigError(
                "ARGUMENT_INVALID", "A program is for a profile, a target or a board: only one can be said."
            )
        if wanted.profile:
            if wanted.profile not in PROFILES:
                raise VmrigError(
                    "ARGUMENT_INVALID", f"There is no profile {wanted.profile!r}.", evidence=[", ".join(PROFILES)]
                )
            return of_profile(wanted.profile)
        if wanted.target:
            return of_features(f"the VM of {wanted.target}", await self._vms.usual_features(wanted.target))
        if wanted.board:
            board = self._boards.one(wanted.board)
            features = await self._vms.features_of(board.vmuid)
            return of_features(f"the VM on {board.call_name}", features) if features is not None else None
        return None

    async def compile(
        self, program: str | bytes | ProgramFiles, filename: str, form: Form | None = None, wanted: For | None = None
    ) -> tuple[Compiled, str]:
        """The program and its listing."""
        vm = await self.vm_of(wanted or For())
        if isinstance(program, ProgramFiles):
            compiled = await asyncio.to_thread(compile_project, program, vm)
        else:
            compiled = await self.prepare(program, filename, vm)
        listing = await asyncio.to_thread(listing_of, compiled.image)
        return await asyncio.to_thread(formed, compiled, form or Form()), listing

    async def prepare(self, program: str | bytes, filename: str, vm: VmFeatures | None = None) -> Compiled:
        """A program from source or from a container, for this VM."""
        if isinstance(program, str):
            return await asyncio.to_thread(compile_text, program, filename, vm)
        return await asyncio.to_thread(check_image, program, vm)

    async def run(self, order: Order, program: str | bytes, filename: str, wait: bool, debug_image: bytes = b"") -> Job:
        """Uplinks a program and starts it.

        Raises:
            VmrigError: ``PROGRAM_INVALID`` before a job is made, and those of `Desk.start`.
        """
        from vmrig_server.bytecode.stripping import for_board

        compiled = await self.prepare(program, filename, await self.vm_of(For(board=order.board)))

        source = program if isinstance(program, str) else ""
        if debug_image:
            await asyncio.to_thread(check_debug_image, compiled.image, debug_image)

        async def prepare(board: Board, fence: int, target: str) -> Work:
            async def work(report: Report) -> Mapping[str, Any]:
                report(Progress("compile", len(compiled.image), len(compiled.image)))
                for line in compiled.warnings:
                    report(LogLine(line))
                if board.stale_reason:
                    report(warning(f"{board.call_name} is stale: {board.stale_reason}"))
                try:
                    image = await asyncio.to_thread(for_board, compiled.image)
                    outcome = await self._agent.run_program(
                        board.board_id, fence, target, image, wait, report, Names(debug_image or compiled.image, source)
                    )
                except VmrigError as error:
                    raise await asyncio.to_thread(resolve, error, debug_image or compiled.image, source) from error
                return {"run": asdict(outcome)}

            return work

        return await self._desk.start("run", order, [compiled.sha256, wait], prepare)

    async def run_on_host(
        self,
        program: str | bytes,
        filename: str,
        heap_size_bytes: int,
        record: bool = False,
        replay: bytes = b"",
        target: str = "",
    ) -> AsyncIterator[host_run.HostEvent]:
        """Runs on the host's VM, in a process of its own; ends it when the caller goes away.

        Raises:
            VmrigError: ``PROGRAM_INVALID``, ``ARGUMENT_INVALID``, ``HOST_VM_FAILED``, ``RECORDING_INVALID``.
        """
        compiled = await self.prepare(program, filename, await self.vm_of(For(target=target)))
        source = program if isinstance(program, str) else ""
        if target and not heap_size_bytes:
            heap_size_bytes = next((t.heap_bytes for t in self._targets.list() if t.target == target), 0)
        big_ints = not target or "bigint" in await self._vms.usual_features(target)
        events_of = host_run.run(compiled.image, source, heap_size_bytes, record, replay, big_ints)
        async with closing(events_of) as events:
            async for event in events:
                yield event
