# SPDX-License-Identifier: Apache-2.0
"""Brings the database to this version's schema, or refuses it. Alembic is imported only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from vmrig_server.errors import VmrigError

REVISIONS = ("0001", "0002")
"""Every revision that this version knows, oldest first; the last is its own."""
MIGRATIONS = Path(__file__).with_name("migrations")


def _stored_revision(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else ""


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def bring_up(engine: AsyncEngine) -> bool:
    """Migrates the database if it is older.

    Returns:
        Whether there was anything to do.

    Raises:
        VmrigError: ``STORE_NEWER`` when a newer vmrig has written the database.
    """
    async with engine.connect() as connection:
        stored = await connection.run_sync(_stored_revision)
    if stored == REVISIONS[-1]:
        return False
    if stored and stored not in REVISIONS:
        raise VmrigError(
            "STORE_NEWER",
            f"The database is of schema {stored}, and this vmrig knows up to {REVISIONS[-1]}: a newer vmrig has used it.",
            evidence=[engine.url.render_as_string(hide_password=True)],
            next_command="pip install --upgrade vmrig",
        )
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)
    return True
