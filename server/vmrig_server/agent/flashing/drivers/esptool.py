# SPDX-License-Identifier: Apache-2.0
"""The esptool driver, parent's side: says in a specification what the child shall do over a serial port.

esptool is under the GPL: it runs in the child only, which is a program of its own; nothing of it is imported here.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vmrig_server.agent.api import AttachedBoard, FlashPart, PhaseTime
from vmrig_server.agent.flashing.chip import ChipFacts, Loader
from vmrig_server.agent.flashing.drivers.base import ToolResult
from vmrig_server.agent.flashing.known import KnownFlash
from vmrig_server.errors import ErrorClass, VmrigError

TOOL = "esptool"
BORROWS_PORT = True

BAUDS = (921600, 460800, 115200)
"""Tried in this order: what a long cable or a cheap bridge does not stand shows in the data, not at connecting. After them, the ROM's own loader."""

CONNECT_S = 40.0
"""Every reset sequence tried, on every rung of the ladder."""

BYTES_PER_S = 3000.0
"""The slowest writing that is still believed in: three failed rungs, then uncompressed at 115200 baud."""

CHIP_ERASE_S = 150.0
"""A full NOR flash of 16 MB takes up to two minutes."""


def command() -> list[str]:
    """Starts the child. ``-P``: nothing is imported from the folder that the service was started in."""
    return [sys.executable, "-P", "-m", "vmrig_server.agent.flashing.drivers.esptool_child"]


def environment(home: Path) -> dict[str, str]:
    """The child's environment. Esptool's own configuration (ESPTOOL_CFGFILE) is the user's and stays in force."""
    return {**os.environ, "VMRIG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


def missing() -> str:
    """How to install the tool; empty when it is there."""
    return "" if importlib.util.find_spec("esptool") is not None else "pip install 'vmrig[esp]'"


def job(attached: AttachedBoard, chip: ChipFacts, home: Path, *, unlock: bool) -> EsptoolJob:
    """An empty job on a board. There is no lock to open on these chips: what is fused stays so.

    Raises:
        VmrigError: ``NO_SERIAL_PORT``.
    """
    assert chip.loader is not None
    if not attached.serial_port:
        raise VmrigError(
            "NO_SERIAL_PORT",
            f"Board {attached.board_id} has no serial port to reach its chip through.",
            evidence=[
                f"USB {attached.vid:04x}:{attached.pid:04x} {attached.product}, serial {attached.serial or '(none)'}"
            ],
            next_command=f"vmrig boards {attached.board_id}",
            error_class=ErrorClass.BENCH,
        )
    return EsptoolJob(attached, chip, chip.loader, known_flash(home, attached.board_id, chip.loader))


def known_flash(home: Path, board_id: str, loader: Loader) -> KnownFlash:
    """What was seen of a board's flash and chip before."""
    return KnownFlash(home / "flashed" / f"{board_id}.json", loader.sector)


@dataclass(slots=True)
class EsptoolJob:
    """Steps on one serial port, done in the order in which they were added, under one connection."""

    attached: AttachedBoard
    chip: ChipFacts
    loader: Loader
    known: KnownFlash
    bauds: Sequence[int] = BAUDS
    steps: list[dict[str, Any]] = field(default_factory=list)
    deadline_s: float = CONNECT_S
    any_chip: bool = False
    """Whatever chip answers will do; the result's details name it by ``chip``."""
    _parts: list[FlashPart] = field(default_factory=list)

    def program(self, parts: Sequence[FlashPart], *, chip_erase: bool = False, seal: str = "") -> None:
        """Erases what the parts need (or the whole chip), writes what seems not to be there, and compares all of them by their MD5."""
        self.steps.append(
            {
                "do": "program",
                "chip_erase": chip_erase,
                "seal": seal,
                "parts": [
                    {
                        "address": part.address,
                        "name": part.name,
                        "data": base64.b64encode(part.data).decode(),
                        "unchanged": [] if chip_erase else self.known.unchanged(part),
                    }
                    for part in parts
                ],
            }
        )
        if chip_erase:
            self.known.forget_all()
        self.known.forget((part.address, len(part.data)) for part in parts)
        self._parts += parts
        size = sum(len(part.data) for part in parts)
        self.deadline_s += size / BYTES_PER_S + 10.0 + (CHIP_ERASE_S if chip_erase else 0.0)

    def erase_ranges(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Erases (address, size in bytes), widened to whole sectors, and looks that they are blank."""
        self.steps.append({"do": "erase", "ranges": [list(each) for each in ranges]})
        self.known.forget(ranges)
        self.deadline_s += sum(size for _, size in ranges) / BYTES_PER_S + 10.0

    def erase_chip(self) -> None:
        self.steps.append({"do": "erase_chip"})
        self.known.forget_all()
        self.deadline_s += CHIP_ERASE_S

    def mass_erase(self) -> None:
        """The whole flash; these chips' settings are fuses, which nothing erases."""
        self.erase_chip()

    def read_uid(self) -> None:
        """Reads the base MAC address."""
        if self.loader.uid_is_mac:
            self.steps.append({"do": "read_uid"})

    def reset(self, *, halt: bool = False) -> None:
        """The caller resets the chip, with the serial port in its hands, so that nothing of what the firmware says is missed."""

    def specification(self) -> dict[str, Any]:
        """What the child reads from stdin."""
        return {
            "port": self.attached.serial_url,
            "chip": "" if self.any_chip else self.loader.chip,
            "name": self.chip.name,
            "board": self.attached.board_id,
            "vid": self.attached.vid,
            "pid": self.attached.pid,
            "sector": self.loader.sector,
            "boot_offset": self.loader.boot_offset,
            "bauds": list(self.bauds),
            "steps": self.steps,
        }

    def parse(self, outcome: Mapping[str, Any]) -> ToolResult:
        """The child's result; what it proved to be in the flash is remembered."""
        details = outcome.get("details", {})
        revision = details.get("revision")
        self.known.remember(self._parts, revision if isinstance(revision, int) else None)
        return ToolResult(
            phases=tuple(PhaseTime(str(name), float(seconds)) for name, seconds in outcome.get("phases", ())),
            bytes_written=int(outcome.get("bytes_written", 0)),
            bytes_verified=int(outcome.get("bytes_verified", 0)),
            uid=str(outcome.get("uid", "")),
            details=details,
        )
