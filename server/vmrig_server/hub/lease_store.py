# SPDX-License-Identifier: Apache-2.0
"""The leases' table."""

from __future__ import annotations

from sqlalchemy import select, update

from vmrig_server.hub.leases import Grant
from vmrig_server.hub.model import Lease, Page
from vmrig_server.hub.store import Store
from vmrig_server.hub.store.models import BoardRow, LeaseRow


def _lease(row: LeaseRow) -> Lease:
    return Lease(
        row.lease_id,
        row.board_id,
        row.holder,
        row.reason,
        row.fence,
        row.grant_time,
        row.expire_time,
        row.end_time,
        row.end_reason,
    )


class LeaseStore:
    """Reads and writes leases."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def held(self) -> list[Lease]:
        """Those that have not ended."""
        async with self._store.read() as session:
            rows = await session.scalars(select(LeaseRow).where(LeaseRow.end_time.is_(None)))
            return [_lease(row) for row in rows]

    async def get(self, lease_id: str) -> Lease | None:
        """By id, ended or not."""
        async with self._store.read() as session:
            row = await session.get(LeaseRow, lease_id)
            return _lease(row) if row is not None else None

    async def by_request(self, request_id: str) -> tuple[Lease, str] | None:
        """The lease that a request made, with the request's hash."""
        async with self._store.read() as session:
            row = (await session.scalars(select(LeaseRow).where(LeaseRow.request_id == request_id))).one_or_none()
            return (_lease(row), row.request_hash) if row is not None else None

    async def page(self, ended: bool, page: Page) -> list[Lease]:
        """Newest first; `page.after` is the lease id of the last row that the caller has."""
        query = select(LeaseRow).order_by(LeaseRow.grant_time.desc(), LeaseRow.lease_id.desc()).limit(page.size)
        if not ended:
            query = query.where(LeaseRow.end_time.is_(None))
        async with self._store.read() as session:
            last = await session.get(LeaseRow, page.after) if page.after else None
            if last is not None:
                query = query.where(
                    (LeaseRow.grant_time < last.grant_time)
                    | ((LeaseRow.grant_time == last.grant_time) & (LeaseRow.lease_id < last.lease_id))
                )
            return [_lease(row) for row in await session.scalars(query)]

    async def grant(self, lease: Lease, grant: Grant, request_id: str, request_hash: str) -> int | None:
        """Writes a grant and the board's new fence in one transaction.

        Returns:
            None, or the board's fence in the store when another hub has raised it meanwhile: then nothing was granted.
        """
        async with self._store.write() as session:
            raised = await session.scalars(
                update(BoardRow)
                .where(BoardRow.board_id == grant.board_id, BoardRow.fence == grant.fence - 1)
                .values(fence=grant.fence)
                .returning(BoardRow.fence)
            )
            if raised.one_or_none() is None:
                current = select(BoardRow.fence).where(BoardRow.board_id == grant.board_id)
                return int((await session.scalars(current)).one())
            session.add(
                LeaseRow(
                    lease_id=lease.lease_id,
                    board_id=lease.board_id,
                    holder=lease.holder,
                    reason=lease.reason,
                    fence=lease.fence,
                    grant_time=lease.grant_time,
                    expire_time=lease.expire_time,
                    end_time=None,
                    end_reason="",
                    request_id=request_id or None,
                    request_hash=request_hash,
                )
            )
        return None

    async def extend(self, lease_id: str, expire_time: float) -> None:
        """Writes a renewal."""
        async with self._store.write() as session:
            await session.execute(update(LeaseRow).where(LeaseRow.lease_id == lease_id).values(expire_time=expire_time))

    async def end(self, lease_id: str, end_time: float, reason: str, *, free_request: bool = False) -> None:
        """Writes the end of a lease.

        Args:
            lease_id: which.
            end_time: seconds since the epoch.
            reason: "released", "expired" or "taken".
            free_request: the caller never learned of the grant: the same request may be made again.
        """
        values: dict[str, object] = {"end_time": end_time, "end_reason": reason}
        if free_request:
            values["request_id"] = None
        async with self._store.write() as session:
            await session.execute(update(LeaseRow).where(LeaseRow.lease_id == lease_id).values(values))
