# SPDX-License-Identifier: Apache-2.0
"""The XML documents that GDB asks for: the registers of the core, the memory map of the chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmrig_server.emulator.doors.gdb_targets import GdbTarget


@dataclass(frozen=True, slots=True)
class MemoryRegion:
    """A part of the address space for GDB's memory map. kind: "ram", "rom" or "flash"; erase_size of flash: its largest sector."""

    kind: str
    start: int
    size: int
    erase_size: int = 0


def description(target: GdbTarget) -> str:
    """The target description (GDB manual, appendix G)."""
    features = "".join(
        f'<feature name="{name}">'
        + "".join(
            f'<reg name="{register.name}" bitsize="32" regnum="{register.number}" type="{register.type}"/>'
            for register in registers
        )
        + "</feature>"
        for name, registers in target.features.items()
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">'
        f"<architecture>{target.architecture}</architecture>{features}</target>"
    )


def memory_map(regions: Sequence[MemoryRegion]) -> str:
    """All addresses, as GDB takes none for granted that are not there (GDB manual, "Memory Map Format")."""
    parts = []
    at = 0
    for region in sorted(regions, key=lambda region: region.start):
        if region.start < at:
            continue  # a part of one before
        if region.start > at:
            parts.append(f'<memory type="ram" start="{at:#x}" length="{region.start - at:#x}"/>')
        at = region.start + region.size
        place = f'start="{region.start:#x}" length="{region.size:#x}"'
        if region.kind == "flash":
            blocks = f'<property name="blocksize">{region.erase_size:#x}</property>'
            parts.append(f'<memory type="flash" {place}>{blocks}</memory>')
        else:
            parts.append(f'<memory type="{region.kind}" {place}/>')
    if at < 1 << 32:
        parts.append(f'<memory type="ram" start="{at:#x}" length="{(1 << 32) - at:#x}"/>')
    return (
        '<?xml version="1.0"?><!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" '
        f'"http://sourceware.org/gdb/gdb-memory-map.dtd"><memory-map>{"".join(parts)}</memory-map>'
    )
