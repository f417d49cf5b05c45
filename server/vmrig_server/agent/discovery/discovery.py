# SPDX-License-Identifier: Apache-2.0
"""Presence of boards on all buses, as a stream of changes. The same code for every bus."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import usb.core

from vmrig_server.agent.api import AttachedBoard, BoardId, PresenceChange
from vmrig_server.agent.discovery.bus import UsbBus
from vmrig_server.agent.discovery.scan import KnownTarget, ScanMemory, SeenBoard, placed_board_id, scan
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)

RETRY_S = 2.0
"""After a bus that could not be read."""
REST = 2.0
"""Times as long as a look took there is a pause before the next: boards that come by the hundred are not worth a look each."""
REST_MAX_S = 0.2
"""The first look takes long, as it reads the board files."""


class Discovery:
    """Watches buses; knows every board that is there.

    Args:
        buses: looked at in parallel, each in its own thread, since libusb blocks.
        targets: called before every look, in its thread, so that a new board file counts at once. Given up between two of them at `stop`.
    """

    def __init__(self, buses: Sequence[UsbBus], targets: Callable[[], Iterable[KnownTarget]]) -> None:
        self._buses = tuple(buses)
        self._targets = targets
        self._seen: dict[str, list[tuple[BoardId, SeenBoard]]] = {bus.name: [] for bus in self._buses}
        self._watchers: set[asyncio.Queue[PresenceChange]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._dirty: list[asyncio.Event] = []
        self._stopping = threading.Event()
        self._looked: dict[str, asyncio.Event] = {bus.name: asyncio.Event() for bus in self._buses}

    async def start(self) -> None:
        """Begins to watch; returns at once."""
        self._stopping.clear()
        for bus in self._buses:
            self._tasks.append(asyncio.create_task(self._watch_bus(bus), name=f"discovery {bus.name}"))

    async def stop(self) -> None:
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def look_again(self) -> None:
        """Looks at every bus anew, soon: there are other targets."""
        for dirty in self._dirty:
            dirty.set()

    async def first_look(self) -> None:
        """Returns when every bus was looked at once."""
        for looked in self._looked.values():
            await looked.wait()

    def present(self) -> dict[BoardId, AttachedBoard]:
        return {identity: seen.board for boards in self._seen.values() for identity, seen in boards}

    async def watch(self) -> AsyncIterator[PresenceChange]:
        """Every board that is there, then every change, for ever. A present board whose description changed comes again as present."""
        queue: asyncio.Queue[PresenceChange] = asyncio.Queue()
        for board in self.present().values():
            queue.put_nowait(PresenceChange(True, board))
        self._watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)

    async def _watch_bus(self, bus: UsbBus) -> None:
        loop = asyncio.get_running_loop()
        memory = ScanMemory()
        complaint = ""
        dirty = asyncio.Event()
        dirty.set()
        self._dirty.append(dirty)
        pump = asyncio.create_task(_pump(bus, dirty), name=f"changes of {bus.name}")
        await asyncio.sleep(0)  # the bus begins to watch before the first look: nothing that comes in between is missed
        # One thread: looks never overlap, and a bus that hangs holds up nobody else.
        with ThreadPoolExecutor(1, thread_name_prefix=f"usb-{bus.name}") as thread:
            try:
                while True:
                    await dirty.wait()
                    dirty.clear()
                    started = time.monotonic()
                    try:
                        seen = await loop.run_in_executor(thread, self._look, bus, memory)
                    except (usb.core.USBError, OSError, VmrigError) as failure:
                        # Once per reason: a bus that cannot be read is tried again every few seconds, perhaps for days.
                        LOG.log(
                            logging.DEBUG if str(failure) == complaint else logging.WARNING,
                            "USB bus %s could not be read: %s", bus.name, failure,
                        )  # fmt: skip
                        complaint = str(failure)
                        loop.call_later(RETRY_S, dirty.set)
                    else:
                        complaint = ""
                        LOG.debug("USB bus %s read in %.0f ms", bus.name, (time.monotonic() - started) * 1e3)
                        self._apply(bus.name, seen)
                    self._looked[bus.name].set()
                    await asyncio.sleep(min(REST * (time.monotonic() - started), REST_MAX_S))
            finally:
                self._dirty.remove(dirty)
                pump.cancel()

    def _look(self, bus: UsbBus, memory: ScanMemory) -> list[SeenBoard]:
        # In the bus's thread: reading the board files for the first time takes a while, too.
        return scan(bus, tuple(self._targets_until_stop()), memory)

    def _targets_until_stop(self) -> Iterator[KnownTarget]:
        for target in self._targets():
            if self._stopping.is_set():
                return  # nobody takes what this look finds
            yield target

    def _apply(self, bus_name: str, seen: Sequence[SeenBoard]) -> None:
        before = self._seen[bus_name]
        taken = {identity for name, boards in self._seen.items() if name != bus_name for identity, _ in boards}
        after = _identify(bus_name, before, seen, taken)
        self._seen[bus_name] = after

        old = {(identity, entry.plug): entry.board for identity, entry in before}
        new = {(identity, entry.plug): entry.board for identity, entry in after}
        changes = [PresenceChange(False, board) for key, board in old.items() if key not in new]
        changes += [PresenceChange(True, board) for key, board in new.items() if old.get(key) != board]
        for change in changes:
            LOG.info(
                "board %s %s: %s",
                change.board.board_id,
                "is there" if change.present else "is gone",
                change.board.product,
            )
            for queue in self._watchers:
                queue.put_nowait(change)


def _identify(
    bus_name: str, before: Sequence[tuple[BoardId, SeenBoard]], seen: Sequence[SeenBoard], taken: set[BoardId]
) -> list[tuple[BoardId, SeenBoard]]:
    """Ids that are unique: a device that stayed keeps its own, a newcomer whose id is taken gets one with its place in it."""
    taken = set(taken)
    stayed = {entry.plug: identity for identity, entry in before}
    after: list[tuple[BoardId, SeenBoard]] = []
    for entry in sorted(seen, key=lambda entry: entry.plug not in stayed):
        board = entry.board
        identity = stayed.get(entry.plug, "")
        if not identity or not _could_be(identity, board, bus_name):
            identity = board.board_id
        if identity in taken:
            identity = placed_board_id(board.vid, board.pid, board.serial, board.location)
        if identity in taken:
            identity = placed_board_id(board.vid, board.pid, board.serial, f"{bus_name}/{board.location}")
        taken.add(identity)
        after.append((identity, replace(entry, board=replace(board, board_id=identity))))
    return after


def _could_be(identity: BoardId, board: AttachedBoard, bus_name: str) -> bool:
    """False when the serial became known only after the first look (permission came late): the id then follows the serial."""
    places = (board.location, f"{bus_name}/{board.location}")
    return identity == board.board_id or identity in {
        placed_board_id(board.vid, board.pid, board.serial, place) for place in places
    }


async def _pump(bus: UsbBus, dirty: asyncio.Event) -> None:
    """Collects the bus's notices, also those that come during a look."""
    while True:
        try:
            async for _ in bus.changes():
                dirty.set()
        except (OSError, VmrigError) as failure:
            LOG.warning("USB bus %s stopped telling of changes: %s", bus.name, failure)
        dirty.set()
        await asyncio.sleep(RETRY_S)
