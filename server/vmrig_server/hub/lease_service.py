# SPDX-License-Identifier: Apache-2.0
"""Leases as they live: requests that wait, grants that are written down before they are told, ends by release and by the clock."""

from __future__ import annotations

import asyncio
import datetime
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from vmrig_server.agent.api import Agent
from vmrig_server.errors import VmrigError
from vmrig_server.hub import selectors
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.lease_refusals import (
    check_duration,
    check_fence,
    lease_ended,
    lease_required,
    no_board_free,
    other_board,
)
from vmrig_server.hub.lease_store import LeaseStore
from vmrig_server.hub.leases import (
    MAX_DURATION_S,
    BoardView,
    Grant,
    LeaseView,
    Request,
    decide,
    explain,
    next_expiry,
)
from vmrig_server.hub.model import Board, Lease, LeaseRef, LeaseState, Page
from vmrig_server.hub.requests import Once, bare_id, check_same, check_text, new_id, request_hash
from vmrig_server.hub.whole import whole

log = logging.getLogger(__name__)

CLOCK_CHECK_S = 5.0
"""While a lease holds the clock is looked at this often, because it may be set."""


@dataclass(slots=True)
class _Waiting:
    key: str
    order: int
    selector: str
    holder: str
    reason: str
    duration_s: float
    request_id: str
    request_hash: str
    granted: asyncio.Future[Lease]


class LeaseService:
    """Grants, renews, releases and ends leases; the only writer of a board's lease state."""

    def __init__(
        self,
        stored: LeaseStore,
        boards: Boards,
        agent: Agent,
        *,
        on_end: Callable[[Lease], None] = lambda lease: None,
        clock: Callable[[], float] = time.time,
        zone: datetime.tzinfo | None = None,
    ) -> None:
        """
        Args:
            stored: the leases' table.
            boards: whose boards are lent.
            agent: hears of every grant, to refuse older fences.
            on_end: called when a lease ends, for whatever still runs under it.
            clock: seconds since the epoch.
            zone: of the times in sentences; default: this host's.
        """
        self._stored = stored
        self._boards = boards
        self._agent = agent
        self._on_end = on_end
        self._clock = clock
        self._zone = zone
        self._held: dict[str, Lease] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._order = itertools.count()
        self._once = Once()
        self._lock = asyncio.Lock()
        self._poked = asyncio.Event()

    def when_one_ends(self, on_end: Callable[[Lease], None]) -> None:
        """Sets what is called at the end of a lease."""
        self._on_end = on_end

    async def load(self) -> None:
        """Takes up the leases of an earlier run; those that have run out meanwhile end now."""
        for lease in await self._stored.held():
            self._held[lease.lease_id] = lease
            self._boards.show_lease(lease.board_id, LeaseState.GRANTED, lease, lease.fence)
            await self._raise_fence(lease)
        await self.tick()

    async def run(self) -> None:
        """Ends leases by the clock, for ever."""
        while True:
            self._poked.clear()
            await self.tick()
            until = next_expiry(self._views())
            timeout = None if until is None else min(max(until - self._clock(), 0.0), CLOCK_CHECK_S)
            try:
                async with asyncio.timeout(timeout):
                    await self._poked.wait()
            except TimeoutError:
                continue

    def poke(self) -> None:
        """Something that the scheduler looks at has changed."""
        self._poked.set()

    # --- requesting ----------------------------------------------------------------------------------------------

    async def request(
        self,
        selector: str,
        holder: str,
        reason: str = "",
        *,
        duration_s: float = 0.0,
        wait_s: float = 0.0,
        request_id: str = "",
    ) -> Lease:
        """Asks for a board, and waits for one.

        Args:
            selector: board name or selector.
            holder: who; shown to others.
            reason: shown to others.
            duration_s: 10 to 86400; 0 for the default of 600.
            wait_s: 0 to 86400.
            request_id: idempotency key, or empty.

        Raises:
            VmrigError: ``NO_BOARD_FREE`` with what blocks, ``BOARD_NOT_FOUND``, ``AMBIGUOUS_BOARD``, ``ARGUMENT_INVALID``, ``REQUEST_ID_REUSED``.
        """
        duration_s = check_duration(duration_s)
        if not 0 <= wait_s <= MAX_DURATION_S:
            raise VmrigError("ARGUMENT_INVALID", f"A wait is 0 s to 24 h; {wait_s:g} s was asked for.")
        for field, value in (("holder", holder), ("request_id", request_id), ("board", selector)):
            check_text(field, value)
        check_text("reason", reason, 4096)
        asked = request_hash(selector, holder, reason, duration_s)

        async def make() -> Lease:
            known = await self._stored.by_request(request_id) if request_id else None
            if known is not None:
                check_same(request_id, known[1], asked)
                return self._held.get(known[0].lease_id, known[0])
            future: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()
            order = next(self._order)
            waiting = _Waiting(
                new_id(), order, selector, holder or "anonymous", reason, duration_s, request_id, asked, future
            )
            return await self._wait(waiting, wait_s)

        return await self._once.run(request_id, make)

    async def _wait(self, waiting: _Waiting, wait_s: float) -> Lease:
        if selectors.names_one(waiting.selector) or wait_s == 0:
            self._matches(waiting, must=True)
        self._waiting[waiting.key] = waiting
        try:
            async with asyncio.timeout(wait_s or None):
                while True:
                    changed = self._boards.changed
                    await self.tick()
                    if waiting.granted.done() or not wait_s:
                        break
                    tasks: list[asyncio.Future[object]] = [
                        asyncio.ensure_future(changed.wait()),
                        asyncio.ensure_future(asyncio.shield(waiting.granted)),
                    ]
                    try:
                        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        for task in tasks:
                            task.cancel()
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if waiting.granted.done():
                # Nobody will ever know of this lease.
                lease = waiting.granted.result()
                await whole(self._end_now(lease, "released", free_request=True))
            raise
        finally:
            self._waiting.pop(waiting.key, None)
        if waiting.granted.done():
            return waiting.granted.result()
        raise self._blocked(waiting, wait_s)

    def _matches(self, waiting: _Waiting, *, must: bool = False) -> tuple[str, ...]:
        boards = self._boards.all()
        if selectors.names_one(waiting.selector) and must:
            return (selectors.one(waiting.selector, boards).board_id,)
        found = selectors.matching(waiting.selector, boards)
        if must and not found:
            raise selectors.not_found(waiting.selector, boards)
        return tuple(board.board_id for board in found)

    def _request_view(self, waiting: _Waiting) -> Request:
        matches = self._matches(waiting)
        named = selectors.names_one(waiting.selector)
        if named and len(matches) > 1:
            matches = ()  # became ambiguous while it waited: never pick silently
        return Request(waiting.key, waiting.order, matches, waiting.duration_s, named)

    def _blocked(self, waiting: _Waiting, wait_s: float) -> VmrigError:
        blockers = explain(self._request_view(waiting), self._board_views(), self._views(), self._clock())
        boards = [self._boards.get(board_id) for board_id in self._matches(waiting)]
        return no_board_free(waiting.selector, boards, wait_s, blockers.sentence(self._zone), self._zone)

    # --- holding -------------------------------------------------------------------------------------------------

    async def renew(self, ref: LeaseRef, duration_s: float = 0.0) -> Lease:
        """From now on for so long.

        Raises:
            VmrigError: ``LEASE_NOT_FOUND``, ``LEASE_ENDED``, ``FENCE_OLD``, ``ARGUMENT_INVALID``.
        """
        return await whole(self._renew(ref, check_duration(duration_s)))

    async def _renew(self, ref: LeaseRef, duration_s: float) -> Lease:
        async with self._lock:
            lease = await self._holding(ref)
            lease = replace(lease, expire_time=self._clock() + duration_s)
            await self._stored.extend(lease.lease_id, lease.expire_time)
            self._held[lease.lease_id] = lease
            self._boards.show_lease(lease.board_id, LeaseState.GRANTED, lease, lease.fence)
        self.poke()
        return lease

    async def release(self, ref: LeaseRef) -> Lease:
        """Gives the board back. A lease that has ended already is returned as it is.

        Raises:
            VmrigError: ``LEASE_NOT_FOUND``, ``FENCE_OLD``.
        """
        lease = await self.get(ref.lease_id)
        check_fence(lease, ref)
        return lease if lease.end_time is not None else await whole(self._end_now(lease, "released"))

    async def get(self, name: str) -> Lease:
        """By id or resource name, ended or not.

        Raises:
            VmrigError: ``LEASE_NOT_FOUND``.
        """
        lease_id = bare_id(name, "leases")
        lease = self._held.get(lease_id) or await self._stored.get(lease_id)
        if lease is None:
            raise VmrigError("LEASE_NOT_FOUND", f"There is no lease {lease_id!r}.", next_command="vmrig lease list")
        return lease

    async def page(self, ended: bool, page: Page) -> list[Lease]:
        """Newest first."""
        return await self._stored.page(ended, page)

    async def check(self, board: Board, ref: LeaseRef) -> Lease:
        """The guard of every call that changes a board.

        Raises:
            VmrigError: ``LEASE_REQUIRED``, ``LEASE_NOT_FOUND``, ``LEASE_ENDED``, ``LEASE_OTHER_BOARD``, ``FENCE_OLD``.
        """
        if not ref.lease_id:
            raise lease_required(board)
        lease = await self._holding(ref)
        if lease.board_id != board.board_id:
            raise other_board(lease, board)
        return lease

    async def _holding(self, ref: LeaseRef) -> Lease:
        lease = await self.get(ref.lease_id)
        if lease.end_time is not None or lease.expire_time <= self._clock():
            raise lease_ended(lease, self._boards.get(lease.board_id))
        check_fence(lease, ref)
        return lease

    # --- deciding ------------------------------------------------------------------------------------------------

    def _views(self) -> list[LeaseView]:
        return [LeaseView(lease.lease_id, lease.board_id, lease.expire_time) for lease in self._held.values()]

    def _board_views(self) -> list[BoardView]:
        return [
            BoardView(board.board_id, board.fence, board.presence, board.health, bool(board.job_id))
            for board in self._boards.all()
        ]

    async def tick(self) -> None:
        """Ends what is over, grants what can be granted."""
        await whole(self._tick())

    async def _tick(self) -> None:
        async with self._lock:
            requests = [self._request_view(waiting) for waiting in self._waiting.values()]
            decision = decide(self._board_views(), self._views(), requests, self._clock())
            for lease_id in decision.expiries:
                await self._end(self._held[lease_id], "expired")
            for grant in decision.grants:
                await self._grant(grant)
            for board in self._boards.all():
                if board.lease_state is LeaseState.DRAINING and not board.job_id:
                    self._boards.show_lease(board.board_id, LeaseState.FREE, None, board.fence)

    async def _grant(self, grant: Grant) -> None:
        waiting = self._waiting.get(grant.request_key)
        if waiting is None or waiting.granted.done():
            return
        lease = Lease(
            new_id(),
            grant.board_id,
            waiting.holder,
            waiting.reason,
            grant.fence,
            grant.grant_time,
            grant.expire_time,
        )
        newer = await self._stored.grant(lease, grant, waiting.request_id, waiting.request_hash)
        if newer is not None:
            self._boards.show_lease(grant.board_id, self._boards.get(grant.board_id).lease_state, None, newer)
            return
        self._held[lease.lease_id] = lease
        self._boards.show_lease(lease.board_id, LeaseState.GRANTED, lease, lease.fence)
        # The old writer is shut out before the new one learns that the board is his.
        await self._raise_fence(lease)
        if waiting.granted.done() or grant.request_key not in self._waiting:
            await self._end(lease, "released", free_request=True)
        else:
            waiting.granted.set_result(lease)
        self.poke()

    async def _raise_fence(self, lease: Lease) -> None:
        try:
            await self._agent.raise_fence(lease.board_id, lease.fence, lease.holder)
        except VmrigError as error:
            # The board left in this moment; every call carries the fence, so that the agent learns it with the first one.
            log.info("fence %d of %s not told: %s", lease.fence, lease.board_id, error)

    async def _end_now(self, lease: Lease, reason: str, *, free_request: bool = False) -> Lease:
        async with self._lock:
            held = self._held.get(lease.lease_id)
            ended = await self._end(held, reason, free_request=free_request) if held is not None else None
        if ended is None:
            return await self.get(lease.lease_id)
        await self.tick()
        self.poke()
        return ended

    async def _end(self, lease: Lease, reason: str, *, free_request: bool = False) -> Lease:
        now = self._clock()
        await self._stored.end(lease.lease_id, now, reason, free_request=free_request)
        ended = replace(lease, end_time=now, end_reason=reason)
        del self._held[lease.lease_id]
        board = self._boards.get(lease.board_id)
        state = LeaseState.DRAINING if board.job_id else LeaseState.FREE
        self._boards.show_lease(lease.board_id, state, None, board.fence)
        self._on_end(ended)
        log.info("lease %s on %s %s", lease.lease_id, lease.board_id, reason)
        return ended
