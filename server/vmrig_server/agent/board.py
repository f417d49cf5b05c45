# SPDX-License-Identifier: Apache-2.0
"""One board of this host: its actor, its console and its tools, and the jobs that use several of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from vmrig_server.agent.actor import BoardActor
from vmrig_server.agent.api import (
    AttachedBoard,
    BoardId,
    FlashOutcome,
    LogLine,
    PhaseTime,
    Progress,
    RegisterOutcome,
    Report,
    VirtualizeOutcome,
    WrittenPart,
)
from vmrig_server.agent.consoles.port import ConsolePort
from vmrig_server.agent.consoles.recorder import Recorder
from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.drivers import pyocd
from vmrig_server.agent.flashing.plan import FlashPlan
from vmrig_server.agent.flashing.runner import ToolRun
from vmrig_server.agent.flashing.spare import SpareTool
from vmrig_server.agent.uplink import Phases, identify, vm_on_board
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)

_UID_WORDS = "uid"
_FIRMWARE_PHASES = frozenset({"erase", "write"})
"""From these on the old firmware is gone for certain. Not at the reset: the news of the new firmware's boot may come before that of the reset."""


class LocalBoard:
    """A board that this host knows, plugged in or not.

    Args:
        folder: of its console log; made when the console is first used.
        baud: speed of its serial port, asked for when the port is opened.
        tools: pyOCD processes.
    """

    def __init__(
        self, board_id: BoardId, folder: Path, tools: SpareTool, baud: Callable[[AttachedBoard | None], int]
    ) -> None:
        self.board_id = board_id
        self.actor = BoardActor(board_id)
        self._folder = folder
        self._tools = tools
        self._baud = baud
        self._port: ConsolePort | None = None

    @property
    def port(self) -> ConsolePort:
        """The board's serial port and console."""
        if self._port is None:
            recorder = Recorder(self._folder)
            self._port = ConsolePort(self.board_id, recorder, lambda: self._baud(self.actor.attached))
            attached = self.actor.attached
            self._port.plugged(attached.serial_url if attached is not None else "")
        return self._port

    @property
    def has_console(self) -> bool:
        """Whether anything was ever recorded, now or in an earlier run."""
        return self._port is not None or self._folder.exists()

    def arrived(self, attached: AttachedBoard) -> None:
        """The board was plugged in, or its description changed."""
        if self.actor.arrived(attached) and self.has_console:
            self.port.recorder.mark("back", f"at {attached.location}")
        if self._port is not None:
            self._port.plugged(attached.serial_url)

    def left(self) -> None:
        """The board was unplugged."""
        self.actor.left()
        if self._port is not None:
            self._port.recorder.mark("gone")
            self._port.unplugged()

    async def close(self) -> None:
        """Lets go of everything."""
        if self._port is not None:
            await self._port.close()
            self._port.recorder.close()
            self._port = None

    # --- steps of jobs; all run under the actor -----------------------------------------------------------------------

    async def flash(
        self,
        chip: ChipFacts,
        plan: FlashPlan,
        report: Report,
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
    ) -> FlashOutcome:
        """Writes a plan, reads it back, compares, and resets into it (or halts)."""
        job = self._job(chip, unlock=unlock)
        job.program(plan.parts, chip_erase=chip_erase)
        job.reset(halt=halt)
        names = ", ".join(dict.fromkeys(part.name or f"{part.address:#010x}" for part in plan.parts))
        return _flash_outcome(plan, await self._run(job, report, f"{names}, {plan.size_bytes} bytes"))

    async def erase(
        self, chip: ChipFacts, ranges: Sequence[tuple[int, int]], report: Report, *, mass: bool = False
    ) -> None:
        """Erases ranges, or without ranges the whole chip; `mass`: with its settings, and also a locked one."""
        job = self._job(chip, unlock=mass)
        if mass:
            job.mass_erase()
        elif ranges:
            job.erase_ranges(ranges)
        else:
            job.erase_chip()
        job.reset()
        await self._run(job, report, f"erase {'all' if mass else 'ranges' if ranges else 'chip'}")

    async def reset(self, chip: ChipFacts, report: Report) -> None:
        job = self._job(chip)
        job.reset()
        await self._run(job, report, "")

    async def register(self, chip: ChipFacts, plan: FlashPlan, report: Report) -> RegisterOutcome:
        """Flashes register.vm and compares what it says of the chip with what the debug port reads, where the id is in the chip's memory.

        Raises:
            VmrigError: ``UID_MISMATCH``, and those of flashing and identifying.
        """
        job = self._job(chip)
        if chip.uid_words:
            job.read_words(_UID_WORDS, chip.uid_address, chip.uid_words)
        job.program(plan.parts)
        job.reset()
        await self.port.open()
        result = await self._run(job, report, f"register.vm, {plan.size_bytes} bytes")
        by_probe = uid_text(result.words[_UID_WORDS]) if chip.uid_words else ""

        phases = Phases(report)
        phases.begin("identify")
        identity = await identify(self.port, self.board_id, "register", booted=True)
        if chip.uid_words and identity.uid != by_probe:
            raise VmrigError(
                "UID_MISMATCH",
                f"Board {self.board_id} has two identities: its serial port and its debug probe lead to different chips.",
                evidence=[f"over the serial port: {identity.uid or '(none)'}", f"over the debug probe: {by_probe}"],
                next_command=f"vmrig boards {self.board_id}",
                error_class=ErrorClass.BENCH,
            )
        return RegisterOutcome(
            chip_uid=identity.uid,
            chip_part=f"{identity.chip_part:x} {identity.chip_variant}".strip(),
            uid_by_serial=identity.uid,
            uid_by_probe=by_probe,
            firmware_version=identity.vm_version or f"register protocol {identity.protocol}",
            phases=(*result.phases, *phases.end()),
        )

    async def virtualize(self, chip: ChipFacts, plan: FlashPlan, vmuid: str, report: Report) -> VirtualizeOutcome:
        """Flashes a VM and has it prove that it is the one.

        Raises:
            VmrigError: ``VMUID_MISMATCH``, ``VM_OTHER_BOARD``, and those of flashing and identifying.
        """
        job = self._job(chip)
        job.program(plan.parts)
        job.reset()
        await self.port.open()
        result = await self._run(job, report, f"VM {vmuid[:8]}, {plan.size_bytes} bytes")

        phases = Phases(report)
        phases.begin("identify")
        identity = await identify(self.port, self.board_id, "vm", booted=True)
        vm = vm_on_board(identity)
        if identity.vmuid.lower() != vmuid.lower():
            raise VmrigError(
                "VMUID_MISMATCH",
                f"Board {self.board_id} was flashed with the VM {vmuid}, but what answers is {identity.vmuid or '(no vmuid)'}.",
                evidence=[f"binding: {vm.binding}", f"chip uid: {identity.uid}"],
                next_command=f"vmrig virtualize {self.board_id} {vmuid}",
                error_class=ErrorClass.BENCH,
            )
        if vm.binding != "ok":
            raise VmrigError(
                "VM_OTHER_BOARD",
                f"The VM {vmuid} does not accept board {self.board_id} as its own.",
                evidence=[f"binding: {vm.binding}", f"this chip: {identity.uid}"],
                next_command=f"vmrig vm create {self.board_id}",
            )
        times = (*result.phases, *phases.end())
        return VirtualizeOutcome(flash=_flash_outcome(plan, result), vm=vm, phases=times)

    def _job(self, chip: ChipFacts, *, unlock: bool = False) -> pyocd.PyocdJob:
        attached = self.actor.require()
        if not attached.probe:
            raise VmrigError(
                "NO_PROBE",
                f"Board {self.board_id} has no debug probe to reach its chip through.",
                evidence=[
                    f"USB {attached.vid:04x}:{attached.pid:04x} {attached.product}, serial {attached.serial or '(none)'}"
                ],
                next_command=f"vmrig boards {self.board_id}",
                error_class=ErrorClass.BENCH,
            )
        return pyocd.PyocdJob(attached.probe, chip.tool_target, self.board_id, unlock)

    async def _run(self, job: pyocd.PyocdJob, report: Report, what: str) -> pyocd.PyocdResult:
        """Runs the tool, with the console recording before it begins: nothing that the new firmware says at boot is missed."""
        port = self.port
        try:
            await port.open()
        except VmrigError as failure:
            report(LogLine(f"the console is not recorded: {failure.message}"))
        if what:
            port.recorder.mark("flash", what)
        port.forget_firmware()
        seen = ""

        def note(step: Progress | LogLine) -> None:
            nonlocal seen
            if isinstance(step, Progress) and step.phase != seen:
                seen = step.phase
                if seen == "reset":
                    port.recorder.mark("reset")
                if seen in _FIRMWARE_PHASES:
                    port.forget_firmware()
            report(step)

        tool = ToolRun(
            self._tools.take,
            job.specification(),
            tool=pyocd.TOOL,
            report=note,
            deadline_s=job.deadline_s,
            gone=self.actor.gone,
        )
        result = pyocd.PyocdResult.parse(await tool.run())
        self._tools.prepare()  # another job often follows
        return result


def uid_text(words: Sequence[int]) -> str:
    """A chip id, read as words with the least significant first, as hex with the most significant byte first."""
    return "".join(f"{word:08x}" for word in reversed(words))


def _flash_outcome(plan: FlashPlan, result: pyocd.PyocdResult) -> FlashOutcome:
    parts = tuple(
        WrittenPart(part.address, len(part.data), hashlib.sha256(part.data).hexdigest()) for part in plan.parts
    )
    phases: tuple[PhaseTime, ...] = result.phases
    return FlashOutcome(parts, result.bytes_written, result.bytes_verified, phases, result.unlocked)
