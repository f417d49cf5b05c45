# SPDX-License-Identifier: Apache-2.0
"""How time passes for a chip that is in its serial loader, or runs what that has loaded: with its work, whatever the board's pace.

A host that flashes waits for every answer, and could not tell how long an erase took: so time runs free while there is work. Afterwards it keeps to the wall, so that a
watchdog bites when it should. A program that was loaded and waits for its next command in a loop looks as busy as one that computes: the longer it has said nothing, the less of the host's processor it gets.
"""

from __future__ import annotations

import time
from typing import Protocol

SETTLE_S = 0.002
"""Of virtual time: work that pauses for less goes on."""
ANSWER_S = 3.0
"""Of virtual time, from the last byte on: how long a running program may think about its answer, free of the wall."""
ANSWER_WALL_S = 2.0
"""The same on the wall."""
QUIET_S = 0.25
"""Of virtual time: a running program that has said nothing for so long probably waits."""
UNASKED = 128 * 1024
"""Bytes: what says more without being asked is no loader at work but a program that prints, and whoever reads it keeps to the wall."""
SILENT_S = 1.0
"""The same: it almost certainly does."""
REST, REST_SILENT = 9, 99
"""How many times as long as it ran such a program then rests."""


class Machine(Protocol):
    """What is asked of `vmrig_native._emu.Machine`."""

    def now(self) -> int: ...
    def clock_hz(self) -> int: ...
    def core_idle(self) -> bool: ...
    def download_active_until(self) -> int: ...


class LoaderPace:
    """What has been heard and said. Called from any thread; a notice that comes late costs a slice at most."""

    def __init__(self) -> None:
        self._owed_since: float | None = None
        self._mark = 0
        self._unasked = 0

    def heard(self, cycle: int) -> None:
        """Bytes came for the chip, or it left reset: an answer is due."""
        self._owed_since = time.monotonic()
        self._mark = cycle
        self._unasked = 0

    def said(self, cycle: int, length: int, *, more: bool) -> None:
        """The chip sent so many bytes. `more`: others wait for it."""
        self._unasked += length
        if not more:
            self._owed_since = None
        self._mark = cycle

    def free_until(self, machine: Machine) -> int | None:
        """Up to which cycle time need not keep to the wall; None: it must."""
        if self._unasked > UNASKED:
            return None
        now, hz = machine.now(), machine.clock_hz()
        if self._mark > now:
            self._mark = 0  # the power was off
        last = max(self._mark, machine.download_active_until())
        settled = last + int(SETTLE_S * hz)
        if now < settled:
            return settled
        if self._owed_since is not None and not machine.core_idle():
            thought = last + int(ANSWER_S * hz)
            if now < thought and time.monotonic() < self._owed_since + ANSWER_WALL_S:
                return thought
        return None

    def rest(self, machine: Machine) -> int:
        """How many times as long as it runs a program that probably waits for bytes should rest; 0: it does not, or the core waits by itself."""
        if machine.core_idle():
            return 0
        silent_s = (machine.now() - max(self._mark, machine.download_active_until())) / machine.clock_hz()
        return 0 if silent_s <= QUIET_S else REST if silent_s <= SILENT_S else REST_SILENT
