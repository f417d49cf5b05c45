# SPDX-License-Identifier: Apache-2.0
"""The bytecode VM: its speed on the host and on a board beside MicroPython and CPython, what a heap's size costs it, and its own size."""

from __future__ import annotations

from bench.table import Row


def measure() -> list[Row]:
    """Our own figures are there without any peer; see `bench.vm.peers` for where those are looked for."""
    from bench.vm import (
        board,
        heap,
        host,
        programs,
        size,
        unsigned,
    )  # the children that are timed import this package too

    more = programs.MORE_NAMES
    return [
        *host.measure(),
        *board.measure(),
        *host.measure(more),
        *board.measure(more),
        *unsigned.measure(),
        *heap.measure(),
        *size.measure(),
    ]


__all__ = ["measure"]
