# SPDX-License-Identifier: Apache-2.0
"""The audit: every mutating call, who made it, on which board, how it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import select

from vmrig_server.hub.store import Store
from vmrig_server.hub.store.models import AuditRow


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A mutating call."""

    caller: str
    method: str
    board: str = ""
    lease_id: str = ""
    request_id: str = ""
    outcome: str = "OK"
    """ "OK" or the code of the error."""


class Audit:
    """Appends to and reads the audit."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, entry: AuditEntry) -> None:
        """Appends; what a column would not hold is cut, since it comes from outside."""
        async with self._store.write() as session:
            session.add(
                AuditRow(
                    time=time.time(),
                    caller=entry.caller[:128],
                    method=entry.method[:128],
                    board=entry.board[:128],
                    lease_id=entry.lease_id[:32],
                    request_id=entry.request_id[:128],
                    outcome=entry.outcome[:128],
                )
            )

    async def latest(self, count: int = 100) -> list[AuditEntry]:
        """Newest first."""
        async with self._store.read() as session:
            rows = await session.scalars(select(AuditRow).order_by(AuditRow.audit_id.desc()).limit(count))
            return [
                AuditEntry(row.caller, row.method, row.board, row.lease_id, row.request_id, row.outcome) for row in rows
            ]
