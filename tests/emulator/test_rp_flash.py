# SPDX-License-Identifier: Apache-2.0
"""The flash beside the RP2040: the boot ROM's functions, raw commands through the SSI, its windows, and power that goes away meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.rp2040 import FLASH, IO_QSPI, RAM, SSI, UID, XIP_CTRL, Bench, boot2

CONNECT, EXIT_XIP, ERASE, PROGRAM, FLUSH, ENTER_XIP = (
    ord(a) | ord(b) << 8 for a, b in ("IF", "EX", "RE", "RP", "FC", "CX")
)
SECTOR, PAGE, SIZE = 4096, 256, 2 << 20
SR, DR0 = SSI + 0x28, SSI + 0x60
SS_CTRL = IO_QSPI + 0x0C
WRITE_ENABLE, READ_STATUS, READ, SECTOR_ERASE, PAGE_PROGRAM, JEDEC_ID, UNIQUE_ID = (
    0x06,
    0x05,
    0x03,
    0x20,
    0x02,
    0x9F,
    0x4B,
)


@pytest.fixture
def bench() -> Bench:
    made = Bench(flash=boot2())
    commands(made)
    return made


def commands(bench: Bench) -> None:
    bench.call(CONNECT)
    bench.call(EXIT_XIP)


def command(bench: Bench, *out: int, more: int = 0) -> bytes:
    """With the chip select forced low; what comes back for `more` bytes."""
    bench.write(SS_CTRL, 2 << 8)
    back = []
    for byte in (*out, *bytes(more)):
        bench.write(DR0, byte)
        bench.us(5)
        back.append(bench.read(DR0) & 0xFF)
    bench.write(SS_CTRL, 0)
    return bytes(back[len(out) :])


def test_a_sector_is_erased_and_pages_are_programmed_by_the_rom(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x10000, bytes(2 * SECTOR))
    data = bytes(range(256)) * 2
    bench.machine.poke(RAM, data)
    start = bench.machine.now()
    bench.call(ERASE, 0x11000, SECTOR, 1 << 16, 0xD8)
    erased = bench.machine.now()
    bench.call(PROGRAM, 0x11100, RAM, 512)
    assert bench.machine.peek(FLASH + 0x10000, SECTOR) == bytes(SECTOR)
    assert bench.machine.peek(FLASH + 0x11000, 1024) == b"\xff" * 256 + data + b"\xff" * 256
    assert (erased - start) / 125e6 == pytest.approx(0.045, rel=0.2)  # W25Q16JV, 9.6: tSE 45 ms
    assert (bench.machine.now() - erased) / 125e6 == pytest.approx(2 * 0.0004, rel=0.3)  # tPP 0.4 ms


def test_large_ranges_are_erased_by_large_blocks(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x10000, bytes(0x21000))
    start = bench.machine.now()
    bench.call(ERASE, 0x10000, 0x21000, 1 << 16, 0xD8)
    assert bench.machine.peek(FLASH + 0x10000, 0x21000) == b"\xff" * 0x21000
    assert (bench.machine.now() - start) / 125e6 == pytest.approx(2 * 0.15 + 0.045, rel=0.2)


def test_programming_only_clears_bits(bench: Bench) -> None:
    bench.call(ERASE, 0x20000, SECTOR, SECTOR, 0x20)
    for pattern in (0xF5, 0x3F):
        bench.machine.poke(RAM, bytes([pattern]) * PAGE)
        bench.call(PROGRAM, 0x20000, RAM, PAGE)
    assert bench.machine.peek(FLASH + 0x20000, PAGE) == b"\x35" * PAGE


def test_the_flash_tells_who_it_is(bench: Bench) -> None:
    assert command(bench, UNIQUE_ID, 0, 0, 0, 0, more=8) == UID
    assert command(bench, JEDEC_ID, more=3) == b"\xef\x40\x15"  # Winbond, 2 MB


def test_raw_commands_program_only_when_writing_is_enabled(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x30000, b"\xff" * PAGE)
    command(bench, PAGE_PROGRAM, 3, 0, 4, 1, 2, 3)
    assert bench.machine.peek(FLASH + 0x30004, 3) == b"\xff" * 3
    command(bench, WRITE_ENABLE)
    assert command(bench, READ_STATUS, more=1)[0] & 3 == 2
    command(bench, PAGE_PROGRAM, 3, 0, 4, 1, 2, 3)
    assert command(bench, READ_STATUS, more=1)[0] & 1 == 1
    bench.us(1000)
    assert command(bench, READ_STATUS, more=1)[0] & 3 == 0
    assert command(bench, READ, 3, 0, 4, more=4) == b"\1\2\3\xff"


def test_a_page_wraps_inside_itself(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x30000, b"\xff" * PAGE * 2)
    command(bench, WRITE_ENABLE)
    command(bench, PAGE_PROGRAM, 3, 0, 0xFE, 1, 2, 3, 4)
    bench.us(1000)
    assert bench.machine.peek(FLASH + 0x30000, 3) == b"\3\4\xff"
    assert bench.machine.peek(FLASH + 0x300FE, 3) == b"\1\2\xff"


def test_all_windows_show_the_same_bytes_and_the_first_repeats(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x40000, b"same")
    for window in (0x11000000, 0x12000000, 0x13000000, FLASH + SIZE, FLASH + 7 * SIZE):
        assert bench.machine.mem_read(window + 0x40000, 4, 4) == b"same"
    bench.call(ERASE, SIZE + 0x40000, SECTOR, SECTOR, 0x20)
    assert bench.machine.mem_read(FLASH + 0x40000, 4, 4) == b"\xff" * 4


def test_stores_into_the_window_change_nothing(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x40000, b"same")
    bench.write(FLASH + 0x40000, 0)
    assert bench.machine.peek(FLASH + 0x40000, 4) == b"same"


def test_the_stream_reads_ahead(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x50000, bytes(range(64)))
    bench.call(ENTER_XIP)
    bench.write(XIP_CTRL + 0x14, 0x50000)  # STREAM_ADDR
    bench.write(XIP_CTRL + 0x18, 4)  # STREAM_CTR
    words = []
    for _ in range(4):
        bench.us(20)
        words.append(bench.read(XIP_CTRL + 0x1C))
    assert b"".join(word.to_bytes(4, "little") for word in words) == bytes(range(16))


def test_power_cut_while_erasing_leaves_a_sector_between_old_and_blank(tmp_path: Path) -> None:
    bench = Bench(flash=boot2(), storage=tmp_path)
    commands(bench)
    old = bytes(range(256)) * 16
    bench.machine.poke(FLASH + 0x10000, old)
    command(bench, WRITE_ENABLE)
    command(bench, SECTOR_ERASE, 1, 0, 0)
    bench.us(20_000)
    bench.machine.power(False)
    half = bench.machine.peek(FLASH + 0x10000, SECTOR)
    assert half not in (old, b"\xff" * SECTOR)
    assert all(new & was == was for new, was in zip(half, old, strict=True))  # erasing sets bits
    del bench
    again = Bench(storage=tmp_path)
    assert again.machine.peek(FLASH + 0x10000, SECTOR) == half
    assert again.machine.usb_device() == 0  # the second stage beside it is whole


def test_a_copy_made_while_the_flash_erases_goes_on_erasing(bench: Bench) -> None:
    bench.machine.poke(FLASH + 0x10000, bytes(SECTOR))
    command(bench, WRITE_ENABLE)
    command(bench, SECTOR_ERASE, 1, 0, 0)
    twin = bench.machine.fork()
    assert twin.peek(FLASH + 0x10000, 4) == bytes(4)
    twin.run(60_000 * 125)
    assert twin.peek(FLASH + 0x10000, SECTOR) == b"\xff" * SECTOR
    assert bench.machine.peek(FLASH + 0x10000, 4) == bytes(4)


def test_the_rom_boots_what_it_has_programmed() -> None:
    bench = Bench()
    commands(bench)
    bench.machine.poke(RAM, boot2())
    bench.call(ERASE, 0, SECTOR, SECTOR, 0x20)
    bench.call(PROGRAM, 0, RAM, PAGE)
    bench.call(FLUSH)
    bench.call(ENTER_XIP)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.us(1000)
    assert bench.machine.usb_device() == 0
