# SPDX-License-Identifier: Apache-2.0
"""The system's USB bus: libusb for descriptors, pyserial for ports, the kernel's uevents for changes."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vmrig_server.agent.discovery.bus import SerialPort
from vmrig_server.errors import ErrorClass, VmrigError

if TYPE_CHECKING:
    from usb.backend import IBackend

LOG = logging.getLogger(__name__)

POLL_S = 1.0
"""Where nobody tells of changes, they are looked for this often."""

_UDEV_DAEMON = Path("/run/udev/control")
_SYSFS_USB = Path("/sys/bus/usb/devices")


class SystemBus:
    """The real USB ports of this host."""

    name = "system"

    def backend(self) -> IBackend:
        """libusb of the `libusb-package` wheel, else of the system.

        Raises:
            VmrigError: ``LIBUSB_MISSING``.
        """
        import libusb_package

        backend = libusb_package.get_libusb1_backend()
        if backend is None:
            raise VmrigError(
                "LIBUSB_MISSING",
                "No libusb library could be loaded, so no USB device can be seen.",
                next_command="pip install --force-reinstall libusb-package",
                error_class=ErrorClass.BENCH,
            )
        return backend

    def serial_ports(self) -> Sequence[SerialPort]:
        from serial.tools import list_ports

        return [port for port in list_ports.comports() if port.vid is not None]

    async def changes(self) -> AsyncIterator[None]:
        changed = asyncio.Event()
        stop = _watch_uevents(changed.set) if sys.platform == "linux" else None
        # Without udevd (a container) no event may ever come: the kernel's own listing is compared instead.
        poll = stop is None or not _UDEV_DAEMON.exists()
        seen = _bus_listing()
        try:
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), POLL_S if poll else None)
                except TimeoutError:
                    now = _bus_listing()
                    if now == seen and now is not None:
                        continue
                    seen = now
                changed.clear()
                yield
        finally:
            if stop is not None:
                stop()


def _bus_listing() -> frozenset[str] | None:
    """Names of all USB devices as sysfs has them; None where there is no sysfs, and a poll must enumerate."""
    if sys.platform != "linux":
        return None
    try:
        return frozenset(entry.name for entry in _SYSFS_USB.iterdir())
    except OSError:
        return frozenset()


def _watch_uevents(notify: Callable[[], None]) -> Callable[[], None] | None:
    """Calls `notify` in the running loop at every USB or tty uevent; returns what ends that, or None when udev cannot be had."""
    try:
        import pyudev
    except ImportError as missing:
        LOG.info("no libudev (%s): USB changes are polled for", missing)
        return None
    try:
        monitor: Any = pyudev.Monitor.from_netlink(pyudev.Context())
        monitor.filter_by("usb")
        monitor.filter_by("tty")
        monitor.start()
    except (OSError, ImportError) as failure:
        LOG.info("no udev events (%s): USB changes are polled for", failure)
        return None

    loop = asyncio.get_running_loop()

    def drain() -> None:
        while monitor.poll(timeout=0) is not None:
            pass
        notify()

    loop.add_reader(monitor.fileno(), drain)

    def stop() -> None:
        if not loop.is_closed():
            loop.remove_reader(monitor.fileno())

    return stop
