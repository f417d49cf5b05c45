# SPDX-License-Identifier: Apache-2.0
"""Pins do what the program says, when it says."""

from __future__ import annotations

import itertools

import pytest
from vmrig.v1 import leases_pb2

from vmrig_client import Client

from .conftest import Console, Instruments

pytestmark = pytest.mark.usefixtures("virtualized")

BLINK = """\
import gpio, time
gpio.mode("ROW1", gpio.OUTPUT)
gpio.low("ROW1")
for i in range(10):
    gpio.high("ROW1")
    time.sleep_ms(7)
    gpio.low("ROW1")
    time.sleep_ms(3)
"""

BUTTON = """\
import gpio, time
gpio.mode("BUTTON_A", gpio.INPUT)
print("up" if gpio.read("BUTTON_A") else "down")
while gpio.read("BUTTON_A"):
    time.sleep_ms(1)
print("pressed")
while not gpio.read("BUTTON_A"):
    time.sleep_ms(1)
print("released")
"""


def test_a_blinking_pin_keeps_its_times(client: Client, lease: leases_pb2.Lease, instruments: Instruments) -> None:
    edges = instruments.watch("ROW1")
    client.run(lease, BLINK, wait=True)
    rises = [time_ns for time_ns, level in edges() if level]
    falls = [time_ns for time_ns, level in edges() if not level]
    assert len(rises) == 10
    widths_ms = [(fall - rise) / 1e6 for rise, fall in zip(rises, falls[-10:], strict=True)]
    periods_ms = [(late - early) / 1e6 for early, late in itertools.pairwise(rises)]
    assert all(7 <= width < 7.5 for width in widths_ms), widths_ms
    assert all(10 <= period < 10.8 for period in periods_ms), periods_ms


def test_a_button_is_read(client: Client, lease: leases_pb2.Lease, instruments: Instruments, console: Console) -> None:
    client.run(lease, BUTTON)
    console.wait_for("up\n")
    instruments.drive("BUTTON_A", "low")
    console.wait_for("pressed\n")
    instruments.drive("BUTTON_A", "float")
    console.wait_for("released\n")
