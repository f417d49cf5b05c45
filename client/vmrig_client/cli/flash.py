# SPDX-License-Identifier: Apache-2.0
"""`vmrig flash`, `erase`, `reset`, `register`: what changes a chip."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, Progress, print_json, run, say, seconds, to_dict

if TYPE_CHECKING:
    from vmrig.v1 import flash_pb2, jobs_pb2, leases_pb2

    from vmrig_client.aio import AsyncClient

WAIT_OPTION = typer.Option(
    "0", "--wait", metavar="SECONDS", parser=seconds, help="How long to wait for a board that is taken."
)
_MASS_QUESTION = "Erase everything on the chip of {}? Lost are program, data and settings: UICR or option bytes, keys in flash, the lock."
VERBOSE_OPTION = typer.Option(False, "--verbose", "-v", help="Show the tool's own lines.")


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("flash")(flash)
    app.command("erase")(erase)
    app.command("reset")(reset)
    app.command("register")(register)


def job_on(
    board: str, reason: str, wait_s: float, start: Callable[[AsyncClient, leases_pb2.Lease], Awaitable[jobs_pb2.Job]]
) -> jobs_pb2.Job:
    """Runs one job on a board under a lease and returns it, ended well."""
    from vmrig_client.cli.holding import holding

    async def work(client: AsyncClient) -> jobs_pb2.Job:
        async with holding(client, board, reason, wait_s) as lease:
            return await start(client, lease)

    return run(work)


def number(text: str) -> int:
    """A number as a person writes it: 4096, 0x1000, 4K."""
    scale = {"k": 1024, "m": 1024 * 1024}.get(text[-1:].lower(), 1)
    try:
        return int(text[:-1] if scale > 1 else text, 0) * scale
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number (4096, 0x1000, 4K)") from None


def flash(
    board: str = BOARD_ARGUMENT,
    files: list[str] = typer.Argument(
        ...,
        metavar="FILE...",
        help="bin, hex, elf or uf2; a binary may say where: FILE@ADDRESS. ESP-IDF's flasher_args.json stands for all of a build.",
        show_default=False,
    ),
    chip_erase: bool = typer.Option(False, "--chip-erase", help="Erase the whole chip first."),
    unlock: bool = typer.Option(
        False, "--unlock", help="A locked chip: erase all of it (program, data, settings) to open it."
    ),
    halt: bool = typer.Option(False, "--halt", help="Leave the core halted."),
    wait_s: float = WAIT_OPTION,
    verbose: bool = VERBOSE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Write firmware onto a board, read it back and compare."""
    given = [each for file in files for each in _expand(file)]
    for path, _ in given:
        if not path.is_file():
            raise typer.BadParameter(f"{path} is not a file")

    async def start(client: AsyncClient, lease: leases_pb2.Lease) -> jobs_pb2.Job:
        sent = [await _send(client, path, address) for path, address in given]
        return await client.flash(
            lease, sent, chip_erase=chip_erase, halt=halt, unlock=unlock, on_event=Progress(verbose)
        )

    result = job_on(board, "flash", wait_s, start).flash
    if as_json:
        print_json(to_dict(result))
        return
    if result.unlocked:
        say("the chip was locked: all that was on it, its settings included, was erased to open it")
    times = ", ".join(f"{phase.phase} {phase.seconds:.2f} s" for phase in result.phases)
    say(f"written and verified: {result.bytes_verified} bytes ({times})")


def _expand(file: str) -> list[tuple[Path, int | None]]:
    from vmrig_client.cli.idf import NAME, flasher_files

    path, address = _split(file)
    if path.name != NAME or not path.is_file():
        return [(path, address)]
    try:
        return list(flasher_files(path))
    except ValueError as bad:
        raise typer.BadParameter(str(bad)) from None


def _split(file: str) -> tuple[Path, int | None]:
    name, at, address = file.rpartition("@")
    if at and not Path(file).exists():
        return Path(name), number(address)
    return Path(file), None


async def _send(client: AsyncClient, path: Path, address: int | None) -> flash_pb2.FlashFile:
    from vmrig.v1 import flash_pb2

    return flash_pb2.FlashFile(sha256=await client.upload(path.read_bytes()), filename=path.name, address=address)


def erase(
    board: str = BOARD_ARGUMENT,
    ranges: list[str] = typer.Argument(
        None, metavar="[ADDRESS+SIZE]...", help="Whole chip by default.", show_default=False
    ),
    mass: bool = typer.Option(
        False, "--mass", help="The whole chip with its settings (UICR, option bytes); also opens a locked one."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Erase the whole chip without asking."),
    wait_s: float = WAIT_OPTION,
    verbose: bool = VERBOSE_OPTION,
) -> None:
    """Erase parts of a board's flash, or all of it."""
    pairs = []
    for text in ranges or []:
        address, plus, size = text.partition("+")
        if not plus:
            raise typer.BadParameter(f"{text!r} is not ADDRESS+SIZE")
        pairs.append((number(address), number(size)))
    if pairs and mass:
        raise typer.BadParameter("--mass erases the whole chip: it takes no ranges")
    if not pairs and not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("erasing the whole chip needs a yes: give --yes")
        typer.confirm(
            _MASS_QUESTION.format(board) if mass else f"Erase the whole chip of {board}?", abort=True, err=True
        )
    job_on(
        board, "erase", wait_s, lambda client, lease: client.erase(lease, pairs, mass=mass, on_event=Progress(verbose))
    )
    say("erased all of the chip, settings included: it is open" if mass else "erased")


def reset(board: str = BOARD_ARGUMENT, wait_s: float = WAIT_OPTION, verbose: bool = VERBOSE_OPTION) -> None:
    """Reset a board's chip."""
    job_on(board, "reset", wait_s, lambda client, lease: client.reset(lease, on_event=Progress(verbose)))
    say("reset")


def register(
    board: str = BOARD_ARGUMENT,
    alias: str = typer.Option("", "--alias", help="Give the board this name too."),
    with_firmware: bool = typer.Option(
        False, "--with-firmware", help="Write register.vm over the firmware and compare what it says of the chip."
    ),
    wait_s: float = WAIT_OPTION,
    verbose: bool = VERBOSE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Learn a board's identity by its probe or loader, which leaves the firmware alone; where neither tells it, register.vm is written over it."""
    job = job_on(
        board,
        "register",
        wait_s,
        lambda client, lease: client.register(
            lease, alias=alias, with_firmware=with_firmware, on_event=Progress(verbose)
        ),
    )
    if as_json:
        print_json(to_dict(job.register))
    else:
        both = job.register.uid_by_serial and job.register.uid_by_probe
        how = (
            "by its firmware and without it"
            if both
            else "by its firmware: register.vm is on it now"
            if job.register.uid_by_serial
            else "without its firmware, which stays"
        )
        say(f"registered: chip {job.register.chip_part}, id {job.register.chip_uid} ({how})")
