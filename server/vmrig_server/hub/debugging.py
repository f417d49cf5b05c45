# SPDX-License-Identifier: Apache-2.0
"""Debugging for clients: the Debug Adapter Protocol with a program on a board or on the host's VM, and the heap of a board's program."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmrig_server.agent.api import Agent
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub import debug_host
from vmrig_server.hub.debug_board import BoardTarget
from vmrig_server.hub.host_run import check_heap
from vmrig_server.hub.model import LeaseRef
from vmrig_server.hub.programs import Programs
from vmrig_server.hub.streams import closing
from vmrig_server.hub.work import Desk

if TYPE_CHECKING:
    from vmrig_server.bytecode.debug.dap import Message, Program
    from vmrig_server.bytecode.debug.heap import HeapMap
    from vmrig_server.bytecode.debug.profile import Profiled
    from vmrig_server.bytecode.debug.target import Target
    from vmrig_server.bytecode.repl.serve import Answer

MESSAGE_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Sent:
    """What is to be debugged, as the client sent it."""

    program: str | bytes
    filename: str
    path: str


Incoming = Sent | bytes
"""A program, or a message of the Debug Adapter Protocol."""


class Debugging:
    """Carries debuggers to programs."""

    def __init__(self, desk: Desk, agent: Agent, programs: Programs) -> None:
        self._desk = desk
        self._agent = agent
        self._programs = programs

    async def on_host(self, messages: AsyncIterator[Incoming]) -> AsyncIterator[bytes]:
        """The protocol with a program on the host's VM, in a process of its own."""
        async with closing(debug_host.debug(self._prepared(messages))) as answers:
            async for answer in answers:
                yield answer

    async def on_board(self, selector: str, ref: LeaseRef, messages: AsyncIterator[Incoming]) -> AsyncIterator[bytes]:
        """The protocol with a program on a board.

        Raises:
            VmrigError: those of `Desk.admitted`.
        """
        from vmrig_server.bytecode.debug.dap import Adapter
        from vmrig_server.bytecode.stripping import for_board

        board, fence, target = await self._desk.admitted(selector, ref)

        async def connect(program: Program, _: Message) -> Target:
            return BoardTarget(
                lambda requests: self._agent.debug(board.board_id, fence, target, for_board(program.image), requests)
            )

        out: asyncio.Queue[bytes | None] = asyncio.Queue()
        adapter = Adapter(connect, lambda message: out.put_nowait(json.dumps(message).encode()))
        reading = asyncio.create_task(self._read(self._prepared(messages), adapter.use, adapter.handle))
        reading.add_done_callback(lambda _: out.put_nowait(None))
        finished = asyncio.create_task(adapter.finished.wait())
        finished.add_done_callback(lambda _: out.put_nowait(None))
        try:
            while (answer := await out.get()) is not None:
                yield answer
            while not out.empty():
                if (answer := out.get_nowait()) is not None:
                    yield answer
            if reading.done():
                reading.result()
        finally:
            reading.cancel()
            finished.cancel()
            await asyncio.gather(reading, finished, return_exceptions=True)
            await adapter.close()

    async def profile(
        self, program: str | bytes, filename: str, place: tuple[str, LeaseRef] | None, heap_size: int
    ) -> AsyncIterator[bytes | Profiled]:
        """Runs a program to its end for a profile: its output, then the profile. `place`: board and lease; None: the host's VM.

        Raises:
            VmrigError: ``PROGRAM_INVALID``, ``ARGUMENT_INVALID``; ``DEBUG_UNSUPPORTED`` and those of `Desk.admitted`; ``HOST_VM_FAILED``.
        """
        from vmrig_server.bytecode.debug.dap import Program
        from vmrig_server.bytecode.debug.profile import profile_target
        from vmrig_server.bytecode.stripping import for_board

        compiled = await self._programs.prepare(program, filename)
        source = program if isinstance(program, str) else ""
        if place is None:
            whole = Program(compiled.image, source, filename)
            async with closing(debug_host.profile(whole, check_heap(heap_size))) as news:
                async for item in news:
                    yield item
            return
        board, fence, target = await self._desk.admitted(*place)
        at = BoardTarget(
            lambda requests: self._agent.debug(board.board_id, fence, target, for_board(compiled.image), requests),
            follow=False,
        )
        out: asyncio.Queue[bytes | None] = asyncio.Queue()
        work = asyncio.create_task(profile_target(compiled.image, at, out.put_nowait, source))
        work.add_done_callback(lambda _: out.put_nowait(None))
        try:
            while (data := await out.get()) is not None:
                yield data
            yield work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await at.close()

    async def repl(
        self, program: Sent | None, place: tuple[str, LeaseRef] | None, heap_size: int, lines: AsyncIterator[str | None]
    ) -> AsyncIterator[Answer]:
        """Lines run one after the other, after a program or from nothing; None interrupts. `place`: board and lease; None: the host's VM.

        Raises:
            VmrigError: as `profile`.
        """
        from vmrig_server.bytecode.debug.dap import Program
        from vmrig_server.bytecode.debug.protocol import DebugError
        from vmrig_server.bytecode.repl.serve import serve
        from vmrig_server.bytecode.repl.session import base_image
        from vmrig_server.bytecode.stripping import for_board

        if program is None:
            image = await asyncio.to_thread(base_image)
        else:
            image = (await self._programs.prepare(program.program, program.filename)).image
        if place is None:
            async with closing(debug_host.repl(Program(image), check_heap(heap_size), lines)) as answers:
                async for answer in answers:
                    yield answer
            return
        board, fence, target = await self._desk.admitted(*place)
        at = BoardTarget(
            lambda requests: self._agent.debug(board.board_id, fence, target, for_board(image), requests), follow=False
        )
        out: asyncio.Queue[Answer | None] = asyncio.Queue()
        work = asyncio.create_task(serve(image, at, lines, out.put_nowait))
        work.add_done_callback(lambda _: out.put_nowait(None))
        try:
            while (item := await out.get()) is not None:
                yield item
            try:
                work.result()
            except DebugError as error:
                raise VmrigError(
                    "DEBUG_UNSUPPORTED",
                    f"The VM on board {board.call_name} has no REPL, or too little memory for one.",
                    evidence=[str(error)],
                    next_command=f"vmrig vm available {board.call_name}",
                ) from None
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def heap(self, selector: str, ref: LeaseRef, collect: bool) -> HeapMap:
        """The heap of the program on a board.

        Raises:
            VmrigError: ``DEBUG_UNSUPPORTED``, ``NOT_RUNNING``, and those of `Desk.admitted`.
        """
        from vmrig_server.bytecode.debug.heap import read_heap
        from vmrig_server.bytecode.debug.protocol import DebugError

        board, fence, target = await self._desk.admitted(selector, ref)
        at = BoardTarget(lambda requests: self._agent.debug(board.board_id, fence, target, b"", requests), follow=False)
        try:
            await at.start()
            return await read_heap(at.request, collect)
        except DebugError as error:
            raise VmrigError(
                "PROGRAM_NOT_RUNNING",
                f"Board {board.call_name} has no program whose heap could be read.",
                evidence=[str(error)],
                next_command=f"vmrig run {board.call_name} PROGRAM",
                error_class=ErrorClass.REQUEST,
            ) from None
        finally:
            await at.close()

    async def _prepared(self, messages: AsyncIterator[Incoming]) -> AsyncIterator[Program | bytes]:
        """Programs compiled: an error is told when the client asks to launch, where editors show it."""
        from vmrig_server.bytecode.debug.dap import Program

        async for message in messages:
            if isinstance(message, bytes):
                yield message
                continue
            source = message.program if isinstance(message.program, str) else ""
            try:
                compiled = await self._programs.prepare(message.program, message.filename)
            except VmrigError as error:
                yield Program(error="\n".join([error.message, *error.evidence]))
            else:
                yield Program(compiled.image, source, message.filename or "program.py", message.path)

    @staticmethod
    async def _read(
        messages: AsyncIterator[Program | bytes], use: Callable[[Program], None], handle: Callable[[Message], object]
    ) -> None:
        async with contextlib.AsyncExitStack():
            async for message in messages:
                if not isinstance(message, bytes):
                    use(message)
                    continue
                done = handle(parse(message))
                if asyncio.iscoroutine(done):
                    await done


def parse(message: bytes) -> Message:
    """A message of the protocol.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``.
    """
    try:
        parsed = json.loads(message) if len(message) <= MESSAGE_MAX else None
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise VmrigError("ARGUMENT_INVALID", "A message is no JSON object, or a very large one.")
    return parsed
