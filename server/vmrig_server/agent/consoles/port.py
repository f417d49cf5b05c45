# SPDX-License-Identifier: Apache-2.0
"""The single owner of a board's serial port.

What comes from the board is taken apart by the link: console text goes to the recorder, frames to whoever asked. The port is opened when a job or a
reader first wants it, kept while the board is there, and opened again by itself after a re-plug. A tool that needs the port for itself borrows it.
Opening a DAPLink's port does not reset the board; boards whose port does will say so in their board file.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from vmrig_server.agent.api import BoardId, Names
from vmrig_server.agent.consoles.recorder import Recorder
from vmrig_server.agent.consoles.serial_line import SerialLine, open_line, port_lost
from vmrig_server.agent.link import Event, EventKind, Identity, Link, LinkSilent, Listener, PortState
from vmrig_server.errors import ErrorClass, VmrigError

if TYPE_CHECKING:
    from vmrig_server.bytecode.thread_traces import ThreadTraces

LOG = logging.getLogger(__name__)

REOPEN_S = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to open the port of a board that was just plugged in: udev sets permissions a moment after the device appears."""

_ASK_ONCE_S = 0.6
_CHANGES = (EventKind.STARTED, EventKind.ENDED, EventKind.STOPPED, EventKind.RAISED, EventKind.FAULT)
"""Firmware that did not answer HELLO twice within this time is taken for one that does not speak the link."""


class PortStream:
    """The open port as the duplex byte stream that a `Link` works on."""

    def __init__(self) -> None:
        self._incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self._line: SerialLine | None = None
        self._lost: VmrigError | None = None

    def attach(self, line: SerialLine) -> None:
        self._line = line

    def arrived(self, data: bytes) -> None:
        self._incoming.put_nowait(data)

    def end(self, why: VmrigError) -> None:
        """Ends the stream for reader and writer."""
        if self._lost is None:
            self._lost = why
            self._incoming.put_nowait(b"")

    @property
    def ended(self) -> bool:
        return self._lost is not None

    async def read(self) -> bytes:
        """The next bytes; empty when the port is closed or lost."""
        if self._lost is not None and self._incoming.empty():
            return b""
        return await self._incoming.get()

    async def write(self, data: bytes) -> None:
        """
        Raises:
            VmrigError: ``PORT_LOST``.
        """
        if self._lost is not None:
            raise self._lost
        assert self._line is not None
        await self._line.write(data)


class ConsolePort:
    """Port, recorder and link of one board.

    Args:
        baud: asked for at every opening; the board's target may become known after its port.
    """

    def __init__(self, board_id: BoardId, recorder: Recorder, baud: Callable[[], int]) -> None:
        self._board_id = board_id
        self.recorder = recorder
        self._baud = baud
        self._path = ""
        self._wanted = False
        self._line: SerialLine | None = None
        self._stream: PortStream | None = None
        self._link: Link | None = None
        self._lock = asyncio.Lock()
        self._reopen: asyncio.Task[None] | None = None
        self._complained = ""
        self._speech: bool | None = None
        self._boot: Identity | None = None
        self._booted = asyncio.Event()
        self._event_watchers: set[Callable[[Event], None]] = set()
        self._traces: dict[str, ThreadTraces] = {}  # of the programs in the board's slots
        self._running: ThreadTraces | None = None
        self._output_watchers: set[Callable[[bytes], None]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    def plugged(self, path: str) -> None:
        """The board is there; its port is at `path` (empty: it has none, or not yet)."""
        if path == self._path and path:
            return
        self._path = path
        if self._wanted and path:
            self._begin_reopen()

    def unplugged(self) -> None:
        """The board is gone. The port is given up at once, and closed in the background."""
        self._path = ""
        if self._reopen is not None:
            self._reopen.cancel()
            self._reopen = None
        if self._stream is not None and self._line is not None:
            self._stream.end(port_lost(self._line.path, "the board is gone"))
            task = asyncio.create_task(self._close_ended(), name=f"close {self._board_id}")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def open(self) -> Link:
        """The link over the open port, opening it when it is not.

        Raises:
            VmrigError: ``NO_SERIAL_PORT``, ``PORT_BUSY``, ``PORT_DENIED``, ``PORT_MISSING``, ``PORT_FAILED``.
        """
        self._wanted = True
        async with self._lock:
            if self._stream_ended():
                await self._close("the port was lost")
            if self._link is None:
                await self._open()
            assert self._link is not None
            return self._link

    def want(self) -> None:
        """Asks for the port to be open whenever the board is there; says in the log why it is not, and goes on trying."""
        self._wanted = True
        if self._link is None and self._path and (self._reopen is None or self._reopen.done()):
            self._begin_reopen()

    def forget_firmware(self) -> None:
        """The board gets other firmware or boots anew: what was heard of the old one no longer counts."""
        self._speech = None
        self._boot = None
        self._booted.clear()

    async def identify(self, *, boot_s: float, deadline_s: float) -> Identity:
        """Who the firmware is: its own announcement at boot if that comes within `boot_s` seconds, else its answer to HELLO.

        Raises:
            VmrigError: of `open`; ``LINK_SILENT``, ``LINK_CLOSED``.
        """
        link = await self.open()
        if boot_s > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._booted.wait(), boot_s)
            if self._boot is not None:
                return self._boot
        identity = await link.hello(deadline_s=deadline_s)
        self._speech = True
        return identity

    async def type(self, data: bytes) -> None:
        """Console input: in frames to firmware that speaks the link, as it is to any other.

        Raises:
            VmrigError: of `open`; ``CONSOLE_FULL`` when the program does not read its input; ``PORT_LOST``, ``LINK_SILENT``.
        """
        link = await self.open()
        if self._speech is None:
            try:
                await link.hello(deadline_s=_ASK_ONCE_S, try_s=_ASK_ONCE_S / 2)
                self._speech = True
            except LinkSilent:
                self._speech = False
        if not self._speech:
            assert self._stream is not None
            await self._stream.write(data)
            return
        taken = await link.console_in(data)
        if taken < len(data):
            raise VmrigError(
                "CONSOLE_FULL",
                f"The program on board {self._board_id} does not read its input: {taken} of {len(data)} bytes were taken.",
                error_class=ErrorClass.FIRMWARE,
            )

    async def pulse_reset(self) -> None:
        """Resets the chip over the modem lines, with the port open.

        Raises:
            VmrigError: ``RESET_FAILED``, ``PORT_LOST``, and those of `open`.
        """
        await self.open()
        async with self._lock:
            if self._line is not None:
                await self._line.pulse_reset()

    async def name(self, slot: str, names: Names | None) -> None:
        """What the program in this slot prints of threads that die gets its names and lines from here on; None: it stays as it is."""
        self._traces.pop(slot, None)
        if names is not None:
            from vmrig_server.bytecode.thread_traces import ThreadTraces

            self._traces[slot] = await asyncio.to_thread(ThreadTraces, names.image, names.source)

    @contextlib.contextmanager
    def events(self, watcher: Callable[[Event], None]) -> Iterator[None]:
        """Calls the watcher with every event of the board while in the block."""
        self._event_watchers.add(watcher)
        try:
            yield
        finally:
            self._event_watchers.discard(watcher)

    @contextlib.contextmanager
    def watching(self, on_event: Callable[[Event], None], on_output: Callable[[bytes], None]) -> Iterator[None]:
        """Calls the watchers with events and with the program's output, in the order of the line, while in the block."""
        self._output_watchers.add(on_output)
        try:
            with self.events(on_event):
                yield
        finally:
            self._output_watchers.discard(on_output)

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[str]:
        """Gives the port to a tool: closes it, yields its path, and opens it again afterwards. Meanwhile `open` waits.

        Raises:
            VmrigError: ``NO_SERIAL_PORT``.
        """
        async with self._lock:
            path = self._require_path()
            was_open = self._link is not None
            await self._close("a tool uses the port")
            try:
                yield path
            finally:
                if was_open and self._path:
                    try:
                        await self._open()
                    except VmrigError as failure:
                        self._complain(failure)
                        self._begin_reopen()

    async def close(self) -> None:
        """Lets go of the port for good."""
        self._wanted = False
        await self._stop_reopen()
        await asyncio.gather(*self._closing)
        async with self._lock:
            await self._close("the service ends")

    def _require_path(self) -> str:
        if not self._path:
            raise VmrigError(
                "NO_SERIAL_PORT",
                f"Board {self._board_id} has no serial port.",
                evidence=["the USB device has no serial interface, or its driver made no port"],
                next_command=f"vmrig boards {self._board_id}",
                error_class=ErrorClass.BENCH,
            )
        return self._path

    async def _open(self) -> None:
        path = self._require_path()
        stream = PortStream()
        line = await open_line(path, self._baud(), stream.arrived, lambda reason: self._line_lost(stream, path, reason))
        stream.attach(line)
        self._line, self._stream = line, stream
        self.forget_firmware()
        self._link = await Link(stream, self._listener()).__aenter__()
        self._complained = ""
        LOG.info("board %s: port %s is open", self._board_id, path)

    async def _close(self, why: str) -> None:
        line, stream, link = self._line, self._stream, self._link
        self._line = self._stream = self._link = None
        if stream is not None and line is not None:
            stream.end(port_lost(line.path, why))
        if link is not None:
            await link.__aexit__(None, None, None)
        if line is not None:
            await line.close()
            LOG.info("board %s: port %s is closed: %s", self._board_id, line.path, why)

    def _listener(self) -> Listener:
        return Listener(
            on_output=self._on_output,
            on_text=self.recorder.append,
            on_event=self._on_event,
            on_boot=self._on_boot,
            on_lost=lambda count: LOG.warning("board %s: %d frames were lost on the line", self._board_id, count),
        )

    def _on_output(self, data: bytes) -> None:
        self._speech = True
        self._show(self._running.feed(data) if self._running is not None else data)

    def _show(self, data: bytes) -> None:
        self.recorder.append(data)
        for watcher in tuple(self._output_watchers):
            watcher(data)

    def _on_boot(self, identity: Identity) -> None:
        self._speech = True
        if identity.kind == "vm" and identity.port is not PortState.WHOLE:
            self.recorder.mark("port-map", identity.port.sentence)
        self._boot = identity
        self._booted.set()

    def _on_event(self, event: Event) -> None:
        self._speech = True
        where = f"slot {event.slot}, " if event.slot else ""
        if self._running is not None and event.kind in _CHANGES:
            self._show(self._running.flush())
        if event.kind is EventKind.STARTED:
            self._running = self._traces.get(event.slot)
        match event.kind:
            case EventKind.STARTED:
                self.recorder.mark("program-start", f"{where}generation {event.generation}")
            case EventKind.ENDED:
                self.recorder.mark("program-end", f"generation {event.generation}, {event.instructions} instructions")
            case EventKind.STOPPED:
                self.recorder.mark("program-end", f"generation {event.generation}, stopped")
            case EventKind.RAISED:
                self.recorder.mark("program-raised", f"generation {event.generation}: {event.text}")
            case EventKind.REFUSED:
                self.recorder.mark("program-refused", f"{where}{event.status.sentence}")
            case EventKind.FAULT:
                values = dict(event.registers)
                self.recorder.mark("fault", f"pc {values.get('pc', 0):#010x}, cfsr {values.get('cfsr', 0):#010x}")
            case _:
                pass
        for watcher in tuple(self._event_watchers):
            watcher(event)

    def _line_lost(self, stream: PortStream, path: str, reason: str) -> None:
        stream.end(port_lost(path, reason))
        if stream is self._stream and self._wanted and self._path:
            LOG.info("board %s: port %s was lost: %s", self._board_id, path, reason)
            self._begin_reopen()

    def _begin_reopen(self) -> None:
        if self._reopen is not None:
            self._reopen.cancel()
        self._reopen = asyncio.create_task(self._keep_opening(), name=f"reopen {self._board_id}")

    async def _stop_reopen(self) -> None:
        if self._reopen is not None:
            self._reopen.cancel()
            await asyncio.gather(self._reopen, return_exceptions=True)
            self._reopen = None

    async def _keep_opening(self) -> None:
        """Until the port is open at the place where it is now."""
        attempt = 0
        while self._wanted and self._path:
            async with self._lock:
                if self._line is not None and (self._line.path != self._path or self._stream_ended()):
                    await self._close("the board was plugged in anew")
                if self._link is not None:
                    return
                try:
                    await self._open()
                except VmrigError as failure:
                    self._complain(failure)
                else:
                    return
            await asyncio.sleep(REOPEN_S[min(attempt, len(REOPEN_S) - 1)])
            attempt += 1

    async def _close_ended(self) -> None:
        async with self._lock:
            if self._stream_ended():
                await self._close("the board is gone")

    def _stream_ended(self) -> bool:
        return self._stream is not None and self._stream.ended

    def _complain(self, failure: VmrigError) -> None:
        if failure.code != self._complained:
            self._complained = failure.code
            LOG.warning("board %s: %s (%s)", self._board_id, failure.message, "; ".join(failure.evidence))
