# SPDX-License-Identifier: Apache-2.0
"""The host's end of the wire protocol over any duplex byte stream (docs/wire-protocol.md)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from . import frames
from .errors import LinkClosed, LinkGarbled, LinkRefused, LinkSilent
from .events import Event, ProgramStatus, parse_event, parse_status
from .frames import Frame
from .identity import Identity, parse_identity, slot_name
from .sides import Committed, DuplexStream, Listener
from .status import IDENTITY, REPLY, UNSOLICITED, EventKind, FrameType, ProgramState, RunAction, Status

_T = TypeVar("_T")
_BEGIN = struct.Struct("<BBBxIH2x")
_COMMIT = struct.Struct("<BBBxII")
_RUN = struct.Struct("<BBBxII")
CONSOLE_PIECE = 128
"""Bytes of console input in a frame: fits the smallest boards'."""
QUIET_S = 0.5
"""A line that is quiet for so long within what looked like a frame was sending text."""
SLOW_TIMEOUT_S = 2.5
"""BEGIN erases up to 16 pages of 85 ms (large sectors take longer: asked again, the board answers once), COMMIT hashes and verifies a slot."""
SLOW_TRIES = 5
EARLIER_S = 0.5
"""What led to an exception follows it within this time."""
DATA_STRIKES = 6
"""Timeouts in a row, without a byte of progress, after which an upload fails."""


class Link:
    """A conversation with one board. Use as ``async with Link(stream) as link``; requests may come from several tasks, one at a time is sent.

    Every call raises LinkSilent when the board does not answer, LinkClosed when the line ends, LinkRefused with the board's status, LinkGarbled
    for an answer of the wrong shape.
    """

    def __init__(
        self,
        stream: DuplexStream,
        listener: Listener | None = None,
        *,
        timeout_s: float = 1.0,
        slow_timeout_s: float = SLOW_TIMEOUT_S,
        tries: int = 4,
    ) -> None:
        self.listener = listener or Listener()
        self._stream = stream
        self._timeout_s = timeout_s
        self._slow_timeout_s = slow_timeout_s
        self._tries = tries
        self._sequence = random.randrange(0x10000)
        self._expected: int | None = None
        self._waiting: dict[tuple[int, int], asyncio.Future[Frame]] = {}
        self._acks: asyncio.Queue[Frame | None] | None = None
        self._lock = asyncio.Lock()
        self._closed = False
        self._reader: asyncio.Task[None] | None = None
        self._ends: list[Event] = []
        self._held: Event | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self._end()

    # --- requests

    async def hello(self, *, deadline_s: float = 5.0, try_s: float = 0.3) -> Identity:
        """Asks who the board is, again every `try_s` seconds: it may be booting."""
        tries = max(1, round(deadline_s / try_s))
        answer = await self._ask(FrameType.HELLO, b"", timeout_s=try_s, tries=tries)
        return self._parsed(parse_identity, answer.body)

    async def uplink(self, image: bytes, progress: Callable[[int, int], None] | None = None) -> Committed:
        """Sends a .vbc container into the slot that the board chooses, and has it verified and committed there.

        `progress` is called with (bytes acknowledged, bytes in all). The program is not started: see run().
        """
        digest = hashlib.sha256(image).digest()
        async with self._lock:
            resumed_at: int | None = None
            for attempt in range(3):
                begin = await self._request(
                    FrameType.BEGIN, struct.pack("<I", len(image)) + digest, self._slow_timeout_s, SLOW_TRIES
                )
                if len(begin.body) != _BEGIN.size:
                    raise LinkGarbled("BEGIN's answer has the wrong length")
                _, _, window, offset, chunk = _BEGIN.unpack(begin.body)
                if not window or not chunk or chunk % 4 or chunk > frames.MAX_BODY - 4 or offset > len(image):
                    raise LinkGarbled("BEGIN's answer has an impossible window or offset")
                if resumed_at is None:
                    resumed_at = offset
                try:
                    await self._send_data(image, offset, window, chunk, progress)
                    commit = await self._request(FrameType.COMMIT, b"", self._slow_timeout_s, SLOW_TRIES)
                except LinkRefused as error:
                    # The board rebooted meanwhile: it knows how far we were, and BEGIN goes on there.
                    if attempt < 2 and error.status in (Status.NO_UPLOAD, Status.INCOMPLETE):
                        continue
                    raise
                if len(commit.body) != _COMMIT.size:
                    raise LinkGarbled("COMMIT's answer has the wrong length")
                _, slot, _, generation, _ = _COMMIT.unpack(commit.body)
                return Committed(slot_name(slot), generation, digest.hex(), len(image), resumed_at)
        raise AssertionError("the last attempt returns or raises")

    async def run(self, action: RunAction = RunAction.START) -> tuple[str, int]:
        """Starts the newest program (START: unless it runs already), or starts it anew (RESTART). Returns slot and generation."""
        if action is not RunAction.STOP:
            self._ends.clear()
        answer = await self._ask(FrameType.RUN, bytes([action]), timeout_s=self._slow_timeout_s, tries=SLOW_TRIES)
        if len(answer.body) != _RUN.size:
            raise LinkGarbled("RUN's answer has the wrong length")
        _, slot, _, generation, _ = _RUN.unpack(answer.body)
        return slot_name(slot), generation

    async def stop(self) -> bool:
        """Stops the program; False when none was running."""
        try:
            await self.run(RunAction.STOP)
        except LinkRefused as error:
            if error.status is Status.NOT_RUNNING:
                return False
            raise
        return True

    async def confirm(self, generation: int | None = None) -> None:
        """Ends the trial of the program that runs (only if it is of this generation, when one is given)."""
        await self._ask(FrameType.CONFIRM, b"" if generation is None else struct.pack("<I", generation))

    async def status(self) -> ProgramStatus:
        """What the program is doing."""
        answer = await self._ask(FrameType.STATUS, b"")
        return self._parsed(parse_status, answer.body)

    async def debug(self, request: bytes) -> bytes:
        """A debugger's request and its answer (vmimages/core/debug.h); harmless to repeat, as all of them are."""
        return (await self._ask(FrameType.DEBUG, request)).body[1:]

    async def console_in(self, data: bytes) -> int:
        """Sends console input; returns how many bytes the board took (less than all: its buffer is full)."""
        taken = 0
        while taken < len(data):
            piece = data[taken : taken + CONSOLE_PIECE]
            answer = await self._ask(FrameType.CONSOLE_IN, piece)
            if len(answer.body) != 4:
                raise LinkGarbled("CONSOLE_IN's answer has the wrong length")
            count = int.from_bytes(answer.body[2:4], "little")
            taken += count
            if count < len(piece):
                break
        return taken

    async def wait_end(self, generation: int, *, poll_s: float = 2.0) -> Event:
        """Waits, without a deadline of its own, until the program of this generation has ended, raised or been stopped; returns that event.

        STATUS is asked every `poll_s` seconds, in case the event was lost; the event made of its answer has no text and no places.
        """
        while True:
            ended = next((event for event in self._ends if event.generation == generation), None)
            if ended is None and not self._closed:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), poll_s)
                    continue
            now = await self.status()
            if now.generation == generation and now.state.alive:
                # It has been started again since: that end was of an earlier run.
                if ended in self._ends:
                    self._ends.remove(ended)
                continue
            if ended is not None:
                return ended
            if now.generation != generation or now.state in (
                ProgramState.STOPPED,
                ProgramState.IDLE,
                ProgramState.REFUSED,
            ):
                return Event(EventKind.STOPPED, generation=generation)
            kinds = {ProgramState.ENDED: EventKind.ENDED, ProgramState.RAISED: EventKind.RAISED}
            if now.state in kinds:
                return Event(
                    kinds[now.state],
                    generation=generation,
                    instructions=now.instructions,
                    collections=now.collections,
                    heap_peak=now.heap_peak,
                )

    # --- sending

    def _next_sequence(self) -> int:
        self._sequence = (self._sequence + 1) & 0xFFFF
        return self._sequence

    async def _ask(
        self, kind: FrameType, body: bytes, *, timeout_s: float | None = None, tries: int | None = None
    ) -> Frame:
        async with self._lock:
            return await self._request(kind, body, timeout_s or self._timeout_s, tries or self._tries)

    async def _request(self, kind: FrameType, body: bytes, timeout_s: float, tries: int) -> Frame:
        """Sends until answered: the board answers a repeated sequence number with the same answer."""
        if self._closed:
            raise LinkClosed
        sequence = self._next_sequence()
        wire = frames.encode(Frame(kind, sequence, body))
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[kind | REPLY, sequence] = answer
        try:
            for _ in range(tries):
                await self._stream.write(wire)
                done, _ = await asyncio.wait([answer], timeout=timeout_s)
                if done:
                    return self._checked(kind, answer.result())
        finally:
            del self._waiting[kind | REPLY, sequence]
            answer.cancel()
        raise LinkSilent(kind, timeout_s * tries, tries)

    async def _send_data(
        self, image: bytes, offset: int, window: int, chunk: int, progress: Callable[[int, int], None] | None
    ) -> None:
        """Go-back-N: up to `window` frames under way; a gap or silence goes back to the last byte acknowledged."""
        acks: asyncio.Queue[Frame | None] = asyncio.Queue()
        self._acks = acks
        try:
            acked = sent = offset
            under_way: dict[int, int] = {}  # sequence -> end offset
            strikes = 0
            while acked < len(image):
                while sent < len(image) and len(under_way) < window:
                    end = min(sent + chunk, len(image))
                    sequence = self._next_sequence()
                    under_way[sequence] = end
                    await self._stream.write(
                        frames.encode(Frame(FrameType.DATA, sequence, struct.pack("<I", sent) + image[sent:end]))
                    )
                    sent = end
                try:
                    ack = await asyncio.wait_for(acks.get(), self._timeout_s)
                except TimeoutError:
                    strikes += 1
                    if strikes == DATA_STRIKES:
                        raise LinkSilent(FrameType.DATA, self._timeout_s * strikes, strikes) from None
                    sent = acked
                    under_way.clear()
                    continue
                if ack is None:
                    raise LinkClosed
                if ack.sequence not in under_way:
                    continue  # of a frame that was given up on
                del under_way[ack.sequence]
                status, reached = self._ack(ack)
                if reached > acked:
                    acked, strikes = min(reached, len(image)), 0
                    under_way = {s: end for s, end in under_way.items() if end > acked}
                    if progress:
                        progress(acked, len(image))
                if status is Status.GAP:
                    sent = acked
                    under_way.clear()
                elif sent < acked:
                    sent = acked
        finally:
            self._acks = None

    def _ack(self, ack: Frame) -> tuple[Status, int]:
        if not ack.body:
            raise LinkGarbled("DATA's answer is empty")
        if ack.body[0] == Status.GAP and len(ack.body) == 8:
            status = Status.GAP
        else:
            self._checked(FrameType.DATA, ack)
            status = Status.OK
        if len(ack.body) != 8:
            raise LinkGarbled("DATA's answer has the wrong length")
        return status, int.from_bytes(ack.body[4:8], "little")

    @staticmethod
    def _checked(kind: FrameType, answer: Frame) -> Frame:
        if kind is FrameType.HELLO:
            return answer
        if not answer.body:
            raise LinkGarbled(f"{kind.name}'s answer is empty")
        try:
            status = Status(answer.body[0])
        except ValueError:
            raise LinkGarbled(f"{kind.name} was answered with the unknown status {answer.body[0]}") from None
        if status is Status.OK:
            return answer
        code = offset = 0
        if kind in (FrameType.COMMIT, FrameType.RUN) and len(answer.body) == _COMMIT.size:
            _, _, code, _, offset = _COMMIT.unpack(answer.body)
        raise LinkRefused(kind, status, verify_code=code, offset=offset)

    @staticmethod
    def _parsed(parse: Callable[[bytes], _T], body: bytes) -> _T:
        try:
            return parse(body)
        except ValueError as error:
            raise LinkGarbled(str(error)) from error

    # --- receiving

    async def _read(self) -> None:
        decoder = frames.Decoder()
        reading: asyncio.Task[bytes] | None = None
        try:
            while True:
                reading = reading or asyncio.create_task(self._stream.read())
                done, _ = await asyncio.wait([reading], timeout=QUIET_S if decoder.holding else None)
                if not done:
                    self._text(decoder.flush())
                    continue
                data, reading = reading.result(), None
                if not data:
                    break
                for item in decoder.feed(data):
                    if isinstance(item, bytes):
                        self._text(item)
                    else:
                        self._frame(item)
            self._text(decoder.flush())
        except OSError:
            pass  # the line is gone, as at its end
        finally:
            if reading:
                reading.cancel()
            self._end()

    def _end(self) -> None:
        self._closed = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LinkClosed())
        if self._acks:
            self._acks.put_nowait(None)
        self._changed.set()

    def _text(self, data: bytes) -> None:
        if data and self.listener.on_text:
            self.listener.on_text(data)

    def _frame(self, frame: Frame) -> None:
        if frame.flags & UNSOLICITED:
            self._unsolicited(frame)
        elif frame.type == FrameType.DATA | REPLY:
            if self._acks:
                self._acks.put_nowait(frame)
        else:
            answer = self._waiting.get((frame.type, frame.sequence))
            if answer and not answer.done():
                answer.set_result(frame)

    def _unsolicited(self, frame: Frame) -> None:
        if frame.type == IDENTITY:
            self._expected = (frame.sequence + 1) & 0xFFFF
            with contextlib.suppress(ValueError):  # of a newer protocol: HELLO will tell
                identity = parse_identity(frame.body)
                if self.listener.on_boot:
                    self.listener.on_boot(identity)
            return
        lost = 0 if self._expected is None else (frame.sequence - self._expected) & 0xFFFF
        self._expected = (frame.sequence + 1) & 0xFFFF
        if lost and self.listener.on_lost:
            self.listener.on_lost(lost)
        if frame.type == FrameType.CONSOLE_OUT:
            if self.listener.on_output:
                self.listener.on_output(frame.body)
        elif frame.type == FrameType.EVENT:
            with contextlib.suppress(ValueError):  # a kind that this version does not know
                self._event(parse_event(frame.body))

    def _event(self, event: Event) -> None:
        """An exception is told of when those that led to it have come, or will not."""
        held, self._held = self._held, None
        if held is not None and event.kind is EventKind.EARLIER:
            held, more = replace(held, earlier=(*held.earlier, event)), event.link
        else:
            more = 0
        if held is not None:
            if more:
                self._hold(held)
            else:
                self._publish(held)
        if event.kind is EventKind.RAISED and event.link:
            self._hold(event)
        elif event.kind is not EventKind.EARLIER:
            self._publish(event)

    def _hold(self, event: Event) -> None:
        self._held = event
        asyncio.get_running_loop().call_later(EARLIER_S, self._give_up, event)

    def _give_up(self, event: Event) -> None:
        if self._held is event:
            self._held = None
            self._publish(event)

    def _publish(self, event: Event) -> None:
        if event.kind in (EventKind.ENDED, EventKind.RAISED, EventKind.STOPPED):
            self._ends.append(event)
            del self._ends[:-16]
            self._changed.set()
        if self.listener.on_event:
            self.listener.on_event(event)
