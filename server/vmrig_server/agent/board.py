# SPDX-License-Identifier: Apache-2.0
"""One board of this host: its actor, its console and its tools, and the jobs that use several of them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
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
from vmrig_server.agent.flashing.drivers.base import Driver, ToolJob, ToolResult
from vmrig_server.agent.flashing.plan import FlashPlan
from vmrig_server.agent.flashing.runner import ToolRun
from vmrig_server.agent.flashing.tools import Toolbox
from vmrig_server.agent.uplink import Phases, identify, vm_on_board
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)

SEAL = "vmstore"
"""The part of a VM that says which one it is: wrong from before the VM is touched until all of it is there, so that a power cut in between leaves none that
runs programs on half of itself, or answers as a VM that it is not."""
_FIRMWARE_PHASES = frozenset({"erase", "write"})
"""From these on the old firmware is gone for certain. Not at the reset: the news of the new firmware's boot may come before that of the reset."""


class LocalBoard:
    """A board that this host knows, plugged in or not.

    Args:
        folder: of its console log; made when the console is first used.
        baud: speed of its serial port, asked for when the port is opened.
        tools: flashing tools.
    """

    def __init__(
        self, board_id: BoardId, folder: Path, tools: Toolbox, baud: Callable[[AttachedBoard | None], int]
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
        names = ", ".join(dict.fromkeys(part.name or f"{part.address:#010x}" for part in plan.parts))
        return _flash_outcome(plan, await self._run(chip, job, report, f"{names}, {plan.size_bytes} bytes", halt=halt))

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
        await self._run(chip, job, report, f"erase {'all' if mass else 'ranges' if ranges else 'chip'}")

    async def reset(self, chip: ChipFacts, report: Report) -> None:
        """Resets the chip into its firmware."""
        if self._tools.driver(chip.driver).BORROWS_PORT:
            await self._boot(report)
        else:
            await self._run(chip, self._job(chip), report, "")

    async def identify(self, like: ChipFacts, report: Report) -> str:
        """What the board's chip is, as its tool calls it.

        Args:
            like: a chip that it can be; its tool is asked.
        """
        job = self._job(like)
        job.any_chip = True
        return str((await self._run(like, job, report, "")).details.get("chip", ""))

    async def register(self, chip: ChipFacts, plan: FlashPlan | None, report: Report) -> RegisterOutcome:
        """Reads the chip's identity by its tool, and leaves its firmware alone; with a plan (register.vm), flashes it and compares what it says of the
        chip.

        Raises:
            VmrigError: ``UID_MISMATCH``, and those of flashing and identifying.
        """
        job = self._job(chip)
        job.read_uid()
        if plan is None:
            if self._tools.driver(chip.driver).BORROWS_PORT:
                result = await self._run(chip, job, report, "")
            else:
                result = await self._run_tool(chip, self._tools.driver(chip.driver), job, report)
                self._tools.prepare(chip.driver)
            return _registered_by_tool(result, chip)
        job.program(plan.parts)
        result = await self._run(chip, job, report, f"register.vm, {plan.size_bytes} bytes", listen=True)

        phases = Phases(report)
        phases.begin("identify")
        identity = await identify(self.port, self.board_id, "register", booted=True)
        if result.uid and identity.uid != result.uid:
            raise VmrigError(
                "UID_MISMATCH",
                f"Board {self.board_id} has two identities: its serial port and its debug probe lead to different chips.",
                evidence=[f"over the serial port: {identity.uid or '(none)'}", f"over the debug probe: {result.uid}"],
                next_command=f"vmrig boards {self.board_id}",
                error_class=ErrorClass.BENCH,
            )
        return RegisterOutcome(
            chip_uid=identity.uid,
            chip_part=f"{identity.chip_part:x} {identity.chip_variant}".strip(),
            uid_by_serial=identity.uid,
            uid_by_probe=result.uid,
            firmware_version=identity.vm_version or f"register protocol {identity.protocol}",
            phases=(*result.phases, *phases.end()),
        )

    async def virtualize(self, chip: ChipFacts, plan: FlashPlan, vmuid: str, report: Report) -> VirtualizeOutcome:
        """Flashes a VM and has it prove that it is the one.

        Raises:
            VmrigError: ``VMUID_MISMATCH``, ``VM_OTHER_BOARD``, and those of flashing and identifying.
        """
        job = self._job(chip)
        job.program(plan.parts, seal=SEAL)
        result = await self._run(chip, job, report, f"VM {vmuid[:8]}, {plan.size_bytes} bytes", listen=True)

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

    def _job(self, chip: ChipFacts, *, unlock: bool = False) -> ToolJob:
        attached = self.actor.require()
        return self._tools.driver(chip.driver).job(attached, chip, self._tools.home, unlock=unlock)

    async def _run(
        self, chip: ChipFacts, job: ToolJob, report: Report, what: str, *, halt: bool = False, listen: bool = False
    ) -> ToolResult:
        """Runs the tool and boots the chip, with the console recording before that: nothing that the new firmware says at boot is missed.

        Args:
            what: for the marker in the log; empty: the flash is not changed.
            halt: the firmware does not run at the end.
            listen: the firmware is talked to afterwards; without its port the job need not begin.
        """
        driver = self._tools.driver(chip.driver)
        if driver.BORROWS_PORT:
            return await self._run_on_port(chip, driver, job, report, what, halt)
        job.reset(halt=halt)
        try:
            await self.port.open()
        except VmrigError as failure:
            if listen:
                raise
            report(LogLine(f"the console is not recorded: {failure.message}"))
        if what:
            self.port.recorder.mark("flash", what)
        self.port.forget_firmware()
        result = await self._run_tool(chip, driver, job, report)
        self._tools.prepare(chip.driver)  # another job often follows
        return result

    async def _run_on_port(
        self, chip: ChipFacts, driver: Driver, job: ToolJob, report: Report, what: str, halt: bool
    ) -> ToolResult:
        port = self.port
        if what:
            port.recorder.mark("flash", what)
        port.forget_firmware()
        try:
            async with port.lent():
                result = await self._run_tool(chip, driver, job, report)
        except (VmrigError, asyncio.CancelledError):
            # A chip that is left in its loader runs nothing; whatever firmware it has now, it boots.
            if not self.actor.gone.is_set():
                with contextlib.suppress(VmrigError):
                    await self._boot(report)
            raise
        if halt:
            report(LogLine("the chip stays in its loader until it is reset"))
            return result
        return replace(result, phases=(*result.phases, await self._boot(report)))

    async def _boot(self, report: Report) -> PhaseTime:
        """Resets the chip over the lines of its serial port, while the console records.

        Raises:
            VmrigError: ``RESET_FAILED``, and those of the port.
        """
        start = time.monotonic()
        report(Progress("reset"))
        await self.port.open()
        self.port.recorder.mark("reset")
        self.port.forget_firmware()
        await self.port.pulse_reset()
        return PhaseTime("reset", time.monotonic() - start)

    async def _run_tool(self, chip: ChipFacts, driver: Driver, job: ToolJob, report: Report) -> ToolResult:
        port = self.port
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

        async def start() -> asyncio.subprocess.Process:
            process = await self._tools.take(chip.driver)
            if driver.BORROWS_PORT:
                # Its job begins with a reset that takes its time: the next one's process starts meanwhile.
                self._tools.prepare(chip.driver)
            return process

        tool = ToolRun(
            start,
            job.specification(),
            tool=driver.TOOL,
            report=note,
            deadline_s=job.deadline_s,
            gone=self.actor.gone,
        )
        return job.parse(await tool.run())


def _registered_by_tool(result: ToolResult, chip: ChipFacts) -> RegisterOutcome:
    return RegisterOutcome(
        chip_uid=result.uid,
        chip_part=str(result.details.get("description", chip.name)),
        uid_by_serial="",
        uid_by_probe=result.uid,
        firmware_version="",
        phases=result.phases,
    )


def _flash_outcome(plan: FlashPlan, result: ToolResult) -> FlashOutcome:
    parts = tuple(
        WrittenPart(part.address, len(part.data), hashlib.sha256(part.data).hexdigest()) for part in plan.parts
    )
    phases: tuple[PhaseTime, ...] = result.phases
    return FlashOutcome(parts, result.bytes_written, result.bytes_verified, phases, result.unlocked)
