# SPDX-License-Identifier: Apache-2.0
"""The service's settings: defaults, and what ``<home>/config.toml`` says.

[service]
listen = "127.0.0.1:7420"       # TCP beside the unix socket; port 0: any. Off by default.
tls_cert = "server.pem"         # needed for any address but loopback, with tls_key and tls_client_ca
tls_key = "server.key"
tls_client_ca = "clients.pem"   # who may connect: certificates signed by it
database = "postgresql+asyncpg://…"   # default: SQLite in the service's folder
system_usb = true               # look at the host's USB bus

[boards."0123456789abcdef"]     # by board id
target = "microbit_v2"          # where the probe does not tell
labels = { room = "lab" }
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vmrig_server.errors import VmrigError

CONFIG_NAME = "config.toml"
_SERVICE_KEYS: Mapping[str, type] = {
    "listen": str,
    "tls_cert": str,
    "tls_key": str,
    "tls_client_ca": str,
    "database": str,
    "system_usb": bool,
}
_BOARD_KEYS: Mapping[str, type] = {"target": str, "labels": dict}


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    cert: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one service.

    Args:
        home: its folder; everything hangs under it.
        listen: "host:port" of a TCP listener beside the unix socket, or empty.
        tls: of that listener.
        database: SQLAlchemy URL; empty for SQLite in the folder.
        system_usb: look at the host's USB bus, too.
        boards: by board id: ``target``, ``labels``.
    """

    home: Path
    listen: str = ""
    tls: Tls | None = None
    database: str = ""
    system_usb: bool = True
    boards: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def run_dir(self) -> Path:
        """What lives as long as the service."""
        return self.home / "run"

    @property
    def socket(self) -> Path:
        """The unix socket."""
        return self.run_dir / "vmrig.sock"


def split_address(listen: str) -> tuple[str, int]:
    """ "127.0.0.1:7420" or "[::1]:7420" in parts.

    Raises:
        VmrigError: ``CONFIG_INVALID``.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise VmrigError("CONFIG_INVALID", f"{listen!r} is no address: it is HOST:PORT.")
    return host.strip("[]"), int(port)


def check_listener(config: Config) -> None:
    """Refuses a listener that lets strangers in.

    Raises:
        VmrigError: ``CONFIG_INVALID``, ``TLS_REQUIRED``.
    """
    if not config.listen:
        return
    host, _ = split_address(config.listen)
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        return
    if config.tls is None or config.tls.client_ca is None:
        missing = "tls_cert and tls_key" if config.tls is None else "tls_client_ca"
        raise VmrigError(
            "TLS_REQUIRED",
            f"Listening at {config.listen} lets other hosts in: that needs TLS and client certificates.",
            evidence=[f"{CONFIG_NAME}: [service] lacks {missing}"],
        )


def load_config(home: Path) -> Config:
    """Defaults, and what the folder's file says.

    Raises:
        VmrigError: ``CONFIG_INVALID`` with line and column, or with the key that is wrong.
    """
    path = home / CONFIG_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config(home)
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it cannot be read: {error}") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise VmrigError("CONFIG_INVALID", f"{CONFIG_NAME} is no TOML: {error}.", evidence=[str(path)]) from None
    service = _checked(data.pop("service", {}), _SERVICE_KEYS, "[service]", path)
    tables = data.pop("boards", {})
    if not isinstance(tables, dict):
        raise _wrong(path, "[boards] is a table of tables")
    boards = {name: _checked(table, _BOARD_KEYS, f'[boards."{name}"]', path) for name, table in tables.items()}
    if data:
        raise _wrong(path, f"[{next(iter(data))}] is not known: there are [service] and [boards]")
    cert, key = service.pop("tls_cert", ""), service.pop("tls_key", "")
    client_ca = service.pop("tls_client_ca", "")
    if bool(cert) != bool(key):
        raise _wrong(path, "[service] tls_cert and tls_key go together")
    tls = Tls(home / cert, home / key, home / client_ca if client_ca else None) if cert else None
    config = replace(Config(home, tls=tls, boards=boards), **service)
    check_listener(config)
    return config


def _checked(values: Any, keys: Mapping[str, type], where: str, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise _wrong(path, f"{where} is a table")
    for name, value in values.items():
        if name not in keys:
            raise _wrong(path, f"{where} has no key {name!r}: it has {', '.join(keys)}")
        if type(value) is not keys[name]:
            raise _wrong(path, f"{where} {name} is a {keys[name].__name__}, not {value!r}")
    return dict(values)


def _wrong(path: Path, sentence: str) -> VmrigError:
    return VmrigError("CONFIG_INVALID", f"{CONFIG_NAME}: {sentence}.", evidence=[str(path)])
