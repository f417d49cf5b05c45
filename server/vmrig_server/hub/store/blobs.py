# SPDX-License-Identifier: Apache-2.0
"""Content-addressed files: ``<root>/<first two hex digits>/<sha256>``, written whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import func, select

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.store.engine import Store
from vmrig_server.hub.store.models import BlobRow

MAX_BLOB_BYTES = 256 * 1024 * 1024


class Blobs:
    """Bytes by their SHA-256. Sending the same bytes again costs nothing."""

    def __init__(self, store: Store, root: Path, max_bytes: int = MAX_BLOB_BYTES) -> None:
        self._store = store
        self._root = root
        self._max_bytes = max_bytes

    async def put(self, data: bytes) -> str:
        """Keeps the bytes; returns their SHA-256 as lower-case hex."""

        async def whole() -> AsyncIterator[bytes]:
            yield data

        return (await self.put_stream(whole()))[0]

    async def put_stream(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Keeps what comes.

        Returns:
            SHA-256 as lower-case hex, and the size in bytes.

        Raises:
            VmrigError: ``BLOB_TOO_LARGE``; ``STORE_FULL`` when the disk takes no more.
        """
        digest, size = hashlib.sha256(), 0
        self._root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._root, prefix=".incoming-")
        incoming = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > self._max_bytes:
                        raise VmrigError(
                            "BLOB_TOO_LARGE", f"A blob may have {self._max_bytes} bytes; this one has more."
                        )
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            sha256 = digest.hexdigest()
            final = self._path(sha256)
            final.parent.mkdir(exist_ok=True)
            incoming.replace(final)
        except OSError as error:
            raise VmrigError(
                "STORE_FULL",
                "The blob could not be written to the service's folder.",
                evidence=[str(error)],
                error_class=ErrorClass.BENCH,
            ) from error
        finally:
            incoming.unlink(missing_ok=True)
        async with self._store.write() as session:
            await session.merge(BlobRow(sha256=sha256, size_bytes=size, create_time=time.time()))
        return sha256, size

    async def get(self, sha256: str) -> bytes:
        """The bytes of a hash.

        Raises:
            VmrigError: ``BLOB_NOT_FOUND``; ``BLOB_CORRUPT`` when the file no longer has the hash that is its name.
        """
        wanted = sha256.lower()
        if len(wanted) != 64 or not all(digit in "0123456789abcdef" for digit in wanted):
            raise VmrigError("BLOB_NOT_FOUND", f"{sha256!r} is not a SHA-256 in hex.")
        try:
            data = await asyncio.to_thread(self._path(wanted).read_bytes)
        except FileNotFoundError:
            raise VmrigError("BLOB_NOT_FOUND", f"No blob {wanted[:16]}… was uploaded.") from None
        if hashlib.sha256(data).hexdigest() != wanted:
            raise VmrigError(
                "BLOB_CORRUPT",
                f"The stored file of blob {wanted[:16]}… has other contents than its hash.",
                evidence=[str(self._path(wanted))],
                error_class=ErrorClass.BENCH,
            )
        return data

    async def total_bytes(self) -> int:
        """Size of all blobs."""
        async with self._store.read() as session:
            return int((await session.execute(select(func.coalesce(func.sum(BlobRow.size_bytes), 0)))).scalar_one())

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256
