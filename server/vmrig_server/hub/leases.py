# SPDX-License-Identifier: Apache-2.0
"""Who gets which board: a pure function of (boards, leases, requests, now). No I/O, no clock of its own.

Rules: a board has at most one lease that holds; every grant raises the board's fence by one; requests are served in the order in which they came, so
that no later request gets a board that an earlier one is waiting for and could have.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vmrig_server.hub.model import Health, Presence

MIN_DURATION_S = 10.0
MAX_DURATION_S = 24 * 3600.0
DEFAULT_DURATION_S = 600.0


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the scheduler needs to know of a board."""

    board_id: str
    fence: int
    presence: Presence
    health: Health
    busy: bool = False
    """A job runs on it. It matters only once the lease that started the job has ended: the board drains."""


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease that holds."""

    lease_id: str
    board_id: str
    expire_time: float


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for one board out of several."""

    request_key: str
    order: int
    """Requests are served from the lowest on."""
    matches: tuple[str, ...]
    """Boards that would do, the preferred first."""
    duration_s: float
    named: bool = False
    """The caller named the board itself: its health is the caller's business then (to repair it)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A request got a board."""

    request_key: str
    board_id: str
    fence: int
    grant_time: float
    expire_time: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to happen now: expiries first, then grants."""

    expiries: tuple[str, ...]
    """Lease ids."""
    grants: tuple[Grant, ...]


def _fit(board: BoardView, request: Request) -> bool:
    healthy = board.health in (Health.UNKNOWN, Health.GOOD)
    return board.presence is Presence.PRESENT and (healthy or request.named)


def decide(
    boards: Sequence[BoardView], leases: Sequence[LeaseView], requests: Sequence[Request], now: float
) -> Decision:
    """Ends what is over and gives free boards to those who wait.

    Args:
        boards: every board.
        leases: those that hold.
        requests: those that wait.
        now: seconds since the epoch.
    """
    expired = [lease for lease in leases if lease.expire_time <= now]
    held = {lease.board_id for lease in leases if lease.expire_time > now}
    by_id = {board.board_id: board for board in boards}
    grants = []
    for request in sorted(requests, key=lambda request: request.order):
        for board_id in request.matches:
            board = by_id.get(board_id)
            if board is None or board_id in held or board.busy or not _fit(board, request):
                continue
            held.add(board_id)
            grants.append(Grant(request.request_key, board_id, board.fence + 1, now, now + request.duration_s))
            break
    return Decision(tuple(lease.lease_id for lease in expired), tuple(grants))


def next_expiry(leases: Iterable[LeaseView]) -> float | None:
    """When `decide` has something to do by the clock alone."""
    return min((lease.expire_time for lease in leases), default=None)


@dataclass(frozen=True, slots=True)
class Blockers:
    """Why a request waits: the boards that match, each in one group."""

    leased: Mapping[str, float]
    """Board to the end of its lease."""
    ahead: tuple[str, ...]
    """Free, but an earlier request is served first."""
    draining: tuple[str, ...]
    unhealthy: Mapping[str, Health]
    absent: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many boards match."""
        return len(self.leased) + len(self.ahead) + len(self.draining) + len(self.unhealthy) + len(self.absent)

    def sentence(self, zone: datetime.tzinfo | None = None) -> str:
        """For a person: "3 match, 2 leased until 14:05, 1 failing health"."""
        parts = [f"{self.total} match" if self.total != 1 else "1 matches"]
        if self.leased:
            until = datetime.datetime.fromtimestamp(min(self.leased.values()), tz=zone).strftime("%H:%M")
            parts.append(f"{len(self.leased)} leased until {until}")
        if self.draining:
            parts.append(f"{len(self.draining)} finishing a job of a lease that ended")
        for health in (Health.FAILING, Health.MAINTENANCE):
            count = sum(found is health for found in self.unhealthy.values())
            if count:
                parts.append(f"{count} {'failing health' if health is Health.FAILING else 'in maintenance'}")
        if self.absent:
            parts.append(f"{len(self.absent)} absent")
        if self.ahead:
            parts.append(f"{len(self.ahead)} next for an earlier request")
        return ", ".join(parts)


def explain(request: Request, boards: Sequence[BoardView], leases: Sequence[LeaseView], now: float) -> Blockers:
    """What stands between a request and a board."""
    until = {lease.board_id: lease.expire_time for lease in leases if lease.expire_time > now}
    by_id = {board.board_id: board for board in boards}
    leased: dict[str, float] = {}
    unhealthy: dict[str, Health] = {}
    ahead, draining, absent = [], [], []
    for board_id in request.matches:
        board = by_id.get(board_id)
        if board is None or board.presence is not Presence.PRESENT:
            absent.append(board_id)
        elif not _fit(board, request):
            unhealthy[board_id] = board.health
        elif board_id in until:
            leased[board_id] = until[board_id]
        elif board.busy:
            draining.append(board_id)
        else:
            ahead.append(board_id)
    return Blockers(leased, tuple(ahead), tuple(draining), unhealthy, tuple(absent))
