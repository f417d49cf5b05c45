# SPDX-License-Identifier: Apache-2.0
"""Where the service of this user answers."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from vmrig_client.errors import BENCH, ApiError

MAX_SOCKET_PATH = 107
"""sun_path has 108 bytes with its end (unix(7))."""


def home_dir() -> Path:
    """The service's folder: ``$VMRIG_HOME``, else the user's data folder."""
    chosen = os.environ.get("VMRIG_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("vmrig"))


def default_address() -> str:
    """gRPC target of the service: ``$VMRIG_ADDRESS`` ("unix:/path" or "host:port"), else the unix socket in the service's folder."""
    chosen = os.environ.get("VMRIG_ADDRESS")
    return chosen or f"unix:{home_dir() / 'run' / 'vmrig.sock'}"


def check_address(address: str) -> None:
    """Refuses what no service can listen at, before gRPC does in its own words.

    Raises:
        ApiError: ``NO_SERVICE``.
    """
    if address.startswith("unix:") and len(os.fsencode(address.removeprefix("unix:"))) > MAX_SOCKET_PATH:
        raise ApiError(
            "NO_SERVICE",
            f"No vmrig service can answer at {address}.",
            (f"its path has more than {MAX_SOCKET_PATH} bytes: choose a shorter folder",),
            "VMRIG_HOME=/short/path vmrig up",
            BENCH,
        )
