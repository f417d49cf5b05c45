# SPDX-License-Identifier: Apache-2.0
"""Waiting for a time, a pin or a line, and the chip's deep sleep, from which the program starts anew."""

from typing import Final

from uart import UART as Line

Pin = str | int

TIMER: Final[int]
PIN: Final[int]
UART: Final[int]

def light(
    seconds: float | None = None,
    pin: Pin | None = None,
    level: int | None = None,
    edges: int = 3,
    line: Line | None = None,
) -> int:
    """Sleeps until the time is over, or the pin or the line ends it before; all is kept, and the core waits unless another thread runs.

    seconds: 0 or more. pin: ends it at this level (at once where it has it), or without one at an edge, as gpio.watch names them; the pin is
    not watched any more afterwards. line: ends it when bytes have come, which stay to be read.
    Returns TIMER, PIN or UART. Raises ValueError when nothing is given, or a pin and a line, OSError ENODEV when the chip's pins tell no edges.
    """

def deep(seconds: float | None = None, pin: Pin | None = None, level: int = 1) -> None:
    """Switches off all that the chip can; after the time, or at the pin's level, the program starts anew, with RAM lost.

    What was printed is sent before. A watchdog that was started goes on where the chip lets it. Does not return. Raises ValueError when
    nothing is given, OSError ENODEV when this chip cannot be woken like that (the text says what can), EINVAL when the time is too long for it.
    """

def wake_cause() -> int:
    """What ended the deep sleep before this start: TIMER or PIN; 0 when the board was started otherwise."""
