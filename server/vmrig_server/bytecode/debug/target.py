# SPDX-License-Identifier: Apache-2.0
"""What a session debugs: a VM in this process or one on a board, by the same requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Output:
    """The program printed."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Stopped:
    """The program has come to stand."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The program is over. `trace` is (function, word), innermost last; all empty when it ended by itself."""

    exception: str = ""
    trace: tuple[tuple[int, int], ...] = field(default=())
    stopped: bool = False
    earlier: tuple[tuple[bool, str, tuple[tuple[int, int], ...]], ...] = ()
    """Exceptions that led to it, newest first: (it is the cause, text, trace)."""


Event = Output | Stopped | Ended


class Target(Protocol):
    """A program on a VM. All calls raise `DebugError` or the errors of the line to the VM."""

    events: asyncio.Queue[Event]

    async def start(self) -> None:
        """Starts the program anew; it stands before its first instruction."""
        ...

    async def request(self, body: bytes) -> bytes:
        """A request of debug.h and its answer; DebugError when the VM does not take it."""
        ...

    async def terminate(self) -> None:
        """Ends the program."""
        ...

    async def close(self) -> None:
        """Lets go of the VM; a program on a board goes on without a debugger."""
        ...
