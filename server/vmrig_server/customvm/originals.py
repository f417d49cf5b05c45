# SPDX-License-Identifier: Apache-2.0
"""The board types that custom boards can be derived from: those with a ``template.yml`` beside their board file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vmrig_server.boards_data import Chip, Target, list_targets, load_chip, load_target
from vmrig_server.errors import VmrigError
from vmrig_server.paths import data_root

TEMPLATE_FILE = "template.yml"


@dataclass(frozen=True, slots=True)
class Original:
    """A customizable target."""

    target: str
    name: str
    """For people."""
    chip: str
    vm: bool
    """False: a template of it compiles, but there is no VM for its chip."""


def template_file(target: str) -> Path:
    """Where a customizable target's template is."""
    return data_root("boards") / target / TEMPLATE_FILE


def list_originals() -> list[str]:
    """Names of the customizable targets, sorted."""
    return [name for name in list_targets() if template_file(name).is_file()]


def originals() -> list[Original]:
    """The customizable targets, sorted by name."""
    found = []
    for name in list_originals():
        target = load_target(name)
        chip = load_chip(target.chip)
        found.append(Original(name, target.name, target.chip, target.firmware.over(chip.firmware).port is not None))
    return found


def resolve(name: str) -> tuple[Target, Chip] | None:
    """The target that a template's `original_target` means, and its chip; None: no customizable one."""
    known = list_targets()
    if name in known:
        return _with_pads([name])
    return _with_pads(target for target in known if name in load_target(target).formerly)


def _with_pads(names: Iterable[str]) -> tuple[Target, Chip] | None:
    for name in names:
        target = load_target(name)
        chip = load_chip(target.chip)
        if chip.pads is not None and (target.formerly or template_file(name).is_file()):
            return target, chip
    return None


def need_original(name: str) -> tuple[Target, Chip]:
    """As `resolve`.

    Raises:
        VmrigError: ``TARGET_NOT_CUSTOMIZABLE``.
    """
    found = resolve(name) if template_file(name).is_file() else None
    if found is None:
        raise VmrigError(
            "TARGET_NOT_CUSTOMIZABLE",
            f"there is no customizable target '{name}'",
            evidence=[f"customizable: {', '.join(list_originals()) or 'none'}"],
            next_command="vmrig vm custom original",
        )
    return found
