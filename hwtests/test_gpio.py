# SPDX-License-Identifier: Apache-2.0
"""Pins do what the program says, when it says."""

from __future__ import annotations

import itertools

import pytest
from vmrig.v1 import leases_pb2

from vmrig_client import Client

from .conftest import Console, Instruments, Pin

pytestmark = pytest.mark.usefixtures("virtualized")

BLINK = """\
import gpio, time
gpio.mode(LED, gpio.OUTPUT)
gpio.low(LED)
for i in range(10):
    gpio.high(LED)
    time.sleep_ms(7)
    gpio.low(LED)
    time.sleep_ms(3)
"""

BUTTON = """\
import gpio, time
gpio.mode(BUTTON, gpio.INPUT)
print("down" if gpio.read(BUTTON) == DOWN else "up")
while gpio.read(BUTTON) != DOWN:
    time.sleep_ms(1)
print("pressed")
while gpio.read(BUTTON) == DOWN:
    time.sleep_ms(1)
print("released")
"""


def test_a_blinking_pin_keeps_its_times(
    client: Client, lease: leases_pb2.Lease, instruments: Instruments, output: Pin
) -> None:
    edges = instruments.watch(output.name)
    client.run(lease, BLINK.replace("LED", repr(output.name)), wait=True)
    rises = [time_ns for time_ns, level in edges() if level]
    falls = [time_ns for time_ns, level in edges() if not level]
    assert len(rises) == 10
    widths_ms = [(fall - rise) / 1e6 for rise, fall in zip(rises, falls[-10:], strict=True)]
    periods_ms = [(late - early) / 1e6 for early, late in itertools.pairwise(rises)]
    assert all(7 <= width < 7.5 for width in widths_ms), widths_ms
    assert all(10 <= period < 10.8 for period in periods_ms), periods_ms


def test_a_button_is_read(
    client: Client, lease: leases_pb2.Lease, instruments: Instruments, console: Console, button: Pin
) -> None:
    down = "high" if button.active_high else "low"
    client.run(lease, f"BUTTON, DOWN = {button.name!r}, {int(button.active_high)}\n" + BUTTON)
    console.wait_for("up\n")
    instruments.drive(button.name, down)
    console.wait_for("pressed\n")
    instruments.drive(button.name, "float")
    console.wait_for("released\n")
