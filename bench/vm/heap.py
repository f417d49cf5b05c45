# SPDX-License-Identifier: Apache-2.0
"""What the size of the heap costs: the same program with room, with 64 times as much, and with hardly more than it needs."""

from __future__ import annotations

import os

from bench.table import Row
from bench.vm import programs
from bench.vm.child import run

TURNS = int(os.environ.get("VMRIG_BENCH_ROUNDS", "5"))
LARGER, LARGER_BAR = 64, 1.2
TIGHT, TIGHT_BAR = 1.15, 4.0
PAGE = 256
STEP = 16
"""Pages that two heaps differ by when the smallest is looked for."""


def measure() -> list[Row]:
    """Two rows for each of the workloads whose speed elsewhere depends on it."""
    return [row for name in ("nbody", "matmul") for row in _rows(name)]


def smallest(image: bytes, want: str, most: int, pages: int = STEP) -> int:
    """Bytes of the smallest heap, in steps of so many pages, in which the program prints what it has to."""
    low, high = 0, most // (PAGE * pages)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            printed, _, failure = run(image, middle * PAGE * pages)
        except (ValueError, MemoryError):
            printed, failure = "", "too small"
        low, high = (low, middle) if not failure and printed == want else (middle, high)
    return high * PAGE * pages


def _rows(name: str) -> list[Row]:
    figures = [f"heap of {LARGER} times the size, {name}", f"heap of {TIGHT} times the live size, {name}"]
    program = programs.compiled(name)
    if program.error:
        return [Row(figure, "-", program.error, "runs", False) for figure in figures]
    want = programs.wanted(name, "HOST_N")
    live = smallest(program.image, want, programs.heap_size(name))
    base = max(4 * live, 1 << 18)
    sizes = {"base": base, "large": LARGER * base, "tight": int(live * TIGHT) // PAGE * PAGE}
    best = dict.fromkeys(sizes, float("inf"))
    for _ in range(TURNS):
        for which, size in sizes.items():
            best[which] = min(best[which], run(program.image, size)[1])
    return [
        _row(figures[0], best["large"], best["base"], f"{base >> 10} KB", LARGER_BAR),
        _row(figures[1], best["tight"], best["base"], f"{base >> 10} KB; live: {live >> 10} KB", TIGHT_BAR),
    ]


def _row(figure: str, seconds: float, base: float, what: str, bar: float) -> Row:
    ratio = seconds / base
    return Row(figure, f"x {ratio:.2f}", f"{seconds:.3f} s; {base:.3f} s with {what}", f"x <= {bar}", ratio <= bar)
