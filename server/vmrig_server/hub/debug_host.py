# SPDX-License-Identifier: Apache-2.0
"""The debugger of the host's VM runs in a child process: a fault of the VM costs that session, and leaving it is a kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from vmrig_server.bytecode.debug.frames import (
    COMPLETE,
    COMPLETIONS,
    DONE,
    HEADER,
    INTERRUPT,
    LINE,
    MESSAGE,
    PROFILE,
    PROFILED,
    PROGRAM,
    REPL,
    frame_of,
)
from vmrig_server.hub.child import child_of
from vmrig_server.hub.streams import closing

if TYPE_CHECKING:
    from vmrig_server.bytecode.debug.looking import Program
    from vmrig_server.bytecode.debug.profile import Profiled
    from vmrig_server.bytecode.repl.serve import Answer, Wish


async def debug(messages: AsyncIterator[Program | bytes]) -> AsyncIterator[bytes]:
    """Messages of the Debug Adapter Protocol in and out, until the adapter or the client ends.

    Raises:
        VmrigError: ``HOST_VM_FAILED`` when the process dies.
    """

    async def frames() -> AsyncIterator[tuple[int, bytes]]:
        async for message in messages:
            yield (MESSAGE, message) if isinstance(message, bytes) else (PROGRAM, frame_of(message))

    async with closing(_child(frames())) as answers:
        async for _, data in answers:
            yield data


async def profile(program: Program, heap_size: int) -> AsyncIterator[bytes | Profiled]:
    """Runs a program for its profile: output, then the profile.

    Raises:
        VmrigError: ``HOST_VM_FAILED``.
    """
    from vmrig_server.bytecode.debug.profile import Profile, Profiled

    async def frames() -> AsyncIterator[tuple[int, bytes]]:
        yield PROGRAM, frame_of(program)
        yield PROFILE, json.dumps({"heap": heap_size}).encode()
        await asyncio.Event().wait()  # the process ends when its input does

    async with closing(_child(frames())) as answers:
        async for kind, data in answers:
            if kind == PROFILED:
                found = json.loads(data)
                yield Profiled(Profile.from_dict(found["profile"]), found["traceback"])
            else:
                yield data


async def repl(program: Program, heap_size: int, lines: AsyncIterator[Wish]) -> AsyncIterator[Answer]:
    """A REPL that begins with a program's globals: what the lines print, and their ends. None interrupts.

    Raises:
        VmrigError: ``HOST_VM_FAILED``.
    """
    from vmrig_server.bytecode.repl.serve import Complete, Completions, Done

    async def frames() -> AsyncIterator[tuple[int, bytes]]:
        yield PROGRAM, frame_of(program)
        yield REPL, json.dumps({"heap": heap_size}).encode()
        async for line in lines:
            if line is None:
                yield INTERRUPT, b""
                continue
            asks = isinstance(line, Complete)
            text = line.text if isinstance(line, Complete) else line
            yield COMPLETE if asks else LINE, text.encode("utf-8", "replace")

    async with closing(_child(frames())) as answers:
        async for kind, data in answers:
            if kind == DONE:
                yield Done(data.decode())
            elif kind == COMPLETIONS:
                yield Completions(tuple(json.loads(data)))
            else:
                yield data


async def _child(messages: AsyncIterator[tuple[int, bytes]]) -> AsyncIterator[tuple[int, bytes]]:
    async with child_of("vmrig_server.bytecode.debug") as child:
        feeding = asyncio.create_task(_feed(messages, child.stdin))
        try:
            while True:
                try:
                    length, kind = HEADER.unpack(await child.stdout.readexactly(HEADER.size))
                    yield kind, await child.stdout.readexactly(length)
                except asyncio.IncompleteReadError:
                    break
            code = await child.process.wait()
            if feeding.done() and not feeding.cancelled() and feeding.exception() is not None:
                feeding.result()
            if code:
                raise await child.failed("The debugger of the host's VM ended with code {code}.")
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)


async def _feed(messages: AsyncIterator[tuple[int, bytes]], stdin: asyncio.StreamWriter) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        async for kind, data in messages:
            stdin.write(HEADER.pack(len(data), kind) + data)
            await stdin.drain()
    stdin.close()
