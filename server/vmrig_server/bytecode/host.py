# SPDX-License-Identifier: Apache-2.0
"""Running a program on the VM in this process: `vmrig run --host`, and tests that need no board."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from .errors import HostRunError
from .peripherals import NEVER_US, WAKE, WAKE_TIMER, BoardReset, Peripherals
from .record import EndOfRecording, Recorder, Replayer, Session, about
from .traceback import CAUSE, CONTEXT, format_traceback

if TYPE_CHECKING:
    from vmrig_native import _vm

_WATCHDOG = 4  # HAL_RESET_WATCHDOG
SLICE = 100_000  # VM instructions between two looks at the clock and at `stop`


class Clock(Protocol):
    """Time of a running program, in microseconds since its start."""

    def now_us(self) -> int: ...

    def wait_until_us(self, wake_us: int) -> None: ...


class RealClock:
    """The program's time is the host's."""

    def __init__(self) -> None:
        self._start = time.monotonic_ns()

    def now_us(self) -> int:
        """Microseconds since the clock was made."""
        return (time.monotonic_ns() - self._start) // 1000

    def wait_until_us(self, wake_us: int) -> None:
        """Sleeps until then, at most 50 ms at a time, so that a stop is seen."""
        left = wake_us - self.now_us()
        if left > 0:
            time.sleep(min(left, 50_000) / 1e6)


class VirtualClock:
    """Time that only passes when the program sleeps: the same run gives the same times."""

    def __init__(self) -> None:
        self._now = 0

    def now_us(self) -> int:
        """Microseconds slept so far."""
        return self._now

    def wait_until_us(self, wake_us: int) -> None:
        """Time jumps to then."""
        self._now = max(self._now, wake_us)


class Gpio(Protocol):
    """What the program's pins are; pin = port * 32 + bit."""

    def mode(self, pin: int, mode: int) -> bool: ...

    def write(self, pin: int, level: bool) -> bool: ...

    def read(self, pin: int) -> int: ...

    def pin_by_name(self, name: str) -> int: ...


NAMED_PINS = 0x1000
"""Behind the numbers that any chip's pins have."""


@dataclass
class RecordingGpio:
    """Pins that remember; `edges` are (time in us, pin, level).

    `names` maps the pin names of a board to numbers. None: there is no board, and every name is a pin of its own, from `NAMED_PINS` on.
    """

    clock: Clock
    names: dict[str, int] | None = None
    levels: dict[int, bool] = field(default_factory=dict)
    modes: dict[int, int] = field(default_factory=dict)
    edges: list[tuple[int, int, bool]] = field(default_factory=list)
    _invented: dict[str, int] = field(default_factory=dict)

    def mode(self, pin: int, mode: int) -> bool:
        """Sets the mode; a pull-up makes an undriven pin read high (mode 2 is HAL_GPIO_PULLUP)."""
        self.modes[pin] = mode
        self.levels.setdefault(pin, mode == 2)
        return True

    def write(self, pin: int, level: bool) -> bool:
        """Drives a pin and records the edge."""
        if self.levels.get(pin, False) != level:
            self.edges.append((self.clock.now_us(), pin, level))
        self.levels[pin] = level
        return True

    def read(self, pin: int) -> int:
        """0 or 1."""
        return int(self.levels.get(pin, False))

    def pin_by_name(self, name: str) -> int:
        """The number, or -1."""
        if self.names is None:
            return self._invented.setdefault(name, NAMED_PINS + len(self._invented))
        return self.names.get(name, -1)


class Outcome(Enum):
    """How a run ended."""

    DONE = "done"
    RAISED = "raised"
    STOPPED = "stopped"  # by `stop`
    LIMIT = "limit"  # more instructions than allowed
    RESET = "reset"  # the board started again: `reset` tells why


@dataclass(frozen=True)
class HostResult:
    """The end of a run, with what it took. `traceback` is the whole text when the program raised."""

    outcome: Outcome
    exception: str
    traceback: str
    trace: tuple[tuple[int, int], ...]
    instructions: int
    gc_count: int
    heap_used: int
    heap_peak: int
    duration_us: int
    reset: BoardReset | None = None


def run_on_host(
    image: bytes,
    *,
    write: Callable[[bytes], None],
    heap_size: int = 65536,
    clock: Clock | None = None,
    gpio: Gpio | None = None,
    uid: bytes = b"host",
    stop: Callable[[], bool] | None = None,
    max_instructions: int | None = None,
    source: str | None = None,
    peripherals: Peripherals | None = None,
    reset_cause: int = 1,
    record: Callable[[bytes], None] | None = None,
    replay: bytes | None = None,
    big_ints: bool = True,
) -> HostResult:
    """Runs a program to its end on the host's VM.

    `write` gets the console's bytes; `heap_size` is in bytes, as a board would have it; the default clock is the host's time; `stop` is
    asked between slices; `peripherals` is all that is not a pin: a `Peripherals` without a clock gets the program's.
    `record` gets the bytes of a recording as the run goes on; `replay` is such a recording: all that the program learns from outside comes from
    there. `big_ints`: False for OverflowError past 64 bits, as on VMs without the feature `bigint`. Raises VerifyError when the VM refuses the program, HostRunError when the run does not follow its recording.
    """
    from vmrig_native import _vm

    from .verify import verify_image

    verify_image(image)
    time_source: Clock = clock if clock is not None else RealClock()
    pins: Gpio = gpio if gpio is not None else RecordingGpio(time_source)

    def console(data: bytes) -> None:
        write(bytes(data))

    parts = peripherals if peripherals is not None else Peripherals()
    if parts.clock is None:
        parts.clock = time_source
    flash = parts.flash
    session: Session | None = None
    if replay is not None:
        session = Replayer(replay, image)
        heap_size, uid = session.heap_size, session.uid
        reset_cause, flash = session.reset_cause, session.flash
        big_ints = session.about.get("big_ints", True)
    elif record is not None:
        outside = {"clock": time_source, "gpio": pins, "peripherals": parts}
        session = Recorder(record, about(image, heap_size, uid, reset_cause, big_ints), bytes(flash), outside)
    if session is not None:
        time_source, pins, parts = session.clock, session.gpio, session.peripherals

    def wait_until_us(wake_us: int) -> None:
        wake_us = min(wake_us, parts.next_us)
        if wake_us >= NEVER_US and isinstance(time_source, VirtualClock):
            raise HostRunError("the program waits for something outside, and nothing will happen in its virtual time")
        time_source.wait_until_us(wake_us)
        parts.pass_time(time_source.now_us())

    vm = _vm.Vm(
        image,
        heap_size=heap_size,
        write=console,
        time_us=time_source.now_us,
        wait_until_us=wait_until_us,
        gpio=pins,
        uid=uid,
        reset_cause=reset_cause,
        peripherals=parts,
        flash=flash,
        big_ints=big_ints,
    )
    if session is not None:
        session.instructions = lambda: vm.instructions
    try:
        start = now = time_source.now_us()
    except EndOfRecording:
        raise HostRunError("the recording ends before the run begins") from None
    outcome, exception = Outcome.STOPPED, ""
    reset: BoardReset | None = None
    status = _vm.RUNNING
    while True:
        try:
            if status == _vm.SLEEPING:
                wait_until_us(vm.wake_time)
            status, detail = vm.run(SLICE)
            now = time_source.now_us()
            if now >= parts.watchdog_us:
                raise BoardReset("the watchdog was not fed in time", _WATCHDOG)
        except BoardReset as told:
            outcome, reset = Outcome.RESET, told
            break
        except EndOfRecording:
            break
        if status == _vm.DONE:
            outcome = Outcome.DONE
            break
        if status == _vm.RAISED:
            outcome, exception = Outcome.RAISED, str(detail)
            break
        wish = stop is not None and stop()
        if session.stopped(wish) if session is not None else wish:
            break
        if max_instructions is not None and vm.instructions > max_instructions:
            outcome = Outcome.LIMIT
            break
        if status not in (_vm.RUNNING, _vm.BLOCKED, _vm.SLEEPING):
            raise HostRunError(f"the VM reports the state {status}")
    trace = tuple((int(f), int(w)) for f, w in vm.traceback()) if outcome is Outcome.RAISED else ()
    result = HostResult(
        outcome=outcome,
        exception=exception,
        traceback=format_traceback(image, trace, exception, source) if outcome is Outcome.RAISED else "",
        trace=trace,
        instructions=vm.instructions,
        gc_count=vm.gc_count,
        heap_used=vm.heap_used,
        heap_peak=vm.heap_peak,
        duration_us=now - start,
        reset=reset,
    )
    if outcome is Outcome.RAISED:
        result = replace(result, traceback=_earlier(vm, image, source) + result.traceback)
    return result


def _earlier(vm: _vm.Vm, image: bytes, source: str | None) -> str:
    """Tracebacks of the exceptions that led to the last one, oldest first."""
    text = ""
    while (earlier := vm.earlier_exception()) is not None:
        is_cause, exception = earlier
        pairs = tuple((int(f), int(w)) for f, w in vm.traceback())
        text = format_traceback(image, pairs, exception, source) + (CAUSE if is_cause else CONTEXT) + text
    return text


def run_through_sleep(
    image: bytes,
    *,
    write: Callable[[bytes], None],
    clock: Clock,
    peripherals: Peripherals,
    reset_cause: int = 1,
    **more: Any,
) -> Iterator[HostResult]:
    """Runs a program like `run_on_host`, which has the arguments, and anew each time its deep sleep is over; gives the end of each run.

    The clock goes on. Raises HostRunError when nothing will ever wake the board.
    """
    while True:
        result = run_on_host(image, write=write, clock=clock, peripherals=peripherals, reset_cause=reset_cause, **more)
        yield result
        if result.reset is None or not result.reset.cause & WAKE:
            return
        reset_cause = _sleep_through(result.reset, clock, peripherals)


def _sleep_through(sleep: BoardReset, clock: Clock, parts: Peripherals) -> int:
    """Lets time pass until the sleep is over; why it is, as HAL_RESET_ bits."""
    parts.restart()
    end_us = NEVER_US if sleep.wake_us is None else sleep.wake_us
    while sleep.pin is None or parts.levels.get(sleep.pin, False) != sleep.level:
        if clock.now_us() >= end_us:
            return WAKE | WAKE_TIMER
        next_us = min(end_us, parts.next_us)
        if next_us >= NEVER_US:
            raise HostRunError("the board sleeps deeply, and nothing will wake it")
        clock.wait_until_us(next_us)
        parts.pass_time(clock.now_us())
    return WAKE
