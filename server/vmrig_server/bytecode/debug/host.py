# SPDX-License-Identifier: Apache-2.0
"""A VM in this process under a debugger: it runs in a thread of its own, and requests are served between its slices."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future

from ..host import Clock, Gpio, RealClock, RecordingGpio
from .protocol import DebugError, Flag, Op, Reason, State, attach
from .target import Ended, Event, Output, Stopped

SLICE = 20_000
_Command = tuple[bytes, "Future[bytes | None]"]


class HostTarget:
    """Runs an image with a heap of so many bytes; its clock and pins are those of `run_on_host`."""

    def __init__(
        self, image: bytes, *, heap_size: int = 65536, clock: Clock | None = None, gpio: Gpio | None = None
    ) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self._image = image
        self._heap_size = heap_size
        self._clock: Clock = clock or RealClock()
        self._gpio: Gpio = gpio or RecordingGpio(self._clock)
        self._commands: queue.Queue[_Command | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._announced = 0
        self._ending = False
        self._over = False  # nobody serves requests any more
        self._closing = threading.Lock()

    async def start(self) -> None:
        """Starts the program; it stands before its first instruction."""
        from vmrig_native import _vm

        self._loop = asyncio.get_running_loop()
        self._vm = _vm.Vm(
            self._image,
            heap_size=self._heap_size,
            write=lambda data: self._tell(Output(bytes(data))),
            time_us=self._clock.now_us,
            gpio=self._gpio,
            uid=b"host",
        )
        if self._vm.debug(attach(Flag.PAUSE)) is None:
            raise DebugError("the VM has no room for a debugger")
        self._vm.set_poll(self._poll)
        self._thread = threading.Thread(target=self._run, name="debugged VM", daemon=True)
        self._thread.start()

    async def request(self, body: bytes) -> bytes:
        """Served between slices, or while the program stands."""
        if self._thread is None:
            raise DebugError("the program has not been started")
        done: Future[bytes | None] = Future()
        with self._closing:
            if self._over:
                raise DebugError("the program has ended")
            self._commands.put((body, done))
        answer = await asyncio.wrap_future(done)
        if answer is None:
            raise DebugError(f"the VM does not take the request {Op(body[0]).name}")
        return answer

    async def terminate(self) -> None:
        """Ends the program; its end is an event."""
        self._ending = True
        self._commands.put(None)

    async def close(self) -> None:
        """Ends the program and its thread."""
        await self.terminate()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    # --- the thread

    def _tell(self, event: Event) -> int | None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self.events.put_nowait, event)
        except RuntimeError:  # the loop is closed: nobody listens
            self._ending = True
        return len(event.data) if isinstance(event, Output) else None

    def _serve(self, wait_s: float | None) -> None:
        """Requests until there is none, at least one when `wait_s` is None or for so long."""
        while not self._ending:
            try:
                command = self._commands.get(wait_s != 0, wait_s)
            except queue.Empty:
                return
            if command is None:
                return
            body, done = command
            wait_s = 0
            if not done.set_running_or_notify_cancel():
                continue  # who asked is gone
            try:
                done.set_result(self._vm.debug(body))
            except Exception as error:  # noqa: BLE001 -- told to who asked
                done.set_exception(error)

    def _stopped(self) -> bool:
        answer = self._vm.debug(bytes([Op.STATE]))
        assert answer is not None
        state = State.parse(answer)
        if state.reason is Reason.NONE:
            return False
        if state.number != self._announced:
            self._announced = state.number
            self._tell(Stopped())
        return True

    def _poll(self) -> None:
        """Inside of a call from native code: the program may stand in there."""
        self._serve(0)
        while not self._ending and self._stopped():
            self._serve(None)
        if self._ending:
            self._vm.stop()

    def _run(self) -> None:
        from vmrig_native import _vm

        end = Ended(stopped=True)
        try:
            end = self._until_end()
            while not self._ending:
                self._tell(end)
                self._serve_until(_vm.RUNNING)  # a REPL starts it again
                end = self._until_end()
        finally:
            self._tell(end)
            self._drain()

    def _until_end(self) -> Ended:
        from vmrig_native import _vm

        while True:
            self._serve(0)
            if self._ending:
                return Ended(stopped=True)
            status, detail = self._vm.run(SLICE)
            if status == _vm.PAUSED:
                if self._stopped():
                    self._serve(None)
            elif status == _vm.SLEEPING:
                left = (self._vm.wake_time - self._clock.now_us()) / 1e6
                if isinstance(self._clock, RealClock) and left > 0:
                    self._serve(min(left, 1.0))
                else:
                    self._clock.wait_until_us(self._vm.wake_time)
            elif status == _vm.DONE:
                return Ended(stopped=self._ending)
            elif status == _vm.RAISED:
                return Ended(str(detail), self._trace(), earlier=tuple(self._earlier()))

    def _trace(self) -> tuple[tuple[int, int], ...]:
        return tuple((int(f), int(w)) for f, w in self._vm.traceback())

    def _earlier(self) -> Iterator[tuple[bool, str, tuple[tuple[int, int], ...]]]:
        while (found := self._vm.earlier_exception()) is not None:
            is_cause, text = found
            yield bool(is_cause), text, self._trace()

    def _serve_until(self, status: int) -> None:
        """Who still asks gets an answer: the program's last state can be looked at until the target is closed."""
        while not self._ending and self._vm.status != status:
            self._serve(None)

    def _drain(self) -> None:
        """Nobody may wait for what is not served any more, and who has gone away is not told."""
        with self._closing:
            self._over = True
        assert self._loop is not None
        while not self._commands.empty():
            command = self._commands.get()
            if command is not None and command[1].set_running_or_notify_cancel() and not self._loop.is_closed():
                command[1].set_exception(DebugError("the program has ended"))
