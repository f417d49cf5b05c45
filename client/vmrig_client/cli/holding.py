# SPDX-License-Identifier: Apache-2.0
"""The lease of a command that changes a board: the user's own (VMRIG_LEASE), or one just for this command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from vmrig_client.errors import ApiError

if TYPE_CHECKING:
    from vmrig.v1 import leases_pb2

    from vmrig_client.aio import AsyncClient

VARIABLE = "VMRIG_LEASE"
DURATION_S = 30.0
"""Of a command's own lease, which is renewed while the command lives: so soon is the board free again after a command that was killed."""


@contextlib.asynccontextmanager
async def holding(client: AsyncClient, board: str, reason: str, wait_s: float) -> AsyncIterator[leases_pb2.Lease]:
    """A lease on the board that a selector means.

    Args:
        client: connected.
        board: selector.
        reason: the command, for others to see.
        wait_s: how long to wait for a board that is taken.
    """
    own = os.environ.get(VARIABLE)
    if not own:
        async with client.lease(board, reason=reason, wait_s=wait_s, duration_s=DURATION_S) as lease:
            yield lease
        return
    held = [lease for lease in await client.leases() if own in (lease.name, lease.name.removeprefix("leases/"))]
    if not held:
        raise ApiError(
            "LEASE_ENDED", f"The lease in {VARIABLE} ({own}) does not hold any more.", (), "vmrig lease list"
        )
    meant = await client.board(board) if board != "any" else None
    if meant is not None and meant.name != held[0].board:
        raise ApiError(
            "LEASE_OTHER_BOARD",
            f"The lease in {VARIABLE} is for {held[0].board}, not for {meant.name}.",
            (),
            f"unset {VARIABLE}",
        )
    yield held[0]


@contextlib.asynccontextmanager
async def holding_one(
    client: AsyncClient, board: str, reason: str, wait_s: float
) -> AsyncIterator[leases_pb2.Lease | None]:
    """As `holding`; without a board, of the host's VM, there is no lease."""
    if not board:
        yield None
        return
    async with holding(client, board, reason, wait_s) as lease:
        yield lease
