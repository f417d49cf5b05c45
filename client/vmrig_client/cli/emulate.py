# SPDX-License-Identifier: Apache-2.0
"""`vmrig emulate` and `vmrig emulator ...`: boards in software."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from vmrig_client.cli import trace
from vmrig_client.cli.output import JSON_OPTION, enum_word, print_json, run, say, table, to_dict

if TYPE_CHECKING:
    from vmrig.v1 import emulator_pb2

    from vmrig_client.aio import AsyncClient

emulator_app = typer.Typer(help="Emulated boards: plug, power, pins.", no_args_is_help=True)
NAME_ARGUMENT = typer.Argument(..., metavar="BOARD", help="USB serial number, or a board selector.", show_default=False)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.command("emulate")(emulate)
    trace.add_to(emulator_app)
    app.add_typer(emulator_app, name="emulator")


def emulate(
    target: str = typer.Argument(..., metavar="TARGET", help="For example microbit_v2.", show_default=False),
    serial: str = typer.Option("", "--serial", help="USB serial number; a fresh one by default."),
    alias: str = typer.Option("", "--alias", help="Give the board this name."),
    pace: str = typer.Option("real", "--pace", help="real: as the clock on the wall; fast: as fast as it can."),
    usb: str = typer.Option("", "--usb", help="Another way to plug it in, where the target has several."),
    as_json: bool = JSON_OPTION,
) -> None:
    """Make an emulated board and plug it in."""

    from vmrig_client.errors import ApiError

    async def work(client: AsyncClient) -> tuple[emulator_pb2.EmulatedBoard, str]:
        made = await client.emulated.create(target, serial=serial, pace=pace, usb=usb)
        if alias:
            try:
                await client.set_alias(await _board_of(client, made), alias)
            except ApiError:
                await client.emulated.delete(made.name)  # a board that was not asked for so
                raise
        chip = next(known.chip for known in await client.targets() if known.target == target)
        return made, chip

    made, chip = run(work)
    if as_json:
        print_json(to_dict(made))
        return
    typer.echo(made.serial)
    say(f"{made.target} is plugged in; serial port {made.serial_port}")
    if made.remote_port:
        say(f"from another environment: pyocd cmd -u remote:127.0.0.1:{made.remote_port} -t {chip}")
    if made.rfc2217_port:
        say(f"with modem lines: vmrig run-with-lines esptool --port {made.serial_port} flash-id")
        say(f"from another environment: esptool --port rfc2217://127.0.0.1:{made.rfc2217_port} flash-id")
    if made.gdb_port:
        say(f"to debug what it runs: gdb-multiarch -ex 'target remote 127.0.0.1:{made.gdb_port}' FILE.elf")


async def _board_of(client: AsyncClient, made: emulator_pb2.EmulatedBoard) -> str:
    from vmrig_client.errors import ApiError

    async for event in client.watch_boards():
        if event.board.usb.serial == made.serial:
            return event.board.name
    raise ApiError("BOARD_NOT_FOUND", f"{made.serial} did not come up on the bus.", (), "vmrig boards")


@emulator_app.command("list")
def list_emulated(as_json: bool = JSON_OPTION) -> None:
    """List the emulated boards, plugged in or not."""
    found = run(lambda client: client.emulated.list())
    if as_json:
        print_json([to_dict(board) for board in found])
        return
    rows = (
        (
            board.serial,
            board.target,
            "plugged" if board.plugged else "unplugged",
            "on" if board.powered else "off",
            board.pace,
            str(board.remote_port or "-"),
            str(board.dap_port or "-"),
            str(board.rfc2217_port or "-"),
            str(board.gdb_port or "-"),
            board.serial_port or "-",
        )
        for board in found
    )
    table(
        (
            "SERIAL",
            "TARGET",
            "USB",
            "POWER",
            "PACE",
            "REMOTE PORT",
            "DAP PORT",
            "RFC2217 PORT",
            "GDB PORT",
            "SERIAL PORT",
        ),
        rows,
    )


@emulator_app.command("plug")
def plug(name: str = NAME_ARGUMENT) -> None:
    """Plug a board in."""
    run(lambda client: client.emulated.plug(name, True))
    say("plugged in")


@emulator_app.command("unplug")
def unplug(name: str = NAME_ARGUMENT) -> None:
    """Pull a board out; its contents stay."""
    run(lambda client: client.emulated.plug(name, False))
    say("unplugged")


@emulator_app.command("power")
def power(name: str = NAME_ARGUMENT, state: str = typer.Argument(..., metavar="on|off", show_default=False)) -> None:
    """Cut or restore the power of a board's chip."""
    if state not in ("on", "off"):
        raise typer.BadParameter(f"{state!r} is neither on nor off")
    run(lambda client: client.emulated.power(name, state == "on"))
    say(f"power {state}")


@emulator_app.command("delete")
def delete(name: str = NAME_ARGUMENT) -> None:
    """Remove a board and what is on it."""
    run(lambda client: client.emulated.delete(name))
    say("deleted")


@emulator_app.command("pin")
def pin(
    name: str = NAME_ARGUMENT,
    pin_name: str = typer.Argument(..., metavar="PIN", help="BUTTON_A, P0.14 ...", show_default=False),
    level: str = typer.Argument(
        "", metavar="[low|high|float]", help="Drive it; otherwise read it.", show_default=False
    ),
    as_json: bool = JSON_OPTION,
) -> None:
    """Read a pin of an emulated board, or drive it from outside."""
    from vmrig.v1 import emulator_pb2

    if level not in ("", "low", "high", "float"):
        raise typer.BadParameter(f"{level!r} is not low, high or float")
    if level:
        state = run(lambda client: client.emulated.drive_pin(name, pin_name, level))
    else:
        state = run(lambda client: client.emulated.pin(name, pin_name))
    if as_json:
        print_json(to_dict(state))
    else:
        typer.echo(enum_word(emulator_pb2.Level.Name(state.level), "LEVEL_"))


@emulator_app.command("edges")
def edges(
    name: str = NAME_ARGUMENT,
    pin_name: str = typer.Argument("", metavar="[PIN]", show_default=False),
    from_sequence: int = typer.Option(0, "--from", metavar="SEQUENCE"),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the changes of level of a pin, in virtual time."""
    from vmrig.v1 import emulator_pb2

    found = run(lambda client: client.emulated.pin_edges(name, pin_name, from_sequence))
    if as_json:
        print_json(to_dict(found))
        return
    rows = (
        (f"{edge.time_ns / 1e9:.6f}", edge.pin, enum_word(emulator_pb2.Level.Name(edge.level), "LEVEL_"))
        for edge in found.edges
    )
    table(("TIME (s)", "PIN", "LEVEL"), rows)


@emulator_app.command("coverage")
def coverage(
    name: str = NAME_ARGUMENT,
    missing: bool = typer.Option(False, "--missing", help="Only what is not modelled."),
    as_json: bool = JSON_OPTION,
) -> None:
    """List the registers that a board's firmware has touched since power on, and what of them is modelled."""
    found = run(lambda client: client.emulated.coverage(name))
    shown = [register for register in found if not (missing and register.modelled)]
    if as_json:
        print_json([to_dict(register) for register in shown])
        return
    rows = (
        (
            register.peripheral or "-",
            register.register,
            f"0x{register.address:08X}",
            str(register.reads),
            str(register.writes),
            f"0x{register.first_pc:08X}",
            "yes" if register.modelled else "no",
        )
        for register in shown
    )
    table(("PERIPHERAL", "REGISTER", "ADDRESS", "READS", "WRITES", "FIRST PC", "MODELLED"), rows)
    known = sum(register.modelled for register in found)
    say(f"{known} of the {len(found)} registers that were touched are modelled")
