# SPDX-License-Identifier: Apache-2.0
"""The database: SQLite (WAL) in the service's folder by default, PostgreSQL by URL; the same schema and code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.store.schema import bring_up

SQLITE_BUSY_MS = 5000


def sqlite_url(path: Path) -> str:
    """URL of a database file."""
    return f"sqlite+aiosqlite:///{path}"


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # A power cut may lose the last transactions of a WAL database in NORMAL mode, never its consistency.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={SQLITE_BUSY_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Store:
    """Sessions on the database. Made by `Store.open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        # SQLite refuses at once a reader that becomes a writer beside another writer; one writer at a time costs nothing in one process.
        self._one_writer = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    async def open(cls, url: str) -> Store:
        """Opens the database and brings it to this version's schema.

        Raises:
            VmrigError: ``STORE_NEWER`` for a database of a newer vmrig, ``STORE_BROKEN`` for one that cannot be read.
        """
        engine = create_async_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _sqlite_pragmas)
        try:
            await bring_up(engine)
        except DatabaseError as error:
            await engine.dispose()
            raise VmrigError(
                "STORE_BROKEN",
                "The database cannot be opened.",
                evidence=[engine.url.render_as_string(hide_password=True), str(error.orig)],
                error_class=ErrorClass.BENCH,
            ) from error
        except VmrigError:
            await engine.dispose()
            raise
        return cls(engine)

    @property
    def engine(self) -> AsyncEngine:
        """For migrations and tests."""
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that writes nothing."""
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end, rolled back on an exception."""
        if self._one_writer is None:
            async with self._sessions.begin() as session:
                yield session
        else:
            async with self._one_writer, self._sessions.begin() as session:
                yield session

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
