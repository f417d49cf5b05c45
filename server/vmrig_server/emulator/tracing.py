# SPDX-License-Identifier: Apache-2.0
"""The trace of one emulated board: what the worker hands out piece by piece, and what the pool makes of the pieces."""

from __future__ import annotations

import asyncio
import base64
import bisect
import contextlib
import struct
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vmrig_native import _emu

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.registers import RegisterNames
from vmrig_server.errors import VmrigError

RECORD = struct.Struct("<QQIIIBBH")
"""cycle, time in ns, pc, address, value, kind, size in bytes, zero; as in emu.h."""
READ, WRITE = 1, 2
CAPACITY = 1 << 16
PIECE = 1 << 14
"""Records: kept in the machine, handed out at once."""

POLL_S = 0.01
"""How often a board that had nothing to tell is asked again."""

COUNTS_S = 1.0
"""How often a trace that has no end of its own tells its counts."""

FLAGS = {
    "instructions": _emu.TRACE_INSTRUCTIONS,
    "accesses": _emu.TRACE_ACCESSES,
    "exceptions": _emu.TRACE_EXCEPTIONS,
    "counts": _emu.TRACE_COUNTS,
}


@dataclass(frozen=True, slots=True)
class TracePiece:
    """Some of a trace.

    Attributes:
        records: as `RECORD`, one after another.
        names: of the devices' registers among them that no piece before has named, by address.
        counts: (address, executions) of every executed instruction, by address, since the trace began; in the last piece of a trace that counts, and in one a second
            if it has no end of its own.
        time_ns: virtual time up to which the trace is complete.
        core: its type, as in the chip's file.
    """

    records: bytes
    names: Mapping[int, str]
    counts: Sequence[tuple[int, int]]
    time_ns: int
    core: str


class BoardTrace:
    """On the worker's side. One trace at a time: a second one ends the first."""

    def __init__(self, board: Board, names: RegisterNames, core: str) -> None:
        self._board = board
        self._core = core
        self._names = names
        self._named: set[int] = set()

    def start(self, what: Sequence[str], from_reset: bool) -> dict[str, Any]:
        """Begins to record; with a power cycle, so that the first instruction is part of it, if asked."""
        unknown = [name for name in what if name not in FLAGS]
        if unknown or not what:
            raise VmrigError(
                "ARGUMENT_INVALID", f"a trace is of {', '.join(FLAGS)}, not of {', '.join(unknown) or 'nothing'}"
            )
        if not self._board.powered:
            raise VmrigError("POWERED_OFF", "the board has no power: there is nothing to trace")
        self._named.clear()
        if from_reset:
            self._board.power(False)
        with self._board.access() as machine:
            machine.trace_start(sum(FLAGS[name] for name in set(what)), CAPACITY)
            time_ns = 0 if from_reset else machine.nanoseconds(machine.now())
        if from_reset:
            self._board.power(True)
        return {"time_ns": time_ns, "core": self._core}

    def read(self) -> dict[str, Any]:
        """The oldest records that were not handed out yet, and the time up to which there are no more."""
        with self._board.access() as machine:
            time_ns = machine.nanoseconds(machine.now())
            records = machine.trace_read(PIECE)
        if len(records) == PIECE * RECORD.size:
            time_ns = _time_ns(records, PIECE - 1)  # there may be more of them
        names = {address: str(self._names.name(address)) for address in self._new_addresses(records)}
        return {
            "records": base64.b64encode(zlib.compress(records, 1)).decode(),
            "names": {str(address): name for address, name in names.items()},
            "time_ns": time_ns,
        }

    def _new_addresses(self, records: bytes) -> Iterator[int]:
        for _, _, _, address, _, kind, _, _ in RECORD.iter_unpack(records):
            if kind in (READ, WRITE) and address not in self._named:
                self._named.add(address)
                yield address

    def counts(self) -> list[tuple[int, int]]:
        """Executions by address."""
        with self._board.access() as machine:
            return machine.trace_counts()

    def stop(self) -> None:
        """Ends it. What was not handed out is gone."""
        with self._board.access() as machine:
            machine.trace_stop()


def _time_ns(records: bytes, index: int) -> int:
    return int(RECORD.unpack_from(records, index * RECORD.size)[1])


def _until(records: bytes, end_ns: int) -> bytes:
    """Those before the end."""
    within = bisect.bisect_left(range(len(records) // RECORD.size), end_ns, key=lambda index: _time_ns(records, index))
    return records[: within * RECORD.size]


class TraceHost(Protocol):
    """The worker that hosts the board, as the pool sees it."""

    async def call(self, method: str, **params: Any) -> Any: ...


async def trace_board(
    host: TraceHost,
    serial: str,
    what: Sequence[str],
    from_reset: bool,
    duration_ns: int,
    max_records: int,
) -> AsyncIterator[TracePiece]:
    """Records what a board does, piece by piece; on the pool's side.

    Args:
        what: "instructions", "accesses" (to devices), "exceptions", "counts" (executions by address, see `TracePiece`).
        from_reset: cut the chip's power first, so that the trace begins with the first instruction.
        duration_ns: of virtual time; 0: until the caller has enough.
        max_records: 0: no end.
    """
    start = await host.call("trace_start", serial=serial, what=list(what), from_reset=from_reset)
    end_ns = start["time_ns"] + duration_ns
    taken = 0
    endless = not (duration_ns or max_records)
    counts_due = time.monotonic() + COUNTS_S
    try:
        while True:
            answer = await host.call("trace_read", serial=serial)
            records = zlib.decompress(base64.b64decode(answer["records"]))
            if duration_ns:
                records = _until(records, end_ns)
            if max_records:
                records = records[: (max_records - taken) * RECORD.size]
            taken += len(records) // RECORD.size
            time_ns = answer["time_ns"]
            enough = bool(max_records) and taken == max_records
            done = enough or (bool(duration_ns) and time_ns >= end_ns)
            counting = "counts" in what and (done or (endless and time.monotonic() >= counts_due))
            counts = await host.call("trace_counts", serial=serial) if counting else ()
            if counting:
                counts_due = time.monotonic() + COUNTS_S
            if records or done or counting:
                names = {int(address): name for address, name in answer["names"].items()}
                yield TracePiece(
                    records, names, [(address, count) for address, count in counts], time_ns, start["core"]
                )
            if done:
                return
            if not records:
                await asyncio.sleep(POLL_S)
    finally:
        with contextlib.suppress(VmrigError):  # the worker is gone, and the trace with it
            await host.call("trace_stop", serial=serial)
