# SPDX-License-Identifier: Apache-2.0
"""Runs the lines of a REPL on a target: a VM in this process, or a board's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..compile import compile_source
from ..container import SectionId
from ..debug import protocol
from ..debug.protocol import DebugError, Flag, Mode, Op, Reason, State
from ..debug.target import Ended, Output, Stopped, Target
from ..errors import CompileError
from ..thread_traces import ThreadTraces
from .compiler import BASE, ReplCompiler
from .completion import completions

CHUNK = 240
"""Bytes of a section in one request: a board's frame has room for them and their head."""
PASSING = 0
"""Instead of a section: constants of a line that defines no functions (vmimages/core/repl.c)."""
PAGE_OF_CONSTANTS = 240
_NO_ROOM = "MemoryError: the VM has no room for what this line adds to the program\n"


def base_image() -> bytes:
    """What the VM is loaded with: a program that does nothing."""
    return compile_source("", "<repl>").image


class Repl:
    """One session. `write` gets what the lines print.

    Args:
        image: that the target runs at first: `base_image`, or a program whose variables the lines go on with.
    """

    def __init__(self, image: bytes, target: Target, write: Callable[[bytes], None]) -> None:
        self._target = target
        self._write = write
        self._compiler = ReplCompiler(image)
        self._threads = ThreadTraces(image, places=self._compiler.place_lines)
        self._sent: dict[int, bytes] = {}
        self._number = 0
        self._running = False

    async def start(self) -> str:
        """Runs the base to its end; its traceback, when it raised.

        Raises:
            DebugError: the VM has no REPL, or too little memory.
        """
        await self._target.start()
        await self._target.request(protocol.attach(Flag.PAUSE))
        while True:
            state = State.parse(await self._target.request(bytes([Op.STATE])))
            if state.reason is not Reason.NONE:
                break
            await asyncio.sleep(0.01)
        await self._target.request(protocol.attach(Flag(0)))
        await self._target.request(protocol.resume(state.number, Mode.GO))
        ended = await self._ended()
        if self._compiler.base_constants:
            self._compiler.move_base(await self._constants(self._compiler.base_constants))
        said = self._compiler.traceback(ended.trace, ended.exception) if ended.exception else ""
        failed = await self.run(BASE)
        if failed:
            raise DebugError(failed.strip())
        return said

    async def run(self, text: str) -> str:
        """Compiles and runs a line or block; what is to be said of an error, else nothing."""
        try:
            line = self._compiler.compile(text)
        except CompileError as error:
            return _said(error)
        try:
            place = await self._constants(line.constants, line.lasting) if line.constants else 0
            self._compiler.place(line, place)
            await self._send_sections()
            self._number += 1
            counts = (self._compiler.functions, self._compiler.globals, self._compiler.natives)
            self._running = True
            await self._target.request(protocol.start_line(self._number, self._compiler.body, *counts))
        except CompileError as error:
            return _said(error)
        except DebugError:
            self._running = False
            return _NO_ROOM
        ended = await self._ended()
        self._running = False
        if ended.stopped:
            return "the program was ended\n"
        return self._compiler.traceback(ended.trace, ended.exception) if ended.exception else ""

    async def interrupt(self) -> None:
        """KeyboardInterrupt in the line that runs."""
        if self._running:
            await self._target.request(bytes([Op.INTERRUPT]))

    async def complete(self, text: str) -> list[str]:
        """What may stand for the last word of a line, as typed up to the cursor. Attributes are asked of the VM by dir()."""
        return await completions(text, self._compiler.scope(), self._attributes)

    async def _attributes(self, path: str) -> list[str]:
        heard = bytearray()
        write, self._write = self._write, heard.extend
        try:
            failed = await self.run(f"print(*dir({path}))")
        finally:
            self._write = write
        return [] if failed else heard.decode(errors="replace").split()

    async def close(self) -> None:
        """Ends the session."""
        await self._target.close()

    async def _ended(self) -> Ended:
        while True:
            event = await self._target.events.get()
            if isinstance(event, Output):
                self._write(self._threads.feed(event.data))
            elif isinstance(event, Ended):
                return event
            else:
                assert isinstance(event, Stopped)

    async def _constants(self, data: bytes, lasting: bool = True) -> int:
        """A value keeps a page of constants alive that only it refers to."""
        section = int(SectionId.CONST) if lasting or len(data) > PAGE_OF_CONSTANTS else PASSING
        return await self._extend(section, data, 0)

    async def _send_sections(self) -> None:
        """What is not in the VM yet, from the first byte on that differs."""
        for section, data in self._compiler.sections().items():
            before = self._sent.get(section, b"")
            if data == before:
                continue
            same = next((i for i, (a, b) in enumerate(zip(before, data, strict=False)) if a != b), None)
            start = min(len(before), len(data)) if same is None else same
            await self._extend(section, data, start & ~3)
            self._sent[section] = data

    async def _extend(self, section: int, data: bytes, start: int) -> int:
        place = 0
        for at in range(start, len(data), CHUNK):
            answer = await self._target.request(protocol.extend(section, len(data), at, data[at : at + CHUNK]))
            place = int.from_bytes(answer, "little")
        return place


def _said(error: CompileError) -> str:
    """As CPython's interactive shell says it, with the nearest form that works."""
    d = error.diagnostic
    out = [f'  File "<stdin>", line {d.line}']
    if d.source_line.strip():
        indent = len(d.source_line) - len(d.source_line.lstrip())
        width = max(1, min(d.end_column or d.column + 1, len(d.source_line) + 1) - d.column)
        out += ["    " + d.source_line.strip(), "    " + " " * max(0, d.column - 1 - indent) + "^" * width]
    out.append(f"SyntaxError: {d.reason}")
    if d.hint:
        out.append(f"help: {d.hint}")
    return "\n".join(out) + "\n"
