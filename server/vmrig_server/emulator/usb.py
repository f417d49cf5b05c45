# SPDX-License-Identifier: Apache-2.0
"""The emulated USB bus for pyusb: a back end that enumerates the devices of the bus folder with the descriptors that they published.

Control transfers on endpoint 0 work as far as standard requests to read descriptors and the configuration go, which is what discovery needs. The bulk
endpoints of the CMSIS-DAP v2 interface lead to the board's debug port. The other functions are described only: transfers to them fail as if the device had gone
(serial ports are terminals of the host, as they are with a real device).
"""

from __future__ import annotations

import asyncio
import errno
import functools
import struct
from array import array
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import usb.backend
import usb.core
from serial.tools.list_ports_common import ListPortInfo

from vmrig_server import paths
from vmrig_server.emulator.usb_descriptors import CLASS_VENDOR, string_descriptor
from vmrig_server.emulator.usb_folder import SUFFIX, PluggedDevice, SerialDoor, scan
from vmrig_server.emulator.usb_pipe import BulkPipe

_SPEED_FULL = 2  # libusb_speed
_DEVICE = struct.Struct("<BBHBBBBHHHBBBB")
_CONFIGURATION = struct.Struct("<BBHBBBBB")
_INTERFACE = struct.Struct("<BBBBBBBBB")
_ENDPOINT = struct.Struct("<BBBBHB")
POLL_S = 0.05
"""How often `EmulatedBus.changes` looks at the folder (one listing)."""


class Descriptor:
    """A descriptor with its fields as attributes named by the USB specification, as pyusb wants it."""

    def __init__(self, names: str, values: Sequence[object], **more: object) -> None:
        self.__dict__.update(zip(names.split(), values, strict=True))
        self.__dict__.update(more)


@dataclass(eq=False, slots=True)
class _InterfaceNode:
    descriptor: Descriptor
    endpoints: list[Descriptor] = field(default_factory=list)


class EmulatedDevice:
    """A device as it was when it was enumerated: descriptors taken apart."""

    def __init__(self, plugged: PluggedDevice) -> None:
        self.plugged = plugged
        self.device = Descriptor(
            "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct bcdDevice "
            "iManufacturer iProduct iSerialNumber bNumConfigurations",
            _DEVICE.unpack(bytes.fromhex(plugged.device)),
            address=plugged.address,
            bus=plugged.bus,
            port_number=plugged.port,
            port_numbers=(plugged.port,),
            speed=_SPEED_FULL,
        )

    @functools.cached_property
    def configuration(self) -> Descriptor:
        return Descriptor(
            "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower",
            _CONFIGURATION.unpack_from(bytes.fromhex(self.plugged.configuration)),
            extra_descriptors=array("B"),
        )

    @functools.cached_property
    def interfaces(self) -> Sequence[_InterfaceNode]:
        """With their endpoints. Taken apart when first asked for: who looks for a device among many needs those of few."""
        raw = bytes.fromhex(self.plugged.configuration)[_CONFIGURATION.size :]
        extra: array[int] = self.configuration.__dict__["extra_descriptors"]
        interfaces: list[_InterfaceNode] = []
        while raw:
            length, kind = raw[0], raw[1]
            if kind == 4:
                extra = array("B")
                names = (
                    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass "
                    "bInterfaceProtocol iInterface"
                )
                interfaces.append(
                    _InterfaceNode(Descriptor(names, _INTERFACE.unpack_from(raw), extra_descriptors=extra))
                )
            elif kind == 5:
                extra = array("B")
                names = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"
                endpoint = Descriptor(
                    names, _ENDPOINT.unpack_from(raw), bRefresh=0, bSynchAddress=0, extra_descriptors=extra
                )
                interfaces[-1].endpoints.append(endpoint)
            else:
                extra.frombytes(raw[:length])
            raw = raw[length:]
        return interfaces

    def dap_interface(self) -> int | None:
        """Number of the CMSIS-DAP v2 interface: by its class and its name, as hosts find it."""
        for number, node in enumerate(self.interfaces):
            index = node.descriptor.__dict__["iInterface"]
            name = self.plugged.strings[index - 1] if index else ""
            if node.descriptor.__dict__["bInterfaceClass"] == CLASS_VENDOR and "CMSIS-DAP" in name:
                return number
        return None

    def control(self, request_type: int, request: int, value: int, index: int) -> bytes | None:
        """Answer to a standard request to the device (USB 2.0, 9.4); None: a stall."""
        if request_type != 0x80:
            return b"" if request_type & 0x80 == 0 and request in (9, 11) else None
        if request == 6:
            kind, number = value >> 8, value & 0xFF
            if kind == 1 and number == 0:
                return bytes.fromhex(self.plugged.device)
            if kind == 2 and number == 0:
                return bytes.fromhex(self.plugged.configuration)
            return string_descriptor(self.plugged.strings, number) if kind == 3 else None
        if request == 8:
            return bytes((self.configuration.__dict__["bConfigurationValue"],))
        return b"\0\0" if request == 0 else None


class _Handle:
    """An open device, and the interfaces that were claimed through it."""

    def __init__(self, device: EmulatedDevice) -> None:
        self.device = device
        self._pipes: dict[int, BulkPipe] = {}

    def claim(self, interface: int) -> None:
        path = self.device.plugged.dap_socket
        if path and interface not in self._pipes and interface == self.device.dap_interface():
            self._pipes[interface] = BulkPipe(Path(path))

    def release(self, interface: int) -> None:
        pipe = self._pipes.pop(interface, None)
        if pipe is not None:
            pipe.release()

    def close(self) -> None:
        for interface in tuple(self._pipes):
            self.release(interface)

    def pipe(self, interface: int) -> BulkPipe:
        """Where the transfers of an interface go."""
        pipe = self._pipes.get(interface)
        if pipe is None:
            raise usb.core.USBError(
                "No such device: of this emulated device only the CMSIS-DAP v2 interface transfers data",
                errno=errno.ENODEV,
            )
        return pipe


class EmulatedBackend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb is untyped
    """pyusb back end over the folder of the emulated bus."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def enumerate_devices(self) -> Iterator[EmulatedDevice]:
        for plugged in scan(self._folder or paths.usb_dir()):
            yield EmulatedDevice(plugged)

    def get_parent(self, dev: EmulatedDevice) -> None:
        return None

    def get_device_descriptor(self, dev: EmulatedDevice) -> Descriptor:
        return dev.device

    def get_configuration_descriptor(self, dev: EmulatedDevice, config: int) -> Descriptor:
        if config != 0:
            raise IndexError(config)
        return dev.configuration

    def get_interface_descriptor(self, dev: EmulatedDevice, intf: int, alt: int, config: int) -> Descriptor:
        if config != 0 or alt != 0:
            raise IndexError(alt)
        return dev.interfaces[intf].descriptor

    def get_endpoint_descriptor(self, dev: EmulatedDevice, ep: int, intf: int, alt: int, config: int) -> Descriptor:
        if config != 0 or alt != 0:
            raise IndexError(alt)
        return dev.interfaces[intf].endpoints[ep]

    def open_device(self, dev: EmulatedDevice) -> _Handle:
        return _Handle(dev)

    def close_device(self, dev_handle: _Handle) -> None:
        dev_handle.close()

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        pass

    def get_configuration(self, dev_handle: _Handle) -> int:
        return 1

    def set_interface_altsetting(self, dev_handle: _Handle, intf: int, altsetting: int) -> None:
        if altsetting != 0:
            raise usb.core.USBError("Pipe error", errno=errno.EPIPE)

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.claim(intf)

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.release(intf)

    def ctrl_transfer(
        self,
        dev_handle: _Handle,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: array[int],
        timeout: int,
    ) -> int:
        answer = dev_handle.device.control(bmRequestType, bRequest, wValue, wIndex)
        if answer is None:
            raise usb.core.USBError("Pipe error", errno=errno.EPIPE)
        count = min(len(answer), len(data))
        data[:count] = array("B", answer[:count])
        return count

    def bulk_write(self, dev_handle: _Handle, ep: int, intf: int, data: Any, timeout: int) -> int:
        return dev_handle.pipe(intf).write(bytes(data))

    def bulk_read(self, dev_handle: _Handle, ep: int, intf: int, buff: Any, timeout: int) -> int:
        received = dev_handle.pipe(intf).read(len(buff), timeout)
        buff[: len(received)] = array("B", received)
        return len(received)

    def intr_write(self, dev_handle: _Handle, ep: int, intf: int, data: Any, timeout: int) -> int:
        return dev_handle.pipe(intf).write(bytes(data))

    def intr_read(self, dev_handle: _Handle, ep: int, intf: int, size: Any, timeout: int) -> int:
        return self.bulk_read(dev_handle, ep, intf, size, timeout)

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        pass

    def reset_device(self, dev_handle: _Handle) -> None:
        pass

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        return False

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        pass

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        pass


class EmulatedPort(ListPortInfo):  # type: ignore[misc]  # pyserial is untyped
    """A serial port as pyserial describes one on Linux, and how the service's own programs open it."""

    def __init__(self, door: SerialDoor) -> None:
        super().__init__(door.path, skip_link_detection=True)
        self.url = door.url or door.path


class EmulatedBus:
    """The emulated bus as discovery sees a bus (`vmrig_server.agent.discovery.bus.UsbBus`)."""

    name = "emulated"

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._backend = EmulatedBackend(folder)

    def backend(self) -> EmulatedBackend:
        """The back end for usb.core.find()."""
        return self._backend

    def serial_ports(self) -> list[EmulatedPort]:
        """The serial ports on this bus."""
        ports = []
        for plugged in scan(self._folder or paths.usb_dir()):
            device = EmulatedDevice(plugged).device.__dict__
            for door in plugged.serial_doors:
                port = EmulatedPort(door)
                port.vid, port.pid = device["idVendor"], device["idProduct"]
                port.serial_number = plugged.serial
                port.manufacturer, port.product = plugged.manufacturer, plugged.product
                port.interface = door.interface_name
                port.location = f"{plugged.location}:1.{door.interface_number}"
                port.apply_usb_info()
                ports.append(port)
        return ports

    async def changes(self) -> AsyncIterator[None]:
        """Yields when the folder has changed: a device came or went. A worker that dies leaves its files; the pool removes them as soon as it sees that."""
        folder = self._folder or paths.usb_dir()
        seen = _names(folder)
        while True:
            await asyncio.sleep(POLL_S)
            now = _names(folder)
            if now != seen:
                seen = now
                yield


def _names(folder: Path) -> frozenset[str]:
    """Names of the device files; each plug-in has its own."""
    try:
        return frozenset(path.name for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except FileNotFoundError:
        return frozenset()
