# SPDX-License-Identifier: Apache-2.0
"""A USB bus in memory: a pyusb back end over plain records. Real descriptors as bytes, strings over control transfers, as a device gives them."""

from __future__ import annotations

import asyncio
import errno
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import usb.core

_ADDRESSES = itertools.count(1)


@dataclass
class FakeDevice:
    vid: int = 0x0D28
    pid: int = 0x0204
    serial: str = ""
    manufacturer: str = "Arm"
    product: str = "BBC micro:bit CMSIS-DAP"
    ports: tuple[int, ...] = (1,)
    bus: int = 1
    readable: bool = True
    address: int = field(default_factory=lambda: next(_ADDRESSES))


class FakeBackend:
    """The part of `usb.backend.IBackend` that reading descriptors needs; anything else discovery calls is an AttributeError."""

    def __init__(self, devices: list[FakeDevice]) -> None:
        self.devices = devices
        self.string_reads = 0

    def enumerate_devices(self) -> Any:
        return iter(list(self.devices))

    def get_device_descriptor(self, dev: FakeDevice) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0xEF, bDeviceSubClass=2, bDeviceProtocol=1,
            bMaxPacketSize0=64, idVendor=dev.vid, idProduct=dev.pid, bcdDevice=0x1000,
            iManufacturer=1, iProduct=2, iSerialNumber=3 if dev.serial else 0, bNumConfigurations=1,
            address=dev.address, bus=dev.bus, port_number=dev.ports[-1] if dev.ports else None,
            port_numbers=dev.ports or None, speed=2,
        )  # fmt: skip

    def open_device(self, dev: FakeDevice) -> FakeDevice:
        if not dev.readable:
            raise usb.core.USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return dev

    def close_device(self, dev_handle: FakeDevice) -> None:
        pass

    def ctrl_transfer(
        self,
        dev_handle: FakeDevice,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        assert (bmRequestType, bRequest, wValue >> 8) == (0x80, 6, 3), (
            "discovery reads string descriptors and nothing else"
        )
        self.string_reads += 1
        index = wValue & 0xFF
        body = (
            b"\x09\x04"
            if index == 0
            else [dev_handle.manufacturer, dev_handle.product, dev_handle.serial][index - 1].encode("utf-16-le")
        )
        reply = bytes([len(body) + 2, 3]) + body
        for position, byte in enumerate(reply[: len(data)]):
            data[position] = byte
        return min(len(reply), len(data))


class FakeBus:
    """Implements `UsbBus`."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.devices: list[FakeDevice] = []
        self.ports: list[Any] = []
        self.fail: Exception | None = None
        self._backend = FakeBackend(self.devices)
        self._changed = asyncio.Event()

    def backend(self) -> FakeBackend:
        if self.fail is not None:
            raise self.fail
        return self._backend

    def serial_ports(self) -> Sequence[Any]:
        return list(self.ports)

    async def changes(self) -> AsyncIterator[None]:
        while True:
            await self._changed.wait()
            self._changed.clear()
            yield

    def plug(self, device: FakeDevice) -> FakeDevice:
        self.devices.append(device)
        self._changed.set()
        return device

    def unplug(self, device: FakeDevice) -> None:
        self.devices.remove(device)
        self._changed.set()

    def touch(self) -> None:
        self._changed.set()


def serial_port(device: str, like: FakeDevice, *, location: str | None = None, interface: int = 1) -> Any:
    place = f"{like.bus}-{'.'.join(map(str, like.ports))}:1.{interface}" if location is None else location
    return SimpleNamespace(
        device=device, vid=like.vid, pid=like.pid, serial_number=like.serial or None, location=place, interface=None
    )
