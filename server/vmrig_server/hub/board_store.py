# SPDX-License-Identifier: Apache-2.0
"""The boards' tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from vmrig_server.hub.model import Board, Health, Usb
from vmrig_server.hub.store import Store
from vmrig_server.hub.store.models import AliasRow, BoardRow, LabelRow


class BoardStore:
    """Loads and saves boards. The fence is not saved here: only a grant writes it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def load(self) -> list[Board]:
        """Every board, absent."""
        async with self._store.read() as session:
            rows = (await session.scalars(select(BoardRow))).all()
            aliases: dict[str, list[str]] = defaultdict(list)
            for alias in (await session.scalars(select(AliasRow).order_by(AliasRow.alias))).all():
                aliases[alias.board_id].append(alias.alias)
            labels: dict[str, dict[str, str]] = defaultdict(dict)
            for label in (await session.scalars(select(LabelRow))).all():
                labels[label.board_id][label.key] = label.value
        return [
            Board(
                board_id=row.board_id,
                usb=Usb(row.vid, row.pid, row.serial, row.manufacturer, row.product, row.location),
                candidates=tuple(row.candidates),
                target=row.target,
                aliases=tuple(aliases[row.board_id]),
                labels=labels[row.board_id],
                health=Health(row.health),
                health_reason=row.health_reason,
                health_by_hub=row.health_by_hub,
                failures=row.failures,
                fence=row.fence,
                chip_uid=row.chip_uid,
                chip_part=row.chip_part,
                register_time=row.register_time,
                vmuid=row.vmuid,
                port_sha256=row.port_sha256,
                last_seen_time=row.last_seen_time,
                listed=not row.retired,
            )
            for row in rows
        ]

    async def save(self, board: Board | Callable[[], Board]) -> None:
        """Writes all of a board but its fence, aliases and labels."""
        async with self._store.write() as session:
            now = board() if callable(board) else board
            row = await session.get(BoardRow, now.board_id)
            if row is None:
                row = BoardRow(board_id=now.board_id, fence=0)
                session.add(row)
            row.vid, row.pid, row.serial = now.usb.vid, now.usb.pid, now.usb.serial
            row.manufacturer, row.product, row.location = now.usb.manufacturer, now.usb.product, now.usb.location
            row.candidates, row.target = list(now.candidates), now.target
            row.health, row.health_reason = int(now.health), now.health_reason
            row.health_by_hub, row.failures = now.health_by_hub, now.failures
            row.chip_uid, row.chip_part, row.register_time = now.chip_uid, now.chip_part, now.register_time
            row.vmuid, row.port_sha256, row.last_seen_time = now.vmuid, now.port_sha256, now.last_seen_time
            row.retired = not now.listed

    async def add_alias(self, board_id: str, alias: str) -> str:
        """A name for a board.

        Returns:
            The id of the board that has the name: another one when it is taken.
        """
        try:
            async with self._store.write() as session:
                session.add(AliasRow(alias=alias, board_id=board_id))
        except IntegrityError:
            async with self._store.read() as session:
                return (await session.get_one(AliasRow, alias)).board_id
        return board_id

    async def remove_alias(self, alias: str) -> None:
        """Frees a name."""
        async with self._store.write() as session:
            await session.execute(delete(AliasRow).where(AliasRow.alias == alias))

    async def retire(self, board_id: str) -> None:
        """The board is no more; its leases and jobs stay in the record."""
        async with self._store.write() as session:
            await session.execute(delete(AliasRow).where(AliasRow.board_id == board_id))
            row = await session.get(BoardRow, board_id)
            if row is not None:
                row.retired = True
