# SPDX-License-Identifier: Apache-2.0
"""The child's serial port: opened once for itself alone, with an ear on what comes, and a name by which esptool sets its lines in the right way."""

from __future__ import annotations

import os
from collections import deque
from typing import Any

import serial

from vmrig_server.serialport import register

_HEARD_BYTES = 4096


class Tap:
    """A pyserial port that remembers what came last. All else is the port's own."""

    _port: Any
    _url: str

    def __init__(self, port: Any, url: str) -> None:
        object.__setattr__(self, "_port", port)
        object.__setattr__(self, "_url", url)
        object.__setattr__(self, "_heard", deque())
        object.__setattr__(self, "_size", 0)

    @property
    def heard(self) -> bytes:
        """The last bytes from the chip since `forget`."""
        return b"".join(self._heard)

    def forget(self) -> None:
        self._heard.clear()
        object.__setattr__(self, "_size", 0)

    @property
    def port(self) -> str:
        return self._url

    @property
    def name(self) -> str:
        """Esptool sets both lines at once by an ioctl, which only a terminal has; by this prefix it knows ports that want them one by one."""
        try:
            if os.isatty(self._port.fileno()):
                return self._url
        except (OSError, AttributeError, TypeError, ValueError):
            pass
        return self._url if self._url.startswith(("rfc2217:", "socket:")) else f"rfc2217:{self._url}"

    def read(self, size: int = 1) -> bytes:
        data: bytes = self._port.read(size)
        self._heard.append(data)
        object.__setattr__(self, "_size", self._size + len(data))
        while self._size - len(self._heard[0]) > _HEARD_BYTES:
            object.__setattr__(self, "_size", self._size - len(self._heard.popleft()))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._port, name, value)


def open_tap(url: str, baud: int) -> Tap:
    """Opens a device path or a URL that pyserial has a handler for.

    Raises:
        OSError: (SerialException is one) it cannot be opened.
    """
    register()
    port = serial.serial_for_url(url, baud, exclusive=True, do_not_open=True, timeout=3)
    port.open()
    return Tap(port, url)
