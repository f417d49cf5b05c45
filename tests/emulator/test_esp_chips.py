# SPDX-License-Identifier: Apache-2.0
"""Chips of which only the serial loader is emulated, as an unmodified esptool finds them."""

from __future__ import annotations

import importlib.util
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import esp
from tests.emulator.esp import MAC, Loader, Terminal, esptool
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.boards_data.schema import Chip
from vmrig_server.emulator import esp_chip
from vmrig_server.emulator.hosted import chip_identity
from vmrig_server.emulator.machine import build_machine
from vmrig_server.errors import VmrigError

if importlib.util.find_spec("esptool") is None:
    pytest.skip("esptool is not installed: pip install 'vmrig[esp]'", allow_module_level=True)

TARGETS = {
    "nodemcu_v2": ("ESP8266EX", "26MHz", "4MB"),
    "esp32_devkitc": ("ESP32-D0WD-V3 (revision v3.1)", "40MHz", "4MB"),
    "esp32s3_devkitc": ("ESP32-S3 (QFN56) (revision v0.2)", "40MHz", "8MB"),
    "esp32c6_devkitc": ("ESP32-C6 (QFN40) (revision v0.1)", "40MHz", "8MB"),
    "esp32h2_devkitm": ("ESP32-H2FH4S (revision v1.2)", "32MHz", "4MB"),
}


@pytest.fixture(autouse=True, scope="module")
def one_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of esptool's tables, which are read from it once for all these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VMRIG_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def in_download_mode(name: str) -> _emu.Machine:
    """A board that was switched on with its boot button held."""
    boot = load_target(name).serial.boot
    assert boot is not None
    machine = build_machine(name, storage=None, identity={"mac": MAC}).machine
    machine.pin_drive(boot, _emu.LOW)
    machine.power(True)
    machine.run(1_000_000)
    assert machine.download_mode()
    machine.serial_read(0)
    return machine


@pytest.mark.parametrize("name", TARGETS)
def test_esptool_identifies_it_and_what_it_writes_is_in_the_flash(name: str, tmp_path: Path) -> None:
    description, crystal, size = TARGETS[name]
    data = bytes(range(256)) * 40
    (tmp_path / "data.bin").write_bytes(data)
    machine = in_download_mode(name)
    with Terminal(machine) as terminal:
        said = esptool(
            terminal.port, "--chip", "auto", "write-flash", "-fs", "detect", "0x20000", f"{tmp_path}/data.bin"
        )
    assert re.search(rf"Chip type: +{re.escape(description)}\n", said)
    assert re.search(rf"Crystal frequency: +{crystal}\n", said)
    assert f"flash size: {size}" in said
    assert MAC.hex(":") in said
    assert "Hash of data verified." in said
    assert machine.memory_read("flash", 0x20000, len(data)) == data
    assert "WARNING" not in said.upper()


def test_the_flash_is_read_and_erased_without_the_stub(tmp_path: Path) -> None:
    machine = in_download_mode("esp32_devkitc")
    machine.memory_write("flash", 0x3000, b"kept as it was")
    with Terminal(machine) as terminal:
        esptool(terminal.port, "--no-stub", "read-flash", "0x3000", "64", f"{tmp_path}/back.bin")
        assert (tmp_path / "back.bin").read_bytes() == b"kept as it was".ljust(64, b"\xff")
        esptool(terminal.port, "--no-stub", "erase-region", "0x3000", "0x1000")
    assert machine.memory_read("flash", 0x3000, 64) == b"\xff" * 64


def test_a_flash_controller_elsewhere_than_esptool_says_is_refused() -> None:
    chip = load_chip("esp32c6")
    moved = [
        device.model_copy(update={"base": device.base + 0x1000}) if device.name == "SPI1" else device
        for device in chip.devices
    ]
    with pytest.raises(VmrigError, match="SPI1 of esp32c6") as caught:
        esp_chip.complete(chip.model_copy(update={"devices": moved}))
    assert caught.value.code == "EMULATOR_REFUSED"


def test_what_a_chip_file_says_itself_stays() -> None:
    chip = load_chip("esp32c6")
    assert isinstance(chip, Chip)
    (rom,) = (device for device in esp_chip.complete(chip).devices if device.type == "esp.rom")
    assert (rom.params["chip_id"], rom.params["stub_protocol"]) == (13, 1)
    own = [
        device.model_copy(update={"params": {"chip_id": 99}}) if device.type == "esp.rom" else device
        for device in chip.devices
    ]
    (rom,) = (d for d in esp_chip.complete(chip.model_copy(update={"devices": own})).devices if d.type == "esp.rom")
    assert rom.params["chip_id"] == 99


def test_the_mac_of_an_emulated_chip_is_one_of_its_maker() -> None:
    macs = [chip_identity(load_chip("esp32"), serial)["mac"] for serial in ("one", "two")]
    assert all(isinstance(mac, bytes) and mac.startswith(bytes.fromhex("240ac4")) and len(mac) == 6 for mac in macs)
    assert macs[0] != macs[1]


def booted(name: str, image: bytes = b"", at: int = 0) -> str:
    """What a board says that was switched on with this in its flash."""
    machine = build_machine(name, storage=None, identity={"mac": MAC}).machine
    if image:
        machine.memory_write("flash", at, image)
    machine.power(True)
    machine.run(load_chip(load_target(name).chip).core.clock_hz // 4)
    return machine.serial_read(0).decode()


@pytest.mark.parametrize(("name", "at"), [("esp32_devkitc", 0x1000), ("esp32s3_devkitc", 0)])
def test_a_program_in_flash_is_loaded_and_the_boot_log_says_that_it_does_not_run(name: str, at: int) -> None:
    data = bytes(range(16))
    checksum = 0xEF
    for byte in data:
        checksum ^= byte
    image = struct.pack("<BBBBI16xII", 0xE9, 1, 2, 0x20, 0x40080000, 0x3FFB0000, len(data)) + data
    image += bytes(15 - len(image) % 16) + bytes([checksum])
    log = booted(name, image, at)
    assert "load:0x3ffb0000,len:0x10\r\nentry 0x40080000\r\n" in log
    assert log.endswith("(the core of this chip is not emulated: the program at 0x40080000 does not run)\r\n")


def test_a_blank_flash_is_complained_of() -> None:
    assert "invalid header: 0xffffffff\r\n" in booted("esp32s3_devkitc")


def test_a_program_for_a_try_is_not_taken_for_the_stub() -> None:
    machine = in_download_mode("esp32_devkitc")
    loader = Loader(machine)
    loader.sync()
    loader.words(esp.MEM_BEGIN, 16, 1, 0x1800, 0x40080000)
    loader.answer(esp.MEM_DATA, loader.say(esp.block(esp.MEM_DATA, bytes(16), 0)))
    machine.serial_write(0, esp.request(esp.MEM_END, struct.pack("<II", 0, 0x40080000)))
    said = esp.run_while_busy(machine)
    assert b"OHAI" not in said
    assert said.endswith(b"the program at 0x40080000 does not run)\r\n")


def test_a_program_that_a_tool_loads_into_ram_prints_and_does_not_drown_the_answer_before_it() -> None:
    machine = in_download_mode("esp32c6_devkitc")
    loader = Loader(machine)
    loader.sync()
    # again: lui a0, 0x40870 (the text); lui t0, 0x40000; jalr ra, 0x28(t0) (ets_printf); j again
    code = struct.pack("<4I", 0x40870537, 0x400002B7, 0x028280E7, 0xFF5FF06F)
    for address, data in ((0x40860000, code), (0x40870000, b"hello!\n\0")):
        loader.words(esp.MEM_BEGIN, len(data), 1, 0x1800, address)
        loader.answer(esp.MEM_DATA, loader.say(esp.block(esp.MEM_DATA, data, 0)))
    machine.serial_write(0, esp.request(esp.MEM_END, struct.pack("<II", 0, 0x40860000)))
    machine.run(2_000_000)  # the host is late: it reads nothing for so long
    said = machine.serial_read(0)
    assert said.startswith(b"\xc0\x01\x06\x04\x00")
    assert said.count(b"hello!\r\n") > 100
    machine.run(8_000_000)
    assert len(machine.serial_read(0)) > 0x8000
    machine.run(16_000_000)  # by then it is no answer any more, and goes at 115200 baud
    machine.serial_read(0)
    machine.run(16_000_000)  # 0.1 s
    assert 1100 < len(machine.serial_read(0)) < 1200


def register_writes(*entries: tuple[int, int]) -> bytes:
    """Data of a WRITE_REG: whole words, no delays."""
    return b"".join(struct.pack("<4I", address, value, 0xFFFFFFFF, 0) for address, value in entries)


WDT_CONFIG0, WDT_CONFIG1, WDT_PROTECT, WDT_KEY = 0x60008098, 0x6000809C, 0x600080B0, 0x50D83AA1
"""Of an ESP32-S3."""


@pytest.mark.parametrize("key, bites", [(WDT_KEY, True), (0, False)], ids=["unlocked", "locked"])
def test_the_watchdog_by_which_tools_reset_the_chip_bites_once_it_is_unlocked(key: int, bites: bool) -> None:
    machine = in_download_mode("esp32s3_devkitc")
    loader = Loader(machine)
    loader.sync()
    machine.pin_drive(0, _emu.FLOAT)
    for entry in ((WDT_PROTECT, key), (WDT_CONFIG1, 2000), (WDT_CONFIG0, 0xD0000102), (WDT_PROTECT, 0)):
        loader.ask(esp.WRITE_REG, register_writes(entry))
    machine.run(80_000_000 // 50)
    assert machine.download_mode() is not bites
    assert (b"rst:0x10 (RTCWDT_RTC_RST),boot:0x8" in machine.serial_read(0)) is bites


def test_registers_that_are_not_modelled_keep_what_is_written_until_a_reset() -> None:
    machine = in_download_mode("esp32_devkitc")
    loader = Loader(machine)
    loader.sync()
    loader.ask(esp.WRITE_REG, register_writes((0x3FF48074, 0x12345678), (0x3FF44038, 0)))
    assert loader.words(esp.READ_REG, 0x3FF48074)[0] == 0x12345678
    assert loader.words(esp.READ_REG, 0x3FF44038)[0] == 0
    machine.reset_pin(True)
    machine.reset_pin(False)
    machine.run(1_000_000)
    machine.serial_read(0)
    loader.sync()
    assert loader.words(esp.READ_REG, 0x3FF48074)[0] == 0
    assert loader.words(esp.READ_REG, 0x3FF44038)[0] == 0x13
