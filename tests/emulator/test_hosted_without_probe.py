# SPDX-License-Identifier: Apache-2.0
"""A board in a worker that has a serial port with modem lines and no debug probe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vmrig_server.agent.discovery.scan import KnownTarget, ScanMemory
from vmrig_server.agent.discovery.scan import scan as scan_bus
from vmrig_server.boards_data import Target, load_target
from vmrig_server.boards_data.schema import Serial, Usb, UsbInterface
from vmrig_server.emulator import hosted
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.hosted import Folders, HostedBoard
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.usb import EmulatedBus
from vmrig_server.emulator.usb_folder import scan

SERIAL = "0123456789abcdef0123456789abcdef"


def bridge_target() -> Target:
    """A known chip on a board with a bridge."""
    known = load_target("microbit_v2")
    bridge = Usb(
        vid=0x10C4,
        pid=0xEA60,
        manufacturer="Silicon Labs",
        product="CP2102N USB to UART Bridge Controller",
        interfaces=[UsbInterface(kind="serial-bridge", name="CP2102N USB to UART Bridge Controller")],
    )
    serial = Serial(uart=0, baud=115200, tx="P0.06", rx="P1.08", lines="esp-auto-reset", boot="P0.14")  # type: ignore[arg-type]
    return known.model_copy(update={"probe": None, "usb": bridge, "serial": serial})


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostedBoard]:
    monkeypatch.setattr(hosted, "load_target", lambda name: bridge_target())
    scheduler, loop = Scheduler(1), SerialLoop()
    it = HostedBoard("bridge", SERIAL, tmp_path / "board", Pace.REAL, scheduler, loop, Folders(tmp_path / "run"))
    it.plug(240, 1, 5, 0, 0)
    yield it
    it.close()
    scheduler.close()
    loop.close()


def test_a_board_without_a_probe_has_no_debug_doors_and_a_serial_port(board: HostedBoard, tmp_path: Path) -> None:
    (device,) = scan(tmp_path / "run" / "usb")
    assert (device.probe_socket, device.dap_socket, device.remote_port, device.dap_port) == ("", "", 0, 0)
    (port,) = EmulatedBus(tmp_path / "run" / "usb").serial_ports()
    assert (port.vid, port.pid, port.serial_number) == (0x10C4, 0xEA60, SERIAL)
    assert Path(port.device).resolve().is_char_device()
    assert port.url == f"vmrig://{tmp_path}/run/serial/{SERIAL}.sock"
    (target,) = (KnownTarget("bridge", 0x10C4, 0xEA60, has_probe=False),)
    (seen,) = scan_bus(EmulatedBus(tmp_path / "run" / "usb"), (target,), ScanMemory())
    assert (seen.board.candidates, seen.board.probe) == (("bridge",), "")
    assert (seen.board.serial_port, seen.board.serial_url) == (port.device, port.url)
    status = board.status()
    assert (status["remote_port"], status["dap_port"], status["powered"]) == (0, 0, True)
    assert status["gdb_port"], "which needs no probe"


def test_unplugging_removes_its_doors_and_it_can_be_plugged_in_again(board: HostedBoard, tmp_path: Path) -> None:
    for _ in range(2):
        board.unplug()
        assert scan(tmp_path / "run" / "usb") == [] and not list((tmp_path / "run" / "lines").iterdir())
        board.plug(240, 1, 5, 0, 0)
    assert len(list((tmp_path / "run" / "lines").iterdir())) == 1
