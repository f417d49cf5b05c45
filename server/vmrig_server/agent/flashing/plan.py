# SPDX-License-Identifier: Apache-2.0
"""The plan of a flash: files to parts, and every reason to refuse them before the board is touched. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vmrig_server.agent.api import FirmwareFile, FlashPart
from vmrig_server.agent.flashing.chip import ChipFacts, Loader
from vmrig_server.agent.flashing.esp_image import check_boot_image
from vmrig_server.agent.flashing.formats import file_parts
from vmrig_server.errors import VmrigError

_VECTORS_SIZE = 8
"""Initial stack pointer and reset vector, the two words the core reads at reset (Armv7-M ARM, section B1.5.3)."""


@dataclass(frozen=True, slots=True)
class FlashPlan:
    """Parts that fit the chip and do not touch each other, by address."""

    parts: tuple[FlashPart, ...]

    @property
    def size_bytes(self) -> int:
        return sum(len(part.data) for part in self.parts)


def plan_files(files: Sequence[FirmwareFile], chip: ChipFacts, revision: int | None = None) -> FlashPlan:
    """What to write where.

    Args:
        revision: of the very chip on the board (100 * major + minor), if it was seen; images can ask for one.

    Raises:
        VmrigError: ``IMAGE_EMPTY``, ``IMAGE_FORMAT``, ``IMAGE_ADDRESS``, ``IMAGE_TOO_LARGE``, ``IMAGE_OVERLAP``, ``IMAGE_SHARED_SECTOR``,
            ``IMAGE_WRONG_CHIP``, ``IMAGE_WRONG_REVISION``, ``IMAGE_CORRUPT``.
    """
    if not files:
        raise VmrigError("IMAGE_EMPTY", "There is no file to flash.")
    parts: list[FlashPart] = []
    for file in files:
        parts += file_parts(file, chip)
    return plan_parts(parts, chip, revision)


def plan_parts(parts: Sequence[FlashPart], chip: ChipFacts, revision: int | None = None) -> FlashPlan:
    """The same for bytes whose addresses are known.

    Raises:
        VmrigError: as `plan_files`.
    """
    if not parts:
        raise VmrigError("IMAGE_EMPTY", "There is nothing to flash.")
    for part in parts:
        _check_place(part, chip)
    ordered = sorted(parts, key=lambda part: part.address)
    for low, high in pairwise(ordered):
        _check_apart(low, high)
        if chip.loader is not None:
            _check_sectors(low, high, chip.loader.sector)
    if chip.loader is not None:
        _check_boot(ordered, chip, chip.loader, revision)
    else:
        _check_vectors(ordered, chip)
    return FlashPlan(tuple(ordered))


def _check_place(part: FlashPart, chip: ChipFacts) -> None:
    name = part.name or "the image"
    if not part.data:
        raise VmrigError("IMAGE_EMPTY", f"{name} has no bytes for address {part.address:#010x}.")
    region = chip.flash_region(part.address)
    if region is None:
        raise VmrigError(
            "IMAGE_ADDRESS",
            f"{name} goes to {part.address:#010x}, where {chip.name} has no memory that can be flashed.",
            evidence=[f"{region.name}: {region.start:#010x} to {region.end - 1:#010x}" for region in chip.flash],
        )
    end = part.address + len(part.data)
    if end > region.end:
        raise VmrigError(
            "IMAGE_TOO_LARGE",
            f"{name} does not fit: it ends at {end - 1:#010x}, {end - region.end} bytes behind the end of the {region.name} of {chip.name}.",
            evidence=[
                f"image: {part.address:#010x} to {end - 1:#010x}, {len(part.data)} bytes",
                f"{region.name}: {region.start:#010x} to {region.end - 1:#010x}, {region.size} bytes",
            ],
        )


def _check_apart(low: FlashPart, high: FlashPart) -> None:
    end = low.address + len(low.data)
    if end <= high.address:
        return
    shared = min(end, high.address + len(high.data)) - high.address
    raise VmrigError(
        "IMAGE_OVERLAP",
        f"{low.name or 'one part'} and {high.name or 'another part'} overlap in {shared} bytes from {high.address:#010x} on.",
        evidence=[
            f"{part.name or 'part'}: {part.address:#010x} to {part.address + len(part.data) - 1:#010x}"
            for part in (low, high)
        ],
    )


def _check_sectors(low: FlashPart, high: FlashPart, sector: int) -> None:
    """A loader erases the sectors that it writes to, with what else is in them."""
    last = low.address + len(low.data) - 1
    if last // sector < high.address // sector:
        return
    start = high.address // sector * sector
    raise VmrigError(
        "IMAGE_SHARED_SECTOR",
        f"{low.name or 'one part'} and {high.name or 'another part'} share the flash sector at {start:#x}: writing one would erase the other.",
        evidence=[
            f"{low.name or 'part'}: {low.address:#x} to {last:#x}",
            f"{high.name or 'part'}: from {high.address:#x}",
            f"sectors have {sector:#x} bytes",
        ],
    )


def _check_boot(parts: Sequence[FlashPart], chip: ChipFacts, loader: Loader, revision: int | None) -> None:
    """What covers the boot offset must be an image that the chip's ROM runs; it may be inside of a merged file."""
    for part in parts:
        begin = loader.boot_offset - part.address
        if 0 <= begin < len(part.data):
            check_boot_image(part.data[begin:], part.name or "the image", chip.name, loader.chip, revision)


def _check_vectors(parts: Sequence[FlashPart], chip: ChipFacts) -> None:
    """An image that begins where the core boots must begin with a vector table that this chip can use."""
    base = chip.flash[0].start
    boot = next((part for part in parts if part.address == base), None)
    if boot is None:
        return
    name = boot.name or "the image"
    if chip.stage_crc:
        _check_stage(boot, name, chip)
    vectors = boot.data[chip.vectors : chip.vectors + _VECTORS_SIZE]
    if len(vectors) < _VECTORS_SIZE:
        least = f"a vector table has at least {_VECTORS_SIZE} bytes" + (
            f" at {chip.vectors:#x}" if chip.vectors else ""
        )
        raise VmrigError("IMAGE_WRONG_CHIP", f"{name} is too short to boot: {least}, it has {len(boot.data)} bytes.")
    stack = int.from_bytes(vectors[0:4], "little")
    reset = int.from_bytes(vectors[4:8], "little")
    # A full descending stack may begin one past the end of its region.
    if not any(region.start < stack <= region.end for region in chip.ram) or stack % 4:
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{name} is not for {chip.name}: its initial stack pointer {stack:#010x} is not in the chip's RAM.",
            evidence=[f"{region.name}: {region.start:#010x} to {region.end - 1:#010x}" for region in chip.ram],
        )
    entry = reset & ~1
    inside = any(part.address <= entry < part.address + len(part.data) for part in parts)
    if not reset & 1 or not inside:
        why = "is no Thumb address" if not reset & 1 else "points outside the image"
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{name} is not for {chip.name}: its reset vector {reset:#010x} {why}.",
            evidence=[f"image: {part.address:#010x} to {part.address + len(part.data) - 1:#010x}" for part in parts],
        )


def _check_stage(boot: FlashPart, name: str, chip: ChipFacts) -> None:
    """The chip's ROM runs what the flash begins with only if its checksum is right (RP2040 Datasheet, 2.8.1.3.1)."""
    stage = boot.data[: chip.vectors]
    stored = int.from_bytes(stage[-4:], "little")
    if len(stage) == chip.vectors and stored == crc32_mpeg2(stage[:-4]):
        return
    raise VmrigError(
        "IMAGE_WRONG_CHIP",
        f"{name} would not boot: {chip.name} wants a stage of {chip.vectors} bytes with its checksum in front of the vector table.",
        evidence=[f"the image begins with {boot.data[:8].hex(' ')}", "the SDK's linker scripts put one there"],
    )


def crc32_mpeg2(data: bytes) -> int:
    """CRC-32 with the most significant bit first, beginning with all ones, not inverted."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc
