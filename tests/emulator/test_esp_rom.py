# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's ROM: what it does after a reset, the functions that programs call in it, and what its loader has loaded running on the core."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import esp, esp32c3
from tests.emulator.esp import Loader, Terminal, esptool
from tests.emulator.rv_code import A0, SP, Code
from vmrig_server.emulator.machine import build_machine

RAM, IRAM, IROM = 0x3FC80000, 0x40380000, 0x42000000
RESULTS, DATA, STACK = 0x3FCA0000, 0x3FCA1000, 0x3FCC0000
PRINTF, DELAY, MEMCPY, STRLEN, CRC32 = 0x40000040, 0x40000050, 0x40000358, 0x40000374, 0x40000628
ERASE_SECTOR, FLASH_WRITE, FLASH_READ, FLASH_ATTACH, INFLATE = (
    0x40000128,
    0x4000012C,
    0x40000130,
    0x40000164,
    0x400000F4,
)
MD5_INIT, MD5_UPDATE, MD5_FINAL, RESET, MMU_SET = 0x40000614, 0x40000618, 0x4000061C, 0x40000090, 0x40000564
WATCHDOGS = (
    (0x600080A8, 0x50D83AA1),
    (0x60008090, 0),
    (0x600080A8, 0),
    (0x600080B0, 0x8F1D312A),
    (0x600080AC, 1 << 31),
    (0x6001F064, 0x50D83AA1),
    (0x6001F048, 0),
)


class Rom:
    """A powered ESP32-C3 with its core."""

    def __init__(self, flash: bytes = b"", *, download: bool = False) -> None:
        self.machine: _emu.Machine = esp32c3.Bench(core="rv32imc", calm=False).machine
        self.machine.power(False)
        self.machine.memory_write("flash", 0, flash)
        self.machine.pin_drive(esp.STRAP, _emu.LOW if download else _emu.HIGH)
        self.machine.power(True)

    def ms(self, ms: float) -> str:
        """Lets time pass; what was printed."""
        end = self.machine.nanoseconds(self.machine.now()) + round(ms * 1e6)
        while self.machine.nanoseconds(self.machine.now()) < end:
            self.machine.run(20_000)
        return self.machine.serial_read(0).decode("latin-1")


def image(*segments: tuple[int, bytes], entry: int) -> bytes:
    """As esptool makes it, of segments for RAM (its documentation, "Firmware Image Format")."""
    data = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x2F, entry)
    data += struct.pack("<B3xHBHHIB", 0xEE, 5, 0, 0, 0xFFFF, 0, 0)
    check = 0xEF
    for address, contents in segments:
        data += struct.pack("<II", address, len(contents)) + contents
        for byte in contents:
            check ^= byte
    return data + bytes(15 - len(data) % 16) + bytes([check])


def program(base: int = IRAM) -> Code:
    """Begins by calming the watchdogs that run since the reset."""
    code = Code(base).li(SP, STACK)
    for address, value in WATCHDOGS:
        code.store(address, value)
    return code


def text(at: int, words: str) -> tuple[int, bytes]:
    data = words.encode() + b"\0"
    return at, data + bytes(-len(data) % 4)


# --- after a reset


def test_an_image_in_flash_is_loaded_and_runs() -> None:
    code = program().call(PRINTF, DATA, 42, 0xBEEF).stop()
    rom = Rom(image((IRAM, code.image()), text(DATA, "hello %d %08x\n"), entry=IRAM))
    said = rom.ms(50)
    assert f"load:0x{IRAM:08x},len:0x{len(code.image()):x}\r\n" in said
    assert "SPI_FAST_FLASH_BOOT" in said and said.endswith(f"entry 0x{IRAM:08x}\r\nhello 42 0000beef\r\n")
    assert rom.ms(3000) == "", "it runs on, no watchdog bites"


def test_an_image_with_a_wrong_checksum_is_not_run() -> None:
    broken = bytearray(image((IRAM, program().call(PRINTF, DATA).stop().image()), text(DATA, "ran"), entry=IRAM))
    broken[-1] ^= 0x10
    said = Rom(bytes(broken)).ms(50)
    assert "csum err" in said and "ran" not in said


@pytest.mark.parametrize(
    "segment",
    [(0x42000000, bytes(64)), (0x3FCDFFC0, bytes(0x1000)), (IRAM, 0x7FFFFFFF)],
    ids=["no RAM", "beyond it", "no end"],
)
def test_an_image_that_does_not_fit_is_not_run(segment: tuple[int, bytes | int]) -> None:
    address, contents = segment
    if isinstance(contents, bytes):
        flash = image((address, contents), entry=address)
    else:
        flash = image((address, b""), entry=address)[:24] + struct.pack("<II", address, contents)
    assert "Invalid image block" in Rom(flash).ms(50)


def test_a_program_runs_from_the_flash_where_it_asks_to() -> None:
    magic = struct.pack("<II", 0xAEDB041D, 0xAEDB041D)
    code = program(IROM + 8).call(PRINTF, 0x3C001000, 7).stop().image()
    flash = (magic + code).ljust(0x1000, b"\xff") + b"from flash %d\n\0"
    assert Rom(flash).ms(50).endswith("from flash 7\r\n")


def test_an_empty_flash_is_told_of_until_the_watchdog_bites_and_again() -> None:
    rom = Rom()
    said = rom.ms(5000)
    assert said.count("ESP-ROM:") >= 2
    assert all("invalid header: 0xffffffff" in part for part in said.split("ESP-ROM:")[1:-1])
    assert "TG0WDT_SYS_RST" in said.split("ESP-ROM:")[2]


@pytest.mark.parametrize(("strap", "mode"), [(_emu.HIGH, "SPI_FAST_FLASH_BOOT"), (_emu.LOW, "DOWNLOAD(USB/UART0/1)")])
def test_a_host_that_resets_the_chip_over_its_usb_port_is_told_as_such(strap: int, mode: str) -> None:
    rom = Rom()
    rom.ms(50)
    rom.machine.bus_write(esp32c3.RTC + 0x50, 0x1234, 4)  # STORE0, which outlives it
    rom.machine.pin_drive(esp.STRAP, strap)
    rom.machine.usb_reset()
    said = rom.ms(50)
    assert "rst:0x15 (USB_UART_CHIP_RESET)" in said and mode in said
    assert rom.machine.bus_read(esp32c3.RTC + 0x50, 4) == 0x1234


def test_a_program_that_resets_the_chip_is_started_again() -> None:
    code = program().call(PRINTF, DATA).call(DELAY, 20_000).call(RESET).stop()
    said = Rom(image((IRAM, code.image()), text(DATA, "here\n"), entry=IRAM)).ms(100)
    assert said.count("here") >= 2 and "rst:0x3 (RTC_SW_SYS_RST)" in said


# --- functions


def calls(*made: tuple[int, ...], data: bytes = b"") -> tuple[Rom, list[int]]:
    """Makes calls of the ROM one after the other, from a program in flash. What each returned."""
    code = program().call(FLASH_ATTACH, 0, 0)
    for n, (function, *arguments) in enumerate(made):
        code.call(function, *arguments).keep(A0, RESULTS + 4 * n)
    code.call(PRINTF, DATA - 16).stop()
    rom = Rom(
        image(
            (IRAM, code.image()),
            (DATA - 16, b"\ndone\n".ljust(16, b"\0")),
            *([(DATA, data)] if data else []),
            entry=IRAM,
        )
    )
    said = ""
    for _ in range(200):
        said += rom.ms(20)
        if said.endswith("\r\ndone\r\n"):
            break
    assert said.endswith("\r\ndone\r\n"), said
    rom.said = said.split("\r\n", 3)[3]  # type: ignore[attr-defined]
    return rom, [int.from_bytes(rom.machine.peek(RESULTS + 4 * n, 4), "little") for n in range(len(made))]


def test_the_flash_is_erased_written_and_read() -> None:
    data = random.Random(1).randbytes(1000)
    rom, results = calls(
        (FLASH_WRITE, 0x100080, DATA, 1000),
        (FLASH_READ, 0x100080, DATA + 0x1000, 1000),
        (ERASE_SECTOR, 0x101),
        (FLASH_WRITE, 0x3FFF00, DATA, 0x1000000),
        data=data,
    )
    assert results[:3] == [0, 0, 0] and results[3] != 0
    assert rom.machine.memory_read("flash", 0x100080, 1000) == data
    assert rom.machine.peek(DATA + 0x1000, 1000) == data


def test_what_is_written_over_only_loses_ones_and_an_erase_brings_them_back() -> None:
    rom, _ = calls(
        (FLASH_WRITE, 0x100000, DATA, 4),
        (FLASH_WRITE, 0x100000, DATA + 4, 4),
        (FLASH_WRITE, 0x101000, DATA, 4),
        (ERASE_SECTOR, 0x101),
        data=b"\xf5" * 4 + b"\x3f" * 4,
    )
    assert rom.machine.memory_read("flash", 0x100000, 4) == b"\x35" * 4
    assert rom.machine.memory_read("flash", 0x101000, 4) == b"\xff" * 4


def test_digests_are_those_of_the_data() -> None:
    data = random.Random(2).randbytes(300)
    rom, results = calls(
        (MD5_INIT, DATA + 0x1000),
        (MD5_UPDATE, DATA + 0x1000, DATA, 100),
        (MD5_UPDATE, DATA + 0x1000, DATA + 100, 200),
        (MD5_FINAL, DATA + 0x2000, DATA + 0x1000),
        (CRC32, 0, DATA, 300),
        data=data,
    )
    assert rom.machine.peek(DATA + 0x2000, 16) == hashlib.md5(data).digest()
    assert results[4] == zlib.crc32(data)


def test_bytes_are_copied_also_over_themselves() -> None:
    data = bytes(range(200))
    rom, results = calls((MEMCPY, DATA + 8, DATA, 200), (STRLEN, DATA + 9), data=data + bytes(20))
    assert rom.machine.peek(DATA + 8, 200) == data
    assert results == [DATA + 8, 199]


def test_a_stream_is_inflated_in_pieces() -> None:
    plain = (b"a stream of words, " * 400 + random.Random(3).randbytes(500))[:8000]
    stream = zlib.compress(plain, 9)
    first = 300
    lengths = struct.pack("<IIII", first, 0x8000, len(stream) - first, 0)
    state, out = 0x3FC90000, 0x3FCB0000
    code = program().store(state, 0)
    code.call(INFLATE, state, DATA + 16, DATA, out, out, DATA + 4, 1 | 2).keep(A0, RESULTS)
    # behind what the first one wrote
    code.li(5, DATA + 4).lw(5, 5).li(6, 0x8000).op(0x40530333).li(5, DATA + 12).sw(6, 5)  # t1 = 0x8000 - written
    for n, value in enumerate((state, DATA + 16 + first, DATA + 8, out, out, DATA + 12, 0)):
        code.li(A0 + n, value)
    code.li(5, DATA + 4).lw(5, 5).op(0x00570733)  # a4 += written
    code.li(6, INFLATE).op(6 << 15 | 1 << 7 | 0x67).keep(A0, RESULTS + 4).stop()
    rom = Rom(image((IRAM, code.image()), (DATA, lengths + stream + bytes(-len(stream) % 4)), entry=IRAM))
    rom.ms(100)
    assert struct.unpack("<Ii", rom.machine.peek(RESULTS, 8)) == (1, 0)
    assert rom.machine.peek(out, len(plain)) == plain


def test_a_delay_takes_its_time() -> None:
    code = (
        program()
        .store(0x60004024, 4)
        .call(DELAY, 500)
        .store(0x60004008, 4)
        .call(DELAY, 1500)
        .store(0x6000400C, 4)
        .stop()
    )  # GPIO2
    rom = Rom(image((IRAM, code.image()), entry=IRAM))
    rom.ms(20)
    edges, _ = rom.machine.pin_edges(0)
    up, down = [rom.machine.nanoseconds(cycle) for cycle, pin, _ in edges if pin == 2][-2:]
    assert (down - up) / 1e6 == pytest.approx(1.5, rel=0.02)


@pytest.mark.parametrize(
    ("format_", "arguments", "printed"),
    [
        ("%d %u %x %X|", (0xFFFFFFFF, 0xFFFFFFFF, 0xBEEF, 0xBEEF), "-1 4294967295 beef BEEF|"),
        ("[%5d|%-5d|%05d]", (42, 42, 0xFFFFFFD6), "[   42|42   |-0042]"),
        ("%c%c%% %p", (0x68, 0x69, 0x3FC80000), "hi% 0x3fc80000"),
        ("%d %d %d %d %d %d %d %d %d", (1, 2, 3, 4, 5, 6, 7, 8, 9), "1 2 3 4 5 6 7 8 9"),
        ("%s and %.2s|%6s|", (DATA + 0x80, DATA + 0x80, DATA + 0x80), "text and te|  text|"),
        ("%llx %d", (0, 0x89ABCDEF, 0x1234567, 5), "123456789abcdef 5"),
        ("%", (), ""),
    ],
    ids=["bases", "widths", "others", "stack", "strings", "long", "end"],
)
def test_text_is_printed_with_its_numbers(format_: str, arguments: tuple[int, ...], printed: str) -> None:
    if "%ll" in format_:
        arguments = arguments[1:]  # a1 is skipped: pairs begin at an even register
        arguments = (0, *arguments)
    rom, results = calls((PRINTF, DATA, *arguments), data=format_.encode().ljust(0x80, b"\0") + b"text\0\0\0\0")
    assert printed + "\r\ndone" in rom.said  # type: ignore[attr-defined]
    assert results == [len(printed)]


def test_a_function_that_nobody_wrote_is_in_the_log_and_returns_zero() -> None:
    rom, results = calls((0x40000754, 5))
    assert results == [0]
    assert 0x40000754 in [entry[0] for entry in rom.machine.unmodelled(0)]


def test_outside_of_the_rom_its_traps_are_nothing() -> None:
    code = program().store(0x600FF008, 0).call(PRINTF, DATA).stop()
    rom = Rom(image((IRAM, code.image()), text(DATA, "went on"), entry=IRAM))
    assert rom.ms(50).endswith("went on")
    assert 0x600FF008 in [entry[0] for entry in rom.machine.unmodelled(0)]


def test_an_exception_that_nobody_handles_is_told() -> None:
    code = program().op(0).stop()
    said = Rom(image((IRAM, code.image()), entry=IRAM)).ms(50)
    assert f"Exception: MCAUSE 0x00000002, MEPC 0x{IRAM + len(code.image()) - 12:08x}" in said


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
