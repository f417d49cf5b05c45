# SPDX-License-Identifier: Apache-2.0
"""Things that are to happen again and again, or later.

Timer(period_ms) keeps a beat that does not drift: wait() sleeps until its next one. every() and after() call a function from a thread of its own.
"""

import _thread
import time


class Timer:
    """A beat every `period_ms` milliseconds from now on."""

    def __init__(self, period_ms):
        if period_ms <= 0:
            raise ValueError("period_ms must be positive")
        self.period_ms = period_ms
        self.start()

    def start(self):
        """The next beat is a period from now."""
        self._next = time.ticks_add(time.ticks_ms(), self.period_ms)

    def left_ms(self):
        """Milliseconds until the next beat; negative when it has passed."""
        return time.ticks_diff(self._next, time.ticks_ms())

    def wait(self):
        """Sleeps until the next beat; returns how many had passed already and are left out."""
        late = -self.left_ms()
        missed = 0
        if late > 0:
            missed = late // self.period_ms
            self._next = time.ticks_add(self._next, missed * self.period_ms)
        time.sleep_ms(self.left_ms())
        self._next = time.ticks_add(self._next, self.period_ms)
        return missed


class _Job:
    """What every() and after() return."""

    def __init__(self):
        self.cancelled = False

    def cancel(self):
        """It is not called any more."""
        self.cancelled = True


def every(period_ms, function, *args):
    """Calls function(*args) every `period_ms` milliseconds until cancel() or until it returns False."""
    job = _Job()

    def run():
        beat = Timer(period_ms)
        while True:
            beat.wait()
            if job.cancelled or function(*args) is False:
                return

    _thread.start_new_thread(run, ())
    return job


def after(delay_ms, function, *args):
    """Calls function(*args) once, `delay_ms` milliseconds from now, unless cancel() comes first."""
    job = _Job()

    def run():
        time.sleep_ms(delay_ms)
        if not job.cancelled:
            function(*args)

    _thread.start_new_thread(run, ())
    return job
