# SPDX-License-Identifier: Apache-2.0
"""What is on either side of a link: the line below it, who listens above it, and what comes of an upload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .events import Event
from .identity import Identity


class DuplexStream(Protocol):
    """A serial line. `read` returns what there is, at least a byte; b"" means that the line has ended."""

    async def read(self) -> bytes: ...

    async def write(self, data: bytes) -> None: ...


@dataclass(slots=True)
class Listener:
    """Who hears what a board says unasked. Called from the event loop, in the order of the line."""

    on_output: Callable[[bytes], None] | None = None
    """The program's output."""
    on_text: Callable[[bytes], None] | None = None
    """Bytes outside of good frames."""
    on_event: Callable[[Event], None] | None = None
    on_boot: Callable[[Identity], None] | None = None
    """The board announced itself: it has just booted."""
    on_lost: Callable[[int], None] | None = None
    """So many unsolicited frames were lost."""


@dataclass(frozen=True, slots=True)
class Committed:
    """A program that the board has taken."""

    slot: str
    generation: int
    sha256: str
    size: int
    resumed_at: int
    """Bytes that were already there from an upload cut short."""
