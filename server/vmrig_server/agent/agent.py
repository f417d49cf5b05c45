# SPDX-License-Identifier: Apache-2.0
"""The agent inside the service's own process: implements `vmrig_server.agent.api.Agent` over the buses of this host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import (
    AttachedBoard,
    BoardId,
    ConsoleChunk,
    DebugNews,
    FirmwareFile,
    FlashOutcome,
    FlashPart,
    Names,
    PresenceChange,
    RegisterOutcome,
    Report,
    UplinkOutcome,
    VirtualizeOutcome,
)
from vmrig_server.agent.board import LocalBoard
from vmrig_server.agent.debugging import Tell, debug_program
from vmrig_server.agent.discovery.bus import UsbBus
from vmrig_server.agent.discovery.discovery import Discovery
from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.plan import FlashPlan, plan_files, plan_parts
from vmrig_server.agent.flashing.tools import Toolbox
from vmrig_server.agent.targets import TargetCatalogue
from vmrig_server.agent.uplink import run_program
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.images.manifest import load_image
from vmrig_server.news import news_of

LOG = logging.getLogger(__name__)

DEFAULT_BAUD = 115200
_BOARD_ID = re.compile(r"[0-9a-f]{16}")


class LocalAgent:
    """Owner of this host's boards. Start it before use, stop it at the end; everything belongs to one event loop.

    Args:
        buses: where boards are looked for.
        home: the service's folder; console logs are kept in ``<home>/consoles/<board id>/``.
    """

    def __init__(self, buses: Sequence[UsbBus], home: Path) -> None:
        self._home = home
        self._targets = TargetCatalogue()
        self._discovery = Discovery(buses, self._targets.known)
        self._boards: dict[BoardId, LocalBoard] = {}
        self._tools = Toolbox(home)
        self._watchers: set[asyncio.Queue[PresenceChange]] = set()
        self._follower: asyncio.Task[None] | None = None
        self._preparing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begins to look for boards; returns at once."""
        await self._discovery.start()
        self._follower = asyncio.create_task(self._follow(), name="agent presence")

    async def stop(self) -> None:
        """Releases every port; running jobs should have been cancelled."""
        await self._discovery.stop()
        if self._follower is not None:
            self._follower.cancel()
            await asyncio.gather(self._follower, return_exceptions=True)
        for task in self._preparing:
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        await self._tools.close()
        await asyncio.gather(*(board.close() for board in self._boards.values()), return_exceptions=True)

    async def watch(self) -> AsyncIterator[PresenceChange]:
        """Every board that is there, then every change, for ever. A board whose description changed (its port came later) is told as present again."""
        queue: asyncio.Queue[PresenceChange] = asyncio.Queue()
        for board in self._boards.values():
            if board.actor.attached is not None:
                queue.put_nowait(PresenceChange(True, board.actor.attached))
        self._watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)

    async def look_again(self) -> None:
        """What boards can be has changed: looks at the buses anew."""
        self._discovery.look_again()

    async def raise_fence(self, board: BoardId, fence: int, holder: str) -> None:
        """A new lease was granted: from now on older fences are refused, and a job under one of them is ended."""
        known = self._board(board)
        if known.actor.raise_fence(fence, holder) and known.has_console:
            known.port.recorder.mark("lease", f"{holder or 'somebody'}, fence {fence}")

    async def flash(
        self,
        board: BoardId,
        fence: int,
        target: str,
        files: Sequence[FirmwareFile],
        report: Report,
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
    ) -> FlashOutcome:
        """Plans, writes, reads back, compares, resets. `unlock`: a locked chip is erased as a whole first.

        Raises:
            VmrigError: ``IMAGE_...`` before the board is touched; ``CHIP_LOCKED``, ``FLASH_FAILED``, ``VERIFY_FAILED``, ``PROBE_...`` and those of every job.
        """
        known = self._admit(board, fence, target)
        chip = self._targets.chip(target)
        plan = await self._planned(known, lambda: plan_files(files, chip, self._tools.revision(board, chip)))
        return await known.actor.run(
            "flash", fence, lambda: known.flash(chip, plan, report, chip_erase=chip_erase, halt=halt, unlock=unlock)
        )

    async def erase(
        self,
        board: BoardId,
        fence: int,
        target: str,
        ranges: Sequence[tuple[int, int]],
        report: Report,
        *,
        mass: bool = False,
    ) -> None:
        """Erases ranges of (address, size in bytes), widened to whole sectors; an empty sequence is the whole chip. `mass`: all of it, settings
        included, which also opens a locked one.

        Raises:
            VmrigError: ``ERASE_ADDRESS`` before the board is touched, and those of every job.
        """
        known = self._admit(board, fence, target)
        chip = self._targets.chip(target)
        for address, size in ranges:
            _check_range(address, size, chip)
        await known.actor.run("erase", fence, lambda: known.erase(chip, ranges, report, mass=mass))

    async def reset(self, board: BoardId, fence: int, target: str, report: Report) -> None:
        """Resets the chip into its firmware."""
        known = self._admit(board, fence, target)
        chip = self._targets.chip(target)
        await known.actor.run("reset", fence, lambda: known.reset(chip, report))

    async def identify(self, board: BoardId, fence: int, candidates: Sequence[str], report: Report) -> str:
        """Which of several targets the board is, by asking its chip over its serial port.

        Raises:
            VmrigError: ``TARGET_UNDECIDED`` when the chip does not tell them apart, or cannot be asked; those of every job.
        """
        known = self._board(board)
        known.actor.check_fence(fence)
        known.actor.require()
        chips = {target: self._targets.chip(target) for target in candidates}
        asked = [chip for chip in chips.values() if chip.loader is not None]
        found = await known.actor.run("identify", fence, lambda: known.identify(asked[0], report)) if asked else ""
        fitting = [target for target, chip in chips.items() if found in ("", chip.tool_target)]
        if len(fitting) == 1:
            return fitting[0]
        raise VmrigError(
            "TARGET_UNDECIDED" if fitting else "TARGET_UNKNOWN",
            f"Board {board} can be {' or '.join(fitting)}: its USB identity and its chip do not tell."
            if fitting
            else f"No target is known for board {board}: it has a chip {found}, its USB identity belongs to {' or '.join(candidates)}.",
            evidence=[f'config.toml: [boards."{board}"] target = "{target}"' for target in fitting],
        )

    async def register(
        self, board: BoardId, fence: int, target: str, report: Report, *, with_firmware: bool = False
    ) -> RegisterOutcome:
        """Reads the chip id by probe or loader, which leaves the firmware alone. Where neither can, or `with_firmware`: flashes register.vm, reads the id
        over the serial port and over the debug port, compares.

        Raises:
            VmrigError: ``UID_MISMATCH``, ``FIRMWARE_SILENT``, those of `flash` and of the port.
        """
        known = self._admit(board, fence, target)
        chip = self._targets.chip(target)
        plan: FlashPlan | None = None
        if with_firmware or not chip.tells_uid:
            image = await asyncio.to_thread(load_image, self._targets.image_target(target), "register")
            plan = plan_parts([FlashPart(image.address, image.data, "register.vm")], chip)
        return await known.actor.run("register", fence, lambda: known.register(chip, plan, report))

    async def virtualize(
        self, board: BoardId, fence: int, target: str, parts: Sequence[FlashPart], vmuid: str, report: Report
    ) -> VirtualizeOutcome:
        """Flashes the parts of a VM, verifies, boots it, and proves that it answers with the vmuid.

        Raises:
            VmrigError: ``VMUID_MISMATCH``, ``VM_OTHER_BOARD``, ``FIRMWARE_SILENT``, those of `flash` and of the port.
        """
        known = self._admit(board, fence, target)
        chip = self._targets.chip(target)
        plan = await self._planned(known, lambda: plan_parts(parts, chip, self._tools.revision(board, chip)))
        return await known.actor.run("virtualize", fence, lambda: known.virtualize(chip, plan, vmuid, report))

    async def run_program(
        self,
        board: BoardId,
        fence: int,
        target: str,
        image: bytes,
        wait: bool,
        report: Report,
        names: Names | None = None,
    ) -> UplinkOutcome:
        """Uplinks a .vbc container into a slot and starts it; with wait, returns when the program ended.

        Raises:
            VmrigError: ``PROGRAM_RAISED`` with the exception's text and the raw traceback, one ``@function:word`` a line, in its evidence;
                ``PROGRAM_FAULT``, ``PROGRAM_STOPPED``, ``LINK_...``, and those of every job.
        """
        known = self._admit(board, fence, target)
        return await known.actor.run("run", fence, lambda: run_program(known.port, board, image, wait, report, names))

    async def debug(
        self,
        board: BoardId,
        fence: int,
        target: str,
        image: bytes,
        requests: AsyncIterator[bytes],
        names: Names | None = None,
    ) -> AsyncIterator[DebugNews]:
        """A program under a debugger: news until the requests end.

        Raises:
            VmrigError: ``DEBUG_UNSUPPORTED``, and those of `run_program`.
        """
        known = self._admit(board, fence, target)

        async def work(tell: Tell) -> None:
            await known.actor.run(
                "debug", fence, lambda: debug_program(known.port, board, image, requests, tell, names)
            )

        async with contextlib.aclosing(news_of(work)) as stream:
            async for news in stream:
                yield news

    async def read_console(self, board: BoardId, offset: int, follow: bool) -> AsyncIterator[ConsoleChunk]:
        """From a byte offset on (negative: before the end). Opens the board's port when the board is there, and records from then on.

        Raises:
            VmrigError: ``BOARD_NOT_FOUND`` for a board that this host never saw.
        """
        known = self._board(board)
        if known.actor.attached is None and not known.has_console:
            raise VmrigError("BOARD_NOT_FOUND", f"This host has never seen board {board}.", next_command="vmrig boards")
        known.port.want()
        async for chunk in known.port.recorder.read(offset, follow):
            yield chunk

    async def write_console(self, board: BoardId, fence: int, data: bytes) -> None:
        """Types at the board.

        Raises:
            VmrigError: ``FENCE_OLD``, ``BOARD_GONE``, ``CONSOLE_FULL``, and those of the port.
        """
        known = self._board(board)
        known.actor.check_fence(fence)
        known.actor.require()
        await known.port.type(data)

    async def release_port(self, board: BoardId, fence: int) -> AsyncIterator[str]:
        """Closes the port for a tool of the user's, until the iteration is closed.

        Raises:
            VmrigError: ``NO_SERIAL_PORT``, and those of every job.
        """
        known = self._board(board)
        free: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def lend() -> None:
            async with known.port.lent():
                known.port.recorder.mark("port", "released")
                free.set_result(known.actor.require().serial_port)
                await asyncio.Event().wait()

        lending = asyncio.ensure_future(known.actor.run("use of the port by another tool", fence, lend))
        try:
            both: set[asyncio.Future[Any]] = {lending, free}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if free.done():
                yield free.result()
            await lending
        finally:
            lending.cancel()
            await asyncio.gather(lending, return_exceptions=True)
            known.port.recorder.mark("port", "taken back")

    # ------------------------------------------------------------------------------------------------------------------

    @staticmethod
    async def _planned(known: LocalBoard, plan: Callable[[], FlashPlan]) -> FlashPlan:
        """A plan, made in a thread; its errors name the board in their next command."""
        try:
            return await asyncio.to_thread(plan)
        except VmrigError as failure:
            failure.next_command = failure.next_command.replace(" BOARD", f" {known.board_id}")
            raise

    async def _follow(self) -> None:
        async for change in self._discovery.watch():
            known = self._board(change.board.board_id)
            if change.present:
                known.arrived(change.board)
                self._begin_prepare(change.board)
            else:
                known.left()
            for queue in self._watchers:
                queue.put_nowait(change)

    def _begin_prepare(self, attached: AttachedBoard) -> None:
        """A process of the tool that the board will be flashed with begins to wait, beside the news of the board."""
        if attached.probe:
            self._tools.prepare("pyocd")
            return
        task = asyncio.create_task(self._prepare(attached.candidates), name="spare tools")
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)

    async def _prepare(self, candidates: Sequence[str]) -> None:
        for target in candidates:
            with contextlib.suppress(VmrigError):
                # In a thread: chip files take their time when they are read for the first time.
                self._tools.prepare((await asyncio.to_thread(self._targets.chip, target)).driver)

    def _board(self, board: BoardId) -> LocalBoard:
        known = self._boards.get(board)
        if known is None:
            if not _BOARD_ID.fullmatch(board):
                raise VmrigError("BOARD_NOT_FOUND", f"{board!r} is no board id.", next_command="vmrig boards")
            known = LocalBoard(board, self._home / "consoles" / board, self._tools, self._baud)
            self._boards[board] = known
        return known

    def _admit(self, board: BoardId, fence: int, target: str) -> LocalBoard:
        """The checks that come before any other work of a job: its fence, the board's presence, its type."""
        known = self._board(board)
        known.actor.check_fence(fence)
        attached = known.actor.require()
        if attached.candidates and target not in attached.candidates:
            raise VmrigError(
                "TARGET_MISMATCH",
                f"Board {board} is no {target}.",
                evidence=[f"by its USB identity it is {' or '.join(attached.candidates)}"],
                next_command=f"vmrig boards {board}",
            )
        return known

    def _baud(self, attached: AttachedBoard | None) -> int:
        for target in attached.candidates if attached is not None else ():
            return self._targets.baud(target)
        return DEFAULT_BAUD


def _check_range(address: int, size: int, chip: ChipFacts) -> None:
    region = chip.flash_region(address)
    if region is None or size <= 0 or address + size > region.end:
        raise VmrigError(
            "ERASE_ADDRESS",
            f"{address:#010x} to {address + size - 1:#010x} is not inside one flash region of {chip.name}.",
            evidence=[f"{each.name}: {each.start:#010x} to {each.end - 1:#010x}" for each in chip.flash],
            error_class=ErrorClass.REQUEST,
        )
