# SPDX-License-Identifier: Apache-2.0
"""What the ESP32-C3's loader has loaded runs on the core: programs, and esptool's stubs."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import esp
from tests.emulator.esp import Loader, Terminal, esptool
from tests.emulator.esp_rom import DATA, IRAM, PRINTF, Rom, image, program, text
from tests.emulator.rv_code import Code
from vmrig_server.emulator.machine import build_machine

# --- what the loader has loaded


def run_in_ram(rom: Rom, code: bytes, *data: tuple[int, bytes]) -> None:
    loader = Loader(rom.machine)
    loader.sync()
    for at, contents in ((IRAM, code), *data):
        loader.words(esp.MEM_BEGIN, len(contents), 1, 0x1800, at)
        loader.answer(esp.MEM_DATA, loader.say(esp.block(esp.MEM_DATA, contents, 0)))
    rom.machine.serial_write(0, esp.request(esp.MEM_END, struct.pack("<II", 0, IRAM)))


def test_a_program_that_was_loaded_into_ram_runs() -> None:
    rom = Rom(download=True)
    assert "waiting for download" in rom.ms(5)
    run_in_ram(rom, Code(IRAM).call(PRINTF, DATA, 3).stop().image(), text(DATA, "loaded %d\n"))
    assert rom.ms(10).endswith("loaded 3\r\n")
    assert rom.machine.download_mode()


def test_the_watchdog_that_a_host_starts_by_registers_resets_the_chip() -> None:
    rom = Rom(download=True)
    rom.ms(5)
    loader = Loader(rom.machine)
    loader.sync()
    rom.machine.pin_drive(esp.STRAP, _emu.HIGH)
    for address, value in ((0x600080A8, 0x50D83AA1), (0x60008094, 2000), (0x60008090, 0xD0000102)):
        loader.words(esp.WRITE_REG, address, value, 0xFFFFFFFF, 0)
    said = rom.ms(60)
    assert "rst:0x10 (RTCWDT_RTC_RST),boot:0xc" in said
    assert not rom.machine.download_mode()


def test_the_loader_starts_the_program_in_flash_when_a_download_ends_so() -> None:
    code = program().call(PRINTF, DATA).stop()
    rom = Rom(image((IRAM, code.image()), text(DATA, "flashed\n"), entry=IRAM), download=True)
    rom.ms(5)
    loader = Loader(rom.machine)
    loader.sync()
    loader.words(esp.FLASH_BEGIN, 0, 0, 0x400, 0, 0)
    rom.machine.serial_write(0, esp.request(esp.FLASH_END, struct.pack("<I", 1)))
    assert rom.ms(50).endswith("flashed\r\n")


def blob(version: str) -> dict[str, int | bytes]:
    spec = importlib.util.find_spec("esptool")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "targets" / "stub_flasher" / version / "esp32c3.json"
    if not path.exists():
        pytest.skip(f"this esptool has no stub {version}")
    loaded = json.loads(path.read_text())
    return {key: base64.b64decode(value) if key in ("text", "data") else value for key, value in loaded.items()}


def start_stub(rom: Rom, version: str) -> Loader:
    stub = blob(version)
    loader = Loader(rom.machine)
    loader.sync()
    for part in ("text", "data"):
        contents, at = stub[part], stub[f"{part}_start"]
        assert isinstance(contents, bytes) and isinstance(at, int)
        loader.words(esp.MEM_BEGIN, len(contents), 1, 0x1800, at)
        for n in range(0, len(contents), 0x1800):
            loader.answer(esp.MEM_DATA, loader.say(esp.block(esp.MEM_DATA, contents[n : n + 0x1800], n // 0x1800)))
    entry = stub["entry"]
    assert isinstance(entry, int)
    assert loader.say(esp.request(esp.MEM_END, struct.pack("<II", 0, entry)))[1] == b"OHAI"
    loader.status_length = 2
    return loader


@pytest.mark.parametrize("version", ["2", "1"])
def test_the_real_stub_runs_and_its_writes_are_in_the_flash(version: str) -> None:
    rom = Rom(download=True)
    rom.ms(5)
    loader = start_stub(rom, version)
    data = random.Random(4).randbytes(6000) + bytes(30_000)
    loader.write(0x20000, data, compressed=True)
    _, digest = loader.words(esp.FLASH_MD5, 0x20000, len(data), 0, 0)
    assert digest == hashlib.md5(data).digest()
    assert rom.machine.memory_read("flash", 0x20000, len(data)) == data
    frames = loader.say(esp.request(esp.READ_FLASH, struct.pack("<4I", 0x20100, 500, 4096, 64)))
    assert frames[1:] == [data[0x100 : 0x100 + 500]]
    assert loader.say(esp.slip(struct.pack("<I", 500))) == [hashlib.md5(data[0x100 : 0x100 + 500]).digest()]
    loader.ask(esp.ERASE_REGION, struct.pack("<II", 0x21000, 0x1000))
    assert rom.machine.memory_read("flash", 0x21000, 0x1000) == b"\xff" * 0x1000


ANSWERS: list[tuple[str, Callable[[Loader], object]]] = [
    ("registers", lambda loader: loader.words(esp.READ_REG, esp.EFUSE + 0x44)),
    ("security", lambda loader: loader.ask(esp.SECURITY_INFO)),
    ("nowhere", lambda loader: loader.words(esp.READ_REG, 0x400C0000)),
    (
        "masked",
        lambda loader: [
            loader.words(esp.WRITE_REG, 0x3FCA0000, 5, 0xF, 10),
            loader.words(esp.READ_REG, 0x3FCA0000)[0] & 0xF,
        ],
    ),
    ("unknown", lambda loader: loader.ask(0x77)),
    ("short", lambda loader: loader.ask(esp.READ_REG, b"abc")),
    ("not begun", lambda loader: loader.answer(esp.FLASH_DATA, loader.say(esp.block(esp.FLASH_DATA, b"abcd", 0)))),
    ("not aligned", lambda loader: loader.ask(esp.ERASE_REGION, struct.pack("<II", 0x800, 0x1000))),
    ("digest", lambda loader: loader.words(esp.FLASH_MD5, 3, 1001, 0, 0)),
    ("end", lambda loader: loader.ask(esp.FLASH_END, struct.pack("<I", 1))),
    ("slow read", lambda loader: loader.ask(esp.READ_FLASH_SLOW, struct.pack("<II", 0, 64))),
]


def test_the_emulated_protocol_answers_as_the_real_stub_does() -> None:
    rom = Rom(download=True)
    rom.ms(5)
    real = start_stub(rom, "2")
    machine = esp.plain_machine()
    esp.into_download(machine)
    emulated = Loader(machine)
    emulated.sync()
    emulated.start_stub()
    assert {name: ask(real) for name, ask in ANSWERS} == {name: ask(emulated) for name, ask in ANSWERS}


def test_esptool_works_with_the_stub_that_it_brings(tmp_path: Path) -> None:
    if importlib.util.find_spec("esptool") is None:
        pytest.skip("esptool is not installed")
    data = random.Random(9).randbytes(30_000)
    (tmp_path / "image.bin").write_bytes(data)
    rom = Rom(download=True)
    rom.ms(5)
    with Terminal(rom.machine) as terminal:
        assert "Hash of data verified" in esptool(terminal.port, "write-flash", "0x10000", str(tmp_path / "image.bin"))
    assert rom.machine.memory_read("flash", 0x10000, len(data)) == data


def test_the_loader_and_the_stub_work_over_the_chips_own_usb_port(tmp_path: Path) -> None:
    data = random.Random(10).randbytes(20_000)
    (tmp_path / "image.bin").write_bytes(data)
    machine = build_machine("esp32c3_supermini", storage=None, identity={"mac": esp.MAC}).machine
    machine.pin_drive(esp.STRAP, _emu.LOW)
    machine.power(True)
    machine.run(4 * esp.CYCLES_PER_MS)
    with Terminal(machine) as terminal:
        assert "Hash of data verified" in esptool(terminal.port, "write-flash", "0x10000", str(tmp_path / "image.bin"))
    assert machine.memory_read("flash", 0x10000, len(data)) == data


def test_a_program_prints_on_the_chips_own_usb_port_too() -> None:
    code = (
        program()
        .call(PRINTF, DATA, 1)
        .call(0x4000004C, 0)
        .call(PRINTF, DATA, 2)
        .call(0x4000004C, IRAM)
        .call(PRINTF, DATA, 3)
        .stop()
    )
    machine = build_machine("esp32c3_supermini", storage=None, identity={"mac": esp.MAC}).machine
    machine.memory_write("flash", 0, image((IRAM, code.image()), text(DATA, "usb %d\n"), entry=IRAM))
    machine.power(True)
    said = b""
    for _ in range(50):
        machine.run(esp.CYCLES_PER_MS)
        said += machine.serial_read(0)
    assert said.endswith(b"usb 1\r\nusb 3\r\n")


def test_a_copy_made_while_the_stub_writes_does_the_same() -> None:
    rom = Rom(download=True)
    rom.ms(5)
    loader = start_stub(rom, "2")
    data = random.Random(11).randbytes(0x4000)
    loader.words(esp.FLASH_BEGIN, len(data), 1, 0x4000, 0x20000)
    rom.machine.serial_write(0, esp.block(esp.FLASH_DATA, data, 0))
    rom.machine.run(1_000_000)
    other = rom.machine.fork()
    for machine in (rom.machine, other):
        esp.run_while_busy(machine)
        machine.run(1_234_567)
    assert other.memory_read("flash", 0x20000, len(data)) == data
    assert rom.machine.state_hash() == other.state_hash()


def test_power_that_goes_while_the_real_stub_writes_leaves_a_board_that_can_be_flashed() -> None:
    rom = Rom(download=True)
    rom.ms(5)
    loader = start_stub(rom, "2")
    data = random.Random(12).randbytes(0x4000)
    loader.words(esp.FLASH_BEGIN, len(data), 1, 0x4000, 0x20000)
    rom.machine.serial_write(0, esp.block(esp.FLASH_DATA, data, 0))
    rom.machine.run(1_500_000)
    rom.machine.power(False)
    partly = rom.machine.memory_read("flash", 0x20000, len(data))
    assert partly[:0x400] == data[:0x400] and partly[-0x400:] == b"\xff" * 0x400
    rom.machine.power(True)
    rom.ms(5)
    start_stub(rom, "2").write(0x20000, data)
    assert rom.machine.memory_read("flash", 0x20000, len(data)) == data
