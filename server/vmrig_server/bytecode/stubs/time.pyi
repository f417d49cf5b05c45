# SPDX-License-Identifier: Apache-2.0
"""Time. A board has no calendar: its clocks count from its start. Sleeping threads let others run."""

def sleep(seconds: float, /) -> None:
    """ValueError: negative or NaN."""

def sleep_ms(milliseconds: int, /) -> None:
    """Negative: not at all."""

def sleep_us(microseconds: int, /) -> None:
    """Negative: not at all."""

def ticks_ms() -> int:
    """Milliseconds, modulo 2**30: for ticks_diff() and ticks_add() only."""

def ticks_us() -> int:
    """Microseconds, modulo 2**30."""

def ticks_diff(end: int, start: int, /) -> int:
    """From start to end, -2**29 to 2**29 - 1."""

def ticks_add(ticks: int, delta: int, /) -> int:
    """OverflowError: delta is not within -2**29 to 2**29 - 1."""

def time() -> float:
    """Seconds since the board's start."""

def monotonic() -> float:
    """The same."""

def time_ns() -> int:
    """Nanoseconds since the board's start, in steps of a microsecond."""

def monotonic_ns() -> int:
    """The same."""

def perf_counter() -> float:
    """The same as monotonic()."""

def perf_counter_ns() -> int:
    """The same as monotonic_ns()."""
