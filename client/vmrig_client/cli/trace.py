# SPDX-License-Identifier: Apache-2.0
"""`vmrig emulator trace | lcov | vcd`: what a firmware does, recorded from outside."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from vmrig_client.cli.output import EXIT_USAGE, run, say, seconds

if TYPE_CHECKING:
    from vmrig_client.aio import AsyncClient
    from vmrig_client.tracing import Firmware

NAME_ARGUMENT = typer.Argument(..., metavar="BOARD", help="USB serial number, or a board selector.", show_default=False)
OUT_OPTION = typer.Option(None, "--out", "-o", metavar="FILE", help="Default: stdout.", show_default=False)
FOR_OPTION = typer.Option(
    1.0, "--for", metavar="SECONDS", parser=seconds, help="Of the board's virtual time; 0: until Ctrl-C."
)
RESET_OPTION = typer.Option(False, "--from-reset", help="Cut the chip's power first: begin with its first instruction.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to `vmrig emulator`."""
    app.command("trace")(trace)
    app.command("lcov")(lcov)
    app.command("vcd")(vcd)


def _firmware(elf: Path | None) -> Firmware | None:
    if elf is None:
        return None
    from vmrig_client.tracing import Firmware, FirmwareError

    try:
        return Firmware(elf)
    except FirmwareError as error:
        say(str(error))
        raise typer.Exit(EXIT_USAGE) from None


@contextlib.contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        yield sys.stdout
        return
    try:
        with path.open("w", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        say(f"{path}: {error.strerror}")
        raise typer.Exit(EXIT_USAGE) from None


def trace(
    name: str = NAME_ARGUMENT,
    elf: Path = typer.Option(None, "--elf", metavar="FILE", help="Names functions and lines.", show_default=False),
    instructions: bool = typer.Option(True, help="Record every instruction."),
    accesses: bool = typer.Option(True, help="Record accesses to devices."),
    exceptions: bool = typer.Option(True, help="Record exceptions."),
    duration_s: float = FOR_OPTION,
    limit: int = typer.Option(100_000, "--max", metavar="RECORDS", min=0, help="0: no limit."),
    from_reset: bool = RESET_OPTION,
    out: Path = OUT_OPTION,
) -> None:
    """Write down what a board does, one line a record: time (us), address, what, where in the source.

    The board does the same as without it, only slower: its virtual time falls behind the clock on the wall.
    """
    from vmrig_client.tracing import records_of
    from vmrig_client.tracing.text import line_writer

    firmware = _firmware(elf)
    if not (instructions or accesses or exceptions):
        raise typer.BadParameter("nothing is left to record")

    async def work(client: AsyncClient) -> int:
        line = None
        names: dict[int, str] = {}
        count = 0
        async for piece in client.emulated.trace(
            name,
            instructions=instructions,
            accesses=accesses,
            exceptions=exceptions,
            from_reset=from_reset,
            duration_s=duration_s,
            max_records=limit,
        ):
            names.update(piece.names)
            line = line or line_writer(piece.core, firmware)
            for record in records_of(piece.records):
                stream.write(line(record, names) + "\n")
                count += 1
        return count

    with _output(out) as stream:
        count = run(work)
    say(f"{count} records" + (": the limit of --max" if count == limit else ""))


def lcov(
    name: str = NAME_ARGUMENT,
    elf: Path = typer.Option(
        ..., "--elf", metavar="FILE", help="The firmware that runs, as it was linked.", show_default=False
    ),
    duration_s: float = FOR_OPTION,
    from_reset: bool = RESET_OPTION,
    out: Path = OUT_OPTION,
) -> None:
    """Write the coverage of functions and lines by a running firmware as an lcov tracefile; the ELF file needs debug information (-g)."""
    from vmrig_client.tracing.lcov import lcov_lines

    firmware = _firmware(elf)
    assert firmware is not None
    if not firmware.lines:
        say(f"{elf} has no line information: compile with -g")
        raise typer.Exit(EXIT_USAGE)

    counts: dict[int, int] = {}

    async def work(client: AsyncClient) -> None:
        async for piece in client.emulated.trace(name, counts=True, from_reset=from_reset, duration_s=duration_s):
            counts.update(zip(piece.counted_addresses, piece.counts, strict=True))

    try:
        run(work)
    except KeyboardInterrupt:
        if duration_s:
            raise
    with _output(out) as stream:
        stream.writelines(line + "\n" for line in lcov_lines(firmware, counts))
    inside = sum(1 for address in counts if firmware.function(address))
    say(f"{len(counts)} instructions were executed, {inside} of them in functions of {elf.name}")


def vcd(
    name: str = NAME_ARGUMENT,
    pins: list[str] = typer.Argument(
        None, metavar="[PIN]...", help="Default: every pin that changed.", show_default=False
    ),
    out: Path = OUT_OPTION,
) -> None:
    """Write the recorded changes of pins (the last 65536 edges of the board) as a VCD file."""
    from vmrig.v1 import emulator_pb2

    from vmrig_client.tracing.vcd import write_vcd

    words = {emulator_pb2.LEVEL_LOW: "low", emulator_pb2.LEVEL_HIGH: "high", emulator_pb2.LEVEL_FLOAT: "float"}

    async def work(client: AsyncClient) -> list[tuple[int, str, str]]:
        found = []
        for pin in pins or [""]:
            listed = await client.emulated.pin_edges(name, pin)
            found += [(edge.time_ns, edge.pin, words[edge.level]) for edge in listed.edges]
        return sorted(found, key=lambda edge: edge[0])

    edges = run(work)
    with _output(out) as stream:
        wires = write_vcd(stream, name, edges)
    say(f"{len(edges)} edges of {wires} pins")
