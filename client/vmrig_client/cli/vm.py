# SPDX-License-Identifier: Apache-2.0
"""`vmrig vm ...` and `vmrig virtualize`: VM images. The argument order is that of ZTC."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from vmrig_client.cli import vm_custom
from vmrig_client.cli.flash import VERBOSE_OPTION, WAIT_OPTION, job_on
from vmrig_client.cli.keys import KEY_OPTION, public_key
from vmrig_client.cli.output import BOARD_ARGUMENT, JSON_OPTION, Progress, Steps, print_json, run, say, table, to_dict

vm_app = typer.Typer(help="VM images made for registered boards.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    vm_custom.add_to(vm_app)
    app.add_typer(vm_app, name="vm")
    app.command("virtualize")(virtualize)


PAGE = 50
"""VMs that `vm list` shows at once."""


@vm_app.command("create")
def create(
    board: str = BOARD_ARGUMENT,
    version: str = typer.Argument("", metavar="[VERSION]", help="Default: the newest.", show_default=False),
    rtos: str = typer.Argument(
        "", metavar="[RTOS]", help="bare or vrt; default: that of the target's usual VM.", show_default=False
    ),
    patch: str = typer.Argument("", metavar="[PATCH]", help="Default: base.", show_default=False),
    features: list[str] = typer.Option(
        [],
        "--feat",
        help="A feature to add to the usual ones; no-NAME leaves one out; none or all to begin with instead. May be repeated.",
        show_default=False,
    ),
    key: Path = KEY_OPTION,
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a VM image for a registered board; prints its vmuid. What does not ship is built (pip install 'vmrig[images]'), once."""
    signing_key = public_key(key)
    shown = Steps("build")
    try:
        vm = run(
            lambda client: client.create_vm(
                board, version, rtos, patch, features, signing_key=signing_key, on_build=shown
            )
        )
    finally:
        shown.end()
    if as_json:
        print_json(to_dict(vm))
    else:
        typer.echo(vm.name.removeprefix("vms/"))
        say(f"VM {vm.version} {vm.rtos} for {vm.target}, {vm.size_bytes} bytes, bound to chip {vm.chip_uid}")
        if signing_key:
            say("the board will only take programs signed with this key: vmrig run BOARD PROGRAM --sign KEY.pem")


@vm_app.command("list")
def list_vms(
    board: str = typer.Argument("", metavar="[BOARD]", help="Only those of this board.", show_default=False),
    start: int = typer.Option(0, "--from", metavar="N", min=0, help="Leave out the first N."),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the VM images that were made, 50 at a time."""
    found = run(lambda client: client.vms(board, start, PAGE + 1))
    more, found = len(found) > PAGE, found[:PAGE]
    if as_json:
        print_json([to_dict(vm) for vm in found])
    else:
        rows = (
            (
                str(number),
                vm.name.removeprefix("vms/"),
                vm.board.removeprefix("boards/"),
                vm.target,
                vm.version,
                vm.rtos,
                vm.patch,
                ",".join(vm.features) or "-",
            )
            for number, vm in enumerate(found, start)
        )
        table(("NUMBER", "VMUID", "BOARD", "TARGET", "VERSION", "RTOS", "PATCH", "FEATURES"), rows)
    if more:
        say(f"there are more: vmrig vm list {board + ' ' if board else ''}--from {start + PAGE}")


@vm_app.command("available")
def available(
    target: str = typer.Argument(..., metavar="TARGET", show_default=False),
    features: bool = typer.Option(False, "--features", help="Show what a VM can be built with or without."),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the VMs that ship for a target; others are built of the same sources when they are asked for."""
    answer = run(lambda client: client.vm_offers(target))
    if as_json:
        print_json([to_dict(each) for each in (answer.features if features else answer.offers)])
        return
    if features:
        described = (
            (feature.name, feature.alias or "-", ",".join(feature.needs) or "-", feature.summary)
            for feature in answer.features
        )
        table(("FEATURE", "ALIAS", "NEEDS", "WHAT IT IS"), described)
        return
    rows = (
        (
            offer.title + (" (usual)" if offer.usual else ""),
            offer.target,
            offer.version,
            offer.rtos,
            offer.patch,
            offer.licence,
            str(offer.size_bytes),
            ",".join(offer.features) or "-",
        )
        for offer in answer.offers
    )
    table(("TITLE", "TARGET", "VERSION", "RTOS", "PATCH", "LICENCE", "BYTES", "FEATURES"), rows)


@vm_app.command("bin")
def export_vm(
    vmuid: str = typer.Argument(..., metavar="UID", help="Or a prefix that only one VM has.", show_default=False),
    path: Path = typer.Option(None, "--path", metavar="FOLDER", help="Default: vm_<target>.", show_default=False),
) -> None:
    """Write a VM as files for other tools (bin, hex, uf2), with a manifest that holds every address."""
    _write(run(lambda client: client.vm_files(vmuid)), path)


@vm_app.command("reg")
def export_register(
    target: str = typer.Argument(..., metavar="TARGET", show_default=False),
    path: Path = typer.Option(None, "--path", metavar="FOLDER", help="Default: reg_<target>.", show_default=False),
) -> None:
    """Write a target's register.vm as files for other tools (bin, hex, uf2), with a manifest that holds every address."""
    _write(run(lambda client: client.register_files(target)), path)


def _write(files: Mapping[str, bytes], path: Path | None) -> None:
    folder = path or Path(next(iter(files)).partition(".")[0].partition("_part_")[0])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            # The service names the files; a name that leads out of the folder is not one that it gives.
            (folder / Path(name).name).write_bytes(data)
            typer.echo(str(folder / Path(name).name))
    except OSError as error:
        raise typer.BadParameter(f"{folder}: {error.strerror}") from None


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
