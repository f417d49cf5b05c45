# SPDX-License-Identifier: Apache-2.0
"""USB descriptors of emulated devices, as the bytes a real one would send (USB 2.0 specification, chapter 9.6)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

LANGID_EN_US = 0x0409

CLASS_CDC = 0x02
CLASS_CDC_DATA = 0x0A
CLASS_HID = 0x03
CLASS_MSC = 0x08
CLASS_VENDOR = 0xFF
DEVICE_CLASS_MISC = 0xEF
"""With subclass 2 and protocol 1: interfaces are grouped by association descriptors."""

BULK = 2
INTERRUPT = 3
FULL_SPEED_BULK = 64


@dataclass(frozen=True, slots=True)
class Endpoint:
    """bEndpointAddress (bit 7: to the host), transfer type, wMaxPacketSize in bytes, bInterval in frames."""

    address: int
    transfer: int
    max_packet: int = FULL_SPEED_BULK
    interval: int = 0

    def encode(self) -> bytes:
        return struct.pack("<BBBBHB", 7, 5, self.address, self.transfer, self.max_packet, self.interval)


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface with one setting. `extra` are class descriptors, `group` the number of interfaces of the function that begins here (0: none begins)."""

    cls: tuple[int, int, int]
    endpoints: tuple[Endpoint, ...]
    name: str = ""
    extra: bytes = b""
    group: int = 0


@dataclass(slots=True)
class Strings:
    """String descriptors; index 0 is the list of languages."""

    texts: list[str] = field(default_factory=list)

    def index(self, text: str) -> int:
        """The index of a text, added if it is new; 0 for an empty one."""
        if not text:
            return 0
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


@dataclass(frozen=True, slots=True)
class Descriptors:
    """All that a device tells of itself."""

    device: bytes
    configuration: bytes
    strings: tuple[str, ...]
    """Index 1 on."""


def string_descriptor(strings: Sequence[str], index: int) -> bytes | None:
    """The string descriptor of an index, or None if there is none (the device stalls)."""
    if index == 0:
        return struct.pack("<BBH", 4, 3, LANGID_EN_US)
    if not 1 <= index <= len(strings):
        return None
    text = strings[index - 1].encode("utf-16-le")[:252]
    return struct.pack("<BB", len(text) + 2, 3) + text


def build(
    *,
    vid: int,
    pid: int,
    release: int,
    manufacturer: str,
    product: str,
    serial: str,
    interfaces: Sequence[Interface],
    max_power_ma: int = 500,
) -> Descriptors:
    """Descriptors of a full-speed composite device with one configuration.

    Args:
        vid, pid, release: idVendor, idProduct, bcdDevice.
        manufacturer, product, serial: strings.
        interfaces: numbered in order from 0.
        max_power_ma: multiple of 2, up to 500.
    """
    strings = Strings()
    device = struct.pack(
        "<BBHBBBBHHHBBBB",
        18,
        1,
        0x0200,
        DEVICE_CLASS_MISC,
        2,
        1,
        64,
        vid,
        pid,
        release,
        strings.index(manufacturer),
        strings.index(product),
        strings.index(serial),
        1,
    )
    body = b""
    for number, interface in enumerate(interfaces):
        cls, sub, protocol = interface.cls
        if interface.group > 1:
            body += struct.pack(
                "<BBBBBBBB", 8, 11, number, interface.group, cls, sub, protocol, strings.index(interface.name)
            )
        body += struct.pack(
            "<BBBBBBBBB", 9, 4, number, 0, len(interface.endpoints), cls, sub, protocol, strings.index(interface.name)
        )
        body += interface.extra + b"".join(endpoint.encode() for endpoint in interface.endpoints)
    head = struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), len(interfaces), 1, 0, 0x80, max_power_ma // 2)
    return Descriptors(device, head + body, tuple(strings.texts))


def _cdc_functions(control: int) -> bytes:
    """Header 1.10, call management, ACM with line coding, union of `control` and the next interface (USB CDC 1.2, 5.2.3; PSTN 1.2, 5.3)."""
    return (
        struct.pack("<BBBH", 5, 0x24, 0x00, 0x0110)
        + struct.pack("<BBBBB", 5, 0x24, 0x01, 0x03, control + 1)
        + struct.pack("<BBBB", 4, 0x24, 0x02, 0x06)
        + struct.pack("<BBBBB", 5, 0x24, 0x06, control, control + 1)
    )


_HID_REPORT_BYTES = 33
"""Length of the report descriptor of a vendor-defined 64-byte pipe."""
_HID = struct.pack("<BBHBBBH", 9, 0x21, 0x0111, 0, 1, 0x22, _HID_REPORT_BYTES)


class _Numbers:
    """Hands out endpoint numbers, one for each function that needs one."""

    def __init__(self) -> None:
        self._next = 1

    def pair(self, transfer: int, *, interval: int = 0) -> tuple[Endpoint, Endpoint]:
        """(to the device, to the host): the order in which CMSIS-DAP v2 wants them."""
        number = self._next
        self._next += 1
        return Endpoint(number, transfer, interval=interval), Endpoint(0x80 | number, transfer, interval=interval)

    def notify(self) -> Endpoint:
        number = self._next
        self._next += 1
        return Endpoint(0x80 | number, INTERRUPT, 16, 32)


def functions(kinds: Sequence[tuple[str, str]]) -> tuple[list[Interface], dict[int, str]]:
    """Interfaces of a debug probe on a board.

    Args:
        kinds: (kind, name) in the order of the interfaces; kinds are those of board.yaml: mass-storage, cdc-acm (two interfaces), cmsis-dap-v1 (HID),
            cmsis-dap-v2 (bulk, found by "CMSIS-DAP" in its name), serial-bridge (a serial port of the vendor's own kind, as CP210x and CH340 have), vendor.

    Returns:
        The interfaces, and {number of the first interface: name} of each serial port.

    Raises:
        ValueError: unknown kind.
    """
    numbers = _Numbers()
    interfaces: list[Interface] = []
    serial_ports: dict[int, str] = {}
    for kind, name in kinds:
        first = len(interfaces)
        if kind == "mass-storage":  # SCSI, bulk only
            interfaces.append(Interface((CLASS_MSC, 6, 0x50), numbers.pair(BULK), name))
        elif kind == "cdc-acm":
            notify, data = numbers.notify(), numbers.pair(BULK)
            interfaces.append(Interface((CLASS_CDC, 2, 1), (notify,), name, extra=_cdc_functions(first), group=2))
            interfaces.append(Interface((CLASS_CDC_DATA, 0, 0), data, name))
            serial_ports[first] = name
        elif kind == "cmsis-dap-v1":
            interfaces.append(Interface((CLASS_HID, 0, 0), numbers.pair(INTERRUPT, interval=1), name, extra=_HID))
        elif kind in ("cmsis-dap-v2", "serial-bridge", "vendor"):
            interfaces.append(Interface((CLASS_VENDOR, 0, 0), numbers.pair(BULK), name))
            if kind == "serial-bridge":
                serial_ports[first] = name
        else:
            raise ValueError(f"unknown kind of interface '{kind}'")
    return interfaces, serial_ports
