# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of the ESP32-C3's ROM: the whole chip, images for its flash, and small programs that call the ROM."""

from __future__ import annotations

import struct

from vmrig_native import _emu

from tests.emulator import esp, esp32c3
from tests.emulator.rv_code import SP, Code

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
