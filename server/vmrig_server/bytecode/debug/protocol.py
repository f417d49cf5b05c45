# SPDX-License-Identifier: Apache-2.0
"""The requests of `vmimages/core/debug.h` and their answers, packed and unpacked. The same bytes go to a board and to a VM in this process."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from ..errors import BytecodeError


class Op(IntEnum):
    """First byte of a request."""

    ATTACH = 1
    STATE = 2
    BREAKS = 3
    RESUME = 4
    FRAMES = 5
    WINDOW = 6
    GLOBALS = 7
    OBJECT = 8
    BYTES = 9
    HEAP = 10
    SAMPLES = 11
    INTERRUPT = 12
    SET = 13
    THREADS = 14
    EXTEND = 15
    START = 16


class Flag(IntFlag):
    """What ATTACH asks for."""

    ON_RAISE = 1
    ON_UNCAUGHT = 2
    PAUSE = 4
    SAMPLE = 8
    DETACH = 16


class Mode(IntEnum):
    """How the program goes on."""

    GO = 0
    INTO = 1
    OVER = 2
    OUT = 3


class Reason(IntEnum):
    """Why it stands."""

    NONE = 0
    PAUSE = 1
    BREAK = 2
    STEP = 3
    RAISED = 4
    UNCAUGHT = 5


class DebugError(BytecodeError):
    """The VM did not take a request, or answered what makes no sense."""

    code = "debug"


_STATE = struct.Struct("<BBHIIHBB")
_HEAP = struct.Struct("<4I")


@dataclass(frozen=True, slots=True)
class State:
    """What STATE says; `exception` is a reference or 0."""

    reason: Reason
    flags: Flag
    number: int
    exception: int
    build_id: int
    depth: int
    version: int
    breaks_max: int

    @classmethod
    def parse(cls, data: bytes) -> State:
        """Of an answer."""
        if len(data) != _STATE.size:
            raise DebugError("the state has the wrong length")
        reason, flags, *rest = _STATE.unpack(data)
        return cls(Reason(reason), Flag(flags), *rest)


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it lies in the VM, with the first words of what it refers to.

    `type` is the number of object.h, 0 for what is no object; `word` stands behind the header: a length, or a class.
    """

    raw: int
    type: int = 0
    flags: int = 0
    aux: int = 0
    word: int = 0
    data: bytes = b""

    @property
    def is_float(self) -> bool:
        """A float cell."""
        return self.raw & 7 == 4

    @property
    def is_object(self) -> bool:
        """Something with a header."""
        return self.type != 0


def parse_values(data: bytes) -> list[Value]:
    """Values one behind the other."""
    from vmrig_native import _vm

    values, at = [], 0
    while at < len(data):
        (raw,) = struct.unpack_from("<I", data, at)
        at += 4
        if raw & 7 == 4:
            values.append(Value(raw, data=data[at : at + 8]))
            at += 8
        elif raw and raw & 7 == 0:
            kind, flags, aux, word = struct.unpack_from("<BBHI", data, at)
            at += 8
            length = 8 if kind == _vm.T_INT64 else min(word, 24) if kind in (_vm.T_STR, _vm.T_BYTES) else 0
            values.append(Value(raw, kind, flags, aux, word, data[at : at + length]))
            at += length
        else:
            values.append(Value(raw))
    return values


@dataclass(frozen=True, slots=True)
class Frame:
    """A call: `word` is that of the instruction being executed, or about to be."""

    function: int
    word: int


def parse_frames(answer: bytes) -> list[Frame]:
    """Of an answer of FRAMES."""
    return [Frame(*row) for row in struct.iter_unpack("<HH", answer[2:])]


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of the program; `waits` is what for, 0 when it does not."""

    number: int
    current: bool
    waits: int


def parse_threads(answer: bytes) -> list[Thread]:
    """Of an answer of THREADS; a program that never had two has one, number 0."""
    return [Thread(n, bool(now), waits) for n, now, waits in struct.iter_unpack("<HBB", answer)] or [Thread(0, True, 0)]


@dataclass(frozen=True, slots=True)
class HeapRun:
    """Pages of one kind: 0 free, 1 an object of its own, from 3 on cells of a size, `used` of them."""

    kind: int
    used: int
    pages: int


@dataclass(frozen=True, slots=True)
class HeapPart:
    """An answer of HEAP, from one page on."""

    page_count: int
    used: int
    peak: int
    collections: int
    runs: tuple[HeapRun, ...]

    @classmethod
    def parse(cls, data: bytes) -> HeapPart:
        """Of an answer."""
        count, used, peak, collections = _HEAP.unpack_from(data)
        runs = tuple(HeapRun(*row) for row in struct.iter_unpack("<BBH", data[_HEAP.size :]))
        return cls(count, used, peak, collections, runs)


def attach(flags: Flag) -> bytes:
    """ATTACH."""
    return bytes([Op.ATTACH, flags])


def breaks(words: list[int]) -> bytes:
    """BREAKS."""
    return struct.pack(f"<B{len(words)}I", Op.BREAKS, *words)


def resume(number: int, mode: Mode, depth: int = 0, first: int = 0, end: int = 0) -> bytes:
    """RESUME."""
    return struct.pack("<BHBHII", Op.RESUME, number, mode, depth, first, end)


def frames(thread: int, first: int) -> bytes:
    """FRAMES."""
    return struct.pack("<BBH", Op.FRAMES, thread, first)


def window(thread: int, frame: int, first: int) -> bytes:
    """WINDOW."""
    return struct.pack("<BBHH", Op.WINDOW, thread, frame, first)


def global_values(first: int) -> bytes:
    """GLOBALS."""
    return struct.pack("<BH", Op.GLOBALS, first)


def object_at(reference: int, first: int) -> bytes:
    """OBJECT."""
    return struct.pack("<BIH", Op.OBJECT, reference, first)


def bytes_at(reference: int, offset: int) -> bytes:
    """BYTES."""
    return struct.pack("<BII", Op.BYTES, reference, offset)


def heap(page: int, collect: bool = False) -> bytes:
    """HEAP."""
    return struct.pack("<BIB", Op.HEAP, page, collect)


def extend(section: int, total: int, offset: int, data: bytes) -> bytes:
    """EXTEND."""
    return struct.pack("<BBII", Op.EXTEND, section, total, offset) + data


def start_line(number: int, function: int, functions: int, global_count: int, natives: int) -> bytes:
    """START."""
    return struct.pack("<B5H", Op.START, number & 0xFFFF, function, functions, global_count, natives)


def set_value(frame: int | None, number: int, raw: int) -> bytes:
    """SET: of a frame's register, or of a global when `frame` is None."""
    return struct.pack("<BBHHI", Op.SET, frame is None, frame or 0, number, raw)
