# SPDX-License-Identifier: Apache-2.0
"""A debugging session: breakpoints by line with conditions, steps by line, and what stands where. It knows no protocol of editors."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from . import protocol
from .evaluate import Evaluator
from .handlers import Handlers
from .inspector import Inspector, Member, encode
from .lines import Lines, Place
from .protocol import DebugError, Flag, Frame, Mode, Op, Reason, State, Thread, Value
from .target import Ended, Output, Stopped, Target

STEPS_MAX = 200
"""Stops that a step goes on from by itself, within one line."""


@dataclass
class Breakpoint:
    """One line of a file. `line` is where it stands, 0 when no code is there; `log` is printed instead of stopping."""

    number: int
    file: str
    asked: int
    line: int
    words: tuple[int, ...]
    condition: str = ""
    hit_condition: str = ""
    log: str = ""
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A frame with its place."""

    index: int
    frame: Frame
    place: Place


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the program stands, for people."""

    reason: str
    text: str = ""
    breakpoints: tuple[int, ...] = ()
    thread: int = 0
    """The one that stopped; 0: there is only one."""


@dataclass
class _Step:
    mode: Mode
    depth: int
    line: tuple[str, int]
    function: int
    left: int = STEPS_MAX


@dataclass
class Listener:
    """Who hears of a session. All are called from the event loop."""

    on_output: Callable[[bytes], None] = lambda data: None
    on_log: Callable[[str], None] = lambda text: None
    on_stop: Callable[[Stop], None] = lambda stop: None
    on_end: Callable[[Ended], None] = lambda end: None
    on_continue: Callable[[], None] = lambda: None


@dataclass
class _Filters:
    raised: bool = False
    uncaught: bool = False
    conditions: dict[str, str] = field(default_factory=dict)


class Session:
    """One program on one target."""

    def __init__(self, image: bytes, target: Target, listener: Listener) -> None:
        self.lines = Lines(image)
        self.target = target
        self.listener = listener
        self.inspector = Inspector(self.lines, target.request)
        self.state: State | None = None
        self.ended: Ended | None = None
        self.stop_on_entry = False
        self._breakpoints: dict[str, list[Breakpoint]] = {}
        self._filters = _Filters()
        self._next_number = 1
        self._judged = -1
        self._step: _Step | None = None
        self._pausing = False
        self._asked = self._started = False
        self._pump: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @property
    def started(self) -> bool:
        """The program has been started."""
        return self._started

    @property
    def stopped(self) -> bool:
        """The program stands, and has been shown to."""
        return self.state is not None and self.state.reason is not Reason.NONE

    # --- life

    async def start(self) -> None:
        """Starts the program; with `stop_on_entry` it stays before its first line. Once: a target has one program."""
        if self._asked:
            raise DebugError("the program has been started already")
        self._asked = True
        await self.target.start()
        await self._attach()
        self._started = True
        self._pump = asyncio.create_task(self._events())

    async def _attach(self) -> None:
        state = State.parse(await self.target.request(bytes([Op.STATE])))
        if state.version != 1:
            raise DebugError(f"the VM debugs by version {state.version}; this debugger knows version 1")
        if state.build_id != self.lines.build_id:
            raise DebugError(
                f"the VM runs build {state.build_id:08x}, this program is build {self.lines.build_id:08x}: send it again"
            )
        self._breaks_max = state.breaks_max
        await self._send_filters(Flag.PAUSE)
        await self._send_breaks()

    async def close(self) -> None:
        """Ends the session; the target is let go of."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        await self.target.close()

    # --- what to stop at

    async def set_breakpoints(self, file: str, wanted: Sequence[Breakpoint]) -> list[Breakpoint]:
        """All breakpoints of a file, in place of those before; sets their number, line and words."""
        placed: list[Breakpoint] = []
        for each in wanted:
            each.number = self._next_number
            self._next_number += 1
            each.line, words = self.lines.words(file, each.asked)
            each.words = tuple(words)
            placed.append(each)
        self._breakpoints[file] = placed
        if self._started:
            await self._send_breaks()
        return placed

    def take_over(self, before: Session) -> None:
        """What to stop at, as it was in the session of the program before it was started again."""
        self._next_number, self._filters, self.stop_on_entry = (
            before._next_number,
            before._filters,
            before.stop_on_entry,
        )
        for file, placed in before._breakpoints.items():
            self._breakpoints[file] = [replace(each, hits=0) for each in placed]
            for each in self._breakpoints[file]:
                each.line, words = self.lines.words(file, each.asked)
                each.words = tuple(words)

    async def set_exception_filters(
        self, raised: bool, uncaught: bool, conditions: dict[str, str] | None = None
    ) -> None:
        """Stop at every raise, or at those that nobody handles. `conditions`: names of classes, by filter."""
        self._filters = _Filters(raised, uncaught, conditions or {})
        if self._started:
            await self._send_filters(Flag(0))

    async def _send_filters(self, more: Flag) -> None:
        flags = more
        if self._filters.raised:
            flags |= Flag.ON_RAISE
        if self._filters.uncaught:
            flags |= Flag.ON_UNCAUGHT
            if self.lines.has_handlers:  # the VM knows of handlers, and not what they catch
                flags |= Flag.ON_RAISE
        await self.target.request(protocol.attach(flags))

    async def _send_breaks(self) -> None:
        words = sorted({word for each in self._breakpoints.values() for b in each for word in b.words})
        if len(words) > self._breaks_max:
            raise DebugError(f"the VM has room for {self._breaks_max} breakpoints; {len(words)} words are needed")
        await self.target.request(protocol.breaks(words))

    # --- going on

    async def go(self) -> None:
        """To the next breakpoint."""
        self._step = None
        await self._resume(Mode.GO)

    async def step(self, mode: Mode) -> None:
        """Over, into or out of the line it stands at."""
        frames = await self.inspector.frames()
        if not frames:
            raise DebugError("nothing stands")
        place = self.lines.place(frames[0])
        self._step = _Step(mode, len(frames), (place.file, place.line), frames[0].function)
        await self._resume(mode, frames)

    async def pause(self) -> None:
        """Stops it where it is."""
        if self.stopped:
            return
        self._pausing = True
        await self._send_filters(Flag.PAUSE)

    async def interrupt(self) -> None:
        """KeyboardInterrupt in the program."""
        await self.target.request(bytes([Op.INTERRUPT]))
        self._forget()

    async def _resume(self, mode: Mode, frames: list[Frame] | None = None) -> None:
        if self.state is None or not self.stopped:
            return
        number = self.state.number
        first = end = depth = 0
        if mode is not Mode.GO:
            assert self._step is not None
            depth = self._step.depth
            if frames and self._step.depth == len(frames):
                first, end = self.lines.run_of(frames[0])
        self._forget()
        await self.target.request(protocol.resume(number, mode, depth, first, end))

    def _forget(self) -> None:
        self.state = None
        self.inspector.forget()

    # --- what comes from the target

    async def _events(self) -> None:
        while True:
            event = await self.target.events.get()
            if isinstance(event, Output):
                self.listener.on_output(event.data)
            elif isinstance(event, Stopped):
                async with self._lock:
                    with contextlib.suppress(DebugError):  # it has ended meanwhile, which is the next event
                        await self._stopped()
            else:
                self.ended = event
                self.listener.on_end(event)

    async def _stopped(self) -> None:
        state = State.parse(await self.target.request(bytes([Op.STATE])))
        if state.reason is Reason.NONE or state.number == self._judged:
            return  # a board tells of a stop again when nobody seems to have heard
        self._judged = state.number
        self.state = state
        self.inspector.forget()
        try:
            stop = await self._judge(state)
        except DebugError as error:
            stop = Stop("pause", str(error))
        if stop is None:
            return
        self._step = None
        self._pausing = False
        current = next((t.number for t in await self.threads() if t.current), 0)
        self.listener.on_stop(replace(stop, thread=current))

    async def _judge(self, state: State) -> Stop | None:
        """What to make of a stop; None: the program goes on already."""
        frames = await self.inspector.frames()
        if state.reason is Reason.PAUSE:
            if not self._pausing and not self.stop_on_entry:
                await self._go_on(frames)
                return None
            entry = not self._pausing
            self.stop_on_entry = False
            return Stop("entry" if entry else "pause")
        if state.reason in (Reason.RAISED, Reason.UNCAUGHT):
            return await self._at_raise(state, frames)
        hit = [b for each in self._breakpoints.values() for b in each if self.lines.absolute(frames[0]) in b.words]
        if state.reason is Reason.BREAK:
            stops = [b.number for b in hit if await self._counts(b, frames)]
            if stops:
                return Stop("breakpoint", breakpoints=tuple(stops))
            await self._go_on(frames)
            return None
        if self._step is not None and await self._within(self._step, frames):
            await self._go_on(frames)
            return None
        stops = [b.number for b in hit if await self._counts(b, frames)]
        return Stop("breakpoint", breakpoints=tuple(stops)) if stops else Stop("step")

    async def _within(self, step: _Step, frames: list[Frame]) -> bool:
        """A step that has not come to another line yet."""
        step.left -= 1
        if step.left <= 0:
            return False
        place = self.lines.place(frames[0])
        if not self.lines.is_start(frames[0]):
            return True
        same = len(frames) == step.depth and frames[0].function == step.function
        return same and step.mode is not Mode.OUT and (place.file, place.line) == step.line

    async def _go_on(self, frames: list[Frame]) -> None:
        mode = self._step.mode if self._step is not None else Mode.GO
        if self._step is not None and len(frames) > self._step.depth and mode is Mode.INTO:
            self._step = _Step(mode, len(frames), self._step.line, self._step.function, self._step.left)
        await self._resume(mode, frames)

    async def _at_raise(self, state: State, frames: list[Frame]) -> Stop | None:
        exception, _ = await self.inspector.look(state.exception)
        kind = await self.inspector.type_text(exception)
        uncaught = state.reason is Reason.UNCAUGHT
        for_native = kind in ("StopIteration", "GeneratorExit") or _is_answer(self.lines.place(frames[0]).name, kind)
        if not uncaught and self._filters.uncaught and not for_native:
            uncaught = not await Handlers(self.lines, self.inspector).catch(exception, frames)
        if uncaught and self._filters.uncaught and self._wanted("uncaught", kind):
            self.state = replace(state, reason=Reason.UNCAUGHT)
        elif not (self._filters.raised and self._wanted("raised", kind)) or for_native:
            await self._go_on(frames)
            return None
        return Stop("exception", await self.inspector.text(exception))

    def _wanted(self, name: str, kind: str) -> bool:
        """Whether a filter's condition, names of classes, lets a class through."""
        names = [each.strip() for each in self._filters.conditions.get(name, "").split(",") if each.strip()]
        return not names or kind in names

    async def _counts(self, b: Breakpoint, frames: list[Frame]) -> bool:
        """Whether a breakpoint that was hit is one to stop at."""
        evaluator = await self.evaluator(0)
        if b.condition:
            try:
                if not await evaluator.truth(b.condition):
                    return False
            except DebugError as error:
                self.listener.on_log(f"condition {b.condition!r}: {error}")
                return True
        b.hits += 1
        if b.hit_condition:
            hit = _hit(b.hit_condition, b.hits)
            if hit is None:
                self.listener.on_log(
                    f"hit condition {b.hit_condition!r}: not a number, nor one after {' '.join(_SIGNS)}"
                )
                return True
            if not hit:
                return False
        if b.log:
            self.listener.on_log(await self._log_text(b.log, evaluator))
            return False
        return True

    async def _log_text(self, message: str, evaluator: Evaluator) -> str:
        """The text of a log point: expressions stand in braces."""
        out, rest = "", message
        while "{" in rest:
            before, _, rest = rest.partition("{")
            expression, closed, rest = rest.partition("}")
            try:
                out += before + ((await evaluator.text(expression))[0] if closed else "{" + expression)
            except DebugError as error:
                out += f"{before}<{error}>"
        return out + rest

    # --- looking

    async def threads(self) -> list[Thread]:
        """Those that have not ended; one at least."""
        return protocol.parse_threads(await self.target.request(bytes([Op.THREADS])))

    async def thread_names(self) -> dict[int, str]:
        """What the threads that the module threading knows are called."""
        spaces, inspector = self.inspector.namespaces, self.inspector
        if "threading" not in spaces.names or spaces.library("threading.py") is None:
            return {}
        known = await inspector.namespace(spaces.names.index("threading"))
        running = next((m.value for m in known if m.name == "_running"), None)
        names: dict[int, str] = {}
        for number, thread in await inspector.pairs(running) if running is not None else []:
            parts = {m.name: m.value for m in await inspector.members(thread)}
            if "name" in parts:
                names[int(await inspector.plain(number))] = str(await inspector.plain(parts["name"]))
        return names

    async def calls(self, thread: int = 0) -> list[Call]:
        """The stack of a thread, innermost first; 0: the current one."""
        frames = await self.inspector.frames(thread)
        return [Call(i, frame, self.lines.place(frame)) for i, frame in enumerate(frames)]

    async def locals(self, index: int, thread: int = 0) -> list[Member]:
        """Local variables of a frame; of the program's body there are none: they are globals."""
        frames = await self.inspector.frames(thread)
        if not 0 <= index < len(frames):
            raise DebugError("no such frame")
        return await self.inspector.locals(index, frames[index], thread)

    async def globals(self, index: int, thread: int = 0) -> list[Member]:
        """What the global names of a frame's module mean."""
        frames = await self.inspector.frames(thread)
        if not 0 <= index < len(frames):
            raise DebugError("no such frame")
        file = self.lines.place(frames[index]).file
        return await self.inspector.namespace(self.inspector.namespaces.of_file(file))

    async def evaluator(self, index: int, thread: int = 0) -> Evaluator:
        """For expressions in a frame."""
        return Evaluator(self.inspector, (await self.locals(index, thread), await self.globals(index, thread)))

    async def exception(self) -> Value | None:
        """The exception that the program stands at."""
        if self.state is None or self.state.reason not in (Reason.RAISED, Reason.UNCAUGHT):
            return None
        return (await self.inspector.look(self.state.exception))[0]

    async def set_variable(self, member: Member, text: str, index: int, thread: int = 0) -> None:
        """Sets a local or global variable to the value of an expression."""
        if member.place is None:
            raise DebugError(f"{member.name} cannot be set from here")
        found = await (await self.evaluator(index, thread)).value(text)
        raw = found.raw if isinstance(found, Value) else encode(found)
        await self.target.request(protocol.set_value(member.place[0], member.place[1], raw))
        self.inspector.forget()


def _is_answer(function: str, kind: str) -> bool:
    """What native code takes as an answer when a special method raises it: hasattr(), and loops over what has only __getitem__."""
    name = function.rpartition(".")[2]
    return (name in ("__getattr__", "__getattribute__") and kind == "AttributeError") or (
        name == "__getitem__" and kind == "IndexError"
    )


def _hit(condition: str, hits: int) -> bool | None:
    """A hit condition: "5", "== 5", ">= 5", "> 5", "< 5", "% 5"; None: it is none of these."""
    text = condition.strip()
    sign = next((each for each in _SIGNS if text.startswith(each)), "")
    number = text[len(sign) :].strip()
    return _SIGNS[sign](hits, int(number)) if number.isdecimal() and len(number) < 10 else None


_SIGNS: dict[str, Callable[[int, int], bool]] = {
    ">=": lambda hits, n: hits >= n,
    "<=": lambda hits, n: hits <= n,
    "==": lambda hits, n: hits == n,
    ">": lambda hits, n: hits > n,
    "<": lambda hits, n: hits < n,
    "%": lambda hits, n: n > 0 and hits % n == 0,
    "": lambda hits, n: hits >= n,
}
