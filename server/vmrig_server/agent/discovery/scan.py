# SPDX-License-Identifier: Apache-2.0
"""One look at one bus: which boards are on it. Reads descriptors only; blocks, so it runs in a thread."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import usb.core

from vmrig_server.agent.api import AttachedBoard
from vmrig_server.agent.discovery.bus import SerialPort, UsbBus

LOG = logging.getLogger(__name__)

GENERIC_BOARD_ID = "0000"
"""DAPLink's board id of an interface that is on no particular board."""

_JLINK_VID = 0x1366

PERMISSION_HINT = (
    'add a udev rule, e.g. SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vid:04x}", ATTR{{idProduct}}=="{pid:04x}", MODE="0666" '
    "in /etc/udev/rules.d/60-vmrig.rules, then run: sudo udevadm control --reload && sudo udevadm trigger"
)


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """A target and how its boards look on USB.

    Attributes:
        board_ids: how the serial of a probe on such a board begins: four characters of a DAPLink probe's, some digits of a J-Link's; empty
            when the serial does not tell.
        has_probe: whether the USB device is a debug probe.
    """

    name: str
    vid: int
    pid: int
    board_ids: frozenset[str] = frozenset()
    has_probe: bool = True


@dataclass(frozen=True, slots=True)
class UsbStrings:
    serial: str
    manufacturer: str
    product: str


@dataclass(frozen=True, slots=True)
class SeenBoard:
    """A board on a bus, before it has an id that is unique on this host.

    Attributes:
        plug: changes when the device was plugged in anew, even between two looks.
    """

    board: AttachedBoard
    plug: tuple[object, ...]


@dataclass(slots=True)
class ScanMemory:
    """What one look leaves for the next: strings that need not be asked for again, warnings that were given."""

    strings: dict[tuple[object, ...], UsbStrings] = field(default_factory=dict)
    warned: set[tuple[object, ...]] = field(default_factory=set)


def board_id(vid: int, pid: int, serial: str, location: str) -> str:
    """16 hex digits that are the same after a re-plug: of the serial, else of the place."""
    text = f"{vid:04x}:{pid:04x}:{serial}" if serial else f"{vid:04x}:{pid:04x}@{location}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def placed_board_id(vid: int, pid: int, serial: str, location: str) -> str:
    """Id of a board whose plain id is taken by another one that is present (clones share serials)."""
    return hashlib.sha256(f"{vid:04x}:{pid:04x}:{serial}@{location}".encode()).hexdigest()[:16]


def candidates(vid: int, pid: int, serial: str, targets: Iterable[KnownTarget]) -> tuple[str, ...]:
    """Targets a device can be. The board id in its serial narrows them; an id that no target claims leaves those that claim none."""
    same = [target for target in targets if (target.vid, target.pid) == (vid, pid)]
    text = probe_id(vid, serial).upper()
    if not serial or text.startswith(GENERIC_BOARD_ID):
        return tuple(target.name for target in same)
    named = [target.name for target in same if text.startswith(tuple(target.board_ids))]
    return tuple(named or [target.name for target in same if not target.board_ids])


def probe_id(vid: int, serial: str) -> str:
    """The unique id by which pyOCD knows the probe: its serial; of a J-Link the decimal number without leading zeros."""
    if vid == _JLINK_VID and serial.isdecimal():
        return str(int(serial))
    return serial


def scan(bus: UsbBus, targets: Sequence[KnownTarget], memory: ScanMemory) -> list[SeenBoard]:
    """All boards of known targets on the bus, in the order of their places.

    Raises:
        usb.core.USBError, OSError: the bus could not be read; the caller keeps what it knew.
    """
    ports = _Ports(bus.serial_ports())
    known = {(target.vid, target.pid) for target in targets}
    with_probe = {(target.vid, target.pid) for target in targets if target.has_probe}
    seen: list[SeenBoard] = []
    plugs: set[tuple[object, ...]] = set()
    for device in usb.core.find(find_all=True, backend=bus.backend()):
        vid, pid = int(device.idVendor), int(device.idProduct)
        if (vid, pid) not in known:
            continue
        location = usb_location(device)
        plug = (vid, pid, location, device.address, int(device.bcdDevice))
        plugs.add(plug)
        strings = _strings(device, plug, memory)
        port = ports.of(vid, pid, strings.serial if strings else "", location)
        if strings is None:
            # What the kernel read at plug-in, it tells everybody: the port's owner knows the serial without opening the device.
            strings = UsbStrings((port.serial_number if port else "") or "", "", "")
        seen.append(
            SeenBoard(
                AttachedBoard(
                    board_id=board_id(vid, pid, strings.serial, location),
                    vid=vid,
                    pid=pid,
                    serial=strings.serial,
                    manufacturer=strings.manufacturer,
                    product=strings.product,
                    location=location,
                    candidates=candidates(vid, pid, strings.serial, targets),
                    probe=probe_id(vid, strings.serial) if (vid, pid) in with_probe else "",
                    serial_port=port.device if port else "",
                    serial_url=getattr(port, "url", ""),  # a bus may know a better way than the path
                ),
                plug,
            )
        )
    memory.strings = {plug: strings for plug, strings in memory.strings.items() if plug in plugs}
    memory.warned &= plugs
    seen.sort(key=lambda entry: _natural(entry.board.location))
    return seen


def usb_location(device: Any) -> str:
    """Bus and port numbers as Linux writes them, ``1-4.2``; a bus without ports gives its number and the address."""
    ports = device.port_numbers
    tail = ".".join(str(number) for number in ports) if ports else f"@{device.address}"
    return f"{device.bus}-{tail}"


def _strings(device: Any, plug: tuple[object, ...], memory: ScanMemory) -> UsbStrings | None:
    """Strings of a device, or None when they cannot be read (most often for lack of permission)."""
    known = memory.strings.get(plug)
    if known is not None:
        return known
    try:
        strings = UsbStrings(
            serial=_clean(device.serial_number),
            manufacturer=_clean(device.manufacturer),
            product=_clean(device.product),
        )
    except (usb.core.USBError, ValueError, NotImplementedError) as failure:
        # pyusb turns an unreadable language table into ValueError.
        if plug not in memory.warned:
            memory.warned.add(plug)
            hint = PERMISSION_HINT.format(vid=device.idVendor, pid=device.idProduct)
            LOG.warning(
                "USB device %04x:%04x at %s: its strings cannot be read (%s); %s",
                device.idVendor, device.idProduct, usb_location(device), failure, hint,
            )  # fmt: skip
        return None
    finally:
        usb.util.dispose_resources(device)
    memory.strings[plug] = strings
    return strings


def _clean(text: str | None) -> str:
    return (text or "").strip().strip("\0").strip()


class _Ports:
    """The serial ports of a bus by their devices: there may be a thousand."""

    def __init__(self, ports: Iterable[SerialPort]) -> None:
        self._by_place: dict[tuple[int | None, int | None, str], list[SerialPort]] = {}
        self._by_serial: dict[tuple[int | None, int | None, str], list[SerialPort]] = {}
        for port in ports:
            place = (port.location or "").split(":")[0]
            self._by_place.setdefault((port.vid, port.pid, place), []).append(port)
            # A place that is known and another one is another device, even with the same serial.
            if not place and port.serial_number:
                self._by_serial.setdefault((port.vid, port.pid, port.serial_number), []).append(port)

    def of(self, vid: int, pid: int, serial: str, location: str) -> SerialPort | None:
        """The port of a device: at the same place, else with the same serial; the lowest interface of several."""
        here = self._by_place.get((vid, pid, location)) or self._by_serial.get((vid, pid, serial)) or ()
        return min(here, key=lambda port: (_natural(port.location or ""), _natural(port.device)), default=None)


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Orders ``1-10`` after ``1-9``."""
    parts: list[tuple[int, str]] = []
    digits = ""
    for char in text + "\0":
        if char.isdigit():
            digits += char
            continue
        if digits:
            parts.append((int(digits), ""))
            digits = ""
        parts.append((-1, char))
    return tuple(parts)
