# SPDX-License-Identifier: Apache-2.0
"""Board and chip files: what ships is right, and what is wrong is refused with its place."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vmrig_server.boards_data import DataFileError, list_chips, list_targets, load_chip, load_target
from vmrig_server.boards_data.pinmap import drawn_by_hand, pinmap_svg
from vmrig_server.boards_data.pins import PinStyle, chip_pin, chip_pin_name
from vmrig_server.boards_data.schema import Memory
from vmrig_server.emulator.definitions import board_id_part, fresh_serial
from vmrig_server.errors import VmrigError
from vmrig_server.paths import data_root

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Copies the shipped files with one replacement in one of them; returns the copy's root."""

    def edit(file: str, old: str, new: str) -> Path:
        for name in ("chips/nrf52833.yaml", "microbit_v2/board.yaml"):
            text = (data_root("boards") / name).read_text(encoding="utf-8")
            if name == file:
                assert text.count(old) == 1, f"'{old}' is {text.count(old)} times in {name}"
                text = text.replace(old, new)
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return edit


def refusal(root: Path) -> DataFileError:
    with pytest.raises(DataFileError) as caught:
        load_target("microbit_v2", root)
    return caught.value


def line_of(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_every_file_that_ships_is_accepted() -> None:
    assert "microbit_v2" in list_targets()
    for name in list_targets():
        load_target(name)
    for name in list_chips():
        load_chip(name)


def test_the_microbit_is_described_as_it_is_wired() -> None:
    target = load_target("microbit_v2")
    assert (target.usb.vid, target.usb.pid, target.usb.board_ids) == (0x0D28, 0x0204, ["9903", "9904", "9905", "9906"])
    assert (target.serial.tx, target.serial.rx, target.serial.baud) == (6, 32 + 8, 115200)
    assert [target.pin_number(name) for name in ("BUTTON_A", "BUTTON_B", "P0", "COL4")] == [14, 23, 2, 32 + 5]
    assert target.leds is not None
    assert (len(target.leds.rows), len(target.leds.columns)) == (5, 5)


def test_the_flash_layout_covers_the_flash_without_a_gap() -> None:
    target, chip = load_target("microbit_v2"), load_chip("nrf52833")
    assert list(target.layout) == ["vm", "vmstore", "port", "journal", "slot_a", "slot_b", "data"]
    end = chip.flash.base
    for part in target.layout:
        address, size = target.region(part)
        assert address == end
        end = address + size
    assert end == chip.flash.end


@pytest.mark.parametrize(("text", "number"), [("BUTTON_A", 14), ("P1.05", 37), ("14", 14)])
def test_a_pin_is_found_by_name_chip_pin_and_number(text: str, number: int) -> None:
    assert load_target("microbit_v2").pin_number(text) == number


@pytest.mark.parametrize("text", ["BUTTON_C", "256", "P0.32", "p0.14", "PA16", "PI0", "GP30", ""])
def test_a_pin_that_is_not_there_is_a_key_error(text: str) -> None:
    with pytest.raises(KeyError):
        load_target("microbit_v2").pin_number(text)


@given(port=st.integers(0, 1), bit=st.integers(0, 31))
def test_chip_pins_are_numbered_port_by_port(port: int, bit: int) -> None:
    assert chip_pin(f"P{port}.{bit:02}") == port * 32 + bit


@pytest.mark.parametrize(
    ("text", "number", "style"),
    [("P1.05", 37, "nordic"), ("PB13", 45, "stm32"), ("PTB22", 54, "kinetis"), ("GP25", 25, "rp2040")],
)
def test_each_family_writes_its_pins_its_own_way(text: str, number: int, style: PinStyle) -> None:
    assert chip_pin(text) == number
    assert chip_pin_name(number, style) == text


def test_flash_whose_sectors_differ_is_erased_by_sectors() -> None:
    flash = Memory(
        name="flash",
        kind="flash",
        base=0x08000000,
        size=0x30000,
        sectors=[[4, 0x4000], [1, 0x10000], [1, 0x10000]],
        write_size=4,
    )
    assert flash.erase_units()[3:] == [(0x0800C000, 0x4000), (0x08010000, 0x10000), (0x08020000, 0x10000)]


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(VmrigError, match="did you mean microbit_v2") as caught:
        load_target("microbit_v")
    assert caught.value.code == "TARGET_UNKNOWN"


def test_a_target_name_cannot_leave_the_folder() -> None:
    with pytest.raises(VmrigError) as caught:
        load_target("../boards/microbit_v2")
    assert caught.value.code == "TARGET_UNKNOWN"


def test_an_unknown_key_is_refused_where_it_stands(edited: Edit) -> None:
    root = edited("microbit_v2/board.yaml", "  manufacturer: Arm\n", "  manufacturer: Arm\n  colour: red\n")
    error = refusal(root)
    assert error.code == "BOARD_FILE_INVALID"
    assert "usb.colour: unknown key" in error.message
    assert (error.line, error.column) == (line_of(root / "microbit_v2/board.yaml", "colour"), 3)
    assert f"board.yaml:{error.line}:3" in error.message


def test_a_missing_key_is_named_at_its_parent(edited: Edit) -> None:
    root = edited("microbit_v2/board.yaml", "  vid: 0x0D28\n", "")
    error = refusal(root)
    assert "usb.vid: key is missing" in error.message
    assert error.line == line_of(root / "microbit_v2/board.yaml", "usb:")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("pin: P0.21, role", "pin: P0.40, role", "a pin is written"),
        ("baud: 115200", "baud: fast", "integer"),
        ('"9906"]', '"99067"]', "pattern"),
        ("role: analog", "role: sideways", "'analog'"),
        ("chip: nrf52833", "chip: nrf52834", "there is no chip"),
        ("target: microbit_v2", "target: microbit", "folder's name"),
        ("slot_b: [0x48000, 0x10000]", "slot_b: [0x47000, 0x10000]", "overlap"),
        ("data: [0x58000, 0x28000]", "data: [0x58000, 0x29000]", "not inside the flash"),
        ("port: [0x35000, 0x1000]", "port: [0x35000, 0x800]", "whole erase pages"),
        ("serial: {uart: 0", "serial: {uart: 2", "has 2 UARTs"),
        ("rows: [ROW1,", "rows: [ROW9,", "no pin 'ROW9'"),
        ("CLOCK_POWER: {lfxo", "CLOCK: {lfxo", "no device 'CLOCK'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(edited: Edit, old: str, new: str, text: str) -> None:
    root = edited("microbit_v2/board.yaml", old, new)
    error = refusal(root)
    assert text in error.message
    lines = (root / "microbit_v2/board.yaml").read_text(encoding="utf-8").splitlines()
    assert new in lines[error.line - 1]
    assert lines[error.line - 1][error.column - 1 :].strip()


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("base: 0x20000000, size: 0x20000}", "base: 0x20000000, size: 0x20010}", "multiple of 1024"),
        ("base: 0x00800000", "base: 0x20010000", "overlap"),
        ("alias_of: ram", "alias_of: rom", "is an alias of 'rom'"),
        ("uid: device_id", "uid: serial", "not among the fields"),
        ("name: TIMER1, base", "name: TIMER0, base", "named twice"),
        ("seeded: [RNG]", "seeded: [DICE]", "no device 'DICE'"),
        ("address: 0x10000130", "address: 0x20000130", "not inside 'ficr'"),
    ],
)
def test_chip_files_are_checked_as_well(edited: Edit, old: str, new: str, text: str) -> None:
    root = edited("chips/nrf52833.yaml", old, new)
    error = refusal(root)
    assert text in error.message
    assert error.path.name == "nrf52833.yaml"
    lines = (root / "chips/nrf52833.yaml").read_text(encoding="utf-8").splitlines()
    assert new in lines[error.line - 1] or new.startswith("uid:")


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        ("target: [1,\n", 2, "expected"),
        ("a: 1\na: 2\n", 2, "duplicate key"),
        ("- 1\n", 1, "must be a mapping"),
        ("", 1, "must be a mapping"),
        ("a: !!python/object/apply:os.system [true]\n", 0, ""),
    ],
)
def test_a_file_that_is_no_board_file_is_refused(tmp_path: Path, content: str, line: int, text: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "board.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(DataFileError) as caught:
        load_target("x", tmp_path)
    assert text in caught.value.message
    if line:
        assert caught.value.line == line


@given(junk=st.binary(max_size=200))
@example(junk=b"+_")
def test_no_bytes_at_all_make_the_loader_fail_otherwise(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    root = tmp_path_factory.mktemp("junk")
    (root / "x").mkdir()
    (root / "x" / "board.yaml").write_bytes(junk)
    with pytest.raises(DataFileError):
        load_target("x", root)


def test_an_edit_is_seen_without_a_restart(edited: Edit) -> None:
    root = edited("microbit_v2/board.yaml", "name: BBC micro:bit V2\n", "name: First\n")
    assert load_target("microbit_v2", root).name == "First"
    path = root / "microbit_v2/board.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: First\n", "name: The second\n"), encoding="utf-8")
    assert load_target("microbit_v2", root).name == "The second"


@pytest.mark.parametrize("name", list_targets())
def test_the_pin_map_names_every_pin(name: str) -> None:
    target = load_target(name)
    style = load_chip(target.chip).pin_style
    drawing = ElementTree.parse(data_root("boards") / name / "pinmap.svg")
    texts = {"".join(node.itertext()).strip() for node in drawing.iter("{http://www.w3.org/2000/svg}text")}
    for pin_name, pin in target.pins.items():
        assert pin_name in texts, f"{pin_name} is not in the drawing"
        chip = chip_pin_name(pin.pin, style)
        assert any(chip in text for text in texts), f"{chip} is not in the drawing"


@pytest.mark.parametrize(
    "name", [name for name in list_targets() if not drawn_by_hand(data_root("boards") / name / "pinmap.svg")]
)
def test_the_pin_map_is_drawn_from_the_board_file_as_it_is(name: str) -> None:
    path = data_root("boards") / name / "pinmap.svg"
    target = load_target(name)
    assert path.read_text("utf-8") == pinmap_svg(target, load_chip(target.chip)), "run `make pinmaps`"


SIBLING = """\
based_on: nrf52833
without: [UARTE1]
name: nrf52833_small
title: A smaller one
core: {clock_hz: 32_000_000}
memories:
  - {name: ram, size: 0x10000}
  - {name: code_ram, size: 0x10000}
contents:
  - {memory: ficr, address: 0x10000010, words: [0x1000, 0x40]}
devices:
  - {name: TIMER3, irq: 27, params: {cc: 4}}
  - {type: nrf5.rng, name: RNG2, base: 0x40040000, irq: 30}
uarts: [UARTE0]
"""


@pytest.fixture
def sibling(edited: Edit) -> Callable[[str, str], Path]:
    """A chip based on the nRF52833 in a copy of the shipped files, with one replacement; returns the copy's root."""

    def write(old: str = "", new: str = "") -> Path:
        root = edited("", "", "")
        assert old in SIBLING
        (root / "chips" / "nrf52833_small.yaml").write_text(SIBLING.replace(old, new) if old else SIBLING)
        return root

    return write


def test_a_chip_file_that_is_based_on_another_says_only_what_differs(sibling: Callable[[str, str], Path]) -> None:
    root = sibling("", "")
    base, chip = load_chip("nrf52833", root), load_chip("nrf52833_small", root)
    assert (chip.core.clock_hz, chip.core.cpuid) == (32_000_000, base.core.cpuid)
    assert (chip.ram.size, chip.ram.base, chip.flash) == (0x10000, base.ram.base, base.flash)
    assert [entry.words for entry in chip.contents if entry.address == 0x10000010] == [[0x1000, 0x40]]
    assert len(chip.contents) == len(base.contents)
    names = [device.name for device in base.devices if device.name != "UARTE1"]
    assert [device.name for device in chip.devices] == [*names, "RNG2"]
    (timer,) = (device for device in chip.devices if device.name == "TIMER3")
    assert (timer.type, timer.base, timer.irq, timer.params) == ("nrf5.timer", 0x4001A000, 27, {"cc": 4})


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("based_on: nrf52833", "based_on: nrf52834", ":1:1: based_on: there is no chip 'nrf52834'"),
        ("based_on: nrf52833", "based_on: nrf52833_small", ":1:1: based_on: 'nrf52833_small' is based on itself"),
        ("[UARTE1]", "[UARTE7]", ":2:11: nrf52833 has no memory or device 'UARTE7'"),
        ("[UARTE1]", "[RNG]", ":1:1: there is no device 'RNG'"),
        ("irq: 27", "irq: 270", ":12:20: devices.8.irq: Input should be less than 240"),
        (
            "size: 0x10000}\ncontents",
            "size: 0x10001}\ncontents",
            ":8:22: memories.2.size: Input should be a multiple of 1024",
        ),
        ("core: {clock_hz", "core: {clock", ":5:8: core.clock: unknown key"),
    ],
)
def test_what_is_wrong_with_a_derived_file_is_said_with_its_line(
    sibling: Callable[[str, str], Path], old: str, new: str, text: str
) -> None:
    root = sibling(old, new)
    with pytest.raises(DataFileError) as raised:
        load_chip("nrf52833_small", root)
    assert f"nrf52833_small.yaml{text}" in raised.value.message


def test_a_change_of_the_base_is_seen_in_what_is_based_on_it(sibling: Callable[[str, str], Path]) -> None:
    root = sibling("", "")
    before = load_chip("nrf52833_small", root)
    path = root / "chips" / "nrf52833.yaml"
    path.write_text(path.read_text().replace("irq_count: 48", "irq_count: 47"))
    assert (before.core.irq_count, load_chip("nrf52833_small", root).core.irq_count) == (48, 47)


@pytest.mark.parametrize(
    ("target", "shape"),
    [("microbit_v1", r"9900[0-9a-f]{44}"), ("nrf52840_dk", r"000683\d{6}"), ("nrf52_dk", r"000682\d{6}")],
)
def test_an_emulated_boards_serial_is_shaped_as_the_real_ones(target: str, shape: str) -> None:
    description = load_target(target)
    serial = fresh_serial(description)
    assert re.fullmatch(shape, serial)
    assert board_id_part(description, serial).startswith(description.usb.board_ids[0])


def test_a_board_file_may_describe_its_own_chip(tmp_path: Path) -> None:
    shutil.copytree(data_root("boards"), tmp_path, dirs_exist_ok=True)
    path = tmp_path / "nucleo_f439zi" / "board.yaml"
    chip = load_chip(load_target("nucleo_f439zi", tmp_path).chip, tmp_path)
    assert (chip.name, chip.pyocd_target) == ("nucleo_f439zi", "stm32f439xi")
    assert chip.devices == load_chip("stm32f429zi", tmp_path).devices
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("  based_on: stm32f429zi", "  based_on: stm32f429xy"), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"board.yaml:\d+:3: based_on: there is no chip 'stm32f429xy'"):
        load_target("nucleo_f439zi", tmp_path)
    path.write_text(text.replace("  title: ", "  titel: "), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"board.yaml:\d+:3: titel: unknown key"):
        load_target("nucleo_f439zi", tmp_path)
