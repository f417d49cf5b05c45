# SPDX-License-Identifier: Apache-2.0
"""Checks that every request shares, and idempotency: the same request id with the same arguments gives the same thing again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from vmrig_server.errors import VmrigError

_T = TypeVar("_T")
MAX_NAME = 128
MAX_TEXT = 4096


def new_id() -> str:
    """16 hex digits that nobody guesses by accident."""
    return secrets.token_hex(8)


def bare_id(name: str, collection: str) -> str:
    """The id in a resource name: "jobs/ab12" -> "ab12"; a bare id passes."""
    return name.removeprefix(collection + "/")


def check_text(field: str, value: str, limit: int = MAX_NAME) -> str:
    """Refuses what a column would not hold.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``.
    """
    if len(value) > limit or "\x00" in value:
        raise VmrigError("ARGUMENT_INVALID", f"{field} has more than {limit} characters, or a NUL.")
    return value


def request_hash(*arguments: object) -> str:
    """Tells whether two requests ask for the same."""
    return hashlib.sha256(json.dumps(arguments, sort_keys=True, default=str).encode()).hexdigest()


def check_same(request_id: str, stored_hash: str, asked_hash: str) -> None:
    """A request id stands for one request.

    Raises:
        VmrigError: ``REQUEST_ID_REUSED``.
    """
    if stored_hash != asked_hash:
        raise VmrigError(
            "REQUEST_ID_REUSED", f"The request id {request_id} was used before, for a request with other arguments."
        )


class Once:
    """Lets one request of a key through at a time, so that the second finds in the store what the first has made."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Future[None]] = {}

    async def run(self, key: str, make: Callable[[], Awaitable[_T]]) -> _T:
        """Calls `make` when no other call of the key runs. An empty key never waits."""
        if not key:
            return await make()
        while (other := self._running.get(key)) is not None:
            await asyncio.shield(other)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running[key] = done
        try:
            return await make()
        finally:
            del self._running[key]
            done.set_result(None)
