# SPDX-License-Identifier: Apache-2.0
"""`vmrig`: the commands, put together, and what becomes of errors."""

from __future__ import annotations

import sys

import typer
from typer.exceptions import TyperException

from vmrig_client.cli import boards, compile, debug, emulate, flash, keys, lease, lines, program, repl, service, vm
from vmrig_client.cli.output import EXIT_USAGE, report_api_error

app = typer.Typer(
    name="vmrig",
    no_args_is_help=False,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Every microcontroller board on the bench, real or emulated. Without a command: the dashboard.",
)


@app.callback(invoke_without_command=True)
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
        service.open_dashboard()


for room in (service, boards, flash, vm, program, compile, keys, debug, repl, emulate, lines, lease):
    room.add_to(app)


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 the request failed, 2 a deadline passed, 3 the firmware failed, 4 the bench failed, 5 no board to be had,
    6 not allowed, 64 wrong usage, 130 interrupted."""
    from vmrig_client.errors import ApiError

    try:
        # Outside its standalone mode typer hands the code of `typer.Exit` back instead of exiting.
        code = app(standalone_mode=False)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "vmrig"
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            typer.echo(f"vmrig: {error.format_message()}", err=True)
            typer.echo(f"try: {command} --help", err=True)
        sys.exit(EXIT_USAGE)
    except ApiError as error:
        sys.exit(report_api_error(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to say
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
