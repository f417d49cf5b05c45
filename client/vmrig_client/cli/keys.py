# SPDX-License-Identifier: Apache-2.0
"""`vmrig key ...`: keys that programs are signed with, and the options that take them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vmrig_client.cli.output import say
from vmrig_client.keys import KeyFileError, load_private, load_public, new_pair

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGN_OPTION = typer.Option(
    None, "--sign", metavar="KEY.pem", help="Sign with this Ed25519 private key.", show_default=False
)
KEY_OPTION = typer.Option(
    None,
    "--key",
    metavar="KEY.pub",
    help="The board takes only programs signed with the private key of this public one.",
    show_default=False,
)
key_app = typer.Typer(help="Keys that programs are signed with.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds this room's commands."""
    app.add_typer(key_app, name="key")


@key_app.command("new")
def new(
    name: Path = typer.Argument(
        ..., metavar="NAME", help="NAME.pem gets the private key, NAME.pub the public one.", show_default=False
    ),
) -> None:
    """Make a pair of Ed25519 keys. Neither file may exist; the private key stays on this machine."""
    private = name if name.suffix == ".pem" else name.with_name(name.name + ".pem")
    try:
        public = new_pair(private)
    except OSError as error:
        raise typer.BadParameter(f"{error.filename}: {error.strerror}") from None
    say(f"{private}: private, for vmrig compile --sign; keep it to yourself and keep a copy")
    say(f"{public}: public, for vmrig vm create BOARD --key {public}")


@key_app.command("show")
def show(
    key: Path = typer.Argument(..., metavar="KEY", help="A public or private key file.", show_default=False),
) -> None:
    """Print the public key as 64 hex digits, as port.bin holds it."""
    typer.echo(public_key(key).hex())


def private_key(path: Path | None) -> Ed25519PrivateKey | None:
    """Of an option; raises typer.BadParameter."""
    if path is None:
        return None
    try:
        return load_private(path)
    except KeyFileError as error:
        raise typer.BadParameter(str(error)) from None


def public_key(path: Path | None) -> bytes:
    """Of an option, empty without one; raises typer.BadParameter."""
    if path is None:
        return b""
    try:
        return load_public(path)
    except KeyFileError as error:
        raise typer.BadParameter(str(error)) from None
