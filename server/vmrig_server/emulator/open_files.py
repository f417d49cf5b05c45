# SPDX-License-Identifier: Apache-2.0
"""Notices of a file being opened (inotify(7)); the standard library has none."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable

_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class OpenWatch:
    """Calls back when one of the watched files was opened, by anybody.

    Raises:
        OSError: the system has no inotify to give.
    """

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise _error("inotify_init1")
        self._callbacks: dict[int, Callable[[], None]] = {}

    def add(self, path: str, opened: Callable[[], None]) -> int:
        """Watches a file. Returns what `remove` takes."""
        number: int = self._libc.inotify_add_watch(self.fd, os.fsencode(path), _IN_OPEN)
        if number < 0:
            raise _error(f"inotify_add_watch {path}")
        self._callbacks[number] = opened
        return number

    def remove(self, number: int) -> None:
        self._callbacks.pop(number, None)
        self._libc.inotify_rm_watch(self.fd, number)

    def ready(self, events: int) -> None:
        """Called when the descriptor can be read."""
        try:
            data = os.read(self.fd, 4096)
        except BlockingIOError:
            return
        opened: dict[int, None] = {}
        while data:
            number, _, _, length = _EVENT.unpack_from(data)
            data = data[_EVENT.size + length :]
            opened[number] = None
        for number in opened:
            callback = self._callbacks.get(number)
            if callback is not None:
                callback()

    def close(self) -> None:
        os.close(self.fd)


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
