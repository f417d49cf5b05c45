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

from vmrig_server.agent.api import AttachedBoard, FlashPart, PhaseTime
from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.drivers.base import ToolResult
from vmrig_server.errors import ErrorClass, VmrigError

TOOL = "pyOCD"
BORROWS_PORT = False

CONNECT_S = 15.0
BYTES_PER_S = 4000.0
"""The slowest flashing that is still believed in; gives the deadline of a job (a slow CMSIS-DAP v1 probe on USB 1.1 does ~9 KB/s)."""

CHIP_ERASE_S = 60.0
_UID = "uid"


def command() -> list[str]:
    """Starts the child. ``-P``: nothing is imported from the folder that the service was started in."""
    return [sys.executable, "-P", "-m", "vmrig_server.agent.flashing.drivers.pyocd_child"]


def environment(home: Path) -> dict[str, str]:
    """The child's environment: this service's emulated bus, and no output buffer that could die with it."""
    return {**os.environ, "VMRIG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def missing() -> str:
    """pyOCD comes with the package."""
    return ""


def job(attached: AttachedBoard, chip: ChipFacts, home: Path, *, unlock: bool) -> PyocdJob:
    """An empty job on a board.

    Raises:
        VmrigError: ``NO_PROBE``.
    """
    if not attached.probe:
        raise VmrigError(
            "NO_PROBE",
            f"Board {attached.board_id} has no debug probe to reach its chip through.",
            evidence=[
                f"USB {attached.vid:04x}:{attached.pid:04x} {attached.product}, serial {attached.serial or '(none)'}"
            ],
            next_command=f"vmrig boards {attached.board_id}",
            error_class=ErrorClass.BENCH,
        )
    return PyocdJob(attached.probe, chip, attached.board_id, unlock)


@dataclass(slots=True)
class PyocdJob:
    """Steps on one probe, done in the order in which they were added, under one connection.

    Args:
        probe: unique id, exactly.
        unlock: a locked chip is erased as a whole, settings included, to open it; only when the user said so.
        board: how the user can name the board; for the next command of an error.
    """

    probe: str
    chip: ChipFacts
    board: str
    unlock: bool = False
    frequency_hz: int = 4_000_000
    steps: list[dict[str, Any]] = field(default_factory=list)
    deadline_s: float = CONNECT_S
    any_chip: bool = False

    def program(self, parts: Sequence[FlashPart], *, chip_erase: bool = False, seal: str = "") -> None:
        """Erases what the parts need (or the whole chip), writes them, reads all of them back and compares."""
        self.steps.append(
            {
                "do": "program",
                "chip_erase": chip_erase,
                "seal": seal,
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

    def read_uid(self) -> None:
        """Reads the chip's unique id, where it is in the chip's memory."""
        if self.chip.uid_words:
            step = {"do": "read_words", "name": _UID, "address": self.chip.uid_address, "count": self.chip.uid_words}
            self.steps.append(step)

    def reset(self, *, halt: bool = False) -> None:
        """Resets the chip and lets it run, or keeps it halted at its first instruction."""
        self.steps.append({"do": "reset", "halt": halt})
        self.deadline_s += 5.0

    def specification(self) -> dict[str, Any]:
        """What the child reads from stdin."""
        return {
            "probe": self.probe,
            "target": self.chip.tool_target,
            "board": self.board,
            "unlock": self.unlock,
            "frequency_hz": self.frequency_hz,
            "steps": self.steps,
        }

    def parse(self, outcome: Mapping[str, Any]) -> ToolResult:
        """The child's result."""
        words = outcome.get("words", {}).get(_UID, ())
        return ToolResult(
            phases=tuple(PhaseTime(str(name), float(seconds)) for name, seconds in outcome.get("phases", ())),
            bytes_written=int(outcome.get("bytes_written", 0)),
            bytes_verified=int(outcome.get("bytes_verified", 0)),
            uid=uid_text([int(word) for word in words]),
            unlocked=bool(outcome.get("unlocked", False)),
        )


def uid_text(words: Sequence[int]) -> str:
    """A chip id, read as words with the least significant first, as hex with the most significant byte first."""
    return "".join(f"{word:08x}" for word in reversed(words))
