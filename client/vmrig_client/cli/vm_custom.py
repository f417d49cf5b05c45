# SPDX-License-Identifier: Apache-2.0
"""`vmrig vm custom ...`: a user's own boards. The commands and their arguments are those of ZTC."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.output import EXIT_USAGE, JSON_OPTION, enum_word, print_json, run, say, table, to_dict

if TYPE_CHECKING:
    from vmrig.v1 import boards_pb2, custom_vms_pb2

    from vmrig_client.aio import AsyncClient

custom_app = typer.Typer(help="Your own boards, derived from a customizable target.", no_args_is_help=True)
NAME_ARGUMENT = typer.Argument(..., metavar="SHORT_NAME", show_default=False)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.add_typer(custom_app, name="custom")


@custom_app.command("original")
def original(as_json: bool = JSON_OPTION) -> None:
    """List the targets that a custom VM can be derived from."""
    found = run(lambda client: client.custom_vms.originals())
    if as_json:
        print_json([to_dict(each) for each in found])
        return
    rows = ((each.target, each.chip, "yes" if each.vm else "no", each.title) for each in found)
    table(("TARGET", "CHIP", "VM", "TITLE"), rows)


@custom_app.command("create")
def create(
    target: str = typer.Argument(..., metavar="TARGET", help="One of: vmrig vm custom original.", show_default=False),
    name: str = NAME_ARGUMENT,
    title: str = typer.Option("", "--name", help="What people call the board."),
    as_json: bool = JSON_OPTION,
) -> None:
    """Make a custom VM; prints the path of its template, which is yours to edit."""
    made = run(lambda client: client.custom_vms.create(target, name, title))
    if as_json:
        print_json(to_dict(made))
        return
    typer.echo(made.template_path)
    say(f"edit it ($EDITOR {made.template_path}), then: vmrig vm custom compile {made.short_name}")


@custom_app.command("compile")
def compile_template(
    name: str = NAME_ARGUMENT,
    form: str = typer.Option("v2", "--format", metavar="v1|v2", help="v1: the old layout of port.bin, for old tools."),
    output: Path | None = typer.Option(None, "--output", "-o", help="Write port.bin there, too.", show_default=False),
    as_json: bool = JSON_OPTION,
) -> None:
    """Make port.bin of the template. Boards of it need to be virtualized again when it changed."""
    if form not in ("v1", "v2"):
        raise typer.BadParameter(f"{form!r} is neither v1 nor v2")

    async def work(client: AsyncClient) -> tuple[custom_vms_pb2.CompileCustomVmResponse, list[boards_pb2.Board]]:
        done = await client.custom_vms.compile(name, form)
        return done, await client.boards(f"target:{name}") if done.custom_vm.stale_boards else []

    made, boards = run(work)
    if output is not None:
        output.write_bytes(made.port)
    if as_json:
        print_json(to_dict(made))
        return
    typer.echo(made.port_path)
    say(f"port.bin {form}: {len(made.port)} bytes")
    for note in made.notes:
        say(f"note: {note}")
    for board in boards:
        if board.stale:
            say(f"stale: {_called(board)} has another port.bin; then: vmrig virtualize {_called(board)} {board.vmuid}")


@custom_app.command("check")
def check(name: str = NAME_ARGUMENT, as_json: bool = JSON_OPTION) -> None:
    """Tell what is wrong with the template; exit code 1 when it does not compile."""
    found = run(lambda client: client.custom_vms.check(name))
    wrong = [mistake for mistake in found.mistakes if not mistake.warning]
    if as_json:
        print_json(to_dict(found))
    else:
        for mistake in found.mistakes:
            kind = "warning" if mistake.warning else "error"
            allowed = f" (allowed: {mistake.allowed})" if mistake.allowed else ""
            typer.echo(f"{mistake.line}:{mistake.column}: {kind}: {mistake.message}{allowed} [{mistake.code}]")
        for note in found.notes:
            say(f"note: {note}")
        if not found.mistakes:
            say("nothing is wrong with it")
    if wrong:
        raise typer.Exit(1)


@custom_app.command("list")
def list_custom(as_json: bool = JSON_OPTION) -> None:
    """List the custom VMs, their states and their boards."""
    found = run(lambda client: client.custom_vms.list())
    if as_json:
        print_json([_json(custom) for custom in found])
    elif not found:
        say("No custom VMs. Make one: vmrig vm custom original, then vmrig vm custom create TARGET SHORT_NAME")
    else:
        rows = (
            (
                custom.short_name,
                custom.original_target or "?",
                custom.chip or "?",
                _state(custom),
                ",".join(custom.usb_ids) or "-",
                _count(len(custom.boards), len(custom.stale_boards)),
                custom.title,
            )
            for custom in found
        )
        table(("SHORT NAME", "ORIGINAL", "CHIP", "STATE", "USB", "BOARDS", "TITLE"), rows)


@custom_app.command("show")
def show(name: str = NAME_ARGUMENT, as_json: bool = JSON_OPTION) -> None:
    """Show a custom VM: its folder, its state, its boards."""

    async def work(client: AsyncClient) -> tuple[custom_vms_pb2.CustomVm, list[boards_pb2.Board]]:
        found = await client.custom_vms.get(name)
        return found, await client.boards(f"target:{found.short_name}") if found.boards else []

    custom, boards = run(work)
    if as_json:
        print_json(_json(custom))
        return
    lines = (
        ("short name", custom.short_name),
        ("name", custom.title),
        ("original", f"{custom.original_target or '?'} ({custom.chip or '?'})"),
        ("state", _state(custom)),
        ("USB", ", ".join(custom.usb_ids) or "none of its own"),
        ("template", custom.template_path),
        ("folder", custom.folder),
        ("port.bin", f"{custom.port_size_bytes} bytes, {custom.port_sha256}" if custom.port_sha256 else "none yet"),
        ("boards", ", ".join(map(_called, boards)) or "none"),
        ("stale", ", ".join(_called(board) for board in boards if board.stale) or "none"),
    )
    for key, value in lines:
        typer.echo(f"{key + ':':12}{value}")
    if custom.problem:
        say(f"note: {custom.problem}")


@custom_app.command("template")
def template(
    name: str = NAME_ARGUMENT,
    put: str = typer.Option("", "--put", metavar="FILE", help="Replace the template with this file; -: the input."),
) -> None:
    """Print the template, or replace it: for a service on another host."""
    if not put:
        typer.echo(run(lambda client: client.custom_vms.template(name)).text, nl=False)
        return
    try:
        text = sys.stdin.read() if put == "-" else Path(put).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        say(f"vmrig: {put}: {error}")
        raise typer.Exit(EXIT_USAGE) from None
    stored = run(lambda client: client.custom_vms.set_template(name, text))
    say(f"{stored.path} is replaced; then: vmrig vm custom compile {name}")


@custom_app.command("pinmap")
def pin_map(name: str = NAME_ARGUMENT) -> None:
    """Print the picture of its pins as SVG: your own from svg/, else drawn."""
    typer.echo(run(lambda client: client.custom_vms.pin_map(name)).svg, nl=False)


@custom_app.command("decompile")
def decompile(
    file: Path = typer.Argument(..., metavar="FILE", help="A port.bin of either format.", show_default=False),
) -> None:
    """Print a template with what a port.bin says."""
    try:
        data = file.read_bytes()
    except OSError as error:
        say(f"vmrig: {file}: {error.strerror}")
        raise typer.Exit(EXIT_USAGE) from None
    found = run(lambda client: client.custom_vms.decompile(data))
    typer.echo(found.text, nl=False)
    say(f"port.bin v{found.format}")


@custom_app.command("remove")
def remove(
    name: str = NAME_ARGUMENT, force: bool = typer.Option(False, "--force", help="Also when boards are of it.")
) -> None:
    """Take a custom VM away, with its template."""
    run(lambda client: client.custom_vms.delete(name, force=force))
    say(f"{name} is removed")


@custom_app.command("export")
def export(
    name: str = NAME_ARGUMENT,
    dest: str = typer.Argument(..., metavar="DEST", help="A folder, a file, or a Git repository.", show_default=False),
) -> None:
    """Write SHORT_NAME.tar.xz, or commit and push its files to a Git repository."""
    from vmrig_client import custom_archives

    archive = run(lambda client: client.custom_vms.export(name))
    if custom_archives.is_git(dest):
        commit = custom_archives.push(archive, dest, f"{name}: exported by vmrig")
        if commit:
            typer.echo(commit)
        else:
            say(f"{dest} has these files already")
        return
    path = Path(dest) / f"{name}.tar.xz" if Path(dest).is_dir() else Path(dest)
    try:
        path.write_bytes(archive)
    except OSError as error:
        say(f"vmrig: {path}: {error.strerror}")
        raise typer.Exit(1) from None
    typer.echo(str(path))
    say(f"{len(archive)} bytes")


@custom_app.command("import")
def import_custom(
    source: str = typer.Argument(..., metavar="SOURCE", help="A file, folder, or Git repository.", show_default=False),
    yes: bool = typer.Option(False, "--yes", "-y", help="Install without asking."),
    force: bool = typer.Option(False, "--force", help="Replace the one of the same short name."),
    as_json: bool = JSON_OPTION,
) -> None:
    """Install a custom VM that somebody exported. Shows what it is first; nothing in it is executed."""
    from vmrig_client import custom_archives

    archive = custom_archives.read_archive(source)
    plan = run(lambda client: client.custom_vms.take_in(archive, force=force, validate_only=True))
    if not as_json:
        _show_plan(plan)
    if not yes:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            say("nothing was installed: without a terminal to ask on, --yes is needed")
            raise typer.Exit(EXIT_USAGE)
        typer.confirm(f"Install {plan.custom_vm.short_name}?", abort=True, err=True)
    done = run(lambda client: client.custom_vms.take_in(archive, force=force))
    if as_json:
        print_json(to_dict(done))
    else:
        typer.echo(done.custom_vm.short_name)
        say(f"installed in {done.custom_vm.folder}")


def _show_plan(plan: custom_vms_pb2.ImportCustomVmResponse) -> None:
    custom = plan.custom_vm
    ids = ", ".join(custom.usb_ids) or "no USB ids of its own"
    say(f"{custom.short_name}: {custom.title}, derived from {custom.original_target} ({custom.chip}), {ids}")
    for file in plan.files:
        say(f"  {file.change:10} {file.size_bytes:8} {file.sha256[:12]}  {file.path}")
    if plan.replaces:
        say(f"it replaces the {custom.short_name} that is there, with its template")
    for note in plan.notes:
        say(f"note: {note}")


def _called(board: boards_pb2.Board) -> str:
    """The name that its user knows it by."""
    return board.aliases[0] if board.aliases else board.name.removeprefix("boards/")


def _state(custom: custom_vms_pb2.CustomVm) -> str:
    from vmrig.v1 import custom_vms_pb2

    return enum_word(custom_vms_pb2.CustomVmState.Name(custom.state), "CUSTOM_VM_STATE_")


def _count(boards: int, stale: int) -> str:
    return f"{boards} ({stale} stale)" if stale else str(boards or "-")


def _json(custom: custom_vms_pb2.CustomVm) -> dict[str, object]:
    """With the key that old tools look at."""
    from vmrig.v1 import custom_vms_pb2

    active = custom.state in (custom_vms_pb2.CUSTOM_VM_STATE_COMPILED, custom_vms_pb2.CUSTOM_VM_STATE_CHANGED)
    return {**to_dict(custom), "target": custom.short_name, "active": active}
