# SPDX-License-Identifier: Apache-2.0
"""What discovery needs of a USB bus: the system's one and the emulator's one look the same from here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from usb.backend import IBackend


class SerialPort(Protocol):
    """A serial port of the bus; `serial.tools.list_ports_common.ListPortInfo` is one."""

    @property
    def device(self) -> str:
        """Path to open, e.g. ``/dev/ttyACM0``."""
        ...

    @property
    def vid(self) -> int | None: ...

    @property
    def pid(self) -> int | None: ...

    @property
    def serial_number(self) -> str | None: ...

    @property
    def location(self) -> str | None:
        """Bus and ports of the USB device, with or without the interface: ``1-4.2`` or ``1-4.2:1.1``."""
        ...

    @property
    def interface(self) -> str | None:
        """Interface string, where the device has one."""
        ...


class UsbBus(Protocol):
    """A USB bus and the serial ports on it."""

    @property
    def name(self) -> str:
        """Short and stable, e.g. ``system``; told apart in logs and, for devices without a serial, in board ids."""
        ...

    def backend(self) -> IBackend:
        """The pyusb back end that enumerates this bus. Called from a thread, may block."""
        ...

    def serial_ports(self) -> Sequence[SerialPort]:
        """Serial ports of this bus. Called from a thread, may block."""
        ...

    def changes(self) -> AsyncIterator[None]:
        """Yields when something may have come or gone; the caller then reads the bus anew. Never ends by itself."""
        ...
