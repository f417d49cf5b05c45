# SPDX-License-Identifier: Apache-2.0
"""`vmrig run` and `vmrig console`: programs and what they say."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.compile import compiled, debug_file_of, read_program, told_with_sources, with_sources
from vmrig_client.cli.flash import VERBOSE_OPTION, WAIT_OPTION
from vmrig_client.cli.keys import SIGN_OPTION, private_key
from vmrig_client.cli.output import BOARD_ARGUMENT, HEAP_OPTION, JSON_OPTION, Progress, print_json, run, say, to_dict
from vmrig_client.keys import sign as sign_image
from vmrig_client.project import Project

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from vmrig.v1 import consoles_pb2, jobs_pb2

    from vmrig_client.aio import AsyncClient

EXIT_FIRMWARE = 3
END_MARKERS = ("program-end", "program-raised")


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("run")(run_program)
    app.command("console")(console)


def run_program(
    board: str = typer.Argument(
        ..., metavar="BOARD", help="Alias, id prefix or selector; with --host: the program.", show_default=False
    ),
    program: Path = typer.Argument(
        None, metavar="PROGRAM", help="Python source, a folder, a vmrig.toml, or a .vbc container.", show_default=False
    ),
    host: bool = typer.Option(False, "--host", help="Run on the service's host VM, without a board."),
    profile: str = typer.Option(
        "",
        "--profile",
        metavar="FILE",
        help="Profile by line: a table on stderr; FILE gets .folded or speedscope .json, -: no file.",
    ),
    detach: bool = typer.Option(False, "--detach", "-d", help="Return as soon as the program has started."),
    heap: int = HEAP_OPTION,
    record: Path = typer.Option(
        None,
        "--record",
        metavar="FILE",
        help="With --host: note what the program learns from outside.",
        show_default=False,
    ),
    replay: Path = typer.Option(
        None, "--replay", metavar="FILE", help="With --host: run as recorded, exactly.", show_default=False
    ),
    target: str = typer.Option(
        "", "--target", metavar="TARGET", help="With --host: with the heap of this target's VM, and what that VM has."
    ),
    sign: Path = SIGN_OPTION,
    debug_file: Path = typer.Option(
        None, "--debug-file", metavar="FILE", help="Of a stripped container: the whole one.", show_default=False
    ),
    wait_s: float = WAIT_OPTION,
    verbose: bool = VERBOSE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Compile a program, send it to a board, start it, and show what it prints until it ends."""
    if host:
        if sign is not None:
            raise typer.BadParameter("--sign is for boards: the host's VM has no key")
        if program is not None:
            raise typer.BadParameter("--host takes one argument: the program")
        if record is not None and replay is not None:
            raise typer.BadParameter("--record and --replay exclude each other")
        if replay is not None and not replay.is_file():
            raise typer.BadParameter(f"{replay} is not a file")
        if profile:
            from vmrig_client.cli.profile import run_profiled

            raise typer.Exit(run_profiled(read_program(Path(board)), Path(board), None, heap, profile, wait_s))
        raise typer.Exit(
            run(lambda client: _run_on_host(client, Path(board), heap, record, replay, target), boards=bool(target))
        )
    if record is not None or replay is not None or target:
        raise typer.BadParameter("--record, --replay and --target need --host")
    if program is None:
        raise typer.BadParameter("a PROGRAM is needed")
    text = read_program(program)
    debug_image = b""
    if isinstance(text, bytes):
        debug_image = debug_file.read_bytes() if debug_file is not None else debug_file_of(program)
    key = private_key(sign)
    if profile:
        from vmrig_client.cli.profile import run_profiled

        raise typer.Exit(run_profiled(text, program, board, 0, profile, wait_s))

    async def work(client: AsyncClient) -> jobs_pb2.Job:
        from vmrig_client.cli.holding import holding
        from vmrig_client.errors import ApiError

        async with holding(client, board, "run", wait_s) as lease:
            output = None if detach or as_json else await ProgramOutput.from_here(client, lease.board)
            if key is not None:
                image, names = await signed(client, text, program, key, lease.board)
            else:
                image, names = await compiled(client, text, program, lease.board), b""
            running = client.run(
                lease,
                image,
                program.name,
                wait=not detach,
                debug_image=debug_image or names,
                on_event=Progress(verbose),
            )
            job = asyncio.create_task(running)
            try:
                if output is not None:
                    await output.show_until(job)
                return await job
            except ApiError as error:
                raise told_with_sources(error, text) from None
            finally:
                job.cancel()
                await asyncio.wait({job})  # it tells the service that it is cancelled

    try:
        job = run(work)
    except KeyboardInterrupt:
        say(
            f"the program goes on, once started; see: vmrig console {board}; end it with: vmrig reset {board} or another run"
        )
        raise
    if as_json:
        print_json(to_dict(job.run))
    elif detach:
        say(f"running in slot {job.run.slot}, generation {job.run.generation}; see: vmrig console {board}")


async def signed(
    client: AsyncClient, program: str | bytes | Project, path: Path, key: Ed25519PrivateKey, board: str
) -> tuple[bytes, bytes]:
    """A program without lines and names, signed here, and the whole one."""
    answer = await client.compile(program, path.name, strip=True, signature_room=True, board=board)
    for warning in answer.warnings:
        say(warning)
    return sign_image(answer.image, key), answer.debug_image


class ProgramOutput:
    """What the next program that starts on a board prints, from its start to its end.

    Args:
        offset: of the console; what stands before it is of earlier programs.
        passed: markers at that very offset that have been seen: the programs before may have started and ended there without a word.
    """

    def __init__(self, client: AsyncClient, board: str, offset: int, passed: int) -> None:
        self._client = client
        self._board = board
        self._offset = offset
        self._passed = passed
        self._started = False
        self._ended = False

    @classmethod
    async def from_here(cls, client: AsyncClient, board: str) -> ProgramOutput:
        """Of the program that starts after now."""
        offset = passed = 0
        async for chunk in client.console(board, -1, follow=False):
            passed = passed + 1 if chunk.marker else 0
            offset = chunk.offset + len(chunk.data)
        return cls(client, board, offset, passed)

    async def show_until(self, job: asyncio.Task[jobs_pb2.Job]) -> None:
        """Shows it as it comes; returns when the job has ended, however, and all that the program printed is shown.

        Raises:
            BrokenPipeError: nobody reads our output any more.
        """
        reader = asyncio.create_task(self._show(follow=True))
        try:
            await asyncio.wait({reader, job}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                await reader
                await asyncio.wait({job})
                return
        finally:
            reader.cancel()
            await asyncio.wait({reader})
        # The board tells of a program's end after its last output, and a job that failed may have no such end.
        await self._show(follow=False)

    async def _show(self, follow: bool) -> None:
        if self._ended:
            return
        skip = self._passed
        async for chunk in self._client.console(self._board, self._offset, follow):
            if chunk.marker:
                if skip > 0 and chunk.offset == self._offset:
                    skip -= 1
                    continue
                self._passed = self._passed + 1 if chunk.offset == self._offset else 1
            else:
                self._passed = 0
            self._offset = chunk.offset + len(chunk.data)
            if chunk.marker == "program-start":
                self._started = True
            elif self._started and chunk.marker in END_MARKERS:
                self._ended = True
                return
            elif self._started and chunk.data:
                _write(chunk.data)


async def _run_on_host(
    client: AsyncClient, program: Path, heap: int, record: Path | None, replay: Path | None, target: str
) -> int:
    files = read_program(program)
    if isinstance(files, bytes):
        files = debug_file_of(program) or files  # the same code, with names and lines
    text = await compiled(client, files, program, target=target)
    recording = replay.read_bytes() if replay is not None else b""
    with contextlib.ExitStack() as stack:
        # Unbuffered: the recording of a run that is interrupted is whole up to there.
        kept = stack.enter_context(record.open("wb", buffering=0)) if record is not None else None
        async for event in client.run_on_host(
            text, program.name, heap, record=kept is not None, replay=recording, target=target
        ):
            kind = event.WhichOneof("event")
            if kind == "output":
                _write(event.output)
            elif kind == "recording" and kept is not None:
                kept.write(event.recording)
            elif event.ended.traceback:
                say(with_sources(event.ended.traceback.rstrip(), files))
                return EXIT_FIRMWARE
    return 0


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def console(
    board: str = BOARD_ARGUMENT,
    offset: int = typer.Option(-4096, "--from", metavar="OFFSET", help="Byte offset; negative: before the end."),
    follow: bool = typer.Option(True, "--follow/--no-follow", help="Go on as output comes."),
    write: bool = typer.Option(False, "--write", "-w", help="Send lines of stdin to the board (takes the lease)."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document per chunk."),
) -> None:
    """Show a board's console; reading needs no lease."""

    async def work(client: AsyncClient) -> None:
        if not write:
            await _show(client, board, offset, follow, as_json)
            return
        from vmrig_client.cli.holding import holding

        async with holding(client, board, "console", 0.0) as lease:
            reader = asyncio.create_task(_show(client, lease.board, offset, True, as_json))
            try:
                loop = asyncio.get_running_loop()
                while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
                    await client.write_console(lease, line)
            finally:
                reader.cancel()

    run(work)


async def _show(client: AsyncClient, board: str, offset: int, follow: bool, as_json: bool) -> None:
    async for chunk in client.console(board, offset, follow):
        if as_json:
            print_json(to_dict(chunk))
        elif chunk.marker:
            say(f"--- {_moment(chunk)} {chunk.marker} {chunk.marker_text}".rstrip())
        else:
            _write(chunk.data)


def _moment(chunk: consoles_pb2.ConsoleChunk) -> str:
    return chunk.time.ToDatetime().strftime("%H:%M:%S")
