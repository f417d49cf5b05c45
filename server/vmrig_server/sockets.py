# SPDX-License-Identifier: Apache-2.0
"""Unix sockets at paths of any length: the kernel takes 107 bytes, and a user's folders (or a test's) can be longer."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATH_MAX = 100


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for the path that fits an address while the context lasts."""
    if len(os.fsencode(path)) <= _PATH_MAX:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path) -> socket.socket:
    """A listening socket, mode 0600, in place of whatever was left at the path."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as name:
            sock.bind(name)
        path.chmod(0o600)
        sock.listen(64)
    except OSError:
        sock.close()
        raise
    return sock


def connect(path: Path) -> socket.socket:
    """A connected socket. Raises OSError."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as name:
            sock.connect(name)
    except OSError:
        sock.close()
        raise
    return sock
