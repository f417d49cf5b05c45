# SPDX-License-Identifier: Apache-2.0
"""What drives a chip's pins from outside: the user, and circuits of the board that pull a pin low."""

from __future__ import annotations

import threading

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.machine_api import Level


class OutsidePins:
    """A pin that a circuit pulls is low, whatever the user drives; afterwards it is as the user drives it. Thread-safe."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._lock = threading.Lock()
        self._driven: dict[int, Level] = {}
        self._pulled: set[int] = set()

    def drive(self, pin: int, level: Level) -> None:
        """By the user; -1 lets go."""
        with self._lock:
            self._driven[pin] = level
            self._apply(pin)

    def pull_low(self, pin: int, pulled: bool) -> None:
        """By a circuit."""
        with self._lock:
            (self._pulled.add if pulled else self._pulled.discard)(pin)
            self._apply(pin)

    def _apply(self, pin: int) -> None:
        level: Level = 0 if pin in self._pulled else self._driven.get(pin, -1)
        with self._board.access() as machine:
            machine.pin_drive(pin, level)
