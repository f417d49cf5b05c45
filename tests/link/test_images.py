# SPDX-License-Identifier: Apache-2.0
"""What is flashed beside and as the VM: vmstore record, port.bin, the shipped images and their manifest."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import struct
import sys
import zlib
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.errors import VmrigError
from vmrig_server.images import (
    PortMap,
    PortPin,
    VmstoreRecord,
    build_port,
    build_vmstore,
    image_names,
    image_targets,
    load_image,
    parse_port,
    parse_vmstore,
    stamp_vm,
)

ROOT = Path(__file__).resolve().parents[2]
records = st.builds(
    VmstoreRecord,
    vmuid=st.binary(min_size=16, max_size=16),
    uid=st.binary(min_size=1, max_size=16),
    image_sha256=st.binary(min_size=32, max_size=32),
)
pin_names = st.text(min_size=1, max_size=20)
maps = st.builds(
    PortMap,
    target=st.text(max_size=20),
    pins=st.dictionaries(pin_names, st.builds(PortPin, st.integers(0, 255), st.booleans()), max_size=20),
)


@given(records, st.binary(max_size=20))
def test_a_vmstore_record_comes_back(record: VmstoreRecord, after: bytes) -> None:
    assert parse_vmstore(build_vmstore(record) + after) == record


@given(records, st.integers(min_value=0), st.integers(1, 255))
def test_a_damaged_vmstore_record_is_refused(record: VmstoreRecord, place: int, change: int) -> None:
    data = bytearray(build_vmstore(record))
    data[place % len(data)] ^= change
    with pytest.raises(ValueError):
        parse_vmstore(bytes(data))


def test_a_blank_vmstore_page_holds_no_record() -> None:
    assert parse_vmstore(b"\xff" * 4096) is None


@given(maps)
def test_a_port_map_comes_back_and_is_the_same_bytes_each_time(port: PortMap) -> None:
    data = build_port(port)
    assert len(data) % 4 == 0
    assert parse_port(data + b"\xff" * 9) == port
    assert build_port(PortMap(port.target, dict(reversed(list(port.pins.items()))))) == data


@given(maps, st.integers(min_value=0), st.integers(1, 255))
def test_a_damaged_port_map_is_refused(port: PortMap, place: int, change: int) -> None:
    data = bytearray(build_port(port))
    data[place % len(data)] ^= change
    with pytest.raises(ValueError):
        parse_port(bytes(data))


@pytest.mark.parametrize("name", image_targets())
def test_the_shipped_images_are_those_of_the_manifest(name: str) -> None:
    target = load_target(name)
    chip = load_chip(target.chip)
    assert {"register", "vm"} <= set(image_names(name)) <= {"register", "vm", "vm_bare"}
    for kind in image_names(name):
        image = load_image(name, kind)
        assert image.address == target.region("vm")[0]
        assert len(image.data) <= target.region("vm")[1]
        assert image.ram_size <= chip.ram.size
        assert hashlib.sha256(image.data).hexdigest() == image.sha256


def test_an_image_that_is_not_what_the_manifest_says_is_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "vmimages" / "images", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "microbit_v2" / "register.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(VmrigError) as failure:
        load_image("microbit_v2", "register", tmp_path)
    assert failure.value.code == "IMAGE_CORRUPT"
    assert len(failure.value.evidence) == 2


def test_an_unreadable_manifest_and_an_unknown_target_are_told(tmp_path: Path) -> None:
    with pytest.raises(VmrigError) as failure:
        load_image("microbit_v9", "vm")
    assert failure.value.code == "IMAGE_UNKNOWN"
    (tmp_path / "microbit_v2").mkdir()
    for text in ("", "[]", '{"format": 99, "images": {}}', '{"format": 2}'):
        (tmp_path / "microbit_v2" / "manifest.json").write_text(text)
        with pytest.raises(VmrigError) as failure:
            load_image("microbit_v2", "vm", tmp_path)
        assert failure.value.code == "MANIFEST_CORRUPT"


@pytest.mark.parametrize(
    ("name", "pin"), [("microbit_v2", ("BUTTON_A", 14)), ("esp32c3_devkitm", ("BOOT", 9))], ids=["mapped", "offsets"]
)
def test_a_stamped_vm_has_its_parts_where_the_layout_says(name: str, pin: tuple[str, int]) -> None:
    target, image = load_target(name), load_image(name, "vm")
    parts = {part.name: part for part in stamp_vm(image, target, "00112233445566aa", "ab" * 16)}
    assert {name: part.address for name, part in parts.items()} == {name: target.layout[name][0] for name in parts}
    assert parts["vm"].data == image.data
    record = parse_vmstore(parts["vmstore"].data)
    assert record == VmstoreRecord(b"\xab" * 16, bytes.fromhex("00112233445566aa"), bytes.fromhex(image.sha256))
    port = parse_port(parts["port"].data)
    assert port.target == name
    assert port.pins[pin[0]] == PortPin(pin[1], active_low=True)


def test_the_firmwares_crc_is_zlibs() -> None:
    record = build_vmstore(VmstoreRecord(bytes(16), b"\1", bytes(32)))
    assert struct.unpack("<I", record[-4:])[0] == zlib.crc32(record[:-4])


@pytest.fixture
def build() -> ModuleType:
    """vmimages/build.py, which is a script."""
    pytest.importorskip("ziglang", reason="the toolchain is in the extra 'images'")
    spec = importlib.util.spec_from_file_location("vmimages_build", ROOT / "vmimages" / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_committed_images_are_of_the_source_as_it_is(build: ModuleType) -> None:
    boards = build.board_builds(ROOT / "boards")
    assert image_targets() == [board.name for board in boards]
    for board in boards:
        manifest = json.loads((ROOT / "vmimages" / "images" / board.name / "manifest.json").read_text("utf-8"))
        assert manifest["source_sha256"] == build.source_hash(board, ROOT / "vmimages"), (
            f"{board.name}: run `make images`"
        )


def test_what_the_firmware_takes_from_a_board_file_is_in_its_header(build: ModuleType) -> None:
    board = next(board for board in build.board_builds(ROOT / "boards") if board.name == "microbit_v2")
    found = re.findall(r"^#define (\w+) (\w+?)u?$", board.files()["board.h"], re.MULTILINE)
    header = {name: int(value, 0) for name, value in found if value[0].isdigit()}
    for name, value in (("LAYOUT_SLOT_A", 0x38000), ("LAYOUT_SLOT_A_SIZE", 0x10000), ("BOARD_HEAP_SIZE", 65536)):
        assert header[name] == value
    assert (header["BOARD_PIN_TX"], header["IRQ_BOARD_UART"], header["CHIP_PINS"]) == (6, 2, 42)


def test_the_firmware_of_a_board_with_two_ways_to_plug_in_knows_both(build: ModuleType) -> None:
    headers = {board.name: board.files()["board.h"] for board in build.board_builds(ROOT / "boards")}
    lines = {name: set(re.findall(r"#define BOARD_LINE_(\w+)", header)) for name, header in headers.items()}
    assert lines["esp32c3_devkitm"] == {"UART0", "USB_DEVICE"}
    assert lines["esp32c3_supermini"] == {"USB_DEVICE"}


def test_a_change_of_the_board_file_changes_the_source_hash(build: ModuleType, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "boards", tmp_path / "boards")
    path = tmp_path / "boards" / "microbit_v2" / "board.yaml"

    def hash_of() -> str:
        board = next(board for board in build.board_builds(tmp_path / "boards") if board.name == "microbit_v2")
        return str(build.source_hash(board, ROOT / "vmimages"))

    before = hash_of()
    path.write_text(path.read_text() + "# a comment\n")
    assert hash_of() == before
    path.write_text(path.read_text() + "firmware: {heap_size: 32768}\n")
    assert hash_of() != before


@pytest.mark.slow
def test_images_are_the_same_bytes_in_every_folder_and_with_every_cache(build: ModuleType, tmp_path: Path) -> None:
    for name, targets in (("first", ()), ("elsewhere/second", ("microbit_v2",))):
        root = tmp_path / name / "vmimages"
        shutil.copytree(ROOT / "vmimages", root, ignore=shutil.ignore_patterns("images"))
        build.build(root, tmp_path / name / "out", tmp_path / name / "cache", boards=ROOT / "boards", targets=targets)
    second = tmp_path / "elsewhere" / "second" / "out" / "microbit_v2"
    assert build.compare(tmp_path / "first" / "out" / "microbit_v2", second) == []
    assert build.compare(ROOT / "vmimages" / "images", tmp_path / "first" / "out") == []
