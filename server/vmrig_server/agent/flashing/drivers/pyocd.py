# SPDX-License-Identifier: Apache-2.0
"""The pyOCD driver, parent's side: says in a specification what the child shall do with a probe."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import FlashPart, PhaseTime

TOOL = "pyOCD"

CONNECT_S = 15.0
BYTES_PER_S = 4000.0
"""The slowest flashing that is still believed in; gives the deadline of a job (a slow CMSIS-DAP v1 probe on USB 1.1 does ~9 KB/s)."""

CHIP_ERASE_S = 60.0


def command() -> list[str]:
    """Starts the child. ``-P``: nothing is imported from the folder that the service was started in."""
    return [sys.executable, "-P", "-m", "vmrig_server.agent.flashing.drivers.pyocd_child"]


def environment(home: Path) -> dict[str, str]:
    """The child's environment: this service's emulated bus, and no output buffer that could die with it."""
    return {**os.environ, "VMRIG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


@dataclass(slots=True)
class PyocdJob:
    """Steps on one probe, done in the order in which they were added, under one connection.

    Args:
        probe: unique id, exactly.
        target: pyOCD's name of the chip.
        unlock: a locked chip is erased as a whole, settings included, to open it; only when the user said so.
        board: how the user can name the board; for the next command of an error.
    """

    probe: str
    target: str
    board: str
    unlock: bool = False
    frequency_hz: int = 4_000_000
    steps: list[dict[str, Any]] = field(default_factory=list)
    deadline_s: float = CONNECT_S

    def program(self, parts: Sequence[FlashPart], *, chip_erase: bool = False) -> None:
        """Erases what the parts need (or the whole chip), writes them, reads all of them back and compares."""
        self.steps.append(
            {
                "do": "program",
                "chip_erase": chip_erase,
                "parts": [
                    {"address": part.address, "name": part.name, "data": base64.b64encode(part.data).decode()}
                    for part in parts
                ],
            }
        )
        self.deadline_s += sum(len(part.data) for part in parts) / BYTES_PER_S + (CHIP_ERASE_S if chip_erase else 10.0)

    def erase_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Erases (address, size in bytes), widened to whole sectors."""
        self.steps.append({"do": "erase", "ranges": [list(each) for each in ranges]})
        self.deadline_s += sum(size for _, size in ranges) / BYTES_PER_S + 10.0

    def erase_chip(self) -> None:
        self.steps.append({"do": "erase_chip"})
        self.deadline_s += CHIP_ERASE_S

    def mass_erase(self) -> None:
        """Erases everything, settings included, by the way that also opens a locked chip."""
        self.steps.append({"do": "mass_erase"})
        self.deadline_s += CHIP_ERASE_S

    def read_words(self, name: str, address: int, count: int) -> None:
        """Reads 32-bit words; the result has them under `name`."""
        self.steps.append({"do": "read_words", "name": name, "address": address, "count": count})

    def reset(self, *, halt: bool = False) -> None:
        """Resets the chip and lets it run, or keeps it halted at its first instruction."""
        self.steps.append({"do": "reset", "halt": halt})
        self.deadline_s += 5.0

    def specification(self) -> dict[str, Any]:
        """What the child reads from stdin."""
        return {
            "probe": self.probe,
            "target": self.target,
            "board": self.board,
            "unlock": self.unlock,
            "frequency_hz": self.frequency_hz,
            "steps": self.steps,
        }


@dataclass(frozen=True, slots=True)
class PyocdResult:
    """What the child did."""

    phases: tuple[PhaseTime, ...]
    bytes_written: int
    bytes_verified: int
    words: Mapping[str, tuple[int, ...]]
    unlocked: bool

    @classmethod
    def parse(cls, outcome: Mapping[str, Any]) -> PyocdResult:
        return cls(
            phases=tuple(PhaseTime(str(name), float(seconds)) for name, seconds in outcome.get("phases", ())),
            bytes_written=int(outcome.get("bytes_written", 0)),
            bytes_verified=int(outcome.get("bytes_verified", 0)),
            words={str(name): tuple(int(word) for word in words) for name, words in outcome.get("words", {}).items()},
            unlocked=bool(outcome.get("unlocked", False)),
        )
