# SPDX-License-Identifier: Apache-2.0
"""An unmodified esptool through the doors of an emulated ESP32-C3 board: it resets the chip into its loader, speaks with it, and resets it into its firmware."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.emulator.lined import PRELOAD
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.usb_folder import scan

if importlib.util.find_spec("esptool") is None:
    pytest.skip("esptool is not installed: pip install 'vmrig[esp]'", allow_module_level=True)

LIMIT_S = 60
MAC = "7C:DF:A1:12:34:56"
Plugged = Callable[[str, str], AbstractContextManager[HostedBoard]]


@pytest.fixture
def plugged(tmp_path: Path) -> Plugged:
    """Makes a board of a target, plugged in as one of its ways."""

    @contextmanager
    def make(target: str, usb: str = "") -> Iterator[HostedBoard]:
        scheduler, loop = Scheduler(1), SerialLoop()
        board = HostedBoard(target, MAC, tmp_path / "board", Pace.REAL, scheduler, loop, Folders(tmp_path / "run"), usb)
        try:
            board.plug(240, 1, 5)
            yield board
        finally:
            board.close()
            scheduler.close()
            loop.close()

    return make


def esptool(port: str, *arguments: str, lines: Path | None = None) -> str:
    """What it says. AssertionError: it failed."""
    environment = dict(os.environ)
    if lines is not None:
        environment |= {"LD_PRELOAD": str(PRELOAD), "VMRIG_LINES": str(lines)}
    done = subprocess.run(
        [sys.executable, "-m", "esptool", "--port", port, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_over_the_terminal_with_the_preload_library_it_flashes_and_starts_the_chip(
    plugged: Plugged, tmp_path: Path
) -> None:
    data = os.urandom(20_000)
    (tmp_path / "data.bin").write_bytes(data)
    with plugged("esp32c3_devkitm", "") as board:
        port = str(tmp_path / "run" / "tty" / MAC)
        said = esptool(port, "write-flash", "0x10000", f"{tmp_path}/data.bin", lines=tmp_path / "run" / "lines")
        assert "Stub flasher running." in said and "Hash of data verified." in said
        assert MAC.lower() in said
        assert board.board.machine.memory_read("flash", 0x10000, len(data)) == data
        assert not board.board.machine.download_mode()


def test_the_chips_own_usb_port_is_reset_by_its_own_sequence(plugged: Plugged, tmp_path: Path) -> None:
    with plugged("esp32c3_devkitm", "usb_jtag") as board:
        port = str(tmp_path / "run" / "tty" / MAC)
        said = esptool(port, "--before", "usb-reset", "flash-id", lines=tmp_path / "run" / "lines")
        assert "Detected flash size: 4MB" in said
        assert not board.board.machine.download_mode()
        (device,) = scan(tmp_path / "run" / "usb")
        assert (device.serial, device.device[16:24]) == (MAC, "3a300110")


def test_over_rfc2217_it_needs_nothing_but_the_port(plugged: Plugged) -> None:
    with plugged("esp32c3_devkitm", "") as board:
        port = f"rfc2217://127.0.0.1:{board.status()['rfc2217_port']}"
        assert MAC.lower() in esptool(port, "--chip", "esp32c3", "--no-stub", "read-mac")
        assert not board.board.machine.download_mode()


def test_without_lines_it_finds_the_chip_running_its_firmware(plugged: Plugged, tmp_path: Path) -> None:
    with plugged("esp32c3_devkitm", "") as board, pytest.raises(AssertionError, match="Failed to connect"):
        esptool(str(tmp_path / "run" / "tty" / MAC), "--connect-attempts", "1", "read-mac")
    assert not board.plugged
