# SPDX-License-Identifier: Apache-2.0
"""Who the board is, and why it started."""

from typing import Final

POWER_ON: Final[int]
PIN: Final[int]
WATCHDOG: Final[int]
SOFT: Final[int]
LOCKUP: Final[int]
DEBUG: Final[int]

def uid() -> bytes:
    """The chip's unique number, most significant byte first."""

def reset_cause() -> int:
    """Bits of the constants above, as found at the start."""

def reset() -> None:
    """Starts the board anew; on the host the program ends."""
