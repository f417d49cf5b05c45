# SPDX-License-Identifier: Apache-2.0
"""Debugging for clients: the Debug Adapter Protocol with a program on a board or on the host's VM, and the heap of a board's program."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmrig_server.agent.api import Agent, Names
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub import debug_host
from vmrig_server.hub.debug_board import BoardTarget
from vmrig_server.hub.host_run import check_heap
from vmrig_server.hub.model import Board, LeaseRef
from vmrig_server.hub.programs import For, Programs
from vmrig_server.hub.streams import closing
from vmrig_server.hub.work import Desk
from vmrig_server.news import news_of

if TYPE_CHECKING:
    from vmrig_server.bytecode.debug.heap import HeapMap
    from vmrig_server.bytecode.debug.looking import Message, Program
    from vmrig_server.bytecode.debug.profile import Profiled
    from vmrig_server.bytecode.debug.target import Target
    from vmrig_server.bytecode.repl.serve import Answer, Wish

MESSAGE_MAX = 1 << 20


Place = tuple[str, LeaseRef]
"""A board by selector, and the lease on it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is to be debugged, as the client sent it."""

    program: str | bytes
    filename: str
    path: str
    error: str = ""
    """Why there is no program; the client is told when it launches it."""
    place: Place | None = None
    """Board and lease, when the launch names them."""


Incoming = Sent | bytes
"""A program, or a message of the Debug Adapter Protocol."""


class Debugging:
    """Carries debuggers to programs."""

    def __init__(self, desk: Desk, agent: Agent, programs: Programs) -> None:
        self._desk = desk
        self._agent = agent
        self._programs = programs

    async def debug(self, messages: AsyncIterator[Incoming]) -> AsyncIterator[bytes]:
        """The protocol with a program where the first program sent says: on a board, or on the host's VM.

        Clients introduce themselves before they launch anything. They are answered here, and the adapter of the place, which gives the
        same answer, is introduced to them by the same message.

        Raises:
            VmrigError: those of `on_board`.
        """
        from vmrig_server.bytecode.debug.dap import Adapter

        read: list[Incoming] = []
        answered: list[bytes] = []
        async for message in messages:
            read.append(message)
            if not isinstance(message, bytes) or parse(message).get("command") != "initialize":
                break
            before = len(answered)
            introduced = Adapter(_nowhere, lambda answer: answered.append(json.dumps(answer).encode()))
            await introduced.handle(parse(message))
            for answer in answered[before:]:
                yield answer

        async def all_of_them() -> AsyncIterator[Incoming]:
            for message in read:
                yield message
            async for message in messages:
                yield message

        place = next((message.place for message in read if isinstance(message, Sent)), None)
        answers = self.on_host(all_of_them()) if place is None else self.on_board(*place, all_of_them())
        async with closing(answers) as stream:
            async for answer in stream:
                if answered:
                    answered.pop()
                else:
                    yield answer

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
                lambda requests: self._agent.debug(
                    board.board_id,
                    fence,
                    target,
                    for_board(program.image),
                    requests,
                    Names(program.image, program.source),
                )
            )

        async def work(tell: Callable[[bytes], None]) -> None:
            adapter = Adapter(connect, lambda message: tell(json.dumps(message).encode()))
            reading = asyncio.create_task(self._read(self._prepared(messages, selector), adapter.use, adapter.handle))
            finished = asyncio.create_task(adapter.finished.wait())
            try:
                await asyncio.wait({reading, finished}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    reading.result()
            finally:
                reading.cancel()
                finished.cancel()
                await asyncio.gather(reading, finished, return_exceptions=True)
                await adapter.close()

        async with closing(news_of(work)) as answers:
            async for answer in answers:
                yield answer

    async def profile(
        self, program: str | bytes, filename: str, place: Place | None, heap_size: int
    ) -> AsyncIterator[bytes | Profiled]:
        """Runs a program to its end for a profile: its output, then the profile. `place`: board and lease; None: the host's VM.

        Raises:
            VmrigError: ``PROGRAM_INVALID``, ``ARGUMENT_INVALID``; ``DEBUG_UNSUPPORTED`` and those of `Desk.admitted`; ``HOST_VM_FAILED``.
        """
        from vmrig_server.bytecode.debug.looking import Program
        from vmrig_server.bytecode.debug.profile import profile_target
        from vmrig_server.bytecode.stripping import for_board

        vm = await self._programs.vm_of(For(board=place[0] if place is not None else ""))
        compiled = await self._programs.prepare(program, filename, vm)
        source = program if isinstance(program, str) else ""
        if place is None:
            whole = Program(compiled.image, source, filename)
            async with closing(debug_host.profile(whole, check_heap(heap_size))) as news:
                async for item in news:
                    yield item
            return
        _, at = await self._at(place, for_board(compiled.image), Names(compiled.image, source))

        async def work(tell: Callable[[bytes | Profiled], None]) -> None:
            tell(await profile_target(compiled.image, at, tell, source))

        try:
            async with closing(news_of(work)) as news:
                async for item in news:
                    yield item
        finally:
            await at.close()

    async def repl(
        self, program: Sent | None, place: Place | None, heap_size: int, lines: AsyncIterator[Wish]
    ) -> AsyncIterator[Answer]:
        """Lines run one after the other, after a program or from nothing; None interrupts. `place`: board and lease; None: the host's VM.

        Raises:
            VmrigError: as `profile`.
        """
        from vmrig_server.bytecode.debug.looking import Program
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
        board, at = await self._at(place, for_board(image))

        async def work(tell: Callable[[Answer], None]) -> None:
            await serve(image, at, lines, tell)

        try:
            async with closing(news_of(work)) as answers:
                async for answer in answers:
                    yield answer
        except DebugError as error:
            raise VmrigError(
                "DEBUG_UNSUPPORTED",
                f"The VM on board {board.call_name} has no REPL, or too little memory for one.",
                evidence=[str(error)],
                next_command=f"vmrig vm available {board.call_name}",
            ) from None

    async def heap(self, selector: str, ref: LeaseRef, collect: bool) -> HeapMap:
        """The heap of the program on a board.

        Raises:
            VmrigError: ``DEBUG_UNSUPPORTED``, ``NOT_RUNNING``, and those of `Desk.admitted`.
        """
        from vmrig_server.bytecode.debug.heap import read_heap
        from vmrig_server.bytecode.debug.protocol import DebugError

        board, at = await self._at((selector, ref), b"")
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

    async def _at(self, place: Place, image: bytes, names: Names | None = None) -> tuple[Board, BoardTarget]:
        """A board, and a program on it that is not followed; no image: the one that runs."""
        board, fence, target = await self._desk.admitted(*place)
        return board, BoardTarget(
            lambda requests: self._agent.debug(board.board_id, fence, target, image, requests, names), follow=False
        )

    async def _prepared(self, messages: AsyncIterator[Incoming], board: str = "") -> AsyncIterator[Program | bytes]:
        """Programs compiled, for the board's VM if there is one: an error is told when the client asks to launch, where editors show it."""
        from vmrig_server.bytecode.debug.looking import Program

        async for message in messages:
            if isinstance(message, bytes):
                yield message
                continue
            if message.error:
                yield Program(error=message.error)
                continue
            source = message.program if isinstance(message.program, str) else ""
            try:
                vm = await self._programs.vm_of(For(board=board))
                compiled = await self._programs.prepare(message.program, message.filename, vm)
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


async def _nowhere(program: Program, launch: Message) -> Target:
    raise VmrigError("ARGUMENT_INVALID", "Nothing is launched before its place is known.")


def parse(message: bytes) -> Message:
    """A message of the protocol.

    Raises:
        VmrigError: ``ARGUMENT_INVALID``.
    """
    try:
        parsed = json.loads(message) if len(message) <= MESSAGE_MAX else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise VmrigError("ARGUMENT_INVALID", "A message is no JSON object, or a very large one.")
    return parsed
