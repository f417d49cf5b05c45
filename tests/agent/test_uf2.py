# SPDX-License-Identifier: Apache-2.0
"""UF2 files: their blocks become bytes at addresses, and what is damaged or for another chip is refused before a board is touched."""

from __future__ import annotations

import dataclasses
import random
import struct

import pytest

from vmrig_server.agent.api import FirmwareFile
from vmrig_server.agent.flashing.chip import ChipFacts, Region
from vmrig_server.agent.flashing.plan import crc32_mpeg2, plan_files
from vmrig_server.errors import VmrigError

FAMILY, OTHER_FAMILY = 0xE48BFF56, 0xADA52840
FLASH = 0x10000000
CHIP = ChipFacts(
    "rp2040",
    "rp2040",
    (Region("flash", FLASH, 0x200000),),
    (Region("ram", 0x20000000, 0x42000),),
    uf2_family=FAMILY,
    vectors=0x100,
    stage_crc=True,
)
STAGE = bytes(range(252))
IMAGE = (
    STAGE
    + crc32_mpeg2(STAGE).to_bytes(4, "little")
    + struct.pack("<II", 0x20042000, FLASH + 0x201)
    + bytes(range(256)) * 3
)


def block(number: int, total: int, address: int, data: bytes, *, family: int | None = FAMILY, flags: int = 0) -> bytes:
    flags |= 0x2000 if family is not None else 0
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, len(data), number, total, family or 0)
    return (head + data).ljust(508, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2(image: bytes, *, at: int = FLASH, family: int | None = FAMILY, size: int = 256) -> list[bytes]:
    chunks = [image[n : n + size] for n in range(0, len(image), size)]
    return [block(n, len(chunks), at + n * size, chunk, family=family) for n, chunk in enumerate(chunks)]


def refusal(blocks: list[bytes], chip: ChipFacts = CHIP, cut: int = 0) -> VmrigError:
    data = b"".join(blocks)
    with pytest.raises(VmrigError) as caught:
        plan_files([FirmwareFile("program.uf2", data[: len(data) - cut])], chip)
    return caught.value


def test_the_blocks_of_a_file_are_one_image_in_whatever_order_they_come() -> None:
    blocks = uf2(IMAGE)
    random.Random(1).shuffle(blocks)
    (part,) = plan_files([FirmwareFile("anything", b"".join(blocks))], CHIP).parts
    assert (part.address, part.data) == (FLASH, IMAGE)


def test_blocks_for_other_chips_and_not_for_flash_are_left_out() -> None:
    blocks = uf2(IMAGE) + uf2(b"other", at=0x1000, family=OTHER_FAMILY)
    blocks.append(block(0, 1, 0x20000000, b"comment", flags=1))
    (part,) = plan_files([FirmwareFile("program.uf2", b"".join(blocks))], CHIP).parts
    assert part.data == IMAGE


@pytest.mark.parametrize("family", [OTHER_FAMILY, None])
def test_a_file_for_another_family_is_refused_with_what_it_is_for(family: int | None) -> None:
    error = refusal(uf2(IMAGE, family=family))
    assert error.code == "IMAGE_WRONG_CHIP"
    assert ("0xada52840" if family else "none") in error.evidence[0]


def test_a_chip_without_such_a_boot_loader_takes_no_uf2() -> None:
    assert refusal(uf2(IMAGE), dataclasses.replace(CHIP, uf2_family=None)).code == "IMAGE_FORMAT"


@pytest.mark.parametrize("what", ["cut", "missing", "twice", "magic", "size", "totals"])
def test_a_damaged_file_is_refused(what: str) -> None:
    blocks, cut = uf2(IMAGE), 0
    if what == "cut":
        cut = 100
    elif what == "missing":
        del blocks[2]
    elif what == "twice":
        blocks.append(blocks[1])
    elif what == "magic":
        blocks[1] = blocks[1][:-1] + b"\0"
    elif what == "size":
        blocks[1] = blocks[1][:16] + struct.pack("<I", 477) + blocks[1][20:]
    else:
        blocks[1] = blocks[1][:24] + struct.pack("<I", 9) + blocks[1][28:]
    error = refusal(blocks, cut=cut)
    assert error.code == "IMAGE_FORMAT"
    assert error.evidence


def test_blocks_that_overlap_are_refused() -> None:
    blocks = [block(0, 2, FLASH, IMAGE[:256]), block(1, 2, FLASH + 0x80, IMAGE[:256])]
    assert refusal(blocks).code == "IMAGE_OVERLAP"


def test_a_block_outside_the_flash_is_refused() -> None:
    assert refusal(uf2(IMAGE, at=FLASH + 0x200000)).code.startswith("IMAGE_")


def test_an_image_that_the_rom_would_not_boot_is_refused_in_any_format() -> None:
    damaged = bytes([IMAGE[0] ^ 1]) + IMAGE[1:]
    assert refusal(uf2(damaged)).code == "IMAGE_WRONG_CHIP"
    for data in (damaged, IMAGE[256:], IMAGE[:100]):
        with pytest.raises(VmrigError) as caught:
            plan_files([FirmwareFile("program.bin", data)], CHIP)
        assert "checksum" in caught.value.message
