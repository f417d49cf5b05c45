# SPDX-License-Identifier: Apache-2.0
"""A debugger of programs on the host's VM, as a process: frames of {u32 length, u8 kind, bytes} on stdin and stdout.

Kind 0 is a message of the Debug Adapter Protocol; kind 1, inwards, a program as JSON. It ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from .dap import Adapter, Message, Program
from .frames import HEADER, MESSAGE, PROGRAM, program_of
from .host import HostTarget
from .target import Target

DEFAULT_HEAP = 64 * 1024


async def _connect(program: Program, arguments: Message) -> Target:
    return HostTarget(program.image, heap_size=int(arguments.get("heapSize") or DEFAULT_HEAP))


def _send(message: Message) -> None:
    data = json.dumps(message).encode()
    whole = memoryview(HEADER.pack(len(data), MESSAGE) + data)
    while whole:
        whole = whole[os.write(1, whole) :]


async def main() -> None:
    """Serves one client."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    adapter = Adapter(_connect, _send)
    while not adapter.finished.is_set():
        try:
            length, kind = HEADER.unpack(await reader.readexactly(HEADER.size))
            data = await reader.readexactly(length)
        except asyncio.IncompleteReadError:
            break
        if kind == PROGRAM:
            adapter.use(program_of(data))
        else:
            await adapter.handle(json.loads(data))
    await adapter.close()
    os._exit(0)  # the VM's thread may be in a long call


if __name__ == "__main__":
    asyncio.run(main())
