# SPDX-License-Identifier: Apache-2.0
"""The one exception that crosses rooms: an error is a product (code, sentence, evidence, next command)."""

from __future__ import annotations

import enum
from collections.abc import Sequence


class ErrorClass(enum.IntEnum):
    """Which side failed; numbers equal `vmrig.v1.ErrorClass`, the CLI's exit codes follow it."""

    REQUEST = 1
    DEADLINE = 2
    FIRMWARE = 3
    BENCH = 4
    NO_BOARD = 5
    PERMISSION = 6


class VmrigError(Exception):
    """What went wrong, in words for the person or the CI job that asked.

    Args:
        code: stable, upper snake case, e.g. ``BOARD_GONE``.
        message: one sentence that says what happened.
        evidence: the tool's last lines, addresses, expected and found values.
        next_command: the command to type next, or empty.
        error_class: which side failed.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        evidence: Sequence[str] = (),
        next_command: str = "",
        error_class: ErrorClass = ErrorClass.REQUEST,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.evidence = tuple(evidence)
        self.next_command = next_command
        self.error_class = error_class
