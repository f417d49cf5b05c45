# SPDX-License-Identifier: Apache-2.0
"""What the hub knows of board types."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Protocol

from vmrig_server.errors import VmrigError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PinInfo:
    """A named pin; `active`: "low", "high" or empty."""

    name: str
    role: str
    active: str = ""


@dataclass(frozen=True, slots=True)
class RegionInfo:
    """A range of flash."""

    name: str
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """A board type, as far as the hub and its callers care."""

    target: str
    title: str
    chip: str
    emulated: bool
    pins: tuple[PinInfo, ...] = ()
    flash: RegionInfo = field(default=RegionInfo("flash", 0, 0))
    layout: tuple[RegionInfo, ...] = ()
    loader_only: bool = False
    """Emulated as far as its serial loader goes: firmware does not run."""
    reset_is_power_on: bool = False
    """The chip does not tell a reset by its pin from power-on."""
    original_target: str = ""
    """Of a custom VM: what it is derived from."""
    heap_bytes: int = 0
    """Of a program on its VM; 0: it has none."""


class Targets(Protocol):
    """The catalogue of board types."""

    def list(self) -> list[TargetInfo]:
        """All of them, by name."""
        ...

    def chip(self, target: str) -> str:
        """The chip of a target; empty for one that is not in the catalogue."""
        ...


class BoardFiles:
    """The catalogue that ships as ``boards/<target>/board.yaml``, and the custom VMs that were compiled. Read on first use: the schema's import is not for the
    start-up."""

    def __init__(self) -> None:
        self._chips: dict[str, str] = {}
        self._warned: set[str] = set()

    def list(self) -> list[TargetInfo]:
        """All of them, by name. A custom VM that cannot be read is left out."""
        from vmrig_server.boards_data import list_custom_targets, list_targets

        found = [_described(name) for name in list_targets()]
        self._chips.update({target.target: target.chip for target in found})
        return sorted(
            [*found, *filter(None, map(self._custom, list_custom_targets()))], key=lambda target: target.target
        )

    def chip(self, target: str) -> str:
        """The chip of a target; empty for one that is not in the catalogue."""
        if target and target not in self._chips:
            from vmrig_server.boards_data import list_custom_targets

            if target in list_custom_targets():  # not kept: another one of that name can have another chip
                custom = self._custom(target)
                return custom.chip if custom is not None else ""
            self.list()
        return self._chips.get(target, "")

    def _custom(self, name: str) -> TargetInfo | None:
        try:
            target = _described(name)
        except VmrigError as problem:
            if name not in self._warned:
                self._warned.add(name)
                log.error("custom VM %s is left out: %s", name, problem)
            return None
        self._warned.discard(name)
        return target


def _described(name: str) -> TargetInfo:
    from vmrig_server.boards_data import load_chip, load_target

    target = load_target(name)
    chip = load_chip(target.chip)
    flash = chip.flash
    return TargetInfo(
        target.target,
        target.name,
        target.chip,
        True,  # once its chip file names devices; the schema refuses chips without
        tuple(PinInfo(pin_name, pin.role, pin.active or "") for pin_name, pin in target.pins.items()),
        RegionInfo(flash.name, flash.base, flash.size),
        tuple(RegionInfo(part, *target.region(part)) for part in sorted(target.layout, key=target.region)),
        chip.loader_level,
        chip.reset_is_power_on,
        target.image_target if target.image_target != target.target else "",
        target.firmware.over(chip.firmware).heap_size or 0,
    )
