# SPDX-License-Identifier: Apache-2.0
"""`vmrig run-with-lines`: other programs, with modem lines on the terminals of emulated boards."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import typer

LIBRARY = "libvmrig_lines.so"


def add_to(app: typer.Typer) -> None:
    """Adds this room's command."""
    app.command(
        "run-with-lines",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    )(run_with_lines)


def run_with_lines(
    command: list[str] = typer.Argument(..., metavar="COMMAND [ARGUMENT]...", show_default=False),
) -> None:
    """Run a program that finds DTR and RTS on the serial ports of emulated boards, as esptool needs to reset a chip."""
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
    os.environ["LD_PRELOAD"] = f"{library}:{preload}" if preload else str(library)
    os.environ["VMRIG_LINES"] = str(home_dir().absolute() / "run" / "lines")
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise ApiError("COMMAND_FAILED", f"{command[0]} cannot be run: {error.strerror}.", (), "", REQUEST) from None
