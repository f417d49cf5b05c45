# SPDX-License-Identifier: Apache-2.0
"""ESP firmware images: what the chip's ROM reads at reset, and every reason why it would not boot from one. Pure.

Source: "Firmware Image Format" of the esptool documentation (https://docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/), and the
"System and Memory" and "Chip Boot Control" chapters of the chips' technical reference manuals.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from vmrig_server.errors import VmrigError

IMAGE_MAGIC = 0xE9
DIRECT_BOOT = bytes.fromhex("1d04dbae") * 2
"""With these eight bytes at the beginning of the flash, the ROM of newer chips maps the flash and runs the code in it."""

SEGMENTS_MAX = 16
_CHECKSUM_SEED = 0xEF
_ANY_REVISION = 65535
_HEADER = struct.Struct("<BBBBI")
_EXTENSION = struct.Struct("<BBBBHBHHBBBBB")
_SEGMENT = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class EspChip:
    """How images for a chip look.

    Attributes:
        image_id: the chip's number in the extended header; None: images for this chip have no extended header.
        boot_offset: where in the flash the ROM looks for an image.
        mapped: address ranges that the cache maps the flash to; the ROM loads nothing there.
        minor_revision: the header's old one-byte field means the minor revision, not the major one.
    """

    image_id: int | None
    boot_offset: int
    mapped: tuple[tuple[int, int], ...]
    minor_revision: bool = False


_NEWER = ((0x42000000, 0x44000000),)
_DATA_AND_CODE = ((0x3C000000, 0x3E000000), (0x42000000, 0x44000000))

CHIPS: dict[str, EspChip] = {
    "esp8266": EspChip(None, 0, ((0x40200000, 0x40300000),)),
    "esp32": EspChip(0, 0x1000, ((0x3F400000, 0x3F800000), (0x400D0000, 0x40400000))),
    "esp32s2": EspChip(2, 0x1000, ((0x3F000000, 0x3FF80000), (0x40080000, 0x40800000))),
    "esp32c3": EspChip(5, 0, _DATA_AND_CODE, minor_revision=True),
    "esp32s3": EspChip(9, 0, _DATA_AND_CODE),
    "esp32c2": EspChip(12, 0, _DATA_AND_CODE),
    "esp32c6": EspChip(13, 0, _NEWER),
    "esp32h2": EspChip(16, 0, _NEWER),
    "esp32p4": EspChip(18, 0x2000, ((0x40000000, 0x4C000000),)),
    "esp32c61": EspChip(20, 0, _NEWER),
    "esp32c5": EspChip(23, 0x2000, _NEWER),
}
"""By esptool's name of the chip."""


@dataclass(frozen=True, slots=True)
class EspImage:
    """A whole image.

    Attributes:
        segments: (address, size in bytes).
        chip_id, min_revision, max_revision: of the extended header; revisions are 100 * major + minor. None: not said.
        legacy_revision: the header's old one-byte field; 0 when the newer fields count.
        size: bytes, checksum and hash included.
        checksum_ok, hash_ok: whether they are right; `hash_ok` is None for an image without a hash.
    """

    entry: int
    segments: tuple[tuple[int, int], ...]
    chip_id: int | None
    min_revision: int | None
    max_revision: int | None
    legacy_revision: int
    size: int
    checksum_ok: bool
    hash_ok: bool | None


class BrokenImage(ValueError):
    """The bytes begin as an image does, and do not go on as one."""


def parse_image(data: bytes, *, extended: bool = True) -> EspImage:
    """The image at the beginning of `data`; more may follow it.

    Args:
        extended: the header has the extension of all chips after the ESP8266.

    Raises:
        BrokenImage: with the reason.
    """
    head = _HEADER.size + (_EXTENSION.size if extended else 0)
    if len(data) < head:
        raise BrokenImage(f"its header has {head} bytes, {len(data)} are there")
    magic, count, _mode, _size, entry = _HEADER.unpack_from(data)
    if magic != IMAGE_MAGIC:
        raise BrokenImage(f"it begins with {magic:#04x}, an image with {IMAGE_MAGIC:#04x}")
    if not 1 <= count <= SEGMENTS_MAX:
        raise BrokenImage(f"it says that it has {count} segments; 1 to {SEGMENTS_MAX} are possible")
    chip_id = least = most = None
    legacy, hashed = 0, False
    if extended:
        fields = _EXTENSION.unpack_from(data, _HEADER.size)
        chip_id, legacy, least, most, hashed = fields[4], fields[5], fields[6], fields[7], fields[12] == 1
        # Images made before the two-byte fields existed have zeros there, or the new default beside the old minimum.
        if most == 0 or (most == _ANY_REVISION and least == 0 and legacy != 0):
            least = most = None
        else:
            legacy = 0
    position = head
    checksum = _CHECKSUM_SEED
    segments = []
    for number in range(count):
        if position + _SEGMENT.size > len(data):
            raise BrokenImage(f"it ends before segment {number} of {count}")
        address, size = _SEGMENT.unpack_from(data, position)
        position += _SEGMENT.size
        if position + size > len(data):
            raise BrokenImage(f"segment {number} has {size} bytes, {len(data) - position} are there")
        checksum ^= xor(data[position : position + size])
        segments.append((address, size))
        position += size
    # One byte of checksum ends a line of 16.
    end = position + 16 - position % 16
    if end > len(data):
        raise BrokenImage("it ends before its checksum")
    hash_ok = None
    checksum_ok = data[end - 1] == checksum
    if hashed:
        if end + 32 > len(data):
            raise BrokenImage("it ends before its SHA-256")
        hash_ok = hashlib.sha256(data[:end]).digest() == data[end : end + 32]
        end += 32
    return EspImage(entry, tuple(segments), chip_id, least, most, legacy, end, checksum_ok, hash_ok)


def xor(data: bytes) -> int:
    """All bytes combined by exclusive or; as one long number, folded in halves."""
    width = 1 << max(0, (len(data) - 1).bit_length())
    value = int.from_bytes(data, "little")
    while width > 1:
        width //= 2
        value = (value >> 8 * width) ^ (value & (1 << 8 * width) - 1)
    return value


def revision_text(revision: int) -> str:
    return f"v{revision // 100}.{revision % 100}"


def revision_problem(image: EspImage, revision: int, chip: EspChip) -> str:
    """Why a chip of this revision (100 * major + minor) does not run the image; empty when it does."""
    if image.min_revision is not None and revision < image.min_revision:
        return f"it needs chip revision {revision_text(image.min_revision)} or higher"
    if image.max_revision is not None and revision > image.max_revision:
        return f"it is for chip revisions up to {revision_text(image.max_revision)}"
    if image.legacy_revision and (revision % 100 if chip.minor_revision else revision // 100) < image.legacy_revision:
        return f"it needs {'minor' if chip.minor_revision else 'major'} chip revision {image.legacy_revision} or higher"
    return ""


def check_boot_image(data: bytes, name: str, chip_name: str, tool_chip: str, revision: int | None) -> None:
    """Refuses what lies at the boot offset if the chip's ROM would not run it.

    Args:
        data: from the boot offset on.
        tool_chip: esptool's name of the chip; of one that is not in `CHIPS` nothing is known, and nothing refused.
        revision: 100 * major + minor of this very chip, if it is known.

    Raises:
        VmrigError: ``IMAGE_WRONG_CHIP``, ``IMAGE_WRONG_REVISION``, ``IMAGE_CORRUPT``.
    """
    chip = CHIPS.get(tool_chip)
    if chip is None or data.startswith(DIRECT_BOOT):
        return
    where = f"{chip_name} boots from {chip.boot_offset:#x}"
    try:
        image = parse_image(data, extended=chip.image_id is not None)
    except BrokenImage as broken:
        code = "IMAGE_CORRUPT" if data[:1] == bytes([IMAGE_MAGIC]) else "IMAGE_WRONG_CHIP"
        raise VmrigError(
            code,
            f"{name} would not boot: {broken}.",
            evidence=[where, f"found there: {data[:16].hex(' ')}"],
            next_command=f"vmrig flash BOARD {name}@OFFSET",
        ) from None
    if image.chip_id is not None and image.chip_id != chip.image_id:
        owner = next((other for other, each in CHIPS.items() if each.image_id == image.chip_id), "an unknown chip")
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{name} is an image for {owner}, not for {chip_name}.",
            evidence=[f"chip id in its header: {image.chip_id}, expected: {chip.image_id}"],
        )
    if not image.checksum_ok or image.hash_ok is False:
        raise VmrigError(
            "IMAGE_CORRUPT",
            f"{name} is damaged: its {'checksum' if not image.checksum_ok else 'SHA-256'} does not match its contents.",
            evidence=[f"image of {image.size} bytes, {len(image.segments)} segments, entry {image.entry:#010x}"],
        )
    for address, size in image.segments:
        if size and any(low <= address < high for low, high in chip.mapped):
            raise VmrigError(
                "IMAGE_WRONG_CHIP",
                f"{name} would not boot from {chip.boot_offset:#x}: the ROM cannot load its segment at {address:#010x}.",
                evidence=[
                    f"{address:#010x} is where flash is mapped; an application for a second-stage bootloader has segments there",
                    "such an application goes behind its partition table, most often to 0x10000",
                ],
                next_command=f"vmrig flash BOARD {name}@0x10000",
            )
    if revision is not None and (problem := revision_problem(image, revision, chip)):
        raise VmrigError(
            "IMAGE_WRONG_REVISION",
            f"{name} does not run on this chip: {problem}; this {chip_name} is {revision_text(revision)}.",
            evidence=[f"revisions in its header: {image.min_revision}, {image.max_revision}, {image.legacy_revision}"],
        )
