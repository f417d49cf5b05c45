# SPDX-License-Identifier: Apache-2.0
"""The ESP32-C3's eFuses: burnt by a real espefuse and by registers, kept for good, and heeded by the ROM."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator import esp
from tests.emulator.esp import EFUSE, MAC, Loader, Terminal
from vmrig_server.emulator.machine import build_machine

PGM_DATA, CONF, COMMAND = EFUSE, EFUSE + 0x1CC, EFUSE + 0x1D4
WR_DIS, RPT_DATA0, RPT_DATA3, USER_DATA, KEY0 = EFUSE + 0x2C, EFUSE + 0x30, EFUSE + 0x3C, EFUSE + 0x7C, EFUSE + 0x9C
READ, PROGRAM = 1, 2


class Fuses:
    """A board with a folder of its own."""

    def __init__(self, folder: Path | None = None) -> None:
        self.machine: _emu.Machine = build_machine("esp32c3_devkitm", storage=folder, identity={"mac": MAC}).machine
        self.on()

    def on(self) -> None:
        self.machine.pin_drive(esp.STRAP, _emu.LOW)
        self.machine.power(True)
        self.machine.run(4 * esp.CYCLES_PER_MS)
        self.machine.serial_read(0)

    def __getitem__(self, address: int) -> int:
        return self.machine.bus_read(address)

    def burn(self, block: int, *words: int) -> None:
        for n in range(8):
            self.machine.bus_write(PGM_DATA + 4 * n, words[n] if n < len(words) else 0)
        self.machine.bus_write(CONF, 0x5A5A)
        self.machine.bus_write(COMMAND, block << 2 | PROGRAM)
        self.machine.bus_write(CONF, 0x5AA5)
        self.machine.bus_write(COMMAND, READ)


def test_a_fuse_once_burnt_stays_so_over_power_and_a_new_process(tmp_path: Path) -> None:
    board = Fuses(tmp_path)
    board.burn(3, 0x12345678)
    board.burn(3, 0x80000001)
    assert board[USER_DATA] == 0x12345678 | 0x80000001
    board.machine.power(False)
    board.on()
    assert board[USER_DATA] == 0x92345679
    del board
    assert Fuses(tmp_path)[USER_DATA] == 0x92345679


def test_nothing_is_burnt_without_the_key_and_registers_of_fuses_are_not_written() -> None:
    board = Fuses()
    board.machine.bus_write(PGM_DATA, 0xFFFFFFFF)
    board.machine.bus_write(COMMAND, 3 << 2 | PROGRAM)
    board.machine.bus_write(USER_DATA, 0xFFFFFFFF)
    board.machine.bus_write(COMMAND, READ)
    assert board[USER_DATA] == 0


def test_a_protected_block_is_not_burnt_and_a_hidden_one_reads_as_zero() -> None:
    board = Fuses()
    board.burn(4, 0xDEADBEEF)
    board.burn(0, 1 << 23 | 1 << 22)  # WR_DIS of KEY0 and of the user's block
    board.burn(4, 0x00000010)
    board.burn(3, 1)
    assert (board[KEY0], board[USER_DATA]) == (0xDEADBEEF, 0)
    board.burn(0, 0, 1)  # RD_DIS of KEY0
    assert board[KEY0] == 0


def test_what_the_chip_came_with_is_there_beside_what_is_burnt() -> None:
    board = Fuses()
    board.burn(3, 1)
    assert board[EFUSE + 0x44] == int.from_bytes(MAC[2:], "big")


def test_secure_download_mode_is_what_the_fuse_makes_of_the_loader(tmp_path: Path) -> None:
    board = Fuses(tmp_path)
    board.burn(0, 0, 0, 0, 0, 1 << 5)
    assert board[RPT_DATA3] == 1 << 5
    board.machine.power(False)
    board.on()
    loader = Loader(board.machine)
    loader.sync()
    assert loader.ask(esp.READ_REG, bytes(4))[2][:2] == b"\x01\x05"
    assert loader.ask(esp.SECURITY_INFO)[1][0] & 4


def test_espefuse_burns_and_shows_fuses(tmp_path: Path) -> None:
    if importlib.util.find_spec("espefuse") is None:
        pytest.skip("espefuse is not installed: pip install 'vmrig[esp]'")
    board = Fuses(tmp_path)

    def espefuse(*arguments: str) -> str:
        command = [
            sys.executable,
            "-m",
            "espefuse",
            "--port",
            terminal.port,
            "--chip",
            "esp32c3",
            "--before",
            "no-reset",
        ]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    key = bytes(range(32))
    (tmp_path / "key.bin").write_bytes(key)
    with Terminal(board.machine) as terminal:
        assert "Successful" in espefuse("--do-not-confirm", "burn-efuse", "DIS_DIRECT_BOOT", "1")
        espefuse("--do-not-confirm", "burn-key", "BLOCK_KEY0", str(tmp_path / "key.bin"), "USER", "--no-read-protect")
        shown = espefuse("summary")
    assert "Disable direct boot mode" in shown and key.hex(" ") in shown
    assert board[RPT_DATA3] == 1 << 1
