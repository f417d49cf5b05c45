# SPDX-License-Identifier: Apache-2.0
"""The chip's watchdog: a program that stops feeding it is started anew, and board.reset_cause() tells WATCHDOG."""

def start(timeout_ms: int, /) -> None:
    """Resets the chip unless feed() is called every `timeout_ms` milliseconds, 10 at least. It cannot be stopped; once no program runs, the
    firmware feeds it. OSError: EINVAL, the chip cannot wait so long; ENODEV, the port has no driver."""

def feed() -> None:
    """Its time begins again."""
