# SPDX-License-Identifier: Apache-2.0
"""Runs a program on the host's VM in a child process: a fault of the VM costs that program, and cancelling is a kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from vmrig_server.errors import VmrigError
from vmrig_server.hub.child import child_of
from vmrig_server.hub.host_frames import HEADER, SPEC, Kind

MIN_HEAP, MAX_HEAP, DEFAULT_HEAP = 4 * 1024, 256 * 1024 * 1024, 64 * 1024


@dataclass(frozen=True, slots=True)
class Output:
    """What the program printed."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. The traceback is empty when it ended by itself."""

    traceback: str
    instructions: int
    collections: int
    heap_peak_bytes: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """More of the run's recording."""

    data: bytes


HostEvent = Output | Recorded | Ended


def check_heap(heap_size_bytes: int) -> int:
    """The size of a heap that was asked for; 0: 64 KB, as on a board.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``.
    """
    heap = heap_size_bytes or DEFAULT_HEAP
    if not MIN_HEAP <= heap <= MAX_HEAP:
        raise VmrigError("ARGUMENT_INVALID", f"A heap is 4 KB to 256 MB; {heap} bytes were asked for.")
    return heap


async def run(
    image: bytes,
    source: str = "",
    heap_size_bytes: int = 0,
    record: bool = False,
    replay: bytes = b"",
    big_ints: bool = True,
) -> AsyncIterator[HostEvent]:
    """Output as it comes, then the end.

    Args:
        image: a verified container.
        source: for the lines of a traceback, or empty.
        heap_size_bytes: 4 KB to 256 MB; 0 for 64 KB, as on a board.
        record: tell what the program learns from outside, as a recording.
        replay: such a recording, to be followed; empty for none.
        big_ints: False for ints of 64 bits, as VMs without the feature ``bigint`` have them.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``; ``HOST_VM_FAILED`` when the process dies; ``RECORDING_INVALID``.
    """
    heap = check_heap(heap_size_bytes)
    async with child_of("vmrig_server.hub.host_child") as child:
        # Its input stays open: the child ends itself when this process is gone.
        text = source.encode()
        child.stdin.write(SPEC.pack(heap, len(image), len(text), len(replay), record, big_ints) + image + text + replay)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await child.stdin.drain()
        while True:
            try:
                kind, length = HEADER.unpack(await child.stdout.readexactly(HEADER.size))
                data = await child.stdout.readexactly(length)
            except asyncio.IncompleteReadError:
                break
            if kind == Kind.OUTPUT.value:
                yield Output(data)
            elif kind == Kind.RECORDING.value:
                yield Recorded(data)
            elif kind == Kind.REFUSED.value:
                raise VmrigError("RECORDING_INVALID", data.decode())
            else:
                yield Ended(**json.loads(data))
                return
        raise await child.failed("The host's VM ended with code {code} before the program did.")
