# SPDX-License-Identifier: Apache-2.0
"""How it is told that there is no lease, or not that one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub import selectors
from vmrig_server.hub.leases import DEFAULT_DURATION_S, MAX_DURATION_S, MIN_DURATION_S
from vmrig_server.hub.model import Board, Lease, LeaseRef


def no_board_free(
    selector: str, boards: Sequence[Board], wait_s: float, why: str, zone: datetime.tzinfo | None
) -> VmrigError:
    """Of the boards that match, each with who has it or what is wrong with it."""
    evidence = []
    for board in boards:
        line = selectors.describe(board)
        if board.lease is not None:
            until = datetime.datetime.fromtimestamp(board.lease.expire_time, tz=zone).strftime("%H:%M:%S")
            reason = f" ({board.lease.reason})" if board.lease.reason else ""
            line += f"  leased by {board.lease.holder} until {until}{reason}"
        if board.health_reason:
            line += f"  {board.health.name.lower()}: {board.health_reason}"
        evidence.append(line)
    when = f"became free within {wait_s:g} s" if wait_s else "is free"
    leased = any(board.lease is not None for board in boards)
    return VmrigError(
        "NO_BOARD_FREE",
        f"No board for {selector!r} {when}: {why}.",
        evidence=evidence,
        next_command="vmrig lease list" if leased else "vmrig boards",
        error_class=ErrorClass.NO_BOARD,
    )


def lease_required(board: Board) -> VmrigError:
    """The call carries none."""
    return VmrigError(
        "LEASE_REQUIRED",
        f"Changing board {board.call_name} needs a lease on it.",
        next_command=f"vmrig lease request {board.call_name}",
        error_class=ErrorClass.PERMISSION,
    )


def other_board(lease: Lease, board: Board) -> VmrigError:
    """The call carries one for another board."""
    return VmrigError(
        "LEASE_OTHER_BOARD",
        f"The lease {lease.lease_id} is for board {lease.board_id}, not for {board.board_id}.",
        error_class=ErrorClass.PERMISSION,
    )


def lease_ended(lease: Lease, board: Board) -> VmrigError:
    """The call carries one of yesterday."""
    now = board.lease
    other = now is not None and now.lease_id != lease.lease_id
    evidence = [f"leased by {now.holder} now, fence {now.fence}"] if other and now is not None else []
    return VmrigError(
        "LEASE_ENDED",
        f"The lease on board {board.call_name} has ended ({lease.end_reason or 'expired'}).",
        evidence=evidence,
        next_command=f"vmrig lease request {board.call_name}",
        error_class=ErrorClass.PERMISSION,
    )


def check_fence(lease: Lease, ref: LeaseRef) -> None:
    """Raises VmrigError FENCE_OLD or FENCE_WRONG."""
    if ref.fence != lease.fence:
        raise VmrigError(
            "FENCE_OLD" if ref.fence < lease.fence else "FENCE_WRONG",
            f"The lease {lease.lease_id} has fence {lease.fence}, the call carries {ref.fence}.",
            error_class=ErrorClass.PERMISSION,
        )


def check_duration(duration_s: float) -> float:
    """0 is the default. Raises VmrigError ARGUMENT_INVALID."""
    duration_s = duration_s or DEFAULT_DURATION_S
    if not MIN_DURATION_S <= duration_s <= MAX_DURATION_S:
        raise VmrigError("ARGUMENT_INVALID", f"A lease is for 10 s to 24 h; {duration_s:g} s was asked for.")
    return duration_s
