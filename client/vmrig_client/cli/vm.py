# SPDX-License-Identifier: Apache-2.0
"""`vmrig vm ...` and `vmrig virtualize`: VM images. The argument order is that of ZTC."""

from __future__ import annotations

from pathlib import Path

import typer

from vmrig_client.cli.flash import VERBOSE_OPTION, WAIT_OPTION, job_on
from vmrig_client.cli.keys import KEY_OPTION, public_key
from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, Progress, print_json, run, say, table, to_dict

vm_app = typer.Typer(help="VM images made for registered boards.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.add_typer(vm_app, name="vm")
    app.command("virtualize")(virtualize)


@vm_app.command("create")
def create(
    board: str = BOARD_ARGUMENT,
    version: str = typer.Argument("", metavar="[VERSION]", help="Default: the newest.", show_default=False),
    rtos: str = typer.Argument("", metavar="[RTOS]", help="Default: bare.", show_default=False),
    patch: str = typer.Argument("", metavar="[PATCH]", help="Default: base.", show_default=False),
    features: list[str] = typer.Option([], "--feat", help="A feature of the VM; may be repeated.", show_default=False),
    key: Path = KEY_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a VM image for a registered board; prints its vmuid."""
    signing_key = public_key(key)
    vm = run(lambda client: client.create_vm(board, version, rtos, patch, features, signing_key=signing_key))
    if as_json:
        print_json(to_dict(vm))
    else:
        typer.echo(vm.name.removeprefix("vms/"))
        say(f"VM {vm.version} for {vm.target}, {vm.size_bytes} bytes, bound to chip {vm.chip_uid}")
        if signing_key:
            say("the board will only take programs signed with this key: vmrig run BOARD PROGRAM --sign KEY.pem")


@vm_app.command("list")
def list_vms(
    board: str = typer.Argument("", metavar="[BOARD]", help="Only those of this board.", show_default=False),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the VM images that were made."""
    found = run(lambda client: client.vms(board))
    if as_json:
        print_json([to_dict(vm) for vm in found])
        return
    rows = (
        (
            vm.name.removeprefix("vms/"),
            vm.board.removeprefix("boards/"),
            vm.target,
            vm.version,
            vm.rtos,
            vm.patch,
            ",".join(vm.features) or "-",
        )
        for vm in found
    )
    table(("VMUID", "BOARD", "TARGET", "VERSION", "RTOS", "PATCH", "FEATURES"), rows)


@vm_app.command("available")
def available(
    target: str = typer.Argument(..., metavar="TARGET", show_default=False), as_json: bool = JSON_OPTION
) -> None:
    """List the VMs that can be made for a target."""
    offers = run(lambda client: client.available_vms(target))
    if as_json:
        print_json([to_dict(offer) for offer in offers])
        return
    rows = (
        (offer.target, offer.version, offer.rtos, offer.patch, ",".join(offer.features) or "-", offer.licence)
        for offer in offers
    )
    table(("TARGET", "VERSION", "RTOS", "PATCH", "FEATURES", "LICENCE"), rows)


def virtualize(
    board: str = BOARD_ARGUMENT,
    vmuid: str = typer.Argument(..., metavar="VMUID", help="Or a prefix that only one VM has.", show_default=False),
    wait_s: float = WAIT_OPTION,
    verbose: bool = VERBOSE_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Put a VM onto its board, verify it, and let it answer."""
    job = job_on(
        board,
        "virtualize",
        wait_s,
        lambda client, lease: client.virtualize(lease, vmuid, on_event=Progress(verbose)),
    )
    if as_json:
        print_json(to_dict(job.virtualize))
    else:
        size = job.virtualize.flash.bytes_verified
        say(f"virtualized: {size} bytes verified, the VM answers as {job.virtualize.vmuid_reported}")
