# SPDX-License-Identifier: Apache-2.0
"""`vmrig compile` and `vmrig disasm`: containers of programs, and what is in them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.keys import SIGN_OPTION, private_key
from vmrig_client.cli.output import JSON_OPTION, print_json, run, say
from vmrig_client.keys import sign as signed
from vmrig_client.project import Project, ProjectError, beside, is_project, load

if TYPE_CHECKING:
    from vmrig.v1 import programs_pb2

    from vmrig_client.aio import AsyncClient
    from vmrig_client.errors import ApiError

CONTAINER_MAGIC = b"VBC"
PLACE = re.compile(r'  File "(.+)", line (\d+), in ')
DEBUG_SUFFIX = ".debug.vbc"
BUILD_ID = slice(16, 20)  # of a container's header (vmimages/core/container.h)
PROGRAM_ARGUMENT = typer.Argument(
    ..., metavar="PROGRAM", help="Python source, a folder, a vmrig.toml, or a .vbc container.", show_default=False
)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("compile")(compile_program)
    app.command("disasm")(disasm)


def read_program(path: Path) -> str | bytes | Project:
    """Source, the files of a program (a file's own and those that it imports), or a container. Raises typer.BadParameter."""
    try:
        if is_project(path):
            return load(path)
        if not path.is_file():
            raise typer.BadParameter(f"{path} is not a file")
        data = path.read_bytes()
        if data.startswith(CONTAINER_MAGIC):
            return data
        return beside(path) or data.decode("utf-8")
    except ProjectError as error:
        raise typer.BadParameter(str(error)) from None
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{path} is neither UTF-8 source nor a container: {error}") from None


async def compiled(
    client: AsyncClient, program: str | bytes | Project, path: Path, board: str = "", target: str = ""
) -> str | bytes:
    """What can be run: the files of a program as a container, anything else as it is. The compiler's warnings are told."""
    if not isinstance(program, Project):
        return program
    answer = await client.compile(program, path.name, board=board, target=target)
    for warning in answer.warnings:
        say(warning)
    return answer.image


def with_sources(traceback: str, program: str | bytes | Project) -> str:
    """A traceback with the lines of the program's files below their places, where the service could not know them."""
    if not isinstance(program, Project):
        return traceback
    out: list[str] = []
    lines = traceback.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        out.append(line)
        place = PLACE.match(line)
        data = program.files.get(place[1]) if place is not None else None
        if place is None or data is None or following.startswith("    "):
            continue
        text = data.decode("utf-8", "replace").splitlines()
        number = int(place[2])
        if 0 < number <= len(text) and text[number - 1].strip():
            out.append("    " + text[number - 1].strip())
    return "\n".join(out) + ("\n" if traceback.endswith("\n") else "")


def told_with_sources(error: ApiError, program: str | bytes | Project) -> ApiError:
    """An error of the service whose evidence may hold a traceback."""
    from vmrig_client.errors import ApiError

    evidence = with_sources("\n".join(error.evidence), program).splitlines()
    return ApiError(error.code, error.message, evidence, error.next_command, error.error_class)


def debug_file_of(container: Path) -> bytes:
    """The debug file beside a stripped container, empty when there is none of the same build."""
    path = container.with_name(container.stem + DEBUG_SUFFIX)
    if not path.is_file():
        return b""
    data = path.read_bytes()
    return data if data[BUILD_ID] == container.read_bytes()[BUILD_ID] else b""


def compile_program(
    program: Path = PROGRAM_ARGUMENT,
    output: Path = typer.Option(
        None, "--output", "-o", metavar="FILE", help="Default: PROGRAM's name with .vbc.", show_default=False
    ),
    strip: bool = typer.Option(
        False, "--strip", help=f"Without names and lines; those go into a NAME{DEBUG_SUFFIX} beside it."
    ),
    sign: Path = SIGN_OPTION,
    vm: str = typer.Option("", "--vm", metavar="BOARD", help="For the VM of this board only."),
    profile: str = typer.Option(
        "", "--profile", metavar="nano|core|full", help="Refuse what VMs of this profile do not have."
    ),
    for_target: str = typer.Option(
        "", "--target", metavar="TARGET", help="Refuse what this target's VM does not have."
    ),
    listing: bool = typer.Option(False, "--listing", help="Print the listing, too."),
    as_json: bool = JSON_OPTION,
) -> None:
    """Compile a program into a .vbc container."""
    if bool(vm) + bool(profile) + bool(for_target) > 1:
        raise typer.BadParameter("--vm, --profile and --target exclude each other")
    source = read_program(program)
    target = output or default_output(program, source)

    async def work(client: AsyncClient) -> programs_pb2.CompileProgramResponse:
        vmuid = b""
        if vm:
            board = await client.board(vm)
            if not board.vmuid:
                raise typer.BadParameter(f"{vm} has no VM yet: vmrig virtualize {vm}")
            vmuid = bytes.fromhex(board.vmuid)
        room = sign is not None
        where = {"profile": profile, "target": for_target, "board": vm}
        return await client.compile(source, program.name, strip=strip, vmuid=vmuid, signature_room=room, **where)

    key = private_key(sign)
    answer = run(work, boards=bool(vm or for_target))
    image = answer.image
    if key is not None:
        image = signed(image, key)
    for warning in answer.warnings:
        say(warning)
    target.write_bytes(image)
    debug = target.with_name(target.stem + DEBUG_SUFFIX) if answer.debug_image else None
    if debug is not None:
        debug.write_bytes(answer.debug_image)
    if listing:
        sys.stdout.write(answer.listing)
    if as_json:
        told = {"file": str(target), "bytes": len(image), "build_id": f"{answer.build_id:08x}"}
        print_json(told | ({"debug_file": str(debug)} if debug is not None else {}))
    else:
        say(
            f"{target}: {len(image)} bytes, build {answer.build_id:08x}"
            + (f"; names and lines: {debug}" if debug else "")
        )


def default_output(program: Path, source: str | bytes | Project) -> Path:
    """Where a container goes when the user did not say."""
    if is_project(program) and isinstance(source, Project):
        return Path(f"{source.name}.vbc")
    return program.with_suffix(".vbc") if program.suffix != ".vbc" else program.with_name(f"{program.stem}.out.vbc")


def disasm(
    program: Path = PROGRAM_ARGUMENT,
    debug_file: Path = typer.Option(
        None, "--debug-file", metavar="FILE", help="The whole container of a stripped one.", show_default=False
    ),
) -> None:
    """Print a readable listing: functions, instructions, handlers, with the names that the container has."""
    source = read_program(program)
    if isinstance(source, bytes):
        source = debug_file.read_bytes() if debug_file is not None else debug_file_of(program) or source
    sys.stdout.write(run(lambda client: client.compile(source, program.name), boards=False).listing)
