# SPDX-License-Identifier: Apache-2.0
"""Where a program spends its instructions, by line: counted one by one on the host, sampled on a board."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from typing import Any

from ..host import Clock, RealClock, RecordingGpio
from ..traceback import format_chain, format_traceback
from . import protocol
from .lines import Lines
from .protocol import DebugError, Flag, Frame, Mode, Op, Reason, State, parse_frames
from .target import Ended, Output, Target

STACK_EVERY = 997
"""Instructions between two looks at the stack on the host: a prime, so that loops do not fall into step."""
ASK_S = 0.1
"""Samples are fetched from a board so often: it has room for 32, and takes one in 4000 instructions."""


@dataclass(frozen=True, slots=True)
class LineCount:
    """Instructions, or samples, of one line."""

    file: str
    line: int
    function: str
    count: int


@dataclass
class Profile:
    """Of one run. `exact`: counts are executed instructions; else they are samples. A stack is (function, line) outermost first."""

    exact: bool
    lines: list[LineCount] = field(default_factory=list)
    stacks: dict[tuple[tuple[str, int], ...], int] = field(default_factory=dict)
    instructions: int = 0

    @property
    def total(self) -> int:
        """Of all lines."""
        return sum(each.count for each in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        stacks = [{"frames": [list(frame) for frame in stack], "count": n} for stack, n in self.stacks.items()]
        return {
            "exact": self.exact,
            "lines": [asdict(row) for row in self.lines],
            "stacks": stacks,
            "instructions": self.instructions,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Profile:
        """Of what `to_dict` made."""
        stacks = {tuple((str(name), int(line)) for name, line in s["frames"]): int(s["count"]) for s in data["stacks"]}
        return cls(data["exact"], [LineCount(**row) for row in data["lines"]], stacks, data["instructions"])


@dataclass(frozen=True, slots=True)
class Profiled:
    """The end of a profiled run."""

    profile: Profile
    traceback: str = ""


def by_line(lines: Lines, counts: Counter[Frame]) -> list[LineCount]:
    """Counts of words summed by line and function, the largest first."""
    sums: Counter[tuple[str, int, str]] = Counter()
    for frame, count in counts.items():
        place = lines.place(frame)
        sums[place.file, place.line, place.name] += count
    rows = [LineCount(file, line, name, count) for (file, line, name), count in sums.items() if count]
    return sorted(rows, key=lambda row: (-row.count, row.file, row.line))


def profile_on_host(
    image: bytes,
    *,
    write: Callable[[bytes], None],
    heap_size: int = 65536,
    clock: Clock | None = None,
    source: str = "",
) -> Profiled:
    """Runs a program to its end on the host's VM, counting every instruction."""
    from vmrig_native import _vm

    time_source: Clock = clock or RealClock()
    lines = Lines(image)
    vm = _vm.Vm(
        image,
        heap_size=heap_size,
        write=lambda data: write(bytes(data)),
        time_us=time_source.now_us,
        gpio=RecordingGpio(time_source),
        uid=b"host",
    )
    vm.count()
    stacks: Counter[tuple[Frame, ...]] = Counter()
    traceback = ""
    while True:
        status, detail = vm.run(STACK_EVERY)
        if status == _vm.DONE:
            break
        if status == _vm.RAISED:
            traceback = format_traceback(image, vm.traceback(), str(detail), source)
            break
        if status == _vm.SLEEPING:
            time_source.wait_until_us(vm.wake_time)
        else:
            answer = vm.debug(protocol.frames(0, 0))
            if answer:
                stacks[tuple(reversed(parse_frames(answer)))] += 1
    counts = _counts_by_frame(lines, vm.counts())
    profile = Profile(True, by_line(lines, counts), _named(lines, stacks), vm.instructions)
    return Profiled(profile, traceback)


def _counts_by_frame(lines: Lines, counts: list[int]) -> Counter[Frame]:
    found: Counter[Frame] = Counter()
    for number, f in enumerate(lines.view.functions):
        for word in range(f.code_words):
            if counts[f.code_offset + word]:
                found[Frame(number, word)] = counts[f.code_offset + word]
    return found


def _named(lines: Lines, stacks: Counter[tuple[Frame, ...]]) -> dict[tuple[tuple[str, int], ...], int]:
    found: Counter[tuple[tuple[str, int], ...]] = Counter()
    for stack, count in stacks.items():
        places = [lines.place(frame) for frame in stack]
        # A slice ends at a jump backwards or a call: that says in which function it was, not in which of its lines.
        callers = tuple((place.name, place.line) for place in places[:-1])
        found[(*callers, *((place.name, 0) for place in places[-1:]))] += count
    return dict(found)


async def profile_target(image: bytes, target: Target, write: Callable[[bytes], None], source: str = "") -> Profiled:
    """Runs a program to its end on a target that takes samples: a board.

    Raises:
        DebugError: the VM does not take samples, or runs another program.
    """
    lines = Lines(image)
    samples: Counter[Frame] = Counter()
    await target.start()
    state = State.parse(await target.request(bytes([Op.STATE])))
    if state.build_id != lines.build_id:
        raise DebugError("the VM runs another program")
    await target.request(protocol.attach(Flag.SAMPLE | Flag.PAUSE))
    ended: Ended | None = None
    while ended is None:
        try:
            event = await asyncio.wait_for(target.events.get(), ASK_S)
        except TimeoutError:
            event = None
        if isinstance(event, Output):
            write(event.data)
        elif isinstance(event, Ended):
            ended = event
        else:
            state = State.parse(await target.request(bytes([Op.STATE])))
            if state.reason is not Reason.NONE:
                await target.request(protocol.attach(Flag.SAMPLE))
                await target.request(protocol.resume(state.number, Mode.GO))
        samples += await _samples(target)
    traceback = format_chain(image, ended.trace, ended.exception, ended.earlier, source) if ended.exception else ""
    rows = by_line(lines, samples)
    stacks: dict[tuple[tuple[str, int], ...], int] = {((row.function, row.line),): row.count for row in rows}
    return Profiled(Profile(False, rows, stacks), traceback)


async def _samples(target: Target) -> Counter[Frame]:
    try:
        answer = await target.request(bytes([Op.SAMPLES]))
    except DebugError:  # it has ended, and its VM may be gone
        return Counter()
    return Counter(Frame(*row) for row in struct.iter_unpack("<HH", answer))


# --- how it is shown


def profile_text(profile: Profile, source: str = "", limit: int = 30) -> str:
    """A table of the lines that cost the most."""
    text = source.splitlines()
    total = profile.total or 1
    unit = "instructions" if profile.exact else "samples"
    out = [f"{profile.total} {unit}", f"{unit:>12}  share   sum  line"]
    rows = profile.lines[:limit]
    for row, running in zip(rows, accumulate(row.count for row in rows), strict=True):
        code = text[row.line - 1].strip() if 0 < row.line <= len(text) else ""
        where = f"{row.file}:{row.line} {row.function}"
        out.append(f"{row.count:12}  {row.count / total:5.1%}  {running / total:4.0%}  {where:32} {code}".rstrip())
    if len(profile.lines) > limit:
        out.append(f"... and {len(profile.lines) - limit} lines more")
    return "\n".join(out)
