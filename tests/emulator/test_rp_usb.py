# SPDX-License-Identifier: Apache-2.0
"""The Pico's own USB port on the emulated bus: there as long as the boot ROM waits for a program."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.emulator.rp2040 import FLASH, boot2
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard, chip_identity
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.usb_folder import PluggedDevice, scan

SERIAL = "e6614c311b4b7c2a"
PROBE, BOOTSEL = "Debug Probe (CMSIS-DAP)", "RP2 Boot"
DEADLINE_S = 20.0


def products(board: HostedBoard, folders: Folders, *expected: str) -> list[PluggedDevice]:
    """Lets the board's time follow the wall's until these are on the bus."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        board.board.settle()
        found = scan(folders.usb)
        if sorted(device.product for device in found) == sorted(expected):
            return list(found)
        assert time.monotonic() < deadline, [device.product for device in found]


@pytest.mark.parametrize("programmed", [False, True], ids=["blank", "programmed"])
def test_bootsel_is_on_the_bus_while_the_rom_waits(programmed: bool, tmp_path: Path) -> None:
    scheduler, loop, folders = Scheduler(1), SerialLoop(), Folders(tmp_path / "run")
    board = HostedBoard("rpi_pico", SERIAL, tmp_path / "board", Pace.REAL, scheduler, loop, folders)
    machine = board.board.machine
    try:
        if programmed:
            machine.poke(FLASH, boot2())
        board.plug(240, 1, 5, 0, 0)
        found = products(board, folders, *([PROBE] if programmed else [PROBE, BOOTSEL]))
        if not programmed:
            shown = next(device for device in found if device.product == BOOTSEL)
            uid = chip_identity(board._chip, SERIAL)["flash_id"]
            assert isinstance(uid, bytes) and shown.serial == uid.hex().upper()
            assert shown.bus != 240  # another port of the host than the probe's
            machine.poke(FLASH, boot2())
            board.board.reset_pin(True)
            board.board.reset_pin(False)
            products(board, folders, PROBE)
        board.unplug()
        assert scan(folders.usb) == []
    finally:
        board.close()
        scheduler.close()
        loop.close()
