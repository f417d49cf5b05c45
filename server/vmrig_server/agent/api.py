# SPDX-License-Identifier: Apache-2.0
"""The `Agent` interface: all that the hub knows of the process that owns the boards of a host.

The in-process agent implements it directly; a remote one will implement it over the gRPC stream that it opened. Boards are named by `BoardId`, which the
agent derives from passive evidence (USB serial, else location), so that the same board has the same id after a re-plug.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

BoardId = str
"""16 lower-case hex digits: SHA-256 of "vid:pid:serial" (or "vid:pid@location" where the device has no serial), cut."""


@dataclass(frozen=True, slots=True)
class AttachedBoard:
    """A board as discovery sees it, from descriptors alone."""

    board_id: BoardId
    vid: int
    pid: int
    serial: str
    manufacturer: str
    product: str
    location: str
    """Where it is plugged in, e.g. "1-4.2"."""
    candidates: tuple[str, ...]
    """Targets it can be; one when the board id of its probe tells."""
    probe: str = ""
    """Unique id of the debug probe, as pyOCD names it; empty without one."""
    serial_port: str = ""
    """Path of its serial port, for people and their tools; empty without one."""
    serial_url: str = ""
    """What the service's own programs give to `serial.serial_for_url` (after `vmrig_server.serialport.register`): the path, unless the bus has something better."""

    def __post_init__(self) -> None:
        if not self.serial_url:
            object.__setattr__(self, "serial_url", self.serial_port)


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """A board came or went. `board` is the last known description in both cases."""

    present: bool
    board: AttachedBoard


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. Bytes are 0 where a phase has none."""

    phase: str
    done_bytes: int = 0
    total_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a tool, or a remark, for the job's record."""

    text: str


def warning(text: str) -> LogLine:
    """A line that people are shown who did not ask for a job's record."""
    return LogLine(f"warning: {text}")


Report = Callable[[Progress | LogLine], None]
"""Called from the event loop's thread, as often as the driver likes; the hub throttles."""


@dataclass(frozen=True, slots=True)
class FlashPart:
    """Bytes and the chip address they go to."""

    address: int
    data: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class FirmwareFile:
    """A file as the user gave it; the agent's plan turns files into parts and refuses what does not fit."""

    name: str
    data: bytes
    format: str = ""
    """"bin", "hex", "elf", or empty: by contents."""
    address: int | None = None


@dataclass(frozen=True, slots=True)
class PhaseTime:
    phase: str
    seconds: float


@dataclass(frozen=True, slots=True)
class WrittenPart:
    address: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FlashOutcome:
    parts: tuple[WrittenPart, ...]
    bytes_written: int
    bytes_verified: int
    phases: tuple[PhaseTime, ...]
    unlocked: bool = False
    """The chip was locked, and was erased as a whole before."""


@dataclass(frozen=True, slots=True)
class RegisterOutcome:
    chip_uid: str
    """Lower-case hex, most significant byte first."""
    chip_part: str
    uid_by_serial: str
    uid_by_probe: str
    firmware_version: str
    phases: tuple[PhaseTime, ...]


@dataclass(frozen=True, slots=True)
class VmOnBoard:
    """What a VM says of itself over the link."""

    vmuid: str
    chip_uid: str
    version: str
    binding: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VirtualizeOutcome:
    flash: FlashOutcome
    vm: VmOnBoard
    phases: tuple[PhaseTime, ...]


@dataclass(frozen=True, slots=True)
class UplinkOutcome:
    slot: str
    generation: int
    sha256: str
    size_bytes: int
    console_offset: int
    program_state: str
    """"running" or "ended"."""
    phases: tuple[PhaseTime, ...]


@dataclass(frozen=True, slots=True)
class ConsoleChunk:
    """Bytes at an offset, or a marker there (then `data` is empty)."""

    offset: int
    data: bytes
    time_s: float
    """Seconds since the epoch."""
    marker: str = ""
    marker_text: str = ""


@dataclass(frozen=True, slots=True)
class DebugNews:
    """What comes of a program under a debugger: "started"; "answer" or "refused" for each request; "output"; "stopped"; "ended"."""

    kind: str
    data: bytes = b""
    text: str = ""
    """Of "ended": the exception; of "refused": why."""
    places: tuple[tuple[int, int], ...] = ()
    """Of "ended": (function, word), innermost call last."""
    stopped: bool = False
    """Of "ended": somebody ended it."""
    earlier: tuple[tuple[bool, str, tuple[tuple[int, int], ...]], ...] = ()
    """Of "ended": exceptions that led to it, newest first: (it is the cause, text, places)."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a board is not told of a program, for what it prints of threads that die: the container with names and lines, and its text (or empty)."""

    image: bytes
    source: str = ""


class Agent(Protocol):
    """Owner of the USB handles. Every call that changes a board takes the fence of the caller's lease: one older than the highest the agent has
    seen for the board is refused with ``FENCE_OLD`` before the board is touched, and a newer one closes the streams of the older writer.

    All calls raise `vmrig_server.errors.VmrigError`: ``BOARD_GONE`` when the board leaves, ``TOOL_FAILED`` with the tool's last lines, ``DEADLINE`` ...
    Cancelling a call (asyncio) stops its tool, releases port and probe, and leaves a board that the next flash repairs.
    """

    def watch(self) -> AsyncIterator[PresenceChange]:
        """Every board that is there, then every change, for ever."""
        ...

    async def look_again(self) -> None:
        """What boards can be has changed: looks at the buses anew."""
        ...

    async def raise_fence(self, board: BoardId, fence: int, holder: str) -> None:
        """A new lease was granted: from now on older fences are refused."""
        ...

    async def flash(
        self,
        board: BoardId,
        fence: int,
        target: str,
        files: Sequence[FirmwareFile],
        report: Report,
        *,
        chip_erase: bool = False,
        halt: bool = False,
        unlock: bool = False,
    ) -> FlashOutcome:
        """Writes files and reads them back. `unlock`: a locked chip is erased as a whole first, settings included; otherwise it is ``CHIP_LOCKED``."""
        ...

    async def erase(
        self,
        board: BoardId,
        fence: int,
        target: str,
        ranges: Sequence[tuple[int, int]],
        report: Report,
        *,
        mass: bool = False,
    ) -> None:
        """Erases ranges of (address, size in bytes), widened to whole sectors; an empty sequence is the whole chip. `mass`: all of it, settings
        included, which also opens a locked chip."""
        ...

    async def reset(self, board: BoardId, fence: int, target: str, report: Report) -> None: ...

    async def identify(self, board: BoardId, fence: int, candidates: Sequence[str], report: Report) -> str:
        """Which of several targets the board is, by asking its chip; ``TARGET_UNDECIDED`` when that does not tell."""
        ...

    async def register(
        self, board: BoardId, fence: int, target: str, report: Report, *, with_firmware: bool = False
    ) -> RegisterOutcome:
        """Reads the chip id by probe or loader; where neither can, or `with_firmware`: flashes register.vm, which tells it, and compares both."""
        ...

    async def virtualize(
        self, board: BoardId, fence: int, target: str, parts: Sequence[FlashPart], vmuid: str, report: Report
    ) -> VirtualizeOutcome:
        """Flashes the parts of a VM, verifies, boots it, and proves that it answers with the vmuid."""
        ...

    async def run_program(
        self,
        board: BoardId,
        fence: int,
        target: str,
        image: bytes,
        wait: bool,
        report: Report,
        names: Names | None = None,
    ) -> UplinkOutcome:
        """Uplinks a .vbc container into a slot and starts it; with wait, returns when the program ended (a raised exception: ``PROGRAM_RAISED``, class FIRMWARE,
        with the raw (function, word) traceback in evidence)."""
        ...

    def debug(
        self,
        board: BoardId,
        fence: int,
        target: str,
        image: bytes,
        requests: AsyncIterator[bytes],
        names: Names | None = None,
    ) -> AsyncIterator[DebugNews]:
        """Starts a program under a debugger and answers requests (vmimages/core/debug.h; empty: end the program) until there are no more. Without an
        image: of the program that runs, which goes on."""
        ...

    def read_console(self, board: BoardId, offset: int, follow: bool) -> AsyncIterator[ConsoleChunk]:
        """From a byte offset on (negative: before the end). Never needs a lease."""
        ...

    async def write_console(self, board: BoardId, fence: int, data: bytes) -> None: ...

    def release_port(self, board: BoardId, fence: int) -> AsyncIterator[str]:
        """Closes the board's serial port for a tool that is not ours and gives its path; never ends by itself, and the port is taken back when it is closed."""
        ...
