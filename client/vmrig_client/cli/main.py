# SPDX-License-Identifier: Apache-2.0
"""`vmrig`: the commands, put together, and what becomes of errors."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from typer.exceptions import TyperException

from vmrig_client.cli.output import EXIT_USAGE, report_api_error
from vmrig_client.cli.plain import quicken

ROOMS: Mapping[str, Sequence[str]] = {
    "service": ("up", "version", "demo"),
    "boards": ("boards", "alias", "jobs", "targets"),
    "flash": ("flash", "erase", "reset", "register"),
    "vm": ("virtualize", "vm"),
    "program": ("run", "console"),
    "compile": ("compile", "disasm"),
    "keys": ("key",),
    "debug": ("debug", "heap"),
    "repl": ("repl",),
    "emulate": ("emulate", "emulator"),
    "lines": ("run-with-lines",),
    "lease": ("lease",),
}
"""The modules beside this one and the commands that each adds, in the order of the help: only the module of the command that was typed is imported."""


def build(words: Sequence[str] = ()) -> typer.Typer:
    """The application.

    Args:
        words: what was typed; only the command that it begins with is made, and all when it begins with none.
    """
    app = typer.Typer(
        name="vmrig",
        no_args_is_help=False,
        add_completion=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Every microcontroller board on the bench, real or emulated. Without a command: the dashboard.",
    )
    app.callback(invoke_without_command=True)(dashboard)
    first = words[0] if words else ""
    rooms = [room for room, commands in ROOMS.items() if first in commands] or list(ROOMS)
    for room in rooms:
        importlib.import_module(f"vmrig_client.cli.{room}").add_to(app)
    _narrow(app, words)
    return app


def _narrow(app: typer.Typer, words: Sequence[str]) -> None:
    """Takes away what was not typed: to make a command of a function takes longer than most commands themselves."""
    if not words:
        return
    groups = [group for group in app.registered_groups if group.name == words[0]]
    commands = [command for command in app.registered_commands if command.name == words[0]]
    if not groups and not commands:
        return
    app.registered_groups, app.registered_commands = groups, commands
    for group in groups:
        assert group.typer_instance is not None
        _narrow(group.typer_instance, words[1:])


def dashboard(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the client's version and exit."),
) -> None:
    """Opens the dashboard when no command is given."""
    if version:
        import importlib.metadata

        typer.echo(importlib.metadata.version("vmrig"))
        raise typer.Exit
    if context.invoked_subcommand is None:
        from vmrig_client.cli import service

        service.open_dashboard()


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 the request failed, 2 a deadline passed, 3 the firmware failed, 4 the bench failed, 5 no board to be had,
    6 not allowed, 64 wrong usage, 130 interrupted."""
    # A shell that asks for completions gives the words in its own way.
    command = typer.main.get_command(build(() if "_VMRIG_COMPLETE" in os.environ else sys.argv[1:]))
    quicken(command)
    try:
        # Outside its standalone mode typer hands the code of `typer.Exit` back instead of exiting.
        code = command(standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "vmrig"
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            typer.echo(f"vmrig: {error.format_message()}", err=True)
            typer.echo(f"try: {path} --help", err=True)
        sys.exit(EXIT_USAGE)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to say
        sys.exit(1)
    except Exception as error:
        from vmrig_client.errors import ApiError

        if isinstance(error, OSError) and error.filename:  # a file of the user's
            why = f"{error.filename}: {error.strerror or error}."
            error = ApiError("FILE_UNUSABLE", why, (), f"ls -ld {Path(str(error.filename)).parent}")
        if not isinstance(error, ApiError):
            raise
        sys.exit(report_api_error(error))
    sys.exit(code if isinstance(code, int) else 0)
