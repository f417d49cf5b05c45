# SPDX-License-Identifier: Apache-2.0
"""Chips that pyOCD does not have among its own targets, made known to it from their files.

A chip file with ``pyocd_like`` names a target of pyOCD whose flash algorithm programs it; pyOCD then knows the chip by its ``pyocd_target``, with the memory that
the file says. (pyOCD extends its table of targets in the same way with the chips of CMSIS packs.)
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Any

from vmrig_server.paths import data_root

if TYPE_CHECKING:
    from vmrig_server.boards_data import Chip

_KEY = re.compile(r"^(pyocd_target|pyocd_like): *([A-Za-z0-9_]+)", re.MULTILINE)


def register_targets() -> None:
    """Extends pyOCD's table of targets. Called in every process that uses pyOCD, before a target is looked up; a second time does nothing.

    Chip files are only looked through for the two keys, which stand in one file: reading them all would take longer than flashing does.
    """
    from pyocd.target import TARGET

    for path in (data_root("boards") / "chips").glob("*.yaml"):
        keys = dict(_KEY.findall(path.read_text("utf-8")))
        name = keys.get("pyocd_target")
        if name is not None and keys.get("pyocd_like") in TARGET and name not in TARGET:
            TARGET[name] = functools.partial(_make, path.stem)


def _make(chip_name: str, session: Any) -> Any:
    """A target of pyOCD, as it makes one of its own classes."""
    from pyocd.target import TARGET

    from vmrig_server.boards_data import load_chip  # takes its time: not for every use of pyOCD

    chip = load_chip(chip_name)
    assert chip.pyocd_like is not None
    return _target_class(chip, TARGET[chip.pyocd_like])(session)


def _target_class(chip: Chip, like: Any) -> type:
    from pyocd.core.memory_map import FlashRegion, MemoryMap, MemoryType, RamRegion

    (first, *_) = like.MEMORY_MAP.iter_matching_regions(type=MemoryType.FLASH)
    regions: list[Any] = []
    units = chip.flash.erase_units()
    for size, run in itertools.groupby(units, key=lambda unit: unit[1]):
        addresses = [address for address, _ in run]
        regions.append(
            FlashRegion(
                name=f"flash_{addresses[0]:08x}",
                start=addresses[0],
                length=size * len(addresses),
                blocksize=size,
                page_size=min(first.page_size, size),
                is_boot_memory=addresses[0] == chip.flash.base,
                algo=first.algo,
            )
        )
    regions += [
        RamRegion(name=memory.name, start=memory.base, length=memory.size)
        for memory in chip.memories
        if memory.kind == "ram" and memory.alias_of is None
    ]
    return type(chip.name, (like,), {"MEMORY_MAP": MemoryMap(*regions)})
