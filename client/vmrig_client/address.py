# SPDX-License-Identifier: Apache-2.0
"""Where the service of this user answers."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home_dir() -> Path:
    """The service's folder: ``$VMRIG_HOME``, else the user's data folder."""
    chosen = os.environ.get("VMRIG_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("vmrig"))


def default_address() -> str:
    """gRPC target of the service: ``$VMRIG_ADDRESS`` ("unix:/path" or "host:port"), else the unix socket in the service's folder."""
    chosen = os.environ.get("VMRIG_ADDRESS")
    return chosen or f"unix:{home_dir() / 'run' / 'vmrig.sock'}"
