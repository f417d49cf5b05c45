# SPDX-License-Identifier: Apache-2.0
"""`vmrig boards`, `vmrig alias`, `vmrig jobs`: what is on the bench."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, enum_word, print_json, run, say, table, to_dict

if TYPE_CHECKING:
    from vmrig.v1 import boards_pb2, system_pb2


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("boards")(boards)
    app.command("alias")(alias)
    app.command("jobs")(jobs)
    app.command("targets")(targets)


def boards(
    selector: str = typer.Argument("", metavar="[BOARD]", help="Only the boards that match.", show_default=False),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the boards of the bench."""
    found = run(lambda client: client.boards(selector))
    if as_json:
        print_json([to_dict(board) for board in found])
    elif not found:
        none = f"No board matches {selector!r}; all of them: vmrig boards"
        say(none if selector else "No boards. Plug one in, or: vmrig emulate microbit_v2")
    else:
        table(("BOARD", "ALIAS", "TARGET", "STATE", "HEALTH", "LEASE", "USB", "SERIAL", "PORT", "VM"), map(_row, found))
        for board in found:
            if board.stale:
                say(
                    f"{board.aliases[0] if board.aliases else board.name.removeprefix('boards/')}: {board.stale_reason}"
                )


def _row(board: boards_pb2.Board) -> tuple[str, ...]:
    from vmrig.v1 import boards_pb2

    health = enum_word(boards_pb2.Health.Name(board.health), "HEALTH_")
    return (
        board.name.removeprefix("boards/"),
        ",".join(board.aliases) or "-",
        board.target or "|".join(board.candidates) or "?",
        enum_word(boards_pb2.Presence.Name(board.presence), "PRESENCE_"),
        health,
        board.lease_holder or enum_word(boards_pb2.LeaseState.Name(board.lease_state), "LEASE_STATE_"),
        f"{board.usb.vid:04x}:{board.usb.pid:04x}",
        board.usb.serial or "-",
        board.serial_port or "-",
        (board.vmuid[:8] or "-") + (" stale" if board.stale else ""),
    )


def alias(
    board: str = BOARD_ARGUMENT,
    name: str = typer.Argument("", metavar="ALIAS", help="The new name.", show_default=False),
    remove: bool = typer.Option(False, "--remove", help="BOARD is an alias: take it away."),
) -> None:
    """Give a board a name, or take it away."""
    if remove:
        run(lambda client: client.remove_alias(board))
    elif not name:
        raise typer.BadParameter("an ALIAS is needed")
    else:
        run(lambda client: client.set_alias(board, name))


def jobs(
    board: str = typer.Argument("", metavar="[BOARD]", help="Only the jobs of this board.", show_default=False),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the latest jobs."""
    from vmrig.v1 import jobs_pb2

    found = run(lambda client: client.jobs(board))
    if as_json:
        print_json([to_dict(job) for job in found])
        return
    rows = (
        (
            job.name.removeprefix("jobs/"),
            job.kind,
            job.board.removeprefix("boards/"),
            enum_word(jobs_pb2.JobState.Name(job.state), "JOB_STATE_"),
            job.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M:%S"),
            job.error.code or "-",
        )
        for job in found
    )
    table(("JOB", "KIND", "BOARD", "STATE", "STARTED (UTC)", "ERROR"), rows)


def targets(as_json: bool = JSON_OPTION) -> None:
    """List the board types that the service knows."""
    found = run(lambda client: client.targets())
    if as_json:
        print_json([to_dict(target) for target in found])
    else:
        rows = ((target.target, target.chip, _emulated(target), target.title) for target in found)
        table(("TARGET", "CHIP", "EMULATED", "TITLE"), rows)


def _emulated(target: system_pb2.ListTargetsResponse.Target) -> str:
    if not target.emulated:
        return "no"
    return "loader only" if target.loader_only else "yes"
