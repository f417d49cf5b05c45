# SPDX-License-Identifier: Apache-2.0
"""The heap of a VM as a map: pages by what they hold, and how far what is free hangs together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from . import protocol
from .protocol import HeapPart, HeapRun

PAGE = 256
CELLS = (8, 8, 16, 24, 32, 48, 64, 80, 128)
"""Bytes of a cell, by size class; the first are floats (heap.c)."""
FREE, LARGE, SMALL = 0, 1, 3
_LETTERS = "f12345678"


@dataclass(frozen=True, slots=True)
class HeapMap:
    """What HEAP said, as a whole."""

    page_count: int
    used: int
    peak: int
    collections: int
    runs: tuple[HeapRun, ...]

    @property
    def free_pages(self) -> int:
        """Pages that hold nothing."""
        return sum(run.pages for run in self.runs if run.kind == FREE)

    @property
    def largest_free(self) -> int:
        """Bytes of the largest object there is room for."""
        return PAGE * max((run.pages for run in self.runs if run.kind == FREE), default=0)

    @property
    def fragmentation(self) -> float:
        """Of the free pages, the part that is not in the largest run."""
        free = self.free_pages
        return 1 - self.largest_free / PAGE / free if free else 0.0

    def classes(self) -> list[tuple[str, int, int, int]]:
        """(what, pages, bytes used, bytes of these pages), for each kind of page there is."""
        rows: dict[str, list[int]] = {}
        for run in self.runs:
            if run.kind == FREE:
                continue
            name = "large objects" if run.kind == LARGE else _class_name(run.kind - SMALL)
            row = rows.setdefault(name, [0, 0])
            row[0] += run.pages
            row[1] += run.pages * PAGE if run.kind == LARGE else run.used * CELLS[run.kind - SMALL]
        return [(name, pages, used, pages * PAGE) for name, (pages, used) in sorted(rows.items())]


def _class_name(number: int) -> str:
    return "floats" if number == 0 else f"cells of {CELLS[number]:3} bytes"


async def read_heap(request: Callable[[bytes], Awaitable[bytes]], collect: bool = False) -> HeapMap:
    """Asks for all pages; `collect`: only what is reachable counts as used."""
    runs: list[HeapRun] = []
    page = 0
    while True:
        part = HeapPart.parse(await request(protocol.heap(page, collect and page == 0)))
        runs += part.runs
        page += sum(run.pages for run in part.runs)
        if page >= part.page_count or not part.runs:
            return HeapMap(part.page_count, part.used, part.peak, part.collections, tuple(runs))


def heap_text(heap: HeapMap, width: int = 64) -> str:
    """A table and a map, a character a page: `.` free, `#` a large object, else cells, dim when less than half of the page is in use."""
    total = heap.page_count * PAGE
    out = [
        f"heap {total} bytes, {heap.used} in use, {heap.peak} at most, {heap.collections} collections",
        f"free pages {heap.free_pages} of {heap.page_count}, largest free block {heap.largest_free} bytes, "
        f"fragmentation {heap.fragmentation:.0%}",
    ]
    for name, pages, used, size in heap.classes():
        out.append(f"  {name:20} {pages:5} pages {used:8} of {size} bytes")
    cells = []
    for run in heap.runs:
        if run.kind >= SMALL:
            letter = _LETTERS[run.kind - SMALL]
            cells.append(letter if run.used * CELLS[run.kind - SMALL] * 2 >= PAGE else letter.replace("f", ","))
        else:
            cells.append(("." if run.kind == FREE else "#") * run.pages)
    picture = "".join(cells)
    out += [picture[i : i + width] for i in range(0, len(picture), width)]
    out.append(". free  # large object  f floats  1-8 cells of 8 16 24 32 48 64 80 128 bytes")
    return "\n".join(out)
