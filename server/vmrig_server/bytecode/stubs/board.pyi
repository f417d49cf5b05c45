# SPDX-License-Identifier: Apache-2.0
"""Who the board is, and why it started."""

from typing import Final

POWER_ON: Final[int]
PIN: Final[int]
WATCHDOG: Final[int]
SOFT: Final[int]
LOCKUP: Final[int]
DEBUG: Final[int]
WAKE: Final[int]
"""From deep sleep: by a pin, or, with WAKE_TIMER, by time."""
WAKE_TIMER: Final[int]

def uid() -> bytes:
    """The chip's unique number, most significant byte first."""

def target() -> str:
    """What kind of board it is, as `vmrig targets` names it; on the host's VM "host". In profile `full` only."""

def reset_cause() -> int:
    """Bits of the constants above, as found at the start."""

def reset() -> None:
    """Starts the board anew; on the host the program ends."""
