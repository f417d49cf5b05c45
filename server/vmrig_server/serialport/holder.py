# SPDX-License-Identifier: Apache-2.0
"""Who has a serial port open."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from vmrig_server.emulator.sockets import connect
from vmrig_server.serialport import wire
from vmrig_server.serialport.wire import SCHEME, Kind

_ANSWER_S = 2.0


def port_holder(path: str) -> int | None:
    """Process id of a program, other than this one, that has a port open; None: nobody, or a process that this user may not look into.

    Args:
        path: of the device, or the URL of a port that has a socket for a door (``vmrig://...``).
    """
    if path.startswith(SCHEME):
        return _socket_holder(path[len(SCHEME) :])
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


def _socket_holder(path: str) -> int | None:
    """Asks the door."""
    with contextlib.suppress(OSError, wire.WireError), connect(Path(path)) as sock:
        sock.settimeout(_ANSWER_S)
        sock.sendall(wire.pack(Kind.WHO))
        unpacker = wire.Unpacker()
        while data := sock.recv(4096):
            for kind, body in unpacker.feed(data):
                if kind is Kind.BUSY:
                    return int(wire.NUMBER.unpack(body)[0]) or None
                return None
    return None
