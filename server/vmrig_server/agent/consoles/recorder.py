# SPDX-License-Identifier: Apache-2.0
"""The console of a board as an append-only log whose bytes have addresses.

Two files per board: ``log`` holds the bytes as they came, ``index`` one JSON line per moment worth knowing: ``{"o": offset, "t": seconds since the
epoch}``, with ``"m"`` (marker) and ``"x"`` (its text) for markers. A line that a crash tore is dropped at the next start; the log itself is never
rewritten, so an offset means the same byte for ever. Nothing bounds the files yet: rotation is a later step and will keep offsets.
"""

from __future__ import annotations

import asyncio
import bisect
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vmrig_server.agent.api import ConsoleChunk

LOG = logging.getLogger(__name__)

STAMP_PERIOD_S = 0.1
"""Bytes that come within this time share one time stamp."""

READ_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """From `offset` on, bytes came at `time_s` or later; or a marker stands there."""

    offset: int
    time_s: float
    marker: str = ""
    text: str = ""


class Recorder:
    """One board's log. All methods belong to the event loop's thread; appends are small writes to the page cache.

    Args:
        folder: made when missing.
        clock: seconds since the epoch; never taken backwards within a log.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._log_path = folder / "log"
        self._log: BinaryIO = self._log_path.open("ab", buffering=0)
        self._end = self._log_path.stat().st_size
        self._index = _load_index(folder / "index", self._end)
        self._index_file: BinaryIO = (folder / "index").open("ab", buffering=0)
        self._full = False
        self._changed = asyncio.Event()

    @property
    def end(self) -> int:
        """Offset behind the last byte."""
        return self._end

    def append(self, data: bytes) -> None:
        """Adds bytes. On a full disk they are lost, once reported, and recording goes on when there is room."""
        if not data:
            return
        now = self._now()
        last = self._index[-1] if self._index else None
        try:
            # Stamp before bytes: a crash between the two leaves a stamp at the end, which says nothing wrong.
            if last is None or last.marker or now - last.time_s >= STAMP_PERIOD_S:
                self._add(IndexEntry(self._end, now))
            view = memoryview(data)
            while view:
                written = self._log.write(view) or 0
                self._end += written
                view = view[written:]
        except OSError as failure:
            self._report_full(failure)
        else:
            self._full = False
        self._wake()

    def mark(self, marker: str, text: str = "") -> int:
        """Puts a marker at the end of the log; returns its offset."""
        try:
            self._add(IndexEntry(self._end, self._now(), marker, text))
        except OSError as failure:
            self._report_full(failure)
        self._wake()
        return self._end

    async def read(self, offset: int, follow: bool) -> AsyncIterator[ConsoleChunk]:
        """Bytes and markers from an offset on.

        Args:
            offset: negative counts back from the end; behind the end is the end. Markers that stand exactly there are given (again).
            follow: goes on for ever with what comes.
        """
        at = max(0, self._end + offset) if offset < 0 else min(offset, self._end)
        entry = bisect.bisect_left(self._index, at, key=lambda each: each.offset)
        stamp = self._index[entry - 1].time_s if entry else 0.0
        with self._log_path.open("rb") as log:
            while True:
                changed = self._changed
                while entry < len(self._index) or at < self._end:
                    if entry < len(self._index) and self._index[entry].offset <= at:
                        here = self._index[entry]
                        stamp = here.time_s
                        entry += 1
                        if here.marker:
                            yield ConsoleChunk(at, b"", here.time_s, here.marker, here.text)
                        continue
                    stop = self._index[entry].offset if entry < len(self._index) else self._end
                    log.seek(at)
                    data = log.read(min(stop - at, READ_CHUNK_BYTES))
                    if not data:
                        LOG.error("console log %s ends at %d, the index says %d", self._log_path, at, stop)
                        at = stop
                        continue
                    chunk = ConsoleChunk(at, data, stamp)
                    at += len(data)
                    yield chunk
                if not follow:
                    return
                await changed.wait()

    def close(self) -> None:
        self._log.close()
        self._index_file.close()

    def _now(self) -> float:
        now = self._clock()
        return max(now, self._index[-1].time_s) if self._index else now

    def _add(self, entry: IndexEntry) -> None:
        fields: dict[str, object] = {"o": entry.offset, "t": round(entry.time_s, 4)}
        if entry.marker:
            fields |= {"m": entry.marker, "x": entry.text}
        self._index_file.write(json.dumps(fields, separators=(",", ":")).encode() + b"\n")
        self._index.append(entry)

    def _wake(self) -> None:
        # Every reader waits for the event that was current when it looked: none can miss a change, none needs to register.
        self._changed.set()
        self._changed = asyncio.Event()

    def _report_full(self, failure: OSError) -> None:
        if not self._full:
            LOG.error("console output is being lost, %s cannot be written: %s", self._log_path, failure)
        self._full = True


def _load_index(path: Path, end: int) -> list[IndexEntry]:
    """Entries of an index; damaged lines and what points behind the log (a crash in between) are left out, the file is mended."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    if raw and not raw.endswith(b"\n"):
        # The next entry must not be glued to a torn line.
        raw = raw[: raw.rfind(b"\n") + 1]
        with path.open("r+b") as file:
            file.truncate(len(raw))
    entries: list[IndexEntry] = []
    for line in raw.splitlines():
        try:
            fields = json.loads(line)
            entry = IndexEntry(int(fields["o"]), float(fields["t"]), str(fields.get("m", "")), str(fields.get("x", "")))
        except (ValueError, KeyError, TypeError):
            continue
        lowest = entries[-1].offset if entries else 0
        if lowest <= entry.offset <= end:
            entries.append(entry)
    return entries
