# SPDX-License-Identifier: Apache-2.0
"""One emulated board inside a worker: its machine, and the pace at which its time passes.

Who uses the machine: the scheduler's threads run it in slices; doors use it in between through `access()`. The machine has its own lock, and a run
gives way to whoever waits for it, so a door is served within a fraction of a millisecond.
"""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vmrig_server.emulator.loader_pace import LoaderPace
from vmrig_server.emulator.machine_api import Machine
from vmrig_server.emulator.scheduler import NEVER, Scheduler

SLICE_CYCLES = 400_000
"""Most cycles of a slice of a core that is busy: one to two milliseconds of work."""
SLICE_CYCLES_MIN = 10_000
SLICE_S = 0.004
"""Processor time that a slice may take. Firmware whose cycles are dear (it resets for ever, or drowns in interrupts) gets fewer of them a slice, so that others wait no longer
for it. What a board does does not depend on how its time is cut."""
QUANTUM_S = 0.001
"""A busy or frequently woken board at real pace is run this often; its events keep their exact virtual time."""
GRACE_S = 0.0005
"""After a debug access the board is run this much later: the next access mostly comes first and then finds the machine free."""
MAX_LAG_S = 0.1
"""What a busy core may catch up when the host was too slow; the rest is given up."""
BLANK_S = 0.2
"""A chip that resets for ever without executing anything, as a blank one does, is brought up to date this often, or when somebody looks."""
ASSIST_S = 0.001
"""How long a poll for the core to halt may let the core run before it is answered."""


class Pace(enum.StrEnum):
    """How virtual time relates to the clock on the wall."""

    REAL = "real"
    FAST = "fast"


SerialSink = Callable[[bytes], None]


class PoweredOffError(Exception):
    """The chip has no power."""


class Board:
    """A machine with a pace. Thread-safe.

    Args:
        machine: built, power off.
        clock_hz: cycles in a virtual second, while the chip's own clock tree does not say otherwise.
        scheduler: runs it.
        pace: see `Pace`.
    """

    def __init__(self, machine: Machine, clock_hz: int, scheduler: Scheduler, pace: Pace = Pace.REAL) -> None:
        self.machine = machine
        self.clock_hz = clock_hz
        self.powered = False
        self.reset_asserted = False
        self._pace = pace
        self._sinks: dict[int, SerialSink] = {}
        self._usb_watcher: Callable[[int], None] | None = None
        self._usb_device = 0
        self._loader = LoaderPace()
        self._debuggers = 0
        self._polled_until = 0
        self._locked_at = -1
        self._slice_cycles = SLICE_CYCLES_MIN
        self._debuggers_lock = threading.Lock()
        self._pump_lock = threading.Lock()
        self._time_lock = threading.RLock()
        self._wall0 = 0.0
        self._cycle0 = 0
        self._handle = scheduler.add(self)

    # --- power and pace -------------------------------------------------------------------------------------------

    @property
    def pace(self) -> Pace:
        return self._pace

    def set_pace(self, pace: Pace) -> None:
        """From now on; virtual time goes on from where it is."""
        with self._time_lock:
            self._pace = pace
            self._rebase()
        self._handle.wake()

    def power(self, on: bool) -> None:
        """Cuts or restores the chip's power. Cutting it lets time pass up to now first, so that a write under way is as far as it would be."""
        if on == self.powered:
            return
        with self._time_lock:
            if not on:
                self._catch_up()
            self.powered = on
            self.machine.power(on)
            self._rebase()
        self._pump()
        self._handle.wake()

    def reset_pin(self, asserted: bool, *, drop_input: int | None = None) -> None:
        """nRESET: true holds the chip in reset. `drop_input`: a serial port of the machine; what is on its way to the chip is lost."""
        with self.access() as machine:
            self.reset_asserted = asserted
            machine.reset_pin(asserted)
            if drop_input is not None:
                machine.serial_drop(drop_input)
            if not asserted:
                self._loader.heard(machine.now())
        if not asserted:
            with self._time_lock:
                self._rebase()

    def usb_reset(self, *, drop_input: int) -> None:
        """The host resets the chip over the chip's own USB port. `drop_input`: see `reset_pin`."""
        with self.access() as machine:
            machine.usb_reset()
            machine.serial_drop(drop_input)
            self._loader.heard(machine.now())
        with self._time_lock:
            self._rebase()

    def close(self) -> None:
        """Power off for good."""
        self._handle.remove()
        self.power(False)

    # --- use from doors -------------------------------------------------------------------------------------------

    @contextmanager
    def access(self, *, urgent: bool = True) -> Iterator[Machine]:
        """The machine at this moment of its time; after it, the board runs on with what changed.

        Args:
            urgent: run on at once; false: a little later, as more accesses are likely to follow.
        """
        self._catch_up()
        try:
            yield self.machine
        finally:
            self._skip_wait()
            self._handle.wake(0.0 if urgent else time.monotonic() + GRACE_S)

    @contextmanager
    def debugger(self) -> Iterator[None]:
        """While a debugger is connected. One that dies leaves the core enabled for debug, but not free of the clock on the wall."""
        with self._debuggers_lock:
            self._debuggers += 1
        try:
            yield
        finally:
            with self._debuggers_lock:
                self._debuggers -= 1

    def debug_batch(self, request: bytes, *, polls_core: bool, dp: int = 0) -> bytes:
        """Runs a batch of debug operations (see emu_batch.h) and returns its answer.

        Args:
            request: the operations.
            polls_core: the batch begins by asking whether the core has halted. A core that runs under the debugger is then run right here for up to
                `ASSIST_S`, so that a short flash algorithm is done by the first poll.
            dp: which of the debug ports on the wire.

        Raises:
            PoweredOffError: the chip has no power.
        """
        if not self.powered:
            raise PoweredOffError
        self._catch_up()
        machine = self.machine
        if polls_core:
            self.assist(dp)
        answer = machine.batch(request, dp)
        self._skip_wait()
        self._handle.wake(time.monotonic() + GRACE_S)
        return answer

    def assist(self, dp: int = 0) -> None:
        """Lets a core that runs under a debugger run right here, for up to `ASSIST_S`: its debugger has come to ask whether it has halted."""
        machine = self.machine
        if not machine.debug_enabled():
            return
        end = time.monotonic() + ASSIST_S
        while not (machine.core_halted(dp) or machine.core_idle()):
            stop, _ = machine.run(SLICE_CYCLES)
            self._pump()
            if stop != "budget" or time.monotonic() >= end:
                break

    def let_pass(self, duration_ns: int) -> None:
        """So much virtual time passes right here: a debugger that lets the chip have some time does not wait for the wall's."""
        machine = self.machine
        end = machine.nanoseconds(machine.now()) + duration_ns
        while self.powered and (left_ns := end - machine.nanoseconds(machine.now())) > 0:
            _, passed = machine.run(min(max(left_ns * machine.clock_hz() // 1_000_000_000, 1), SLICE_CYCLES))
            self._pump()
            if not passed:
                break  # in reset, or at a breakpoint

    def _skip_wait(self) -> None:
        """A debugger that asks a device for the second time whether it is done, while it holds the core halted, is not made to wait: nobody but the debugger
        could tell that time."""
        until = self.machine.debug_poll()
        if until is None or not self.machine.debug_enabled():
            self._polled_until = 0
        elif until != self._polled_until:
            self._polled_until = until
        elif self.machine.core_idle():
            self.machine.run(max(until - self.machine.now(), 0))

    def serial_input(self, port: int, data: bytes) -> int:
        """Bytes from outside towards the chip's UART. Returns how many were taken; the queue is 64 KB."""
        if not self.powered or self.reset_asserted:
            return len(data)  # a UART without power, or in reset, loses what is sent to it
        with self.access() as machine:
            self._loader.heard(machine.now())
            return machine.serial_write(port, data)

    def attach_serial(self, port: int, sink: SerialSink | None) -> None:
        """Who gets the UART's output, in order, from any thread; None: nobody, and it is dropped."""
        with self._pump_lock:
            if sink is None:
                self._sinks.pop(port, None)
            else:
                self._sinks[port] = sink

    def watch_usb(self, watcher: Callable[[int], None] | None) -> None:
        """Who hears what the chip's own USB port shows, idVendor << 16 | idProduct or 0, whenever that changes; from any thread, one at a time."""
        with self._pump_lock:
            self._usb_watcher = watcher
            self._usb_device = 0

    def settle(self) -> None:
        """Lets virtual time pass up to the clock on the wall, for a status that is true now."""
        self._catch_up()

    # --- time -----------------------------------------------------------------------------------------------------

    def _rebase(self) -> None:
        """Virtual now and wall now belong together from here on. Called with the time lock held."""
        self._wall0 = time.monotonic()
        self._cycle0 = self.machine.now()

    def _follow_clock(self) -> None:
        """The firmware may have changed the chip's clock in the last slice. Called with the time lock held."""
        hz = self.machine.clock_hz()
        if hz != self.clock_hz:
            self.clock_hz = hz
            self._rebase()

    def _allowed(self, now: int) -> int:
        """Cycles by which virtual time is behind the wall. Called with the time lock held."""
        self._follow_clock()
        return int((time.monotonic() - self._wall0) * self.clock_hz) - (now - self._cycle0)

    def _paced(self) -> bool:
        """Whether the wall's clock bounds virtual time now: at real pace, and always while a debugger holds the core halted or it is locked up (a blank chip resets and
        locks up for ever, and nobody waits for that); but not for a core that runs under a debugger, whose time is not real anyway, nor while a loader has work."""
        machine = self.machine
        if machine.download_mode():
            return self._loader.free_until(machine) is None
        if machine.debug_enabled():
            if machine.core_idle():
                return True
            if self._debuggers:
                return False
        return self._pace is Pace.REAL or machine.core_locked_up()

    def _catch_up(self) -> None:
        """Time passes up to the wall's now for a core that waits. A busy one is at most a quantum behind; it is left to the scheduler, as is a board in a slice."""
        if not self.powered or not self._time_lock.acquire(blocking=False):
            return
        try:
            machine = self.machine
            if not (self._paced() and machine.core_idle()):
                return
            behind = self._allowed(machine.now())
            if behind <= 0:
                return
            machine.run(behind)
        finally:
            self._time_lock.release()
        self._pump()

    def run_slice(self) -> float:
        """Called by the scheduler. Returns when to be called again."""
        if not self.powered:
            return NEVER
        with self._time_lock:
            if self.machine.download_mode():
                due = self._slice_loader()
            else:
                due = self._slice_paced() if self._paced() else self._slice_free()
        self._pump()
        return due

    def _slice_free(self) -> float:
        """As fast as it can. A core that waits skips to the next event."""
        machine = self.machine
        cycles = self._slice_cycles
        if machine.core_idle():
            event = machine.next_event()
            if event is None:
                self._rebase()
                return NEVER
            cycles = max(event - machine.now(), 1)
        stop = self._run_measured(cycles)
        self._rebase()
        return NEVER if stop == "off" else 0.0

    def _slice_loader(self) -> float:
        """See `vmrig_server.emulator.loader_pace`."""
        machine = self.machine
        until = self._loader.free_until(machine)
        if until is not None:
            now = machine.now()
            event = machine.next_event() if machine.core_idle() else now
            bounded = until if event is None else min(until, max(event, now) + self._slice_cycles)
            stop = self._run_measured(max(bounded - now, 1))
            self._rebase()
            return NEVER if stop == "off" else 0.0
        rest = self._loader.rest(machine)
        if not rest:
            return self._slice_paced()
        began = time.monotonic()
        stop = self._run_measured(self._slice_cycles)
        self._rebase()
        wall = time.monotonic()
        return NEVER if stop == "off" else wall + max(rest * (wall - began), QUANTUM_S)

    def _slice_paced(self) -> float:
        machine = self.machine
        now = machine.now()
        behind = self._allowed(now)
        stop = "budget"
        if behind < -int(QUANTUM_S * self.clock_hz):
            self._rebase()  # time ran free, under a debugger; it does not go back
        if behind > 0:
            cycles = min(behind, self._slice_cycles)
            if self._is_blank():
                cycles = behind
            elif machine.core_idle():
                event = machine.next_event()
                # Waiting costs nothing: skip all of it, but leave what may wake the core to a bounded slice.
                cycles = behind if event is None else min(behind, max(event - now, 0) + self._slice_cycles)
            stop = self._run_measured(cycles)
        if stop == "off":
            return NEVER
        wall = time.monotonic()
        now = machine.now()
        if machine.core_idle():
            event = machine.next_event()
            if event is None:
                return NEVER
            if self._is_blank():
                return wall + BLANK_S
            self._locked_at = machine.instructions() if machine.core_locked_up() else -1
            # One that is late because others were before it goes on as soon as it is its turn again.
            late = self._allowed(now) > 2 * int(QUANTUM_S * self.clock_hz)
            return max(self._wall0 + (event - self._cycle0) / self.clock_hz, wall if late else wall + QUANTUM_S)
        behind = self._allowed(now)
        if behind > self._slice_cycles:
            most = int(MAX_LAG_S * self.clock_hz)
            if behind > most:
                self._wall0 = wall - MAX_LAG_S
                self._cycle0 = now
            return 0.0
        return wall + QUANTUM_S

    def _run_measured(self, cycles: int) -> str:
        began = time.thread_time()
        stop, _ = self.machine.run(cycles)
        took_s = time.thread_time() - began
        if took_s > SLICE_S:
            self._slice_cycles = max(self._slice_cycles // 2, SLICE_CYCLES_MIN)
        elif took_s < SLICE_S / 4:
            self._slice_cycles = min(self._slice_cycles * 2, SLICE_CYCLES)
        return stop

    def _is_blank(self) -> bool:
        """Whether the core is locked up as it was after the last slice, and has executed nothing since."""
        return self.machine.core_locked_up() and self.machine.instructions() == self._locked_at

    def _pump(self) -> None:
        """Brings the UARTs' output to their doors. One thread at a time, so that it stays in order."""
        if not self._sinks and self._usb_watcher is None:
            return
        with self._pump_lock:
            if self._usb_watcher is not None and (device := self.machine.usb_device()) != self._usb_device:
                self._usb_device = device
                self._usb_watcher(device)
            for port, sink in self._sinks.items():
                while data := self.machine.serial_read(port):
                    more = self.machine.serial_waiting(port) > 0
                    self._loader.said(self.machine.now(), len(data), more=more)
                    sink(data)
