# SPDX-License-Identifier: Apache-2.0
"""A bench for tests of Espressif's chips: the loader's protocol spoken directly, and a pseudo-terminal for a real esptool."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import tty
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from vmrig_native import _emu

MAC = bytes.fromhex("7cdfa1b2c3d4")
FLASH_SIZE = 4 << 20
STUB_SIZE = 0x1000
"""Bytes of what is taken for the stub: none is smaller than 1.5 KB."""
SPI1, EFUSE = 0x60002000, 0x60008800
STRAP = 9
CYCLES_PER_MS = 160_000
REST_MS = 2
"""So long after the last sign of work nothing more is to be expected."""
FLASH_AT = 0x10000000
"""Where a machine without a cache keeps its flash: on no chip is there anything."""


def plain_machine(
    *, rom: Mapping[str, int] | None = None, spi: Mapping[str, int] | None = None, flash: Path | None = None
) -> _emu.Machine:
    """A chip as far as its loader needs one: no core that runs, power off."""
    machine = _emu.Machine(core="none", clock_hz=160_000_000)
    machine.add_memory("flash", "flash", FLASH_AT, FLASH_SIZE, path=None if flash is None else str(flash))
    machine.add_memory("ram", "ram", 0x3FC80000, 0x60000)
    words = {f"uid_{i}": int.from_bytes(MAC[4 * i : 4 * i + 4], "little") for i in range(2)}
    machine.add_device("esp.efuse", "EFUSE", EFUSE, params={**words, "word_50": 1 << 27 | 3 << 18, "word_54": 1})
    machine.add_device("esp.spi_mem", "SPI1", SPI1, params=spi or {})
    machine.add_device("esp.rom", "ROM", 0, params={"stub_protocol": 1, **(rom or {})})
    return machine


def into_download(machine: _emu.Machine) -> str:
    """Switches it on with the strapping pin low. What it prints."""
    machine.pin_drive(STRAP, _emu.LOW)
    machine.power(True)
    machine.run(2 * CYCLES_PER_MS)
    return machine.serial_read(0).decode()


def run_while_busy(machine: _emu.Machine, limit_ms: int = 600_000) -> bytes:
    """Lets time pass until the loader has nothing to do; what came back."""
    back = bytearray()
    end = machine.now() + limit_ms * CYCLES_PER_MS
    while machine.now() < end:
        machine.run(CYCLES_PER_MS)
        back += machine.serial_read(0)
        if machine.now() > machine.download_active_until() + REST_MS * CYCLES_PER_MS:
            return bytes(back)
    raise AssertionError("the loader is still busy")


# --- the protocol


def slip(frame: bytes) -> bytes:
    return b"\xc0" + frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def unslip(data: bytes) -> list[bytes]:
    """The frames in there. AssertionError: anything outside of one."""
    frames = []
    while data:
        assert data[0] == 0xC0, data[:32]
        end = data.index(b"\xc0", 1)
        frames.append(data[1:end].replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb"))
        data = data[end + 1 :]
    return frames


def request(op: int, data: bytes = b"", check: int = 0) -> bytes:
    return slip(struct.pack("<BBHI", 0, op, len(data), check) + data)


def block(op: int, data: bytes, number: int) -> bytes:
    check = 0xEF
    for byte in data:
        check ^= byte
    return request(op, struct.pack("<IIII", len(data), number, 0, 0) + data, check)


SYNC, FLASH_BEGIN, FLASH_DATA, FLASH_END, MEM_BEGIN, MEM_END, MEM_DATA = 8, 2, 3, 4, 5, 6, 7
WRITE_REG, READ_REG, SPI_SET_PARAMS, SPI_ATTACH, READ_FLASH_SLOW = 9, 10, 11, 13, 14
DEFL_BEGIN, DEFL_DATA, DEFL_END, FLASH_MD5, SECURITY_INFO = 0x10, 0x11, 0x12, 0x13, 0x14
ERASE_FLASH, ERASE_REGION, READ_FLASH = 0xD0, 0xD1, 0xD2
SYNC_DATA = b"\x07\x07\x12\x20" + b"\x55" * 32


class Loader:
    """A host that speaks to the loader of a machine."""

    def __init__(self, machine: _emu.Machine, *, status_length: int = 4) -> None:
        self.machine = machine
        self.status_length = status_length

    def say(self, *requests: bytes) -> list[bytes]:
        """Frames that come back."""
        for data in requests:
            assert self.machine.serial_write(0, data) == len(data)
        return unslip(run_while_busy(self.machine))

    def ask(self, op: int, data: bytes = b"", check: int = 0) -> tuple[int, bytes, bytes]:
        """(value, data, status) of the one answer."""
        return self.answer(op, self.say(request(op, data, check)))

    def answer(self, op: int, frames: Sequence[bytes]) -> tuple[int, bytes, bytes]:
        assert len(frames) == 1, frames
        direction, answered, length, value = struct.unpack_from("<BBHI", frames[0])
        assert (direction, answered, length) == (1, op, len(frames[0]) - 8)
        return value, frames[0][8 : -self.status_length], frames[0][-self.status_length :]

    def words(self, op: int, *words: int) -> tuple[int, bytes]:
        """(value, data) of a request that succeeds."""
        value, data, status = self.ask(op, struct.pack(f"<{len(words)}I", *words))
        assert status == bytes(self.status_length), status
        return value, data

    def sync(self) -> None:
        frames = self.say(request(SYNC, SYNC_DATA))
        assert len(frames) == 8 and len(set(frames)) == 1
        self.status_length = len(frames[0]) - 8

    def start_stub(self) -> None:
        self.words(MEM_BEGIN, STUB_SIZE, 1, 0x1800, 0x3FC80000)
        self.answer(MEM_DATA, self.say(block(MEM_DATA, bytes(STUB_SIZE), 0)))
        frames = self.say(request(MEM_END, struct.pack("<II", 0, 0x40380000)))
        assert frames[1] == b"OHAI"
        self.status_length = 2

    def write(self, address: int, data: bytes, *, compressed: bool = False) -> None:
        self.words(SPI_SET_PARAMS, 0, FLASH_SIZE, 0x10000, 0x1000, 256, 0xFFFF)
        size = 0x4000 if self.status_length == 2 else 0x400
        sent = zlib.compress(data, 9) if compressed else data
        blocks = [sent[at : at + size] for at in range(0, len(sent), size)]
        begin, more, end = (DEFL_BEGIN, DEFL_DATA, DEFL_END) if compressed else (FLASH_BEGIN, FLASH_DATA, FLASH_END)
        extra = () if self.status_length == 2 else (0,)
        self.words(begin, len(data), len(blocks), size, address, *extra)
        for number, part in enumerate(blocks):
            padded = part if compressed else part.ljust(size, b"\xff")
            _, _, status = self.answer(more, self.say(block(more, padded, number)))
            assert status == bytes(self.status_length), status
        if self.status_length == 2:
            self.words(end, 1)


# --- a real esptool


class Terminal:
    """A pseudo-terminal that leads to a machine's serial port, whose time passes while there is work. It has no modem lines."""

    def __init__(self, machine: _emu.Machine) -> None:
        self.machine = machine
        self._master, slave = pty.openpty()
        tty.setraw(slave, termios.TCSANOW)
        self.port = os.ttyname(slave)
        self._slave = slave  # kept open, so that a client that closes it does not end it
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="esp terminal")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._stop)
        self._thread.join()
        for fd in (self._master, self._slave, self._wake):
            os.close(fd)

    def _serve(self) -> None:
        machine = self.machine
        while True:
            busy = machine.now() <= machine.download_active_until() + REST_MS * CYCLES_PER_MS
            ready, _, _ = select.select([self._master, self._wake], [], [], 0 if busy else None)
            if self._wake in ready:
                return
            if self._master in ready:
                data = os.read(self._master, 4096)
                while data:
                    data = data[machine.serial_write(0, data) :]
                    self._run()
            elif busy:
                self._run()

    def _run(self) -> None:
        self.machine.run(CYCLES_PER_MS // 4)
        back = self.machine.serial_read(0)
        while back:
            back = back[os.write(self._master, back) :]


def esptool(port: str, *arguments: str, timeout_s: float = 60) -> str:
    """What esptool says. AssertionError: it failed."""
    command = [
        sys.executable,
        "-m",
        "esptool",
        "--port",
        port,
        "--before",
        "no-reset",
        "--after",
        "no-reset",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
