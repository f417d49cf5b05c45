# SPDX-License-Identifier: Apache-2.0
"""`vmrig lease ...`: the right to change a board for a time."""

from __future__ import annotations

import typer

from vmrig_client.cli.flash import WAIT_OPTION
from vmrig_client.cli.holding import VARIABLE
from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, print_json, run, say, seconds, table, to_dict

lease_app = typer.Typer(help="Borrow boards.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.add_typer(lease_app, name="lease")


@lease_app.command("request")
def request(
    board: str = BOARD_ARGUMENT,
    duration_s: float = typer.Option("600", "--for", metavar="SECONDS", parser=seconds, help="10 to 86400."),
    wait_s: float = WAIT_OPTION,
    reason: str = typer.Option("", "--reason"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Take a lease; prints its name, for the commands that follow."""
    lease = run(lambda client: client.request_lease(board, reason=reason, duration_s=duration_s, wait_s=wait_s))
    if as_json:
        print_json(to_dict(lease))
    else:
        typer.echo(lease.name.removeprefix("leases/"))
        say(f"{lease.board} is yours until {lease.expire_time.ToDatetime():%H:%M:%S} UTC; for the next commands:")
        say(f"  export {VARIABLE}={lease.name.removeprefix('leases/')}")


@lease_app.command("release")
def release(name: str = typer.Argument(..., metavar="LEASE", show_default=False)) -> None:
    """Give a board back."""
    from vmrig.v1 import leases_pb2

    from vmrig_client.aio import AsyncClient
    from vmrig_client.errors import ApiError

    async def work(client: AsyncClient) -> leases_pb2.Lease:
        for lease in await client.leases():
            if name in (lease.name, lease.name.removeprefix("leases/")):
                return await client.release_lease(lease)
        raise ApiError("LEASE_ENDED", f"No lease {name} holds.", (), "vmrig lease list")

    run(work)
    say("released")


@lease_app.command("list")
def list_leases(
    ended: bool = typer.Option(False, "--ended", help="Also those that have ended."), as_json: bool = JSON_OPTION
) -> None:
    """List leases."""
    found = run(lambda client: client.leases(ended))
    if as_json:
        print_json([to_dict(lease) for lease in found])
        return
    rows = (
        (
            lease.name.removeprefix("leases/"),
            lease.board.removeprefix("boards/"),
            lease.holder,
            f"{lease.expire_time.ToDatetime():%Y-%m-%d %H:%M:%S}",
            lease.end_reason or "holds",
            lease.reason or "-",
        )
        for lease in found
    )
    table(("LEASE", "BOARD", "HOLDER", "UNTIL (UTC)", "STATE", "REASON"), rows)
