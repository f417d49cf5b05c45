# SPDX-License-Identifier: Apache-2.0
"""`vmrig repl`: Python's interactive shell, its lines compiled by the service and run on a board's VM or on the host's."""

from __future__ import annotations

import asyncio
import codeop
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.address import home_dir
from vmrig_client.cli.flash import WAIT_OPTION
from vmrig_client.cli.holding import holding_one
from vmrig_client.cli.output import HEAP_OPTION, run, say
from vmrig_client.cli.repl_terminal import Terminal

if TYPE_CHECKING:
    from vmrig.v1 import debug_pb2, leases_pb2

    from vmrig_client.aio import AsyncClient

PROMPTS = (">>> ", "... ")


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("repl")(repl)


def repl(
    board: str = typer.Argument("", metavar="[BOARD]", help="Alias, id prefix or selector; without: the host's VM."),
    program: Path = typer.Option(
        None, "--program", "-i", metavar="PROGRAM", help="Run first; the lines go on with its variables."
    ),
    host: bool = typer.Option(False, "--host", help="On the service's host VM, without a board."),
    heap: int = HEAP_OPTION,
    wait_s: float = WAIT_OPTION,
) -> None:
    """Type Python at a VM: each line is compiled here and runs there. Ctrl-C interrupts a line, Ctrl-D ends; input may also be a file."""
    if host and board:
        raise typer.BadParameter("--host and a BOARD are two places")
    from vmrig_client.cli.compile import compiled, read_program

    files = read_program(program) if program is not None else None
    name = program.name if program is not None else ""

    async def work(client: AsyncClient) -> None:
        async with holding_one(client, board, "repl", wait_s) as lease:
            start = None
            if files is not None and program is not None:
                start = await compiled(client, files, program, lease.board if lease is not None else "")
            await Shell(client, lease, start, name, 0 if board else heap).run()

    run(work, boards=bool(board))


class Shell:
    """One session at a terminal, or with lines from a pipe."""

    def __init__(
        self,
        client: AsyncClient,
        lease: leases_pb2.Lease | None,
        program: str | bytes | None,
        name: str,
        heap: int,
    ) -> None:
        self._client = client
        self._lease = lease
        self._program = program
        self._name = name
        self._heap = heap
        self._requests: asyncio.Queue[debug_pb2.RunReplRequest | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._terminal = Terminal(home_dir() / "repl_history", self._completions) if sys.stdin.isatty() else None
        self._ready = self._busy = self._given_up = False
        self._asked: asyncio.Future[list[str]] | None = None

    async def run(self) -> None:
        """Until the input ends."""
        reading = asyncio.create_task(self._session())
        with contextlib.suppress(NotImplementedError):
            self._loop.add_signal_handler(signal.SIGINT, self._interrupted, reading)
        try:
            with self._terminal.open() if self._terminal is not None else contextlib.nullcontext():
                await reading
        except asyncio.CancelledError:
            if not self._given_up:
                raise
            raise typer.Exit(128 + signal.SIGINT) from None
        finally:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_signal_handler(signal.SIGINT)

    def _interrupted(self, reading: asyncio.Task[None]) -> None:
        from vmrig.v1 import debug_pb2

        if not self._ready:
            self._given_up = True
            reading.cancel()
        elif self._busy:
            self._requests.put_nowait(debug_pb2.RunReplRequest(interrupt=True))

    async def _session(self) -> None:
        prompting: asyncio.Task[None] | None = None
        try:
            async with contextlib.aclosing(self._client.repl(self._sent())) as responses:
                async for response in responses:
                    event = response.WhichOneof("event")
                    if event == "output":
                        sys.stdout.buffer.write(response.output)
                        sys.stdout.buffer.flush()
                    elif event == "completions":
                        if self._asked is not None and not self._asked.done():
                            self._asked.set_result(list(response.completions.words))
                    else:
                        self._ready, self._busy = True, False
                        if response.done.text:
                            say(response.done.text.rstrip("\n"))
                        prompting = asyncio.create_task(self._prompt())
        finally:
            if prompting is not None and not prompting.done():  # the session ended by itself, in the middle of a line
                prompting.cancel()
                if self._terminal is not None:
                    say("")
        if prompting is not None:
            await prompting

    async def _prompt(self) -> None:
        """Sends the next block; without one the session ends."""
        from vmrig.v1 import debug_pb2

        block = None
        try:
            block = await self._read_block()
        finally:
            self._busy = block is not None
            self._requests.put_nowait(debug_pb2.RunReplRequest(line=block) if block is not None else None)

    async def _completions(self, text: str) -> list[str]:
        from vmrig.v1 import debug_pb2

        self._asked = self._loop.create_future()
        self._requests.put_nowait(debug_pb2.RunReplRequest(complete=text))
        try:
            return await self._asked
        except asyncio.CancelledError:  # nobody waits for it any more: what the VM looks at may be endless
            self._requests.put_nowait(debug_pb2.RunReplRequest(interrupt=True))
            raise

    async def _sent(self) -> AsyncIterator[debug_pb2.RunReplRequest]:
        from vmrig.v1 import debug_pb2

        from vmrig_client.connection import lease_ref
        from vmrig_client.programs import put_program

        start = debug_pb2.ReplStart(filename=self._name, heap_size_bytes=self._heap)
        if self._lease is not None:
            start.board = self._lease.board
            start.lease.CopyFrom(lease_ref(self._lease))
        if self._program is not None:
            put_program(start, self._program)
        yield debug_pb2.RunReplRequest(start=start)
        while (request := await self._requests.get()) is not None:
            yield request

    async def _read_block(self) -> str | None:
        """Lines until they are a statement, as Python's own shell takes them; None at the end."""
        lines: list[str] = []
        while True:
            try:
                line = await self._read_line(PROMPTS[bool(lines)])
            except KeyboardInterrupt:
                say("KeyboardInterrupt")
                lines.clear()
                continue
            if line is None:
                return "\n".join(lines) if lines else None
            lines.append(line)
            text = "\n".join(lines)
            if not text.strip():
                lines.clear()
                continue
            if complete(text):
                return text

    async def _read_line(self, prompt: str) -> str | None:
        if self._terminal is not None:
            return await self._terminal.line(prompt)
        line = await asyncio.to_thread(sys.stdin.readline)
        return line.rstrip("\n") if line else None


def complete(text: str) -> bool:
    """Whether Python's shell would run it now; what is wrong is also run, so that it is said."""
    try:
        return codeop.compile_command(text, "<stdin>", "single") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True
