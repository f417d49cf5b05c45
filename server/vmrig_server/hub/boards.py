# SPDX-License-Identifier: Apache-2.0
"""The boards of the bench: identity, names, and the four states. Presence is written by `follow`, health by `set_health` and `note_outcome`,
the lease by `LeaseService` through `show_lease`, the job by `Jobs` through `show_job`; nobody else writes them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vmrig_server.agent.api import Agent, AttachedBoard, PresenceChange
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub import selectors
from vmrig_server.hub.board_store import BoardStore
from vmrig_server.hub.model import Board, Failure, Health, Lease, LeaseState, Page, Presence, Usb
from vmrig_server.hub.targets import Targets
from vmrig_server.hub.whole import whole

log = logging.getLogger(__name__)

FAILURES_TO_FAILING = 2
"""So many bench failures in a row take a board out of the queue."""
TELLS_HEALTH = frozenset({"flash", "erase", "reset", "register", "virtualize"})
"""Jobs whose bench failures speak of the board. A program that finds no VM there does not."""
NOT_THE_BOARD = frozenset({"SERVICE_RESTARTED", "BOARD_GONE", "BOARD_BUSY", "PROBE_BUSY", "INTERNAL"})
"""Bench failures that say nothing of the board."""
_REVISIONS_PER_MS = 1 << 10


class Boards:
    """Every board that was ever seen, as it is now."""

    def __init__(
        self,
        stored: BoardStore,
        targets: Targets,
        *,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        Args:
            stored: the boards' tables.
            targets: the catalogue of board types.
            settings: by board id: ``target`` (the choice where several are possible) and ``labels``, as the configuration has them.
            clock: seconds since the epoch.
        """
        self._stored = stored
        self._targets = targets
        self._settings = settings or {}
        self._clock = clock
        self._boards: dict[str, Board] = {}
        self._told: dict[str, str] = {}  # targets by USB serial, where somebody has said so
        # Tokens of an earlier run are below `_first`, so that a watch that resumes with one begins anew.
        self._first = self._revision = int(clock() * 1000) * _REVISIONS_PER_MS
        self._changed = asyncio.Event()

    async def load(self) -> None:
        """Reads what earlier runs knew; all boards are absent until the agent says otherwise."""
        for board in await self._stored.load():
            settings = self._settings.get(board.board_id, {})
            labels = {**board.labels, **settings.get("labels", {})}
            # A board that nobody named or registered is listed only in the runs that see it.
            listed = board.listed and bool(board.aliases or labels or board.chip_uid)
            self._put(replace(board, labels=labels, listed=listed, chip=self._targets.chip(board.target)))

    # --- reading -------------------------------------------------------------------------------------------------

    def all(self) -> list[Board]:
        """Every board that is listed, by name."""
        return sorted(
            (board for board in self._boards.values() if board.listed), key=lambda b: (b.call_name, b.board_id)
        )

    def select(self, selector: str) -> list[Board]:
        """The listed boards that a selector means; empty means all."""
        return selectors.matching(selector, self.all())

    def one(self, selector: str) -> Board:
        """The one board that a name or selector means."""
        return selectors.one(selector, self.all())

    def get(self, board_id: str) -> Board:
        """By id; the caller knows that it exists."""
        return self._boards[board_id]

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change of any board. Take it before looking."""
        return self._changed

    def by_serial(self, serial: str) -> Board | None:
        """The board with a USB serial number."""
        return next((board for board in self._boards.values() if board.usb.serial == serial), None)

    def target_of(self, board: Board) -> str:
        """The board's target.

        Raises:
            VmrigError: ``TARGET_UNDECIDED`` while several are possible, ``TARGET_UNKNOWN`` when none is.
        """
        if board.target:
            return board.target
        if board.candidates:
            raise VmrigError(
                "TARGET_UNDECIDED",
                f"Board {board.call_name} can be {' or '.join(board.candidates)}: its USB identity does not tell.",
                evidence=[f'config.toml: [boards."{board.board_id}"] target = "{board.candidates[0]}"'],
                next_command=f"vmrig register {board.call_name}",
            )
        raise VmrigError(
            "TARGET_UNKNOWN",
            f"No target is known for {board.usb.vid:04x}:{board.usb.pid:04x} {board.usb.product}.",
            evidence=[f"serial {board.usb.serial or '(none)'}"],
        )

    async def watch(self, resume: int = 0) -> AsyncIterator[tuple[Board | None, bool, int]]:
        """The listed boards, then every change, for ever. A slow reader gets the latest state of a board, not every step to it.

        Args:
            resume: token of the last event that the caller has; one that this run did not give begins anew.

        Yields:
            (board, part of the initial set, token); the board is None once, when the caller is up to date.
        """
        resumed = self._first <= resume <= self._revision
        sent, start = (resume, 0) if resumed else (0, self._revision)
        synced = False
        while True:
            changed = self._changed
            news = [board for board in self._boards.values() if board.revision > sent and (board.listed or sent)]
            for board in sorted(news, key=lambda board: board.revision):
                sent = board.revision
                yield board, board.revision <= start, max(sent, self._first)
            if not synced:
                synced = True
                sent = max(sent, start)
                yield None, False, max(sent, self._first)
                continue
            await changed.wait()

    # --- presence ------------------------------------------------------------------------------------------------

    async def follow(self, agent: Agent) -> None:
        """Keeps presence as the agent reports it, for ever."""
        async for change in agent.watch():
            await self.note_presence(change)

    async def note_presence(self, change: PresenceChange) -> None:
        """A board came or went."""
        seen, now = change.board, self._clock()
        known = self._boards.get(seen.board_id)
        usb = Usb(seen.vid, seen.pid, seen.serial, seen.manufacturer, seen.product, seen.location)
        board = known or Board(seen.board_id, usb, seen.candidates)
        if change.present:
            target = self._choose(board, seen)
            board = replace(
                board,
                usb=usb,
                candidates=seen.candidates,
                target=target,
                chip=self._targets.chip(target),
                probe=seen.probe,
                serial_port=seen.serial_port,
                presence=Presence.PRESENT,
                last_seen_time=now,
                listed=True,
            )
        else:
            board = replace(board, probe="", serial_port="", presence=Presence.ABSENT, last_seen_time=now)
        if known is None:
            # Its row must be there before a lease or a job can name it.
            await self._stored.save(board)
            self._put(board)
        else:
            self._put(board)
            await self._save(board.board_id)
        log.info("board %s %s (%s)", board.board_id, board.presence.name.lower(), board.target or "target open")

    async def tell_target(self, serial: str, target: str) -> None:
        """Somebody says what the board with this USB serial is; it counts where the probe leaves a choice, now or when the board comes."""
        self._told[serial] = target
        board = self.by_serial(serial)
        if board is not None and target in board.candidates and board.target != target:
            self._put(replace(board, target=target, chip=self._targets.chip(target)))
            await self._save(board.board_id)

    async def note_target(self, board_id: str, target: str) -> None:
        """The board's chip was asked what it is."""
        self._put(replace(self.get(board_id), target=target, chip=self._targets.chip(target)))
        await self._save(board_id)

    def _choose(self, board: Board, seen: AttachedBoard) -> str:
        chosen = (
            str(self._settings.get(board.board_id, {}).get("target", "")) or self._told.get(seen.serial) or board.target
        )
        if chosen in seen.candidates:
            return chosen
        return seen.candidates[0] if len(seen.candidates) == 1 else ""

    # --- names ---------------------------------------------------------------------------------------------------

    async def set_alias(self, selector: str, alias: str) -> Board:
        """Gives a board a name.

        Raises:
            VmrigError: ``ALIAS_INVALID``, ``ALIAS_TAKEN``, and those of `one`.
        """
        selectors.check_alias(alias)
        board = self.one(selector)
        if alias in board.aliases:
            return board
        return await whole(self._add_alias(board.board_id, alias))

    async def _add_alias(self, board_id: str, alias: str) -> Board:
        # The table decides between two who ask at the same time.
        owner_id = await self._stored.add_alias(board_id, alias)
        if owner_id != board_id:
            owner = selectors.describe(self.get(owner_id))
            raise VmrigError("ALIAS_TAKEN", f"The alias {alias} names board {owner_id}.", evidence=[owner])
        return self._change(board_id, aliases=(*self.get(board_id).aliases, alias))

    async def remove_alias(self, alias: str) -> Board:
        """Takes a name away.

        Raises:
            VmrigError: ``ALIAS_NOT_FOUND``.
        """
        board = next((board for board in self._boards.values() if alias in board.aliases), None)
        if board is None:
            raise VmrigError("ALIAS_NOT_FOUND", f"No board has the alias {alias!r}.", next_command="vmrig boards")
        return await whole(self._remove_alias(board.board_id, alias))

    async def _remove_alias(self, board_id: str, alias: str) -> Board:
        await self._stored.remove_alias(alias)
        return self._change(board_id, aliases=tuple(name for name in self.get(board_id).aliases if name != alias))

    async def forget(self, serial: str) -> None:
        """The board is no more (an emulated one was deleted): its aliases are free again and it is not listed."""
        board = self.by_serial(serial)
        if board is not None:
            await self._stored.retire(board.board_id)
            self._change(board.board_id, aliases=(), listed=False)

    async def note_registered(self, board_id: str, chip_uid: str, chip_part: str) -> Board:
        """The chip's identity is known from now on. What VM is on another chip than before is not; the same chip keeps what nobody wrote over."""
        if self.get(board_id).chip_uid != chip_uid:
            self._change(board_id, vmuid="", port_sha256="")
        board = self._change(board_id, chip_uid=chip_uid, chip_part=chip_part, register_time=self._clock())
        await self._save(board_id)
        return board

    async def note_vm(self, board_id: str, vmuid: str, port_sha256: str = "") -> None:
        """Which VM is on the board, and the hash of the port.bin beside it; empty when it is not known any more."""
        board = self.get(board_id)
        if (board.vmuid, board.port_sha256) != (vmuid, port_sha256):
            self._change(board_id, vmuid=vmuid, port_sha256=port_sha256)
            await self._save(board_id)

    # --- health --------------------------------------------------------------------------------------------------

    async def set_health(self, selector: str, health: Health, reason: str) -> Board:
        """A person says how the board is; UNKNOWN hands the judgement back to the hub."""
        board = self.one(selector)
        board = self._change(
            board.board_id,
            health=health,
            health_reason=reason,
            health_by_hub=health in (Health.UNKNOWN, Health.GOOD),
            failures=0,
        )
        await self._save(board.board_id)
        return board

    async def note_outcome(self, board_id: str, kind: str, failure: Failure | None) -> None:
        """A job ended. Two bench failures in a row are failing health; a job that succeeds mends what the hub itself had set."""
        board = self.get(board_id)
        if failure is None:
            if board.health_by_hub and (board.health is not Health.GOOD or board.failures):
                self._change(board_id, health=Health.GOOD, health_reason="", failures=0)
                await self._save(board_id)
        elif kind in TELLS_HEALTH and failure.error_class is ErrorClass.BENCH and failure.code not in NOT_THE_BOARD:
            failures = board.failures + 1
            if failures >= FAILURES_TO_FAILING and board.health_by_hub:
                reason = f"{failures} jobs in a row failed: {failure.code}: {failure.message}"
                self._change(board_id, health=Health.FAILING, health_reason=reason, failures=failures)
            else:
                self._change(board_id, failures=failures)
            await self._save(board_id)

    # --- lease and job: shown here, owned elsewhere ----------------------------------------------------------------

    def show_lease(self, board_id: str, state: LeaseState, lease: Lease | None, fence: int) -> None:
        """For `LeaseService` alone."""
        listed = lease is not None or self._boards[board_id].listed
        self._change(board_id, lease_state=state, lease=lease, fence=fence, listed=listed)

    def show_job(self, board_id: str, job_id: str) -> None:
        """For `Jobs` alone; empty when none runs."""
        self._change(board_id, job_id=job_id)

    def show_stale(self, board_id: str, reason: str) -> None:
        """For `CustomVms` alone; empty when the board has what its template gives."""
        if self._boards[board_id].stale_reason != reason:
            self._change(board_id, stale_reason=reason)

    # --- changing ------------------------------------------------------------------------------------------------

    def _change(self, board_id: str, **values: Any) -> Board:
        return self._put(replace(self._boards[board_id], **values))

    def _put(self, board: Board) -> Board:
        self._revision += 1
        board = replace(board, revision=self._revision)
        self._boards[board.board_id] = board
        self._changed.set()
        self._changed = asyncio.Event()
        return board

    async def _save(self, board_id: str) -> None:
        # What is in memory when the write begins is the newest, also when two writes were queued.
        await self._stored.save(lambda: self._boards[board_id])


def page_of(boards: Sequence[Board], page: Page) -> tuple[list[Board], str]:
    """A page of boards by id, and the id after which the next one begins (empty at the end)."""
    rest = sorted((board for board in boards if board.board_id > page.after), key=lambda board: board.board_id)
    shown = rest[: page.size]
    return shown, shown[-1].board_id if len(rest) > page.size else ""
