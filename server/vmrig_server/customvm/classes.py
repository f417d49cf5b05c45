# SPDX-License-Identifier: Apache-2.0
"""Pin classes: what a pin is for. The numbers are those of the first port.bin format, which old boards read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Role = Literal["io", "i2c", "uart", "analog", "button", "led"]


@dataclass(frozen=True, slots=True)
class PinClass:
    """A kind of functional name: RX of RX0, RX1, ..."""

    name: str
    number: int
    """Of the table that it is in."""
    offset: int
    step: int
    """Row of name n in that table: n * step + offset."""
    capability: int
    """Its bit in a pin's capabilities."""
    role: Role
    output: bool = False
    """The chip drives the pin."""

    def code(self, index: int) -> int:
        """The virtual pin: table << 8 | row."""
        return self.number << 8 | (index * self.step + self.offset)

    @property
    def last_index(self) -> int:
        """Rows are counted in a byte, and so are they themselves."""
        return 255 // self.step - 1


CLASSES: dict[str, PinClass] = {
    entry.name: entry
    for entry in (
        PinClass("A", 1, 0, 1, 0x02, "analog"),
        PinClass("MOSI", 2, 0, 3, 0x04, "io", output=True),
        PinClass("MISO", 2, 1, 3, 0x04, "io"),
        PinClass("SCLK", 2, 2, 3, 0x04, "io", output=True),
        PinClass("SDA", 3, 0, 2, 0x08, "i2c", output=True),
        PinClass("SCL", 3, 1, 2, 0x08, "i2c", output=True),
        PinClass("PWM", 4, 0, 1, 0x10, "io", output=True),
        PinClass("ICU", 5, 0, 1, 0x20, "io"),
        PinClass("CANRX", 6, 0, 2, 0x40, "io"),
        PinClass("CANTX", 6, 1, 2, 0x40, "io", output=True),
        PinClass("RX", 7, 0, 2, 0x80, "uart"),
        PinClass("TX", 7, 1, 2, 0x80, "uart", output=True),
        PinClass("DAC", 8, 0, 1, 0x100, "analog"),
        PinClass("LED", 9, 0, 1, 0, "led", output=True),
        PinClass("BTN", 10, 0, 1, 0, "button"),
    )
}
PINS, ADC, SPI, I2C, PWM, ICU, CAN, SERIAL, DAC, LED, BTN, HTM, RTC = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14
EXTERNAL_INTERRUPT = 0x01

PERIPHERALS: dict[str, tuple[int, tuple[str, ...]]] = {
    "SERIAL": (SERIAL, ("rx", "tx")),
    "SPI": (SPI, ("mosi", "miso", "sclk")),
    "I2C": (I2C, ("sda", "scl")),
    "RTC": (RTC, ()),
    "HTM": (HTM, ()),
}
"""Kinds of peripherals: number of the class, signals in the order of port.bin. A signal is the class of that name."""

_NAME = re.compile(r"(?P<kind>[A-Z]+|I2C)(?P<index>0|[1-9]\d{0,2})")


def split(name: str) -> tuple[str, int] | None:
    """("RX", 0) of ``RX0``; None: not of that form."""
    match = _NAME.fullmatch(name)
    return (match["kind"], int(match["index"])) if match else None


def class_of(name: str) -> tuple[PinClass, int] | None:
    """The class of a functional name and its index; None: no such class."""
    parts = split(name)
    return (CLASSES[parts[0]], parts[1]) if parts and parts[0] in CLASSES else None


def peripheral_of(name: str) -> tuple[str, int] | None:
    """The kind of a peripheral and its index: ("SERIAL", 0); None: no such kind."""
    parts = split(name)
    return parts if parts and parts[0] in PERIPHERALS else None


def class_name(code: int) -> str:
    """The functional name of a virtual pin, the other way round. ValueError: there is none."""
    for entry in CLASSES.values():
        index, rest = divmod((code & 0xFF) - entry.offset, entry.step)
        if entry.number == code >> 8 and rest == 0 and index >= 0:
            return f"{entry.name}{index}"
    raise ValueError(f"{code:#06x} is no virtual pin")
