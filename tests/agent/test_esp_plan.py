# SPDX-License-Identifier: Apache-2.0
"""What a loader would write to an ESP part is refused before the board is touched, when it cannot work."""

from __future__ import annotations

import hashlib
import struct
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.agent.api import FirmwareFile, FlashPart
from vmrig_server.agent.flashing.chip import ChipFacts, Loader, Region
from vmrig_server.agent.flashing.esp_image import DIRECT_BOOT, BrokenImage, parse_image, xor
from vmrig_server.agent.flashing.plan import plan_files, plan_parts
from vmrig_server.errors import VmrigError

FLASH = Region("flash", 0, 0x400000)
C3 = ChipFacts("esp32c3", "esp32c3", (FLASH,), (), loader=Loader("esp32c3", 0x1000, 0))
ESP32 = ChipFacts("esp32", "esp32", (FLASH,), (), loader=Loader("esp32", 0x1000, 0x1000))
V0_4 = 4
IRAM_OF_ESP32 = ((0x40080000, bytes(range(100))),)


def esp_image(
    segments: tuple[tuple[int, bytes], ...] = ((0x40380000, bytes(range(100))),), *, chip_id: int = 5, legacy: int = 0,
    least: int = 0, most: int = 65535, hashed: bool = True,
) -> bytes:  # fmt: skip
    """An image as the documentation describes it."""
    data = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x20, 0x40380000)
    data += struct.pack("<B3xHBHH4xB", 0xEE, chip_id, legacy, least, most, hashed)
    for address, contents in segments:
        data += struct.pack("<II", address, len(contents)) + contents
    checksum = reduce(lambda a, b: a ^ b, b"".join(contents for _, contents in segments), 0xEF)
    data += bytes(15 - len(data) % 16) + bytes([checksum])
    return data + (hashlib.sha256(data).digest() if hashed else b"")


def refusal(*files: FirmwareFile, chip: ChipFacts = C3, revision: int | None = None) -> VmrigError:
    with pytest.raises(VmrigError) as caught:
        plan_files(files, chip, revision)
    return caught.value


def test_an_image_goes_to_where_the_chip_boots() -> None:
    assert plan_files([FirmwareFile("vm.bin", esp_image())], C3).parts[0].address == 0
    assert plan_files([FirmwareFile("boot.bin", esp_image(IRAM_OF_ESP32, chip_id=0))], ESP32).parts[0].address == 0x1000


@pytest.mark.parametrize("hashed", [True, False])
def test_an_image_is_found_whole(hashed: bool) -> None:
    data = esp_image(hashed=hashed)
    image = parse_image(data + b"\xff" * 100)
    assert (image.size, image.checksum_ok, image.hash_ok) == (len(data), True, True if hashed else None)
    assert image.segments == ((0x40380000, 100),)


def test_an_image_for_another_chip_is_named_as_such() -> None:
    error = refusal(FirmwareFile("app.bin", esp_image(chip_id=9)))
    assert error.code == "IMAGE_WRONG_CHIP" and "esp32s3" in error.message


@pytest.mark.parametrize("at", [30, -40, -1])
def test_a_damaged_image_is_refused(at: int) -> None:
    data = bytearray(esp_image())
    data[at] ^= 0x10
    assert refusal(FirmwareFile("app.bin", bytes(data))).code == "IMAGE_CORRUPT"


@given(st.binary(max_size=200), st.booleans())
def test_garbage_at_the_boot_offset_is_refused_with_a_code(data: bytes, magic: bool) -> None:
    file = FirmwareFile("x.bin", (b"\xe9" if magic else b"") + data, "bin")
    if file.data and not file.data.startswith(DIRECT_BOOT):
        assert refusal(file).code in ("IMAGE_CORRUPT", "IMAGE_WRONG_CHIP")


@given(st.integers(0, 131))
def test_a_cut_image_is_broken(size: int) -> None:
    with pytest.raises(BrokenImage):
        parse_image(esp_image(hashed=False)[:size])


@given(st.binary(max_size=300))
def test_bytes_are_combined_as_one_by_one(data: bytes) -> None:
    assert xor(data) == reduce(lambda a, b: a ^ b, data, 0)


def test_code_for_direct_boot_is_taken() -> None:
    assert plan_files([FirmwareFile("app.bin", DIRECT_BOOT + bytes(100))], C3).size_bytes == 108


def test_an_application_for_a_second_stage_bootloader_does_not_go_to_the_boot_offset() -> None:
    app = esp_image(((0x3C010020, bytes(64)), (0x40380000, bytes(64)), (0x42000020, bytes(64))))
    error = refusal(FirmwareFile("app.bin", app))
    assert error.code == "IMAGE_WRONG_CHIP" and error.next_command.endswith("app.bin@0x10000")
    assert plan_files([FirmwareFile("app.bin", app, address=0x10000)], C3).parts[0].address == 0x10000


@pytest.mark.parametrize(
    ("fields", "revision", "runs"),
    [
        ({"least": 3}, V0_4, True),
        ({"least": 101}, V0_4, False),
        ({"most": 3}, V0_4, False),
        ({"most": 99}, V0_4, True),
        ({"legacy": 3}, V0_4, True),
        ({"legacy": 5}, V0_4, False),
        ({"legacy": 5, "least": 2}, V0_4, True),  # the newer field counts
        ({"least": 101}, None, True),  # not known yet: looked at when the chip answers
    ],
)
def test_the_revision_that_an_image_asks_for_counts(fields: dict[str, int], revision: int | None, runs: bool) -> None:
    file = FirmwareFile("app.bin", esp_image(**fields))  # type: ignore[arg-type]
    if runs:
        plan_files([file], C3, revision)
    else:
        assert refusal(file, revision=revision).code == "IMAGE_WRONG_REVISION"


def test_parts_in_one_sector_are_refused() -> None:
    low, high = FlashPart(0x390000, bytes(80), "vmstore"), FlashPart(0x390800, bytes(80), "port.bin")
    with pytest.raises(VmrigError) as caught:
        plan_parts([high, low], C3)
    assert caught.value.code == "IMAGE_SHARED_SECTOR"
    plan_parts([low, FlashPart(0x391000, bytes(80), "port.bin")], C3)


def test_parts_that_overlap_or_leave_the_flash_are_refused() -> None:
    one = FirmwareFile("one.bin", bytes(0x2000), address=0x10000)
    assert refusal(one, FirmwareFile("two.bin", b"2", address=0x11FFF)).code == "IMAGE_OVERLAP"
    assert refusal(FirmwareFile("one.bin", bytes(0x2000), address=0x3FF000)).code == "IMAGE_TOO_LARGE"
    assert refusal(FirmwareFile("one.bin", b"1", address=0x3C000000)).code == "IMAGE_ADDRESS"


def test_a_merged_file_is_looked_at_where_the_chip_boots() -> None:
    merged = b"\xff" * 0x1000 + esp_image(IRAM_OF_ESP32, chip_id=0)
    assert plan_files([FirmwareFile("all.bin", merged, "bin", 0)], ESP32).parts[0].address == 0
    assert refusal(FirmwareFile("all.bin", merged[:-1] + b"\0", "bin", 0), chip=ESP32).code == "IMAGE_CORRUPT"


def test_an_elf_is_answered_with_the_command_that_makes_an_image() -> None:
    error = refusal(FirmwareFile("app.elf", b"\x7fELF" + bytes(60)))
    assert error.code == "IMAGE_FORMAT"
    assert error.next_command == "esptool --chip esp32c3 elf2image -o app.bin app.elf"
