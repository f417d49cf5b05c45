# SPDX-License-Identifier: Apache-2.0
"""How results, progress and errors are shown."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from vmrig.v1 import jobs_pb2

    from vmrig_client.aio import AsyncClient
    from vmrig_client.errors import ApiError

_T = TypeVar("_T")
EXIT_USAGE = 64

JSON_OPTION = typer.Option(False, "--json", help="Print JSON on stdout.")
HEAP_OPTION = typer.Option(
    0, "--heap", metavar="BYTES", min=0, max=256 << 20, help="Heap of the host VM; default 65536."
)
BOARD_ARGUMENT = typer.Argument(
    ..., metavar="BOARD", help='Alias, id prefix, "target:T", "label:k=v" or "any".', show_default=False
)


def run(work: Callable[[AsyncClient], Awaitable[_T]], *, boards: bool = True) -> _T:
    """Runs a command's coroutine with a connected client.

    Args:
        boards: it is about boards or what the service keeps. Without, and where no service answers, one is started that ends with the command.
    """
    if boards:
        return _run_at(work, None)
    from vmrig_client.address import default_address
    from vmrig_client.local_service import answers, service_of_ones_own

    if "VMRIG_ADDRESS" in os.environ or answers(default_address()):
        return _run_at(work, None)
    with service_of_ones_own() as address:
        return _run_at(work, address)


def _run_at(work: Callable[[AsyncClient], Awaitable[_T]], address: str | None) -> _T:
    from vmrig_client.aio import AsyncClient

    async def with_client() -> _T:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # As Ctrl-C: jobs are cancelled and leases given back on the way out.
            loop.add_signal_handler(number, _end_by, number, task, ended_by)
        async with AsyncClient(address) as client:
            return await work(client)

    ended_by: list[int] = []
    try:
        return asyncio.run(with_client())
    except asyncio.CancelledError:
        if not ended_by:
            raise
        raise typer.Exit(128 + ended_by[0]) from None


def _end_by(number: int, task: asyncio.Task[Any], ended_by: list[int]) -> None:
    ended_by.append(number)
    task.cancel()


def seconds(text: str) -> float:
    """A time as a person gives it: a finite number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise typer.BadParameter(f"{text!r} is not a number of seconds")
    return value


def to_dict(message: Message) -> dict[str, Any]:
    """A message as plain data, field names as in the .proto files, defaults included."""
    from google.protobuf.json_format import MessageToDict

    plain: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return plain


def print_json(data: Any) -> None:
    """Data on stdout, one document."""
    typer.echo(json.dumps(data, indent=2 if sys.stdout.isatty() else None))


def say(text: str) -> None:
    """Speech, on stderr."""
    typer.echo(text, err=True)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns on stdout, as wide as their widest cell."""
    lines = [tuple(headers), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def enum_word(name: str, prefix: str) -> str:
    """ "PRESENCE_PRESENT" -> "present"."""
    return name.removeprefix(prefix).lower()


def report_api_error(error: ApiError) -> int:
    """Prints an error; returns the exit code of its class."""
    say(f"{error.code}: {error.message}")
    for line in error.evidence:
        say(f"  {line}")
    if error.next_command:
        say(f"try: {error.next_command}")
    return error.error_class


class Steps:
    """Shows how far work of counted steps is: a bar on a terminal, nothing elsewhere."""

    WIDTH = 30

    def __init__(self, what: str) -> None:
        self._what = what
        self._terminal = sys.stderr.isatty()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are done."""
        if self._terminal and total:
            full = done * self.WIDTH // total
            bar = "█" * full + "░" * (self.WIDTH - full)
            sys.stderr.write(f"\r\x1b[K{self._what} {bar} {done * 100 // total:3d} %")
            sys.stderr.flush()
            self._shown = True

    def end(self) -> None:
        """Takes the bar away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False


class Progress:
    """Shows a job's progress: one rewritten line on a terminal, and nothing elsewhere but its warnings, with `verbose` all its log lines."""

    WARNING = "warning: "

    def __init__(self, verbose: bool = False) -> None:
        self._terminal = sys.stderr.isatty()
        self._verbose = verbose
        self._phase = ""
        self._start = time.monotonic()
        self._shown = False

    def __call__(self, event: jobs_pb2.JobEvent) -> None:
        """Takes an event of the job."""
        kind = event.WhichOneof("event")
        if kind == "log" and (self._verbose or event.log.startswith(self.WARNING)):
            self._clear()
            say(event.log)
        if kind == "job":
            self._clear()
        if kind != "progress" or not self._terminal:
            return
        progress = event.progress
        if progress.phase != self._phase:
            self._phase, self._start = progress.phase, time.monotonic()
        elapsed_s = max(time.monotonic() - self._start, 1e-6)
        text = progress.phase
        if progress.total_bytes:
            rate = progress.done_bytes / elapsed_s / 1024
            text += f" {progress.done_bytes * 100 // progress.total_bytes:3d} % of {progress.total_bytes} bytes, {rate:.0f} KB/s"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
        self._shown = True

    def _clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False
