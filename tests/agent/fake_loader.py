# SPDX-License-Identifier: Apache-2.0
"""The serial loader of an ESP32-C3 behind a PTY, without a chip: ROM and stub at the level of their commands, with faults on demand.

The emulated chip has the real thing (tests/e2e and tests/agent/test_emulated_esp.py); here are the failures that a healthy chip does not have.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import tty
import zlib
from collections.abc import Callable

SECTOR = 0x1000
MAC = "7cdfa1b2c3d4"
_SPI, _EFUSE = 0x60002000, 0x60008800


class FakeLoader:
    """Answers on `path` until closed.

    Attributes:
        flash: its contents.
        answers: False: nothing comes; a string: the firmware that runs instead says this to whatever it gets.
        jedec: id of the flash.
        stuck: (address, byte): a bit that cannot be programmed.
        on_command: called with every command; True: it is swallowed.
        garbled: commands that arrive with a wrong checksum.
        written: (address, size in bytes) of every write command.
    """

    def __init__(self, flash_size: int = 0x400000) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.flash = bytearray(b"\xff" * flash_size)
        self.answers: bool | str = True
        self.jedec = 0x1640C8
        self.chip_id = 5
        self.security_flags = 0
        self.registers = {
            _EFUSE + 0x44: int.from_bytes(bytes.fromhex(MAC)[2:], "big"),
            _EFUSE + 0x48: int.from_bytes(bytes.fromhex(MAC)[:2], "big"),
            _EFUSE + 0x50: 4 << 18,
        }
        self.stuck: tuple[int, int] | None = None
        self.on_command: Callable[[int], bool] = lambda _op: False
        self.garbled: Callable[[int], bool] = lambda _op: False
        self.write_status = 0
        self.runs_stubs = True
        self.written: list[tuple[int, int]] = []
        self.bauds: list[int] = []
        self.stub = False
        self._buffer = bytearray()
        self._inflate: zlib._Decompress | None = None
        self._at = self._left = 0
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        os.close(self.slave)
        self._thread.join(5)
        os.close(self.master)

    def unplug(self) -> None:
        """The port goes away under the tool's hands."""
        self._closing = True

    # ------------------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        import select

        while not self._closing:
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if isinstance(self.answers, str):
                os.write(self.master, self.answers.encode())
            elif self.answers:
                self._buffer += data
                self._frames()

    def _frames(self) -> None:
        while (start := self._buffer.find(0xC0)) >= 0 and (end := self._buffer.find(0xC0, start + 1)) >= 0:
            packet = bytes(self._buffer[start + 1 : end]).replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
            del self._buffer[: end + 1 if packet else end]
            if len(packet) >= 8 and packet[0] == 0:
                op, _size, _check = struct.unpack_from("<BHI", packet, 1)
                if self.garbled(op):
                    self._reply(op, status=0xC100 if self.stub else 0x107)
                elif not self.on_command(op):
                    self._command(op, packet[8:])

    def _send(self, data: bytes) -> None:
        os.write(self.master, b"\xc0" + data.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0")

    def _reply(self, op: int, value: int = 0, data: bytes = b"", status: int = 0) -> None:
        data += struct.pack(">H", status) + (b"" if self.stub else b"\0\0")
        self._send(struct.pack("<BBHI", 1, op, len(data), value) + data)

    def _command(self, op: int, body: bytes) -> None:
        words = struct.unpack_from(f"<{min(5, len(body) // 4)}I", body)
        if op == 0x08:
            self.stub = False  # the reset that a PTY cannot carry
            for _ in range(8):
                self._reply(op, 0x20120707)
        elif op == 0x14:
            self._reply(op, data=struct.pack("<IB7sII", self.security_flags, 0, bytes(7), self.chip_id, 0))
        elif op == 0x0A:
            self._reply(op, self.registers.get(words[0], 0))
        elif op == 0x09:
            self.registers[words[0]] = self.registers.get(words[0], 0) & ~words[2] | words[1] & words[2]
            if words[0] == _SPI and words[1] >> 18 & 1:
                self._spi()
            self._reply(op)
        elif op == 0x06:
            self._reply(op)
            if words[1] and self.runs_stubs:
                self.stub = True
                self._send(b"OHAI")
        elif op in (0x02, 0x10):
            self._at, self._left = words[3], words[0]
            self._inflate = zlib.decompressobj() if op == 0x10 else None
            if not self.stub:
                self._erase(self._at, self._left)
            self._reply(op, status=self.write_status)
        elif op in (0x03, 0x11):
            data = body[16 : 16 + words[0]]
            self._write(self._inflate.decompress(data) if self._inflate is not None else data)
            self._reply(op)
        elif op == 0x13:
            digest = hashlib.md5(self.flash[words[0] : words[0] + words[1]])
            self._reply(op, data=digest.digest() if self.stub else digest.hexdigest().encode())
        elif op == 0x0F:
            self.bauds.append(words[0])
            self._reply(op)
        elif op == 0xD0 and self.stub:
            self._erase(0, len(self.flash))
            self._reply(op)
        elif op == 0xD1 and self.stub:
            self._erase(words[0], words[1])
            self._reply(op)
        elif op in (0x04, 0x05, 0x07, 0x0B, 0x0D, 0x12):
            self._reply(op)
        else:
            self._reply(op, status=0x105)

    def _spi(self) -> None:
        self.registers[_SPI] = 0
        command = self.registers[_SPI + 0x20] & 0xFF
        self.registers[_SPI + 0x58] = {
            0x9F: self.jedec,
            0x5A: 0x50444653 if self.jedec != 0xFFFFFF else 0xFFFFFFFF,
        }.get(command, 0)

    def _erase(self, address: int, size: int) -> None:
        start = address - address % SECTOR
        end = min(address + size + -(address + size) % SECTOR, len(self.flash))
        self.flash[start:end] = b"\xff" * (end - start)

    def _write(self, data: bytes) -> None:
        data = data[: self._left]
        if not data:
            return
        if self.stub:
            self._erase(self._at, len(data)) if self._at % SECTOR == 0 else None
            last = self._at + len(data) - 1
            if self._at % SECTOR and last // SECTOR != self._at // SECTOR:
                next_sector = self._at + -self._at % SECTOR
                self._erase(next_sector, last + 1 - next_sector)
        self.flash[self._at : self._at + len(data)] = data
        if self.stuck is not None and self._at <= self.stuck[0] < self._at + len(data):
            self.flash[self.stuck[0]] = self.stuck[1]
        self.written.append((self._at, len(data)))
        self._at += len(data)
        self._left -= len(data)
