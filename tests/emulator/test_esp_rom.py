# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's ROM: what it does after a reset, and the functions that programs call in it."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib

import pytest
from vmrig_native import _emu

from tests.emulator import esp, esp32c3
from tests.emulator.esp_rom import (
    CRC32,
    DATA,
    DELAY,
    ERASE_SECTOR,
    FLASH_ATTACH,
    FLASH_READ,
    FLASH_WRITE,
    INFLATE,
    IRAM,
    IROM,
    MD5_FINAL,
    MD5_INIT,
    MD5_UPDATE,
    MEMCPY,
    PRINTF,
    RESET,
    RESULTS,
    STRLEN,
    Rom,
    image,
    program,
    text,
)
from tests.emulator.rv_code import A0

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
