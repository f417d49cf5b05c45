# SPDX-License-Identifier: Apache-2.0
"""What is done to boards: each call checks name, lease and presence, then starts a job that asks the agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from vmrig_server.agent.api import Agent, FirmwareFile, FlashOutcome, FlashPart, LogLine, Progress, Report
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.jobs import Jobs, Work
from vmrig_server.hub.lease_service import LeaseService
from vmrig_server.hub.model import Board, Job, LeaseRef, Presence
from vmrig_server.hub.requests import check_text, request_hash
from vmrig_server.hub.selectors import check_alias
from vmrig_server.hub.store import Blobs
from vmrig_server.hub.streams import closing

Prepare = Callable[[Board, int, str], Awaitable[Work]]
"""Makes a job's work from board, fence and target; it reads what the work needs and refuses what cannot succeed."""
WRITING = frozenset({"unlock", "erase", "write"})
"""Phases from which on the old contents of the flash are gone."""


@dataclass(frozen=True, slots=True)
class Order:
    """A call that changes a board: which, by what right, and its idempotency key."""

    board: str
    lease: LeaseRef
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class FileRef:
    """An uploaded file, to be flashed."""

    sha256: str
    format: str = ""
    address: int | None = None
    filename: str = ""


def flash_result(outcome: FlashOutcome) -> dict[str, Any]:
    """The fields of `vmrig.v1.FlashResult`."""
    return asdict(outcome)


class Desk:
    """Takes orders for boards."""

    def __init__(self, boards: Boards, leases: LeaseService, jobs: Jobs, agent: Agent, blobs: Blobs) -> None:
        self._boards = boards
        self._leases = leases
        self._jobs = jobs
        self._agent = agent
        self._blobs = blobs

    async def start(
        self, kind: str, order: Order, arguments: Sequence[object], prepare: Prepare, *, undecided: bool = False
    ) -> Job:
        """Starts a job on the order's board, after all checks that need no hardware.

        Args:
            kind: of the job.
            order: board, lease, idempotency key.
            arguments: what else the request says, to tell a repeated request from another one.
            prepare: makes the job's work, once the board and its target are known; refuses here what cannot succeed.
            undecided: a board that can be several targets will do; its target is then given as empty.

        Raises:
            VmrigError: those of `Boards.one`, `LeaseService.check` and `Jobs.start`; ``BOARD_GONE``, ``TARGET_UNDECIDED``, ``TARGET_UNKNOWN``.
        """
        board = self._boards.one(order.board)
        asked = request_hash(kind, board.board_id, *arguments)
        # A repeated request gets its job also when the lease has ended since.
        known = await self._jobs.repeated(order.request_id, asked)
        if known is not None:
            return known
        lease = await self._leases.check(board, order.lease)
        if board.presence is not Presence.PRESENT:
            raise gone(board)
        target = "" if undecided and not board.target and board.candidates else self._boards.target_of(board)
        started = await prepare(board, lease.fence, target)
        return await self._jobs.start(kind, board, lease, started, request_id=order.request_id, asked=asked)

    def watching_flash(self, board_id: str, report: Report) -> tuple[Report, list[bool]]:
        """A report that notes when the flash is written, so that the VM on the board is no longer taken as known."""
        touched: list[bool] = []

        def note(what: Progress | LogLine) -> None:
            if isinstance(what, Progress) and what.phase in WRITING:
                touched.append(True)
            report(what)

        return note, touched

    async def flash(
        self,
        order: Order,
        files: Sequence[FileRef],
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
    ) -> Job:
        """Writes files, reads them back, compares. `unlock`: a locked chip is erased as a whole first, settings included.

        Raises:
            VmrigError: ``ARGUMENT_INVALID`` without files, ``BLOB_NOT_FOUND``, and those of `start`.
        """
        if not files:
            raise VmrigError("ARGUMENT_INVALID", "No file to flash was given.")

        async def prepare(board: Board, fence: int, target: str) -> Work:
            firmware = [
                FirmwareFile(
                    check_text("filename", file.filename) or file.sha256[:12],
                    await self._blobs.get(file.sha256),
                    file.format,
                    file.address,
                )
                for file in files
            ]

            async def work(report: Report) -> Mapping[str, Any]:
                note, touched = self.watching_flash(board.board_id, report)
                try:
                    outcome = await self._agent.flash(
                        board.board_id,
                        fence,
                        target,
                        firmware,
                        note,
                        chip_erase=chip_erase,
                        halt=halt,
                        unlock=unlock,
                    )
                finally:
                    if touched:
                        await self._boards.note_vm(board.board_id, "")
                return {"flash": flash_result(outcome)}

            return work

        return await self.start("flash", order, [[asdict(file) for file in files], chip_erase, halt, unlock], prepare)

    async def erase(self, order: Order, ranges: Sequence[tuple[int, int]], *, mass: bool = False) -> Job:
        """Erases ranges of (address, size in bytes); an empty sequence is the whole chip; `mass`: settings included, and also a locked one.

        Raises:
            VmrigError: ``ARGUMENT_INVALID`` for a bad range, or for ranges of a mass erase, and those of `start`.
        """
        if mass and ranges:
            raise VmrigError("ARGUMENT_INVALID", "A mass erase is of the whole chip: it takes no ranges.")
        for address, size in ranges:
            if size <= 0 or address + size > 1 << 32:
                raise VmrigError(
                    "ARGUMENT_INVALID", f"The range {address:#010x}+{size:#x} is empty or leaves the address space."
                )

        async def prepare(board: Board, fence: int, target: str) -> Work:
            async def work(report: Report) -> Mapping[str, Any]:
                note, touched = self.watching_flash(board.board_id, report)
                try:
                    await self._agent.erase(board.board_id, fence, target, ranges, note, mass=mass)
                finally:
                    if touched:
                        await self._boards.note_vm(board.board_id, "")
                return {}

            return work

        return await self.start("erase", order, [list(ranges), mass], prepare)

    async def reset(self, order: Order) -> Job:
        """Resets the chip into its firmware."""

        async def prepare(board: Board, fence: int, target: str) -> Work:
            async def work(report: Report) -> Mapping[str, Any]:
                await self._agent.reset(board.board_id, fence, target, report)
                return {}

            return work

        return await self.start("reset", order, [], prepare)

    async def register(self, order: Order, alias: str = "", *, with_firmware: bool = False) -> Job:
        """Learns the board's identity: by probe or loader, or by register.vm where neither can and when it is asked for. What a board is whose USB identity
        does not tell, is asked of its chip.

        Raises:
            VmrigError: ``ALIAS_INVALID``, ``ALIAS_TAKEN``, and those of `start`.
        """
        if alias:
            check_alias(alias)
            owner = next((board for board in self._boards.all() if alias in board.aliases), None)
            if owner is not None and owner.board_id != self._boards.one(order.board).board_id:
                raise VmrigError("ALIAS_TAKEN", f"The alias {alias} names board {owner.board_id}.")

        async def prepare(board: Board, fence: int, target: str) -> Work:
            async def work(report: Report) -> Mapping[str, Any]:
                known = target
                if not known:
                    known = await self._agent.identify(board.board_id, fence, board.candidates, report)
                    await self._boards.note_target(board.board_id, known)
                note, touched = self.watching_flash(board.board_id, report)
                try:
                    outcome = await self._agent.register(
                        board.board_id, fence, known, note, with_firmware=with_firmware
                    )
                finally:
                    if touched:
                        await self._boards.note_vm(board.board_id, "")
                await self._boards.note_registered(board.board_id, outcome.chip_uid, outcome.chip_part)
                if alias:
                    await self._boards.set_alias(board.name, alias)
                return {"register": asdict(outcome)}

            return work

        return await self.start("register", order, [alias, with_firmware], prepare, undecided=True)

    async def virtualize(
        self, order: Order, vmuid: str, chip_uid: str, parts: Sequence[FlashPart], port_sha256: str = ""
    ) -> Job:
        """Flashes a VM's parts and proves that it answers with its vmuid. `port_sha256`: of the port.bin among them, without a key."""

        async def prepare(board: Board, fence: int, target: str) -> Work:
            if not board.chip_uid:
                raise not_registered(board)
            if board.chip_uid != chip_uid:
                raise VmrigError(
                    "VM_OTHER_BOARD",
                    f"The VM {vmuid[:8]} was made for the chip {chip_uid}; board {board.call_name} has {board.chip_uid}.",
                    next_command=f"vmrig vm create {board.call_name}",
                )

            async def work(report: Report) -> Mapping[str, Any]:
                note, touched = self.watching_flash(board.board_id, report)
                on_board = ""
                try:
                    outcome = await self._agent.virtualize(board.board_id, fence, target, parts, vmuid, note)
                    on_board = outcome.vm.vmuid
                except VmrigError as error:
                    if touched and not error.next_command:
                        error.next_command = f"vmrig virtualize {board.call_name} {vmuid}"
                    raise
                finally:
                    if touched or on_board:
                        await self._boards.note_vm(board.board_id, on_board, port_sha256 if on_board else "")
                return {
                    "virtualize": {
                        "vmuid": vmuid,
                        "flash": flash_result(outcome.flash),
                        "vmuid_reported": outcome.vm.vmuid,
                        "phases": [asdict(phase) for phase in outcome.phases],
                    }
                }

            return work

        return await self.start("virtualize", order, [vmuid, port_sha256], prepare)

    async def admitted(self, selector: str, ref: LeaseRef) -> tuple[Board, int, str]:
        """Board, fence and target of a call that works on a board for as long as it lasts, without a job.

        Raises:
            VmrigError: those of `Boards.one` and `LeaseService.check`; ``BOARD_GONE``.
        """
        board = self._boards.one(selector)
        lease = await self._leases.check(board, ref)
        if board.presence is not Presence.PRESENT:
            raise gone(board)
        return board, lease.fence, self._boards.target_of(board)

    async def write_console(self, selector: str, ref: LeaseRef, data: bytes) -> None:
        """Types at the board."""
        board = self._boards.one(selector)
        lease = await self._leases.check(board, ref)
        if board.presence is not Presence.PRESENT:
            raise gone(board)
        await self._agent.write_console(board.board_id, lease.fence, data)

    async def release_port(self, selector: str, ref: LeaseRef) -> AsyncIterator[str]:
        """Lets go of the board's serial port while the iteration lasts; gives its path when it is free."""
        board = self._boards.one(selector)
        lease = await self._leases.check(board, ref)
        if board.presence is not Presence.PRESENT:
            raise gone(board)
        async with closing(self._agent.release_port(board.board_id, lease.fence)) as ports:
            async for port in ports:
                yield port


def gone(board: Board) -> VmrigError:
    """The board is known and not there."""
    return VmrigError(
        "BOARD_GONE",
        f"Board {board.call_name} is not plugged in.",
        evidence=[f"serial {board.usb.serial or '(none)'}, last at {board.usb.location or '(unknown)'}"],
        next_command="vmrig boards",
        error_class=ErrorClass.BENCH,
    )


def not_registered(board: Board) -> VmrigError:
    """Its chip id is not known yet."""
    return VmrigError(
        "BOARD_NOT_REGISTERED",
        f"Board {board.call_name} is not registered: its chip id is not known.",
        next_command=f"vmrig register {board.call_name}",
    )
