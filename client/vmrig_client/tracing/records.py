# SPDX-License-Identifier: Apache-2.0
"""The records of a trace."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_RECORD = struct.Struct("<QQIIIBBH")


class Kind(enum.IntEnum):
    """What a record is of."""

    INSTRUCTION = 0
    READ = 1
    WRITE = 2
    ENTRY = 3
    RETURN = 4


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened.

    Attributes:
        cycle: of the core, since power on.
        time_ns: virtual time of that cycle.
        pc: of the instruction; of an exception: where it interrupts or returns to.
        address: of an access.
        value: the instruction's encoding (32-bit ones with the first halfword high), what was read or written, the exception's number.
        kind: what it is.
        size: bytes, of the instruction or the access.
    """

    cycle: int
    time_ns: int
    pc: int
    address: int
    value: int
    kind: Kind
    size: int


def records_of(data: bytes) -> Iterator[Record]:
    """Of `WatchTraceResponse.records`."""
    for cycle, time_ns, pc, address, value, kind, size, _ in _RECORD.iter_unpack(data):
        yield Record(cycle, time_ns, pc, address, value, Kind(kind), size)
