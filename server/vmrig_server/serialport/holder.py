# SPDX-License-Identifier: Apache-2.0
"""Who has a serial port open."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from vmrig_server.serialport import wire
from vmrig_server.serialport.wire import SCHEME, Kind
from vmrig_server.sockets import connect

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
    return _owner(lambda descriptor, pid: pid != own and descriptor.stat().st_rdev == wanted)


def tcp_holder(local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """Process id of a program on this host that has the other end of a TCP connection.

    Args:
        local, remote: addresses (IPv4) of this end and of the other.
    """
    wanted = f"{_hex(remote)} {_hex(local)}"  # as that program sees it
    try:
        table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    except OSError:
        return None
    name = next((f"socket:[{fields[9]}]" for fields in table if " ".join(fields[1:3]) == wanted), None)
    return None if name is None else _owner(lambda descriptor, pid: str(descriptor.readlink()) == name)


def _hex(address: tuple[str, int]) -> str:
    """As in /proc/net/tcp: the address as a number of this host's byte order."""
    number = int.from_bytes(socket.inet_aton(address[0]), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"


def _owner(wanted: Callable[[Path, int], bool]) -> int | None:
    """The first process with such an open file, among those that this user may look into."""
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            with contextlib.suppress(OSError):  # closed meanwhile
                if wanted(descriptor, int(process.name)):
                    return int(process.name)
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
