# SPDX-License-Identifier: Apache-2.0
"""The store: schema, versions, blobs."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from vmrig_server.errors import VmrigError
from vmrig_server.hub.store import Blobs, Store, sqlite_url
from vmrig_server.hub.store.models import Base
from vmrig_server.hub.store.schema import MIGRATIONS, REVISIONS, bring_up


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_migrations_and_models_describe_the_same_tables(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "db")) as store, store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


def test_the_code_knows_exactly_the_revisions_that_ship() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    shipped = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(shipped)) == REVISIONS


async def test_a_current_database_is_opened_without_importing_alembic(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "db")
    await (await Store.open(url)).close()
    code = (
        "import asyncio, sys, vmrig_server.hub.store as s;"
        f"asyncio.run((lambda: s.Store.open({url!r}))());"
        "sys.exit('alembic' in sys.modules)"
    )
    child = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=False, timeout=30)
    assert child.returncode == 0


async def test_bringing_up_twice_does_nothing(tmp_path: Path) -> None:
    async with await Store.open(sqlite_url(tmp_path / "db")) as store:
        assert await bring_up(store.engine) is False


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "db")
    async with await Store.open(url) as store, store.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = (tmp_path / "db").read_bytes()
    with pytest.raises(VmrigError) as caught:
        await Store.open(url)
    assert caught.value.code == "STORE_NEWER"
    assert "9999" in caught.value.message
    assert (tmp_path / "db").read_bytes() == before


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(VmrigError) as caught:
        await Store.open(sqlite_url(tmp_path / "db"))
    assert caught.value.code == "STORE_BROKEN"


def test_the_schema_compiles_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in Base.metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))


async def _blobs(tmp_path: Path, max_bytes: int = 1 << 20) -> tuple[Store, Blobs]:
    store = await Store.open(sqlite_url(tmp_path / "db"))
    return store, Blobs(store, tmp_path / "blobs", max_bytes)


async def test_a_blob_comes_back_by_its_hash_and_costs_nothing_twice(tmp_path: Path) -> None:
    store, blobs = await _blobs(tmp_path)
    async with store:
        first = await blobs.put(b"firmware")
        assert first == hashlib.sha256(b"firmware").hexdigest() == await blobs.put(b"firmware")
        assert await blobs.get(first.upper()) == b"firmware"
        assert await blobs.total_bytes() == 8


async def test_a_blob_that_is_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    store, blobs = await _blobs(tmp_path, max_bytes=10)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"123456"
        yield b"123456"

    async with store:
        with pytest.raises(VmrigError) as caught:
            await blobs.put_stream(chunks())
        assert caught.value.code == "BLOB_TOO_LARGE"
        assert list((tmp_path / "blobs").rglob("*")) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "ab" * 32, "zz" * 32])
async def test_what_was_not_uploaded_is_not_found(tmp_path: Path, name: str) -> None:
    store, blobs = await _blobs(tmp_path)
    async with store:
        with pytest.raises(VmrigError) as caught:
            await blobs.get(name)
        assert caught.value.code == "BLOB_NOT_FOUND"


async def test_a_blob_whose_file_rotted_is_refused(tmp_path: Path) -> None:
    store, blobs = await _blobs(tmp_path)
    async with store:
        sha256 = await blobs.put(b"firmware")
        next(path for path in (tmp_path / "blobs").rglob(sha256)).write_bytes(b"firmwarE")
        with pytest.raises(VmrigError) as caught:
            await blobs.get(sha256)
        assert caught.value.code == "BLOB_CORRUPT"
