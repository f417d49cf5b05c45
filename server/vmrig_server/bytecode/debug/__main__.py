# SPDX-License-Identifier: Apache-2.0
"""A debugger of programs on the host's VM, as a process: frames of {u32 length, u8 kind, bytes} on stdin and stdout.

Kind 0 is a message of the Debug Adapter Protocol; kind 1, inwards, a program as JSON; kind 2, inwards, runs that program for a profile instead: its
output comes in frames of kind 3, the profile in one of kind 4. Kind 5, inwards, makes it a REPL of that program: lines in frames of kind 6, an interrupt
as kind 7; output as kind 3, the end of each line as kind 8; the beginning of a line whose last word is to be completed as kind 9, the words that fit
as kind 10, a JSON list. The process ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator

from .dap import Adapter
from .frames import (
    COMPLETE,
    COMPLETIONS,
    DONE,
    HEADER,
    INTERRUPT,
    LINE,
    MESSAGE,
    OUTPUT,
    PROFILE,
    PROFILED,
    PROGRAM,
    REPL,
    program_of,
)
from .host import HostTarget
from .looking import Message, Program
from .target import Target

DEFAULT_HEAP = 64 * 1024


async def _connect(program: Program, arguments: Message) -> Target:
    return HostTarget(program.image, heap_size=int(arguments.get("heapSize") or DEFAULT_HEAP))


def _frame(kind: int, data: bytes) -> None:
    whole = memoryview(HEADER.pack(len(data), kind) + data)
    while whole:
        whole = whole[os.write(1, whole) :]


def _send(message: Message) -> None:
    _frame(MESSAGE, json.dumps(message).encode())


def _profile(program: Program, heap_size: int) -> None:
    from .profile import profile_on_host

    done = profile_on_host(
        program.image, write=lambda data: _frame(OUTPUT, data), heap_size=heap_size, source=program.source
    )
    _frame(PROFILED, json.dumps({"traceback": done.traceback, "profile": done.profile.to_dict()}).encode())


def _run_profile(program: Program, heap_size: int) -> None:
    try:
        _profile(program, heap_size)
    except BaseException:  # noqa: BLE001 -- a thread of its own: the process tells its parent by its exit
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


async def _repl(program: Program, heap_size: int, lines: asyncio.Queue[tuple[int, bytes]]) -> None:
    from ..repl.serve import Answer, Complete, Completions, Done, Wish, serve

    def tell(answer: Answer) -> None:
        if isinstance(answer, Done):
            _frame(DONE, answer.text.encode())
        elif isinstance(answer, Completions):
            _frame(COMPLETIONS, json.dumps(answer.words).encode())
        else:
            _frame(OUTPUT, answer)

    async def wanted() -> AsyncIterator[Wish]:
        while True:
            kind, data = await lines.get()
            text = data.decode()
            yield None if kind == INTERRUPT else Complete(text) if kind == COMPLETE else text

    try:
        await serve(program.image, HostTarget(program.image, heap_size=heap_size), wanted(), tell)
    except BaseException:  # noqa: BLE001 -- as above
        traceback.print_exc()
        os._exit(1)


async def main() -> None:
    """Serves one client."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    adapter = Adapter(_connect, _send)
    program = Program()
    lines: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
    repl: asyncio.Task[None] | None = None
    while not adapter.finished.is_set():
        try:
            length, kind = HEADER.unpack(await reader.readexactly(HEADER.size))
            data = await reader.readexactly(length)
        except asyncio.IncompleteReadError:
            break
        if kind == PROGRAM:
            program = program_of(data)
            adapter.use(program)
        elif kind == REPL:
            repl = asyncio.create_task(_repl(program, json.loads(data)["heap"], lines))
        elif kind in (LINE, INTERRUPT, COMPLETE):
            lines.put_nowait((kind, data))
        elif kind == PROFILE:
            threading.Thread(target=_run_profile, args=(program, json.loads(data)["heap"]), daemon=True).start()
        else:
            await adapter.handle(json.loads(data))
    if repl is not None:
        repl.cancel()
    await adapter.close()
    os._exit(0)  # the VM's thread may be in a long call


if __name__ == "__main__":
    asyncio.run(main())
