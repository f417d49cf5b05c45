# SPDX-License-Identifier: Apache-2.0
"""The emulator without its service: the core's speed beside its peers, and what boards cost."""

from __future__ import annotations

from bench.emulator import boards, speed
from bench.table import Row


def measure() -> list[Row]:
    """Raises BenchError: the engines do not print the same checksum."""
    return [*speed.measure(), *boards.measure()]


__all__ = ["measure"]
