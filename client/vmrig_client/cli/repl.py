# SPDX-License-Identifier: Apache-2.0
"""`vmrig repl`: Python's interactive shell, its lines compiled by the service and run on a board's VM or on the host's."""

from __future__ import annotations

import asyncio
import codeop
import contextlib
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.flash import WAIT_OPTION
from vmrig_client.cli.holding import holding_one
from vmrig_client.cli.output import run, say

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
    heap: int = typer.Option(0, "--heap", metavar="BYTES", help="Heap of the host VM; default 65536."),
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
        self._interactive = sys.stdin.isatty()
        self._busy = False

    async def run(self) -> None:
        """Until the input ends."""
        reading = asyncio.create_task(self._session())
        with contextlib.suppress(NotImplementedError):
            self._loop.add_signal_handler(signal.SIGINT, self._interrupted)
        try:
            await reading
        finally:
            with contextlib.suppress(NotImplementedError):
                self._loop.remove_signal_handler(signal.SIGINT)

    def _interrupted(self) -> None:
        from vmrig.v1 import debug_pb2

        if self._busy:
            self._requests.put_nowait(debug_pb2.RunReplRequest(interrupt=True))

    async def _session(self) -> None:
        async with contextlib.aclosing(self._client.repl(self._sent())) as responses:
            async for response in responses:
                if response.WhichOneof("event") == "output":
                    sys.stdout.buffer.write(response.output)
                    sys.stdout.buffer.flush()
                    continue
                self._busy = False
                if response.done.text:
                    say(response.done.text.rstrip("\n"))
                block = await self._read_block()
                if block is None:
                    break
                from vmrig.v1 import debug_pb2

                self._busy = True
                self._requests.put_nowait(debug_pb2.RunReplRequest(line=block))
        self._requests.put_nowait(None)

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
            line = await self._read_line(PROMPTS[bool(lines)])
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
        if not self._interactive:
            line = await asyncio.to_thread(sys.stdin.readline)
            return line.rstrip("\n") if line else None
        answer: asyncio.Future[str | None] = self._loop.create_future()

        def give(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def ask() -> None:
            try:
                line: str | None = input(prompt)
            except (EOFError, KeyboardInterrupt):
                line = None
            self._loop.call_soon_threadsafe(give, line)

        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 -- gives input() a history and editing
        threading.Thread(target=ask, daemon=True).start()
        return await answer


def complete(text: str) -> bool:
    """Whether Python's shell would run it now; what is wrong is also run, so that it is said."""
    try:
        return codeop.compile_command(text, "<stdin>", "single") is not None
    except (SyntaxError, ValueError, OverflowError):
        return True
