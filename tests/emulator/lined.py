# SPDX-License-Identifier: Apache-2.0
"""A fake chip behind a port with modem lines: it samples its strapping pin when it leaves reset, says how it boots, and echoes what it receives."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import vmrig_native

from tests.emulator.fakes import FakeMachine
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.lined import LinedPort
from vmrig_server.emulator.doors.lines import AutoReset
from vmrig_server.emulator.doors.pty import LinedPty
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.doors.socket_port import SocketPortDoor
from vmrig_server.emulator.machine_api import Level
from vmrig_server.emulator.outside_pins import OutsidePins
from vmrig_server.emulator.scheduler import Scheduler

BOOT_PIN = 9
DEADLINE_S = 10.0
PRELOAD = Path(vmrig_native.__file__).with_name("libvmrig_lines.so")


class EchoChip(FakeMachine):
    """`boots` collects "download" and "flash"."""

    def __init__(self) -> None:
        super().__init__()
        self.boots: list[str] = []
        self.changes: list[tuple[str, int]] = []
        self.received = bytearray()

    def reset_pin(self, asserted: bool) -> None:
        with self.lock:
            if self.reset and not asserted:
                self.boots.append("download" if self.pins.get(BOOT_PIN, -1) == 0 else "flash")
                self.from_chip += f"boot:{self.boots[-1]}\r\n".encode()
            self.changes.append(("reset", int(asserted)))
            self.reset = asserted

    def usb_reset(self) -> None:
        self.reset_pin(True)
        self.reset_pin(False)

    def pin_drive(self, pin: int, level: Level) -> None:
        self.changes.append(("boot", level))
        super().pin_drive(pin, level)

    def run(self, max_cycles: int) -> tuple[str, int]:
        with self.lock:
            if not self.reset:
                self.received += self.to_chip
                self.from_chip += self.to_chip
                self.to_chip.clear()
            return super().run(max_cycles)


Lines = Callable[[int | None, int | None], None]
"""Sets (DTR, RTS); None leaves a line as it is."""


def unix_tight(lines: Lines) -> None:
    """esptool's reset into the loader on Unix: both lines in one call."""
    for dtr, rts in ((0, 0), (1, 1), (0, 1), (1, 0), (0, 0)):
        lines(dtr, rts)
    lines(0, None)


def set_rts(lines: Lines, state: dict[str, int], rts: int) -> None:
    """As esptool does: DTR is written again after RTS."""
    lines(None, rts)
    lines(state["dtr"], None)


def classic(lines: Lines) -> None:
    """esptool's reset into the loader where the lines are set one after the other."""
    state = {"dtr": 0}
    lines(0, None)
    set_rts(lines, state, 1)
    state["dtr"] = 1
    lines(1, None)
    set_rts(lines, state, 0)
    lines(0, None)


def usb_jtag(lines: Lines) -> None:
    """esptool's reset of chips that are on USB themselves."""
    state = {"dtr": 0}
    set_rts(lines, state, 0)
    lines(0, None)
    state["dtr"] = 1
    lines(1, None)
    set_rts(lines, state, 0)
    set_rts(lines, state, 1)
    state["dtr"] = 0
    lines(0, None)
    set_rts(lines, state, 1)
    lines(0, None)
    set_rts(lines, state, 0)


def hard_reset(lines: Lines) -> None:
    """esptool's reset into the firmware."""
    state = {"dtr": 0}
    set_rts(lines, state, 1)
    set_rts(lines, state, 0)


def opening(lines: Lines) -> None:
    """What pyserial does to the lines."""
    lines(1, None)
    lines(None, 1)


def opening_with_rtscts(lines: Lines) -> None:
    lines(1, None)


def wrong(lines: Lines) -> None:
    """A custom sequence of esptool's tests that must not lead into the loader: D0|W0.1|R1|R0|W0.1|R1|R0."""
    state = {"dtr": 0}
    lines(0, None)
    for rts in (1, 0, 1, 0):
        set_rts(lines, state, rts)


class OtherDoor:
    """A door that nobody reads."""

    pid = 4711

    def end_if_gone(self) -> None:
        pass

    def output(self, data: bytes) -> None:
        pass


class Rig:
    """A board with a serial port that has modem lines, and all its doors."""

    def __init__(self, folder: Path) -> None:
        self.chip = EchoChip()
        self.scheduler = Scheduler(1)
        self.board = Board(self.chip, 1_000_000, self.scheduler)
        self.board.power(True)
        self.loop = SerialLoop()
        pins = OutsidePins(self.board)
        self.port = LinedPort(self.board, 0, AutoReset(), lambda low: pins.pull_low(BOOT_PIN, low), 115200)
        self.board.attach_serial(0, self.port.output)
        self.lines = folder / "lines"
        self.pty = LinedPty(self.loop, folder / "tty" / "board", self.port, self.lines)
        self.socket = SocketPortDoor(self.loop, folder / "serial" / "board.sock", self.port)
        self.url = f"vmrig://{self.socket.path}"

    def close(self) -> None:
        self.board.close()
        self.socket.close()
        self.pty.close()
        self.loop.close()
        self.scheduler.close()

    def say(self, text: bytes) -> None:
        """The chip says something of its own."""
        with self.board.access() as machine:
            assert machine is self.chip
            with self.chip.lock:
                self.chip.from_chip += text
        until(lambda: not self.chip.from_chip)

    def run(self, script: str, *, preload: bool = True) -> str:
        """A Python program, started as `vmrig run-with-lines` does; `PORT` is the terminal."""
        environment = {**os.environ, "PORT": str(self.pty.link)}
        if preload:
            environment |= {"LD_PRELOAD": str(PRELOAD), "VMRIG_LINES": str(self.lines)}
        head = "import os, fcntl, struct, termios, serial\nport = os.environ['PORT']\n"
        done = subprocess.run(
            [sys.executable, "-c", head + script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)
