# SPDX-License-Identifier: Apache-2.0
"""How pins are numbered, and how datasheets write them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

PINS_MAX = 256
"""A pin's number is port * 32 + bit."""

PinStyle = Literal["nordic", "stm32", "kinetis", "rp2040", "esp"]

# How datasheets write pins. The patterns exclude each other, so that a pin can be read without knowing the chip.
_PIN_STYLES: dict[PinStyle, re.Pattern[str]] = {
    "nordic": re.compile(r"P(?P<port>[0-7])\.(?P<bit>\d{1,2})"),  # P0.14
    "stm32": re.compile(r"P(?P<port>[A-H])(?P<bit>\d{1,2})"),  # PA5
    "kinetis": re.compile(r"PT(?P<port>[A-E])(?P<bit>\d{1,2})"),  # PTB22
    "rp2040": re.compile(r"GP(?P<bit>\d{1,2})"),  # GP25
    "esp": re.compile(r"GPIO(?P<bit>\d{1,2})"),  # GPIO8
}
_PIN_BITS: dict[PinStyle, int] = {"nordic": 32, "stm32": 16, "kinetis": 32, "rp2040": 30, "esp": 64}
_NAMED_PINS = {f"QSPI_{name}": 32 + bit for bit, name in enumerate(("SCLK", "SS", "SD0", "SD1", "SD2", "SD3"))}
"""Pins that datasheets call by their names: the RP2040's second bank."""


def chip_pin(text: object) -> int:
    """The number (port * 32 + bit) of a pin as datasheets write it: ``P0.14``, ``PA5``, ``PTB22``, ``GP25``, ``GPIO8``. ValueError: not a pin."""
    if isinstance(text, str) and text in _NAMED_PINS:
        return _NAMED_PINS[text]
    for style, pattern in _PIN_STYLES.items():
        match = pattern.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match["bit"]) >= _PIN_BITS[style]:
            continue
        port = match.groupdict().get("port", "0")
        return (int(port) if port.isdecimal() else ord(port) - ord("A")) * 32 + int(match["bit"])
    raise ValueError(f"a pin is written as the datasheet does, P0.14, PA5, PTB22, GP25 or GPIO8, not {text!r}")


def chip_pin_name(pin: int, style: PinStyle) -> str:
    """The other way round: ``P0.14`` of 14."""
    port, bit = divmod(pin, 32)
    letter = chr(ord("A") + port)
    names: dict[PinStyle, str] = {
        "nordic": f"P{port}.{bit:02d}",
        "stm32": f"P{letter}{bit}",
        "kinetis": f"PT{letter}{bit}",
        "rp2040": next((name for name, number in _NAMED_PINS.items() if number == pin), f"GP{pin}"),
        "esp": f"GPIO{pin}",
    }
    return names[style]


ChipPin = Annotated[int, BeforeValidator(chip_pin), Field(ge=0, lt=PINS_MAX)]
