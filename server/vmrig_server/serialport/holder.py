# SPDX-License-Identifier: Apache-2.0
"""Who has a serial port open."""

from __future__ import annotations

import os
from pathlib import Path


def port_holder(path: str) -> int | None:
    """Process id of a program, other than this one, that has the port at `path` open; None: nobody, or a process that this user may not look into."""
    try:
        wanted = Path(path).stat().st_rdev
    except OSError:
        return None
    if not wanted:
        return None
    own = os.getpid()
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == own:
            continue
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                if descriptor.stat().st_rdev == wanted:
                    return int(process.name)
            except OSError:
                continue
    return None
