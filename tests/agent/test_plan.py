# SPDX-License-Identifier: Apache-2.0
"""The plan of a flash refuses what cannot work before any board is touched."""

from __future__ import annotations

import dataclasses
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intelhex import IntelHex

from vmrig_server.agent.api import FirmwareFile, FlashPart
from vmrig_server.agent.flashing.chip import ChipFacts, Region
from vmrig_server.agent.flashing.formats import detect_format
from vmrig_server.agent.flashing.plan import FlashPlan, plan_files, plan_parts
from vmrig_server.errors import VmrigError

FLASH = Region("flash", 0, 0x80000)
UICR = Region("uicr", 0x10001000, 0x1000)
RAM = Region("ram", 0x20000000, 0x20000)
CHIP = ChipFacts("nrf52833", "nrf52833", (FLASH, UICR), (RAM,))

VECTORS = struct.pack("<II", 0x20020000, 0x101)


def bootable(size: int = 0x400) -> bytes:
    return VECTORS + bytes(size - len(VECTORS))


def elf(segments: list[tuple[int, bytes]], *, machine: int = 40, bits: int = 32, kind: int = 2, cut: int = 0) -> bytes:
    """A minimal ELF: header, program headers, contents."""
    assert bits == 32
    offset = 52 + 32 * len(segments)
    headers, contents = b"", b""
    for address, data in segments:
        headers += struct.pack("<8I", 1, offset + len(contents), 0x20000000, address, len(data), len(data), 5, 4)
        contents += data
    ident = b"\x7fELF" + bytes([1, 1, 1]) + bytes(9)
    header = ident + struct.pack(
        "<HHIIIIIHHHHHH", kind, machine, 1, 0x101, 52, 0, 0x05000000, 52, 32, len(segments), 40, 0, 0
    )
    whole = header + headers + contents
    return whole[: len(whole) - cut]


def hex_file(segments: list[tuple[int, bytes]]) -> bytes:
    image = IntelHex()
    for address, data in segments:
        image.puts(address, data)
    text = io.StringIO()
    image.write_hex_file(text)
    return text.getvalue().encode()


def refusal(*files: FirmwareFile) -> VmrigError:
    with pytest.raises(VmrigError) as caught:
        plan_files(files, CHIP)
    return caught.value


def contents(plan: FlashPlan) -> dict[int, int]:
    found: dict[int, int] = {}
    for part in plan.parts:
        for offset, byte in enumerate(part.data):
            assert part.address + offset not in found
            found[part.address + offset] = byte
    return found


segments_strategy = st.lists(
    st.tuples(st.integers(0x1000, 0x7F000), st.binary(min_size=1, max_size=64)),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[0] // 64,
).map(lambda each: [(address // 64 * 64, data) for address, data in each])


@given(segments_strategy, st.sampled_from(["bin", "hex", "elf"]), st.booleans())
def test_every_format_gives_the_same_bytes_at_the_same_addresses(
    segments: list[tuple[int, bytes]], chosen: str, named: bool
) -> None:
    said = chosen if named else ""
    if chosen == "bin":
        files = [FirmwareFile(f"{address:x}", data, "bin", address) for address, data in segments]
    else:
        data = hex_file(segments) if chosen == "hex" else elf(segments)
        files = [FirmwareFile("image", data, said)]
    expected = {address + offset: byte for address, data in segments for offset, byte in enumerate(data)}
    assert contents(plan_files(files, CHIP)) == expected


parts_strategy = st.lists(
    st.builds(
        FlashPart,
        st.one_of(
            st.integers(0x100, 0x900),
            st.integers(0x7FF00, 0x80100),
            st.integers(0x10000F00, 0x10002100),
            st.integers(1, 2**32 - 1),
        ),
        st.binary(max_size=600),
        st.sampled_from(["a", "b", "c"]),
    ),
    max_size=4,
)


@given(parts_strategy)
def test_a_plan_is_accepted_exactly_when_all_bytes_fit_and_none_is_there_twice(parts: list[FlashPart]) -> None:
    addresses = [part.address + offset for part in parts for offset in range(len(part.data))]
    regions = [next((region for region in CHIP.flash if part.address in region), None) for part in parts]
    fits = all(
        region and part.address + len(part.data) <= region.end for part, region in zip(parts, regions, strict=True)
    )
    good = bool(parts) and all(part.data for part in parts) and fits and len(set(addresses)) == len(addresses)
    try:
        plan = plan_parts(parts, CHIP)
    except VmrigError as error:
        assert not good
        assert error.code in {"IMAGE_EMPTY", "IMAGE_ADDRESS", "IMAGE_TOO_LARGE", "IMAGE_OVERLAP"}
    else:
        assert good
        assert sorted(contents(plan)) == sorted(addresses)
        assert list(plan.parts) == sorted(plan.parts, key=lambda part: part.address)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\x7fELF\x01\x01\x01", b":10", elf([(0x2000, b"abcd")])[:90]]),
    st.sampled_from(["", "bin", "hex", "elf"]),
)
def test_garbage_is_refused_with_a_code_and_never_with_another_exception(tail: bytes, head: bytes, chosen: str) -> None:
    try:
        plan_files([FirmwareFile("garbage", head + tail, chosen)], CHIP)
    except VmrigError as error:
        assert error.code.startswith("IMAGE_")
        assert "garbage" in error.message


@given(st.binary(min_size=120, max_size=120), st.data())
def test_a_damaged_elf_is_refused_with_a_code_and_never_with_another_exception(
    body: bytes, data: st.DataObject
) -> None:
    whole = bytearray(elf([(0x2000, body), (0x4000, b"1234")]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 119))] = data.draw(st.integers(0, 255))
    try:
        plan_files([FirmwareFile("damaged", bytes(whole), "elf")], CHIP)
    except VmrigError as error:
        assert error.code.startswith("IMAGE_")


def test_an_image_that_does_not_fit_is_refused_with_its_last_address_and_by_how_much() -> None:
    error = refusal(FirmwareFile("big.bin", bytes(0x1001), "bin", 0x7F000))
    assert error.code == "IMAGE_TOO_LARGE"
    assert "0x00080000" in error.message and "1 bytes behind the end" in error.message


def test_overlapping_files_are_both_named() -> None:
    error = refusal(
        FirmwareFile("one.bin", bytes(0x20), "bin", 0x2000), FirmwareFile("two.bin", bytes(0x20), "bin", 0x2010)
    )
    assert error.code == "IMAGE_OVERLAP"
    assert (
        "one.bin" in error.message
        and "two.bin" in error.message
        and "0x00002010" in error.message
        and "16 bytes" in error.message
    )


def test_a_hex_file_that_gives_a_byte_twice_is_refused() -> None:
    line = b":0400100001020304E2\n"
    error = refusal(FirmwareFile("twice.hex", line + line + b":00000001FF\n"))
    assert (error.code, error.evidence != ()) == ("IMAGE_OVERLAP", True)


def test_a_hex_record_with_a_wrong_checksum_is_refused_with_its_line() -> None:
    error = refusal(FirmwareFile("bad.hex", b":0400100001020304E2\n:0400200001020304E2\n:00000001FF\n"))
    assert error.code == "IMAGE_FORMAT"
    assert "line 2" in " ".join(error.evidence)


@pytest.mark.parametrize("address", [0x80000, 0x20000000, 0x10000000, 0xFFFFFFFF])
def test_an_address_without_flash_is_refused_with_the_places_that_have_some(address: int) -> None:
    error = refusal(FirmwareFile("lost.bin", b"abcd", "bin", address))
    assert error.code == "IMAGE_ADDRESS"
    assert "flash: 0x00000000 to 0x0007ffff" in error.evidence


def test_uicr_can_be_written() -> None:
    plan = plan_files([FirmwareFile("settings.bin", b"\xff" * 8, "bin", 0x10001200)], CHIP)
    assert plan.parts[0].address == 0x10001200


@pytest.mark.parametrize("data", [b"", hex_file([]), elf([])])
def test_a_file_without_bytes_is_refused(data: bytes) -> None:
    assert refusal(FirmwareFile("nothing", data)).code == "IMAGE_EMPTY"


def test_no_file_is_refused() -> None:
    assert refusal().code == "IMAGE_EMPTY"


@pytest.mark.parametrize("machine", [243, 94, 62])
def test_an_elf_for_another_processor_is_refused(machine: int) -> None:
    error = refusal(FirmwareFile("other.elf", elf([(0, bootable())], machine=machine)))
    assert error.code == "IMAGE_WRONG_CHIP"
    assert any("expected: e_machine 40" in line for line in error.evidence)


def with_attributes(profile: int, *, kind: int = 0x70000003, damage: bytes = b"") -> bytes:
    """An ELF with a build attributes section that names the core's profile."""
    whole = elf([(0x2000, b"abcd")])
    attributes = (
        b"A" + struct.pack("<I", 4 + 6 + 5 + 2) + b"aeabi\0" + b"\x01" + struct.pack("<I", 5 + 2) + bytes([7, profile])
    )
    attributes = damage or attributes
    names = b"\0.shstrtab\0.ARM.attributes\0"
    sections = struct.pack("<10I", *[0] * 10)
    sections += struct.pack("<10I", 1, 3, 0, 0, len(whole) + len(attributes), len(names), 0, 0, 1, 0)
    sections += struct.pack("<10I", 11, kind, 0, 0, len(whole), len(attributes), 0, 0, 1, 0)
    image = bytearray(whole + attributes + names + sections)
    struct.pack_into("<I", image, 32, len(image) - len(sections))
    struct.pack_into("<HH", image, 48, 3, 1)
    return bytes(image)


def test_an_elf_for_an_application_core_is_refused_by_its_build_attributes() -> None:
    error = refusal(FirmwareFile("linux.elf", with_attributes(ord("A"))))
    assert error.code == "IMAGE_WRONG_CHIP"
    assert "profile A" in error.message
    plan_files([FirmwareFile("firmware.elf", with_attributes(ord("M")))], CHIP)


@given(st.binary(min_size=1, max_size=60).map(lambda tail: b"A" + tail))
def test_damaged_build_attributes_say_nothing(damage: bytes) -> None:
    try:
        plan_files([FirmwareFile("odd.elf", with_attributes(0, damage=damage))], CHIP)
    except VmrigError as error:
        assert error.code == "IMAGE_WRONG_CHIP"  # the damage may spell another profile


def test_a_section_that_is_only_named_like_build_attributes_says_nothing() -> None:
    plan_files([FirmwareFile("named.elf", with_attributes(ord("A"), kind=1))], CHIP)


def test_an_elf_of_64_bits_is_refused() -> None:
    whole = bytearray(elf([(0, bootable())]))
    whole[4] = 2
    assert refusal(FirmwareFile("wide.elf", bytes(whole))).code in {"IMAGE_WRONG_CHIP", "IMAGE_FORMAT"}


def test_an_object_file_is_refused() -> None:
    assert refusal(FirmwareFile("module.o", elf([(0x2000, b"abcd")], kind=1))).code == "IMAGE_FORMAT"


def test_a_truncated_elf_is_refused() -> None:
    assert refusal(FirmwareFile("cut.elf", elf([(0x2000, bytes(100))], cut=1))).code == "IMAGE_FORMAT"


@pytest.mark.parametrize(
    ("stack", "reset", "words"),
    [
        (0x20020004, 0x101, "stack pointer 0x20020004"),
        (0x20000000, 0x101, "stack pointer"),
        (0x20010002, 0x101, "stack pointer"),
        (0x10008000, 0x101, "stack pointer"),
        (0xFFFFFFFF, 0xFFFFFFFF, "stack pointer"),
        (0x20020000, 0x100, "no Thumb address"),
        (0x20020000, 0x401, "outside the image"),
        (0x20020000, 0x08000101, "outside the image"),
    ],
)
def test_a_boot_image_whose_vectors_do_not_suit_the_chip_is_refused(stack: int, reset: int, words: str) -> None:
    error = refusal(FirmwareFile("wrong.bin", struct.pack("<II", stack, reset) + bytes(0x3F8)))
    assert error.code == "IMAGE_WRONG_CHIP"
    assert words in error.message


def test_a_stack_may_begin_at_the_very_end_of_ram_and_the_entry_may_be_in_another_part() -> None:
    reset_elsewhere = struct.pack("<II", 0x20020000, 0x5001) + bytes(8)
    plan_files([FirmwareFile("a.bin", bootable())], CHIP)
    plan_files([FirmwareFile("a.bin", reset_elsewhere), FirmwareFile("b.bin", bytes(64), "bin", 0x5000)], CHIP)


def test_an_image_too_short_for_vectors_is_refused() -> None:
    assert refusal(FirmwareFile("short.bin", b"\0" * 7)).code == "IMAGE_WRONG_CHIP"


def test_vectors_behind_a_boot_stage_are_the_ones_that_are_looked_at() -> None:
    chip = dataclasses.replace(CHIP, vectors=0x100)
    stage = bytes(0x100)
    plan_files([FirmwareFile("a.bin", stage + struct.pack("<II", 0x20020000, 0x101) + bytes(8))], chip)
    for image in (stage + bytes(4), stage + struct.pack("<II", 0, 0x101), bootable()):
        with pytest.raises(VmrigError) as failure:
            plan_files([FirmwareFile("a.bin", image)], chip)
        assert failure.value.code == "IMAGE_WRONG_CHIP"


def test_bytes_that_do_not_begin_at_the_boot_address_need_no_vectors() -> None:
    plan_files([FirmwareFile("data.bin", b"\xff" * 32, "bin", 0x1000)], CHIP)


def test_an_address_for_a_file_that_carries_its_own_is_refused() -> None:
    assert refusal(FirmwareFile("a.hex", hex_file([(0x2000, b"a")]), "", 0x1000)).code == "IMAGE_FORMAT"


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    error = refusal(FirmwareFile("a.srec", b"S0\n", "srec"))
    assert error.code == "IMAGE_FORMAT" and "bin, hex, elf, uf2" in error.evidence[0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x7fELF....", "elf"),
        (b":00000001FF\n", "hex"),
        (b"\r\n:020000040000FA\r\n", "hex"),
        (b":not hex at all", "bin"),
        (b":0", "bin"),
        (b"", "bin"),
        (VECTORS, "bin"),
    ],
)
def test_formats_are_known_by_contents(data: bytes, expected: str) -> None:
    assert detect_format(data) == expected


@pytest.mark.parametrize("name", ["firmware.hex", "firmware.ELF", "app.axf"])
def test_a_file_that_is_not_what_its_name_says_is_not_flashed_as_raw_bytes(name: str) -> None:
    error = refusal(FirmwareFile(name, bootable()))
    assert error.code == "IMAGE_FORMAT"
    assert name in error.message
