# SPDX-License-Identifier: Apache-2.0
"""UF2 files (github.com/microsoft/uf2, the specification): 512-byte blocks, each with an address, a number and a family of chips. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from vmrig_server.agent.api import FirmwareFile, FlashPart
from vmrig_server.errors import VmrigError

BLOCK = 512
PAYLOAD_MAX = 476
MAGIC = struct.pack("<II", 0x0A324655, 0x9E5D5157)
MAGIC_END = 0x0AB16F30
NOT_MAIN_FLASH, FILE_CONTAINER, FAMILY_PRESENT = 0x0001, 0x1000, 0x2000
_HEAD = struct.Struct("<8sIIIIII")


@dataclass(frozen=True, slots=True)
class _Block:
    flags: int
    address: int
    number: int
    total: int
    family: int | None
    data: bytes


def is_uf2(data: bytes) -> bool:
    return data.startswith(MAGIC)


def uf2_parts(file: FirmwareFile, family: int | None, chip: str = "this chip") -> list[FlashPart]:
    """The bytes of a file's blocks for a family, contiguous ones together. Blocks of other families are for other chips, and left out.

    Args:
        family: of the chip; None: its kind has none, and takes no UF2 files.
        chip: its name, for errors.

    Raises:
        VmrigError: ``IMAGE_FORMAT`` (damaged), ``IMAGE_WRONG_CHIP`` (no block is for the family), ``IMAGE_OVERLAP``.
    """
    if family is None:
        raise VmrigError(
            "IMAGE_FORMAT",
            f"{file.name} is UF2, which {chip} has no boot loader for.",
            evidence=["files for it are raw binaries, Intel HEX or ELF"],
        )
    blocks = _blocks(file)
    flashed = [block for block in blocks if not block.flags & (NOT_MAIN_FLASH | FILE_CONTAINER)]
    mine = [block for block in flashed if block.family == family]
    if not mine:
        found = sorted({"none" if block.family is None else f"{block.family:#010x}" for block in flashed})
        raise VmrigError(
            "IMAGE_WRONG_CHIP",
            f"{file.name} is not for {chip}: none of its {len(blocks)} blocks has the family {family:#010x}.",
            evidence=[f"families: {', '.join(found) or 'no block goes to flash'}"],
        )
    _check_complete(file, mine)
    return _joined(file, mine)


def _blocks(file: FirmwareFile) -> list[_Block]:
    if len(file.data) % BLOCK:
        raise _damaged(file, f"its {len(file.data)} bytes are no whole number of {BLOCK}-byte blocks")
    blocks = []
    for at in range(0, len(file.data), BLOCK):
        raw = file.data[at : at + BLOCK]
        magic, flags, address, size, number, total, family = _HEAD.unpack_from(raw)
        if magic != MAGIC or int.from_bytes(raw[-4:], "little") != MAGIC_END:
            raise _damaged(file, f"block {at // BLOCK} (file offset {at:#x}) does not begin and end as a block does")
        if size > PAYLOAD_MAX:
            raise _damaged(file, f"block {at // BLOCK} claims {size} bytes of data, there is room for {PAYLOAD_MAX}")
        has_family = bool(flags & FAMILY_PRESENT)
        data = bytes(raw[_HEAD.size : _HEAD.size + size])
        blocks.append(_Block(flags, address, number, total, family if has_family else None, data))
    return blocks


def _check_complete(file: FirmwareFile, blocks: list[_Block]) -> None:
    """A file that was cut or mixed must not be flashed in part."""
    totals = {block.total for block in blocks}
    if len(totals) != 1:
        raise _damaged(file, f"its blocks do not agree how many they are: {', '.join(map(str, sorted(totals)))}")
    (total,) = totals
    numbers = [block.number for block in blocks]
    missing = sorted(set(range(total)) - set(numbers))
    if missing:
        few = ", ".join(map(str, missing[:5])) + (", ..." if len(missing) > 5 else "")
        raise _damaged(file, f"{len(missing)} of its {total} blocks are missing: {few}")
    if len(numbers) != total or max(numbers) >= total:
        raise _damaged(
            file, f"it has {len(numbers)} blocks, numbered up to {max(numbers)}, and says that there are {total}"
        )


def _joined(file: FirmwareFile, blocks: list[_Block]) -> list[FlashPart]:
    runs: list[tuple[int, bytearray]] = []
    for block in sorted(blocks, key=lambda block: block.address):
        if not block.data:
            continue
        end = runs[-1][0] + len(runs[-1][1]) if runs else None
        if end is not None and block.address < end:
            raise VmrigError(
                "IMAGE_OVERLAP",
                f"{file.name} gives some bytes twice.",
                evidence=[
                    f"block {block.number} at {block.address:#010x} begins before the one below ends, at {end:#010x}"
                ],
            )
        if end == block.address:
            runs[-1][1].extend(block.data)
        else:
            runs.append((block.address, bytearray(block.data)))
    return [FlashPart(address, bytes(data), file.name) for address, data in runs]


def _damaged(file: FirmwareFile, what: str) -> VmrigError:
    return VmrigError("IMAGE_FORMAT", f"{file.name} is a damaged UF2 file.", evidence=[what])
