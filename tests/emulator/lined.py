# SPDX-License-Identifier: Apache-2.0
"""A fake chip behind a port with modem lines: it samples its strapping pin when it leaves reset, says how it boots, and echoes what it receives."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulator.fakes import FakeMachine
from vmrig_server.emulator.board import Level

BOOT_PIN = 9


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
