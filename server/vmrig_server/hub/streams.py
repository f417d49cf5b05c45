# SPDX-License-Identifier: Apache-2.0
"""Streams that are left early are closed at once, not when the garbage collector finds them: a reader's port or child hangs on them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

_T = TypeVar("_T")


@asynccontextmanager
async def closing(stream: AsyncIterator[_T]) -> AsyncIterator[AsyncIterator[_T]]:
    """Closes the stream at the end of the block, if it is of a kind that can be."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
