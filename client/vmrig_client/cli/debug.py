# SPDX-License-Identifier: Apache-2.0
"""`vmrig debug` and `vmrig heap`: an editor's debugger at a program, and where a program's memory goes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from vmrig_client.cli.compile import read_program, with_sources
from vmrig_client.cli.flash import WAIT_OPTION
from vmrig_client.cli.holding import holding, holding_one
from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, print_json, run, say, to_dict
from vmrig_client.project import Project

if TYPE_CHECKING:
    from vmrig.v1 import debug_pb2, leases_pb2

    from vmrig_client.aio import AsyncClient

MESSAGE_MAX = 1 << 20
FROM_LAUNCH = "-"
Write = Callable[[bytes], None]


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("debug")(debug)
    app.command("heap")(heap)


def debug(
    program: str = typer.Argument(
        FROM_LAUNCH,
        metavar="[PROGRAM]",
        help="Python source, a folder, a vmrig.toml, or .vbc; -: the `program` of the editor's launch.",
    ),
    board: str = typer.Argument(
        "",
        metavar="[BOARD]",
        help="Alias, id prefix or selector; without: the `board` of the editor's launch, or the host's VM.",
    ),
    host: bool = typer.Option(False, "--host", help="On the service's host VM, without a board."),
    port: int = typer.Option(
        0, "--port", min=0, max=65535, help="Serve editors on this port of 127.0.0.1, not on stdio."
    ),
    vscode: Path = typer.Option(
        None,
        "--vscode",
        metavar="FILE.vsix",
        help="Write the extension by which VS Code knows the debug type vmrig, and end.",
        show_default=False,
    ),
    wait_s: float = WAIT_OPTION,
) -> None:
    """Serve the Debug Adapter Protocol for a program: VS Code, nvim-dap and other editors connect to it (docs/debugging.md)."""
    if vscode is not None:
        _write_extension(vscode)
        return
    if host and board:
        raise typer.BadParameter("--host and a BOARD are two places")
    path = None if program == FROM_LAUNCH else Path(program)
    if path is not None and not path.exists():
        raise typer.BadParameter(f"{path} is not there")

    async def work(client: AsyncClient) -> None:
        async with holding_one(client, board, "debug", wait_s) as lease:
            await _serve(client, Place(path, lease, host, wait_s), port)

    run(work, boards=not host)


def _write_extension(path: Path) -> None:
    from vmrig_client.vscode import write_extension

    if path.suffix != ".vsix":
        raise typer.BadParameter("the file's name ends in .vsix: code takes no other")
    # The Python of this vmrig, which finds it wherever VS Code was started.
    command = [sys.executable, "-c", "from vmrig_client.cli.main import main; main()", "debug"]
    try:
        write_extension(path, command)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from None
    say(f"{path} starts {sys.executable}; install it with: code --install-extension {path}")


@dataclass(frozen=True)
class Place:
    """What the command line says; what it leaves open, the editor's launch may say."""

    program: Path | None
    lease: leases_pb2.Lease | None
    host: bool
    wait_s: float


async def _serve(client: AsyncClient, place: Place, port: int) -> None:
    if not port:
        reader = asyncio.StreamReader(limit=MESSAGE_MAX)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await Relay(client, place, reader, _stdout).run()
        return
    one_at_a_time = asyncio.Lock()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from vmrig_client.errors import ApiError

        async with one_at_a_time:
            try:
                await Relay(client, place, reader, writer.write).run()
                await writer.drain()
            except (ApiError, ConnectionError) as error:
                say(f"vmrig: {error}")
            finally:
                writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=MESSAGE_MAX)
    say(f"debugger on 127.0.0.1:{server.sockets[0].getsockname()[1]}; end it with Ctrl-C")
    async with server:
        await server.serve_forever()


def _stdout(data: bytes) -> None:
    whole = memoryview(data)
    while whole:
        whole = whole[os.write(1, whole) :]


class Relay:
    """One editor: its messages to the service and back. The program is read here, when the editor launches it."""

    def __init__(self, client: AsyncClient, place: Place, reader: asyncio.StreamReader, write: Write) -> None:
        self._client = client
        self._place = place
        self._reader = reader
        self._write = write
        self._launch: dict[str, Any] = {}
        self._held = contextlib.AsyncExitStack()
        self._lease = place.lease
        self._files: Project | None = None

    async def run(self) -> None:
        """Until either side ends."""
        async with self._held, contextlib.aclosing(self._client.debug(self._requests())) as responses:
            async for response in responses:
                data = self._with_sources(response.dap)
                self._write(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def _with_sources(self, data: bytes) -> bytes:
        """A message, in a traceback with the lines of files that the service has not seen."""
        if self._files is None or b'"stderr"' not in data:
            return data
        message = json.loads(data)
        if message.get("event") == "output" and message["body"].get("category") == "stderr":
            message["body"]["output"] = with_sources(message["body"]["output"], self._files)
        return json.dumps(message).encode()

    async def _requests(self) -> AsyncIterator[debug_pb2.RunDebuggerRequest]:
        from vmrig.v1 import debug_pb2

        from vmrig_client.aio import lease_ref

        start = debug_pb2.DebugStart()
        if self._place.lease is not None:
            start = debug_pb2.DebugStart(board=self._place.lease.board, lease=lease_ref(self._place.lease))
        yield debug_pb2.RunDebuggerRequest(start=start)
        while (data := await read_message(self._reader)) is not None:
            with contextlib.suppress(ValueError):
                message = json.loads(data)
                if isinstance(message, dict) and message.get("command") in ("launch", "attach", "restart"):
                    arguments = message.get("arguments") or {}
                    if message["command"] != "restart":
                        self._launch = arguments
                    sent = await self._sent()
                    if sent is not None:
                        yield debug_pb2.RunDebuggerRequest(program=sent)
            yield debug_pb2.RunDebuggerRequest(dap=data)

    async def _sent(self) -> debug_pb2.DebugProgram | None:
        """The launch's program and board; None when there is no program: the service says so, in the answer that the editor shows."""
        from vmrig.v1 import debug_pb2

        from vmrig_client.aio import lease_ref
        from vmrig_client.errors import ApiError

        path = self._place.program
        if path is None and self._launch.get("program"):
            path = Path(str(self._launch["program"]))
        if path is None:
            return None
        try:
            sent = await self._read_program(path.resolve())
            board = str(self._launch.get("board") or "")
            if board and self._lease is None and not self._place.host:
                held = holding(self._client, board, "debug", self._place.wait_s)
                self._lease = await self._held.enter_async_context(held)
        except (ApiError, typer.BadParameter) as error:
            lines = [error.message, *(error.evidence if isinstance(error, ApiError) else ())]
            return debug_pb2.DebugProgram(error="\n".join(lines))
        if self._lease is not None and self._place.lease is None:
            sent.board = self._lease.board
            sent.lease.CopyFrom(lease_ref(self._lease))
        return sent

    async def _read_program(self, path: Path) -> debug_pb2.DebugProgram:
        from vmrig.v1 import debug_pb2

        from vmrig_client.programs import put_program

        sent = debug_pb2.DebugProgram(filename=path.name, path=str(path))
        program = read_program(path)
        if isinstance(program, Project):
            self._files = program
            sent.filename = program.entry
            sent.path = str((path if path.is_dir() else path.parent) / program.entry)
            program = (await self._client.compile(program)).image
        put_program(sent, program)
        return sent


async def read_message(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next message, without its header; None at the end, or when what comes is no message."""
    length = -1
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return None
        name, colon, value = line.strip().partition(b":")
        if not line.strip():
            break
        if colon and name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    if not 0 <= length <= MESSAGE_MAX:
        return None
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def heap(
    board: str = BOARD_ARGUMENT,
    collect: bool = typer.Option(False, "--collect", help="Collect first: only what is reachable counts."),
    wait_s: float = WAIT_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Show the heap of the program on a board: what its pages hold, and how far what is free hangs together."""

    async def work(client: AsyncClient) -> debug_pb2.ReadHeapResponse:
        async with holding(client, board, "heap", wait_s) as lease:
            return await client.heap(lease, collect=collect)

    found = run(work)
    if as_json:
        print_json({name: value for name, value in to_dict(found).items() if name != "text"})
    else:
        typer.echo(found.text)
