# SPDX-License-Identifier: Apache-2.0
"""The emulated USB bus as a folder: one file per plugged-in device, locked by the process that holds the device.

A file whose lock is free belongs to a dead process: such a device is not there, and whoever notices removes the file. Each plug-in makes a file of a new
name, so that a removal can never hit the file of a later one. This module is imported by the pyOCD plugin: keep it light.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

SUFFIX = ".usb.json"
_plug_counter = itertools.count(1)


@dataclass(frozen=True, slots=True)
class SerialDoor:
    """A serial port of a device."""

    path: str
    """What to open; stable over re-plugs."""
    interface_number: int
    interface_name: str
    url: str = ""
    """What programs of the service open instead of the path, as pyserial's URL; empty: the path."""


JLINK_VID = 0x1366


@dataclass(frozen=True, slots=True)
class PluggedDevice:
    """What the file of a device holds."""

    serial: str
    bus: int
    address: int
    port: int
    device: str
    """Device descriptor, hex."""
    configuration: str
    """Configuration descriptor with all that follows it, hex."""
    strings: tuple[str, ...]
    """String descriptors from index 1 on."""
    manufacturer: str
    product: str
    target: str
    board_name: str
    board_vendor: str
    pyocd_target: str
    probe_socket: str
    """Unix socket of the debug door; empty without one."""
    dap_socket: str
    """Unix socket behind the endpoints of the CMSIS-DAP v2 interface; empty without one."""
    remote_port: int
    """TCP port on 127.0.0.1 of pyOCD's remote protocol; 0 without one."""
    dap_port: int
    """TCP port on 127.0.0.1 of CMSIS-DAP; 0 without one."""
    serial_doors: tuple[SerialDoor, ...]
    worker_pid: int

    @property
    def location(self) -> str:
        """Bus and port, e.g. ``240-3``."""
        return f"{self.bus}-{self.port}"

    @property
    def probe_id(self) -> str:
        """The unique id by which debug tools know the probe: its serial; of a J-Link, which is a number filled up with zeros, the number."""
        vid = int.from_bytes(bytes.fromhex(self.device)[8:10], "little")
        return str(int(self.serial)) if vid == JLINK_VID and self.serial.isdecimal() else self.serial


def _parse(data: bytes) -> PluggedDevice | None:
    """None: not written by this version."""
    try:
        raw = json.loads(data)
        raw["strings"] = tuple(raw["strings"])
        raw["serial_doors"] = tuple(SerialDoor(**door) for door in raw["serial_doors"])
        return PluggedDevice(**{field.name: raw[field.name] for field in fields(PluggedDevice)})
    except (ValueError, KeyError, TypeError):
        return None


class Plug:
    """A device's presence on the bus, for as long as this process lives and `close()` was not called."""

    def __init__(self, folder: Path, device: PluggedDevice) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stem = f"{device.serial}.{os.getpid()}-{next(_plug_counter)}"
        self.path = folder / (stem + SUFFIX)
        temporary = folder / f".{stem}.new"
        self._fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        # Locked before it gets its name: nobody ever sees it unlocked while this process lives.
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        os.write(self._fd, json.dumps(asdict(device)).encode())
        temporary.rename(self.path)

    def close(self) -> None:
        """The device is gone."""
        if self._fd >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = -1


def _read_held(path: Path) -> bytes | None:
    """Contents of a device file whose holder lives. Removes it otherwise."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            with open(fd, "rb", closefd=False) as file:
                return file.read()
        path.unlink(missing_ok=True)
        return None
    finally:
        os.close(fd)


def scan(folder: Path) -> list[PluggedDevice]:
    """The devices that are plugged in now, by bus and port."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.name.endswith(SUFFIX) and (data := _read_held(path)) is not None:
                device = _parse(data)
                if device is not None:
                    found.append(device)
    return sorted(found, key=lambda device: (device.bus, device.port, device.address))
