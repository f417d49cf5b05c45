# SPDX-License-Identifier: Apache-2.0
"""`vmrig run-with-lines`: other programs, with modem lines on the terminals of emulated boards."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.output import run

if TYPE_CHECKING:
    from vmrig_client.aio import AsyncClient

LIBRARY = "libvmrig_lines.so"
PORT = "{port}"
"""Stands for the board's port among the arguments."""


def add_to(app: typer.Typer) -> None:
    """Adds this room's command."""
    app.command(
        "run-with-lines",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    )(run_with_lines)


def run_with_lines(
    command: list[str] = typer.Argument(..., metavar="COMMAND [ARGUMENT]...", show_default=False),
    board: str = typer.Option("", "--board", metavar="BOARD", help=f"Lend the command this board's port: {PORT}."),
) -> None:
    """Run a program that finds DTR and RTS on the serial ports of emulated boards, as esptool needs to reset a chip.

    With --board the service leaves the board's port to it as long as it runs, also of a real board: run-with-lines --board c3 esptool --port {port} flash-id.
    """
    environment = {**os.environ, **_with_lines()}
    if board:
        run(lambda client: _run_at(client, board, command, environment))
        return
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise _not_run(command[0], error) from None


def _with_lines() -> dict[str, str]:
    """What a program's environment needs so that ioctls of modem lines reach the emulated boards."""
    from vmrig_client.address import home_dir
    from vmrig_client.errors import REQUEST, ApiError

    native = importlib.util.find_spec("vmrig_native")
    places = native.submodule_search_locations if native is not None else None
    library = next((path for place in places or () if (path := Path(place) / LIBRARY).is_file()), None)
    if library is None:
        raise ApiError(
            "LINES_MISSING",
            "This installation has no preload library for modem lines.",
            ("it is built on Linux only",),
            "esptool --port rfc2217://127.0.0.1:PORT, with the port that `vmrig emulator list` shows",
            REQUEST,
        )
    preload = os.environ.get("LD_PRELOAD", "")
    return {
        "LD_PRELOAD": f"{library}:{preload}" if preload else str(library),
        "VMRIG_LINES": str(home_dir().absolute() / "run" / "lines"),
    }


async def _run_at(client: AsyncClient, board: str, command: Sequence[str], environment: dict[str, str]) -> None:
    """Runs the command with the board's port to itself; ends with its exit code."""
    from vmrig_client.cli.holding import holding

    async with holding(client, board, command[0], 0.0) as lease, client.released_port(lease) as port:
        arguments = [argument.replace(PORT, port) for argument in command]
        try:
            process = await asyncio.create_subprocess_exec(*arguments, env=environment)
        except OSError as error:
            raise _not_run(command[0], error) from None
        status = await process.wait()
    if status:
        raise typer.Exit(status if status > 0 else 128 - status)


def _not_run(program: str, error: OSError) -> Exception:
    from vmrig_client.errors import REQUEST, ApiError

    return ApiError("COMMAND_FAILED", f"{program} cannot be run: {error.strerror}.", (), "", REQUEST)
