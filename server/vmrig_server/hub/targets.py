# SPDX-License-Identifier: Apache-2.0
"""What the hub knows of board types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A board type, as far as the hub and its callers care."""

    target: str
    title: str
    chip: str
    emulated: bool


class Targets(Protocol):
    """The catalogue of board types."""

    def list(self) -> list[TargetInfo]:
        """All of them, by name."""
        ...

    def chip(self, target: str) -> str:
        """The chip of a target; empty for one that is not in the catalogue."""
        ...


class BoardFiles:
    """The catalogue that ships as ``boards/<target>/board.yaml``. Read on first use: the schema's import is not for the start-up."""

    def __init__(self) -> None:
        self._chips: dict[str, str] = {}

    def list(self) -> list[TargetInfo]:
        """All of them, by name."""
        from vmrig_server.boards_data import list_targets, load_target

        loaded = [load_target(name) for name in list_targets()]
        self._chips.update({target.target: target.chip for target in loaded})
        # A target can be emulated once its chip file names devices; the schema refuses chips without.
        return [TargetInfo(target.target, target.name, target.chip, True) for target in loaded]

    def chip(self, target: str) -> str:
        """The chip of a target; empty for one that is not in the catalogue."""
        if target and target not in self._chips:
            self.list()
        return self._chips.get(target, "")
