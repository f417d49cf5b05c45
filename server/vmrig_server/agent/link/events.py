# SPDX-License-Identifier: Apache-2.0
"""What a board tells unasked (EVENT) and what it answers to STATUS."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .identity import slot_name
from .status import EventKind, ProgramState, Status

_COUNTERS = struct.Struct("<IQII")
_STATUS = struct.Struct("<BBBBIQIIIQIIB3x")
_FAULT_REGISTERS = (
    ("r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr", "cfsr", "hfsr", "mmfar", "bfar"),
    ("pc", "mcause", "mtval", "mstatus", "ra", "sp", "s0", "s1", "a0", "a1", "a2", "a3"),
)
"""By the set that the event names: Cortex-M, RISC-V."""


_RAISES = (EventKind.RAISED, EventKind.EARLIER)


@dataclass(frozen=True, slots=True)
class Event:
    """One EVENT; fields that its kind does not have keep their default."""

    kind: EventKind
    slot: str = ""
    generation: int = 0
    confirmed: bool = False
    instructions: int = 0
    collections: int = 0
    heap_peak: int = 0
    text: str = ""
    """RAISED: "ValueError: ..."."""
    places: tuple[tuple[int, int], ...] = ()
    """RAISED: (function, word) pairs, innermost call last."""
    status: Status = Status.OK
    """REFUSED: why."""
    verify_code: int = 0
    """REFUSED: code of vmimages/core/verify.def, and where in the container."""
    offset: int = 0
    faults: int = 0
    """FAULT: in a row."""
    program_ran: bool = False
    registers: tuple[tuple[str, int], ...] = ()
    """FAULT: (name, value)."""
    reason: int = 0
    """PAUSED: as vmimages/core/debug.h numbers them."""
    link: int = 0
    """RAISED, EARLIER: an EARLIER follows, which it was raised from (1) or while that was handled (2)."""
    earlier: tuple[Event, ...] = ()
    """RAISED: those that followed, newest first."""
    stop: int = 0
    """PAUSED: number of the stop."""


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """The answer to STATUS."""

    state: ProgramState
    slot: str
    refused: Status
    generation: int
    instructions: int
    collections: int
    heap_used: int
    heap_peak: int
    run_time_us: int
    verify_code: int
    offset: int
    noise_bytes: int
    """Bytes the board received outside of good frames since boot."""


def parse_event(body: bytes) -> Event:
    """The body of an EVENT frame. ValueError: an unknown kind, or cut short."""
    if len(body) < 4:
        raise ValueError("EVENT is cut short")
    kind = EventKind(body[0])
    try:
        if kind in (EventKind.STARTED, EventKind.CONFIRMED):
            (generation,) = struct.unpack_from("<I", body, 4)
            confirmed = kind is EventKind.CONFIRMED or bool(body[2])
            return Event(kind, slot=slot_name(body[1]), generation=generation, confirmed=confirmed)
        if kind in (EventKind.ENDED, EventKind.STOPPED, *_RAISES):
            generation, instructions, collections, heap_peak = _COUNTERS.unpack_from(body, 4)
            at = 4 + _COUNTERS.size
            count = body[1] if kind in _RAISES else 0
            words = struct.unpack_from(f"<{2 * count}H", body, at)
            text = body[at + 4 * count :].decode("utf-8", "replace") if kind in _RAISES else ""
            return Event(
                kind,
                generation=generation,
                instructions=instructions,
                collections=collections,
                heap_peak=heap_peak,
                places=tuple(zip(words[::2], words[1::2], strict=True)),
                text=text,
                link=body[2] if kind in _RAISES else 0,
            )
        if kind is EventKind.REFUSED:
            (offset,) = struct.unpack_from("<I", body, 4)
            return Event(kind, slot=slot_name(body[1]), status=Status(body[2]), verify_code=body[3], offset=offset)
        if kind is EventKind.PAUSED:
            number, generation = struct.unpack_from("<HI", body, 2)
            return Event(kind, generation=generation, reason=body[1], stop=number)
        if body[3] >= len(_FAULT_REGISTERS):
            raise ValueError(f"EVENT FAULT has registers of the unknown set {body[3]}")
        names = _FAULT_REGISTERS[body[3]]
        values = struct.unpack_from(f"<{len(names)}I", body, 4)
        return Event(
            kind,
            faults=body[1],
            program_ran=bool(body[2]),
            registers=tuple(zip(names, values, strict=True)),
        )
    except struct.error as error:
        raise ValueError(f"EVENT {kind.name} is cut short") from error


def parse_status(body: bytes) -> ProgramStatus:
    """The body of a STATUS answer. ValueError: wrong length or an unknown number."""
    if len(body) != _STATUS.size:
        raise ValueError(f"STATUS has {len(body)} bytes instead of {_STATUS.size}")
    _, state, slot, refused, generation, instructions, collections, used, peak, run_time, offset, noise, code = (
        _STATUS.unpack(body)
    )
    return ProgramStatus(
        state=ProgramState(state),
        slot=slot_name(slot),
        refused=Status(refused),
        generation=generation,
        instructions=instructions,
        collections=collections,
        heap_used=used,
        heap_peak=peak,
        run_time_us=run_time,
        verify_code=code,
        offset=offset,
        noise_bytes=noise,
    )
