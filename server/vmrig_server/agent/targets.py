# SPDX-License-Identifier: Apache-2.0
"""Board and chip files as the agent's rooms need them: who is on USB, what memory there is, how the serial port is set."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from vmrig_server.agent.discovery.scan import KnownTarget
from vmrig_server.agent.flashing.chip import ChipFacts, Loader, Region
from vmrig_server.agent.flashing.esp_image import CHIPS
from vmrig_server.boards_data import Chip, list_custom_targets, list_targets, load_chip, load_target
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)

_SECTOR = 4096
"""What the loaders' commands erase at least."""

_PROBES = frozenset({"cmsis-dap", "jlink", "stlink"})


class TargetCatalogue:
    """Reads the board files anew when they change (the loader caches by time of change). A wrong file costs its own target only."""

    def __init__(self) -> None:
        self._warned: set[str] = set()

    def known(self) -> Iterator[KnownTarget]:
        """All targets, as discovery looks for them, each as soon as its file is read. Files of wrong targets are reported once."""
        for name in (*list_targets(), *list_custom_targets()):
            try:
                target = load_target(name)
            except VmrigError as problem:
                if name not in self._warned:
                    self._warned.add(name)
                    LOG.error("target %s is left out: %s", name, problem)
                continue
            self._warned.discard(name)
            ways = {(usb.vid, usb.pid): usb for usb in (target.usb, *(way.usb for way in target.usb_choices.values()))}
            for (vid, pid), usb in ways.items():
                if not vid:
                    continue  # a custom VM without USB ids of its own
                yield KnownTarget(name, vid, pid, frozenset(usb.board_ids), target.probe in _PROBES)

    def chip(self, target: str) -> ChipFacts:
        """Memory and identity of a target's chip.

        Raises:
            VmrigError: ``TARGET_UNKNOWN`` and the errors of a wrong file.
        """
        board = load_target(target)
        chip = load_chip(board.chip)
        flash = tuple(
            Region(memory.name, memory.base, memory.size)
            for memory in sorted(chip.memories, key=lambda memory: (memory.name != "flash", memory.base))
            if memory.kind == "flash" and memory.alias_of is None and (memory.mapped or memory.name == "flash")
        )
        ram = tuple(Region(memory.name, memory.base, memory.size) for memory in chip.memories if memory.kind == "ram")
        uid = chip.identity.fields[chip.identity.uid]
        loader = _loader(chip)
        return ChipFacts(
            name=chip.name,
            tool_target=board.pyocd_target or chip.pyocd_target or chip.esptool_chip,
            flash=flash,
            ram=ram,
            uf2_family=chip.uf2_family,
            uid_address=uid.address or 0,
            uid_words=uid.size // 4 if uid.address is not None and loader is None else 0,
            vectors=chip.vectors,
            stage_crc=chip.stage_crc,
            loader=loader,
        )

    def image_target(self, target: str) -> str:
        """The target whose firmware images a target runs: its own, or those of the one that it is derived from."""
        return load_target(target).image_target

    def baud(self, target: str) -> int:
        """Speed of the target's serial port, bits per second."""
        return load_target(target).serial.baud


def _loader(chip: Chip) -> Loader | None:
    if not chip.esptool_chip:
        return None
    image = CHIPS.get(chip.esptool_chip)
    return Loader(
        chip.esptool_chip,
        sector=chip.flash.erase_size or _SECTOR,
        boot_offset=image.boot_offset if image is not None else 0,
    )
