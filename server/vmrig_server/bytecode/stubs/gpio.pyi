# SPDX-License-Identifier: Apache-2.0
"""Pins, by the name that the board gives them ("LED", "P0", docs/library.md) or by number, port * 32 + bit.

Every function raises ValueError for a pin that the board or the chip does not have, TypeError when it is neither str nor int.
"""

from typing import Final

Pin = str | int

INPUT: Final[int]
"""Nothing drives or pulls the pin."""
OUTPUT: Final[int]
"""The chip drives it; reading tells the level on the pin."""
PULLUP: Final[int]
"""An input that the chip pulls up, by some 10 to 50 kOhm."""
PULLDOWN: Final[int]
"""An input that the chip pulls down."""
RISING: Final[int]
"""Edges from low to high."""
FALLING: Final[int]
"""Edges from high to low."""
BOTH: Final[int]
"""Edges of both kinds."""

def mode(pin: Pin, mode: int, /) -> None:
    """What the pin is: INPUT, OUTPUT, PULLUP or PULLDOWN, else ValueError. OSError: the pin is the board's own."""

def write(pin: Pin, level: object, /) -> None:
    """Drives an output: high when `level` is true. OSError: the pin is the board's own."""

def high(pin: Pin, /) -> None:
    """write(pin, 1)"""

def low(pin: Pin, /) -> None:
    """write(pin, 0)"""

def toggle(pin: Pin, /) -> None:
    """Drives an output to what it is not."""

def read(pin: Pin, /) -> int:
    """The level on the pin, 0 or 1."""

def watch(pin: Pin, edges: int = ..., /) -> None:
    """From now on the pin's edges (RISING, FALLING, BOTH) are noted by an interrupt and kept for wait(), 8 of them; 0: no more.

    OSError ENODEV: this chip has no interrupt for the pin.
    """

def wait(pin: Pin, timeout: float | None = None, /) -> int | None:
    """The level after the next edge of a watched pin; None when `timeout` seconds (None: any time) have passed. Other threads run meanwhile."""
