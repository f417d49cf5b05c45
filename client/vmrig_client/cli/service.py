# SPDX-License-Identifier: Apache-2.0
"""`vmrig up`, `vmrig version`, and the dashboard with its embedded service."""

from __future__ import annotations

import contextlib
import os
import sys

import typer

from vmrig_client.cli.output import JSON_OPTION, print_json, run, say, to_dict


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("up")(up)
    app.command("version")(version)
    app.command("demo")(demo)


def up() -> None:
    """Run the service: hub and agent in one process, on this user's unix socket."""
    os.execv(sys.executable, [sys.executable, "-m", "vmrig_server"])


def version(as_json: bool = JSON_OPTION) -> None:
    """Print the service's version."""
    found = run(lambda client: client.version())
    if as_json:
        print_json(to_dict(found))
    else:
        typer.echo(found.version)


def demo() -> None:
    """Show the whole way, from nothing to a program on an emulated board; leaves nothing behind."""
    from vmrig_client.demo import main

    raise typer.Exit(main())


def open_dashboard() -> None:
    """Opens the dashboard; starts a service for as long as it is open when none answers."""
    from vmrig_client.errors import ApiError

    # It is drawn on stderr, so that the other two may not be pipes or files either.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        say("The dashboard needs a terminal. Try: vmrig --help")
        raise typer.Exit(64)
    with contextlib.ExitStack() as stack:
        embedded = False
        try:
            run(lambda client: client.version())
        except ApiError as error:
            if error.code != "NO_SERVICE":
                raise
            from vmrig_client.local_service import local_service

            stack.enter_context(local_service())
            embedded = True
        from vmrig_client.tui.app import Dashboard

        Dashboard(embedded=embedded).run()
