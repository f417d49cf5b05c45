# SPDX-License-Identifier: Apache-2.0
"""Where things are on this host. Everything hangs under one folder, so that a test or a second service has its own by one variable."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home_dir() -> Path:
    """The folder of this service: ``$VMRIG_HOME``, else the user's data folder. Not created here."""
    chosen = os.environ.get("VMRIG_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("vmrig"))


def run_dir() -> Path:
    """Sockets and other things that live as long as a process (``<home>/run``)."""
    return home_dir() / "run"


def cache_dir() -> Path:
    """What can be made again at any time: ``$VMRIG_HOME/cache``, else the user's cache folder. Not created here."""
    chosen = os.environ.get("VMRIG_HOME")
    return Path(chosen) / "cache" if chosen else Path(platformdirs.user_cache_dir("vmrig"))


def usb_dir() -> Path:
    """The emulated USB bus: one file per plugged-in device, locked by the process that holds it."""
    return run_dir() / "usb"


def socket_path() -> Path:
    """The service's unix socket."""
    return run_dir() / "vmrig.sock"


def custom_dir() -> Path:
    """The user's custom VMs, a folder each (``<home>/cvm/<short_name>``). Not created here."""
    return home_dir() / "cvm"


def data_root(kind: str) -> Path:
    """A folder of data that ships with vmrig: ``boards`` or ``vmimages/images``.

    In a checkout it is the checkout's own folder, so that an edit is seen at once; in an installed wheel it is in ``vmrig_data``, beside this package.
    ``$VMRIG_BOARDS`` is another folder of boards instead.
    """
    if kind == "boards" and (chosen := os.environ.get("VMRIG_BOARDS")):
        return Path(chosen)
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        return checkout / kind
    return Path(__file__).resolve().parents[1] / "vmrig_data" / kind
