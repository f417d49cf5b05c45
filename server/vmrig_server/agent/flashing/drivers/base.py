# SPDX-License-Identifier: Apache-2.0
"""What a board's jobs ask of a flashing tool, whichever it is. A driver is a module of this package that satisfies `Driver`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from vmrig_server.agent.api import AttachedBoard, FlashPart, PhaseTime
from vmrig_server.agent.flashing.chip import ChipFacts


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the child did.

    Attributes:
        bytes_written: 0 where the flash held the bytes already; all of them were verified.
        uid: the chip's unique id as lower-case hex, most significant byte first; empty when it was not asked for, or the chip has none.
        details: what else the tool saw of the chip: ``chip``, ``description``, ``revision``, ``flash_bytes``, ``baud``, ``stub``.
    """

    phases: tuple[PhaseTime, ...]
    bytes_written: int = 0
    bytes_verified: int = 0
    uid: str = ""
    unlocked: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


class ToolJob(Protocol):
    """Steps on one board, done in the order in which they were added, under one connection.

    Attributes:
        any_chip: whatever chip answers will do; the result's details name it. Only of a tool that can tell.
    """

    any_chip: bool

    @property
    def deadline_s(self) -> float:
        """Seconds after which nobody believes any more that the steps end."""
        ...

    def program(self, parts: Sequence[FlashPart], *, chip_erase: bool = False, seal: str = "") -> None:
        """Erases what the parts need (or the whole chip), writes them, and compares all of them with what the flash then holds.

        Args:
            seal: name of the part that vouches for the others: it is zeros from before they are touched until they are written, and is written last.
        """
        ...

    def erase_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Erases (address, size in bytes), widened to whole sectors."""
        ...

    def erase_chip(self) -> None: ...

    def mass_erase(self) -> None:
        """Erases everything, settings included, by the way that also opens a locked chip."""
        ...

    def read_uid(self) -> None:
        """Reads the chip's unique id, if it has one that can be read without its firmware."""
        ...

    def reset(self, *, halt: bool = False) -> None:
        """Resets the chip and lets it run, or keeps it from running its firmware."""
        ...

    def specification(self) -> dict[str, Any]:
        """What the child reads from stdin."""
        ...

    def parse(self, outcome: Mapping[str, Any]) -> ToolResult:
        """The child's result."""
        ...


class Driver(Protocol):
    """One flashing tool."""

    @property
    def TOOL(self) -> str:
        """Its name, for people."""
        ...

    @property
    def BORROWS_PORT(self) -> bool:
        """It works through the board's serial port, which it needs for itself; the caller resets the chip afterwards, with the port back in its hands."""
        ...

    def command(self) -> list[str]:
        """Starts the child."""
        ...

    def environment(self, home: Path) -> dict[str, str]:
        """The child's environment."""
        ...

    def missing(self) -> str:
        """How to install the tool; empty when it is there."""
        ...

    def job(self, attached: AttachedBoard, chip: ChipFacts, home: Path, *, unlock: bool) -> ToolJob:
        """An empty job on a board.

        Raises:
            VmrigError: ``NO_PROBE``, ``NO_SERIAL_PORT``.
        """
        ...
