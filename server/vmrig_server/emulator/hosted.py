# SPDX-License-Identifier: Apache-2.0
"""A board in a worker, whole: its machine, its doors, and its presence on the emulated USB bus."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vmrig_server import __version__
from vmrig_server.boards_data import Chip, Target, load_chip, load_target
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.emulator import usb_descriptors
from vmrig_server.emulator.board import Board, Level, Pace
from vmrig_server.emulator.doors.cmsis_dap import DapIdentity
from vmrig_server.emulator.doors.dap import DapTcpDoor, DapUsbDoor
from vmrig_server.emulator.doors.probe import ProbeDoor
from vmrig_server.emulator.doors.remote import RemoteDoor
from vmrig_server.emulator.doors.serial import SerialDoor, SerialLoop
from vmrig_server.emulator.machine import SERIAL_PORT, build_machine
from vmrig_server.emulator.registers import RegisterNames, access_text
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.tracing import BoardTrace
from vmrig_server.emulator.usb_folder import Plug, PluggedDevice
from vmrig_server.emulator.usb_folder import SerialDoor as SerialDoorEntry
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)
DAP_INTERFACE = "cmsis-dap-v2"
"""The kind of USB interface that CMSIS-DAP packets go through."""
USB_RELEASE = 0x1000
"""bcdDevice of the interface firmware."""
BY_DEBUGGER = 0xFFFFFFFF
"""Program counter in the record of accesses that came through the debug port."""
OWN_USB_BUSES = 8
"""How many buses further the chip's own USB device is than the board's probe, at the same port: no two devices share a place."""
Opened = TypeVar("Opened")
LEVELS: dict[str, Level] = {"low": 0, "high": 1, "float": -1}


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a worker keeps what lives as long as it does."""

    run: Path

    @property
    def usb(self) -> Path:
        return self.run / "usb"

    def probe_socket(self, serial: str) -> Path:
        return self.run / "probe" / f"{serial}.sock"

    def dap_socket(self, serial: str) -> Path:
        return self.run / "dap" / f"{serial}.sock"

    def serial_link(self, serial: str) -> Path:
        return self.run / "tty" / serial


def chip_identity(chip: Chip, serial: str) -> dict[str, int | bytes]:
    """What makes one chip different from the next, made from the board's USB serial number: the same board is the same chip for ever."""
    identity: dict[str, int | bytes] = {}
    for name, field in chip.identity.fields.items():
        identity[name] = hashlib.shake_256(f"{serial}/{name}".encode()).digest(field.size)
    return identity


class HostedBoard:
    """One board.

    Args:
        target: name of the target.
        serial: USB serial number.
        storage: folder of the files that keep the non-volatile memories.
        pace: of virtual time.
        scheduler, serial_loop: those of the worker.
        folders: those of the service.

    Raises:
        VmrigError: TARGET_UNKNOWN, BOARD_FILE_INVALID.
    """

    def __init__(
        self,
        target: str,
        serial: str,
        storage: Path,
        pace: Pace,
        scheduler: Scheduler,
        serial_loop: SerialLoop,
        folders: Folders,
    ) -> None:
        self.target: Target = load_target(target)
        chip = load_chip(self.target.chip)
        self.serial = serial
        storage.mkdir(parents=True, exist_ok=True, mode=0o700)
        built = build_machine(self.target, storage=storage, identity=chip_identity(chip, serial))
        self.board = Board(built.machine, chip.core.clock_hz, scheduler, pace)
        self._pin_style = chip.pin_style
        self._names = RegisterNames(chip)
        self.trace = BoardTrace(self.board, self._names)
        self._logged = 0
        self._logged_at = 0
        self._told: set[int] = set()
        self._pyocd_target = self.target.pyocd_target or chip.pyocd_target
        self._serial_loop = serial_loop
        self._folders = folders
        self._probe: ProbeDoor | None = None
        self._remote: RemoteDoor | None = None
        self._dap: DapUsbDoor | None = None
        self._dap_tcp: DapTcpDoor | None = None
        self._chip = chip
        self._serial_door: SerialDoor | None = None
        self._plug: Plug | None = None
        self._own_plug: Plug | None = None

    # --- presence -------------------------------------------------------------------------------------------------

    @property
    def plugged(self) -> bool:
        return self._plug is not None

    def plug(self, bus: int, port: int, address: int, remote_port: int, dap_port: int) -> None:
        """Opens the doors, powers the board, and shows it on the bus.

        Args:
            bus, port, address: where it is on the USB bus.
            remote_port, dap_port: TCP ports for pyOCD's remote protocol and for CMSIS-DAP, 0: any. One that is taken is replaced by another.
        """
        if self._plug is not None:
            return
        usb, loop = self.target.usb, self._serial_loop
        self._probe = ProbeDoor(self.board, self._folders.probe_socket(self.serial), loop)
        self._remote = _on_port(
            lambda number: RemoteDoor(self.board, usb.manufacturer, usb.product, number, loop), remote_port
        )
        identity = self._dap_identity()
        self._dap_tcp = _on_port(lambda number: DapTcpDoor(self.board, identity, number, loop), dap_port)
        if any(entry.kind == DAP_INTERFACE for entry in usb.interfaces):
            self._dap = DapUsbDoor(self.board, identity, self._folders.dap_socket(self.serial), loop)
        self._serial_door = SerialDoor(
            self._serial_loop,
            self._folders.serial_link(self.serial),
            lambda data: self.board.serial_input(SERIAL_PORT, data),
        )
        self.board.attach_serial(SERIAL_PORT, self._serial_door.output)
        if self.target.own_usb:
            self.board.watch_usb(lambda device: self._show_own(device, bus, port, address))
        self.board.power(True)
        self._plug = Plug(self._folders.usb, self._describe(bus, port, address))

    def unplug(self) -> None:
        """Takes the board off the bus, ends its doors and its power. Flash keeps its contents."""
        if self._plug is not None:
            self._plug.close()
            self._plug = None
        if self._probe is not None:
            self._probe.close()
        if self._remote is not None:
            self._remote.remove()
        for door in (self._dap, self._dap_tcp):
            if door is not None:
                door.close()
        self.board.power(False)
        self.board.attach_serial(SERIAL_PORT, None)
        self.board.watch_usb(None)
        self._hide_own()
        if self._serial_door is not None:
            self._serial_door.close()
        self._probe = self._remote = self._serial_door = self._dap = self._dap_tcp = None

    def close(self) -> None:
        """Unplugs it for good."""
        self.unplug()
        self.board.close()

    def _dap_identity(self) -> DapIdentity:
        usb = self.target.usb
        return DapIdentity(
            vendor=usb.manufacturer,
            product=usb.product,
            serial=self.serial,
            firmware=__version__,
            device_vendor=self._chip.title.rpartition(" ")[0],
            device_name=self._pyocd_target,  # what a host may look its target up by
            board_name=self.target.name,
        )

    def _hide_own(self) -> None:
        if self._own_plug is not None:
            self._own_plug.close()
            self._own_plug = None

    def _show_own(self, device: int, bus: int, port: int, address: int) -> None:
        """What the chip's own USB port shows now, 0: nothing. Identity only: nothing is behind its endpoints."""
        self._hide_own()
        usb = next((entry for entry in self.target.own_usb if entry.vid << 16 | entry.pid == device), None)
        if usb is None:
            return
        interfaces, _ = usb_descriptors.functions([(entry.kind, entry.name) for entry in usb.interfaces])
        serial = chip_identity(self._chip, self.serial)[self._chip.identity.uid]
        text = serial.hex().upper() if isinstance(serial, bytes) else f"{serial:X}"
        descriptors = usb_descriptors.build(
            vid=usb.vid,
            pid=usb.pid,
            release=0x0100,
            manufacturer=usb.manufacturer,
            product=usb.product,
            serial=text,
            interfaces=interfaces,
        )
        shown = PluggedDevice(
            serial=text,
            bus=bus + OWN_USB_BUSES,
            address=address,
            port=port,
            device=descriptors.device.hex(),
            configuration=descriptors.configuration.hex(),
            strings=descriptors.strings,
            manufacturer=usb.manufacturer,
            product=usb.product,
            target=self.target.target,
            board_name=self.target.name,
            board_vendor="",
            pyocd_target=self._pyocd_target,
            probe_socket="",
            dap_socket="",
            remote_port=0,
            dap_port=0,
            serial_doors=(),
            worker_pid=os.getpid(),
        )
        self._own_plug = Plug(self._folders.usb, shown)

    def _describe(self, bus: int, port: int, address: int) -> PluggedDevice:
        assert self._probe is not None and self._remote is not None and self._serial_door is not None
        assert self._dap_tcp is not None
        usb = self.target.usb
        interfaces, serial_ports = usb_descriptors.functions([(entry.kind, entry.name) for entry in usb.interfaces])
        descriptors = usb_descriptors.build(
            vid=usb.vid,
            pid=usb.pid,
            release=USB_RELEASE,
            manufacturer=usb.manufacturer,
            product=usb.product,
            serial=self.serial,
            interfaces=interfaces,
        )
        return PluggedDevice(
            serial=self.serial,
            bus=bus,
            address=address,
            port=port,
            device=descriptors.device.hex(),
            configuration=descriptors.configuration.hex(),
            strings=descriptors.strings,
            manufacturer=usb.manufacturer,
            product=usb.product,
            target=self.target.target,
            board_name=self.target.name,
            board_vendor="",
            pyocd_target=self._pyocd_target,
            probe_socket=str(self._probe.path),
            dap_socket="" if self._dap is None else str(self._dap.path),
            remote_port=self._remote.port,
            dap_port=self._dap_tcp.port,
            serial_doors=tuple(
                SerialDoorEntry(str(self._serial_door.link), number, name) for number, name in serial_ports.items()
            ),
            worker_pid=os.getpid(),
        )

    # --- what the control service does ----------------------------------------------------------------------------

    def pin(self, name: str) -> int:
        """Number of a pin by its name on the board, of the chip, or its number.

        Raises:
            VmrigError: PIN_UNKNOWN.
        """
        with contextlib.suppress(KeyError):
            return self.target.pin_number(name)
        raise VmrigError(
            "PIN_UNKNOWN",
            f"{self.target.target} has no pin '{name}'",
            evidence=[f"pins: {', '.join(self.target.pins)}; or of the chip, as {chip_pin_name(14, self._pin_style)}"],
        )

    def drive_pin(self, name: str, level: str) -> str:
        """Drives a pin from outside ("low", "high"; "float" lets go). Returns its level then."""
        if level not in LEVELS:
            raise VmrigError("LEVEL_UNKNOWN", f"'{level}' is no level", evidence=["levels: low, high, float"])
        number = self.pin(name)
        with self.board.access() as machine:
            machine.pin_drive(number, LEVELS[level])
        return self.pin_level(name)

    def pin_level(self, name: str) -> str:
        """What a meter at the pin would show: "low", "high" or "float"."""
        number = self.pin(name)
        with self.board.access() as machine:
            return level_name(machine.pin_level(number))

    def pin_edges(self, start: int, name: str) -> dict[str, Any]:
        """Changes of level from a sequence number on; of one pin, or of all ("")."""
        wanted = self.pin(name) if name else None
        with self.board.access() as machine:
            edges, following = machine.pin_edges(start)
        return {
            "edges": [
                {
                    "pin": name or chip_pin_name(pin, self._pin_style),
                    "level": level_name(level),
                    "cycle": cycle,
                    "time_ns": self.nanoseconds(cycle),
                }
                for cycle, pin, level in edges
                if wanted is None or pin == wanted
            ],
            "next_sequence": following,
        }

    def unmodelled(self, index: int) -> Sequence[dict[str, Any]]:
        """Accesses that no device answered, from an index on."""
        with self.board.access() as machine:
            entries = machine.unmodelled(index)
        names = ("address", "pc", "value", "size_bytes", "write")
        return [dict(zip(names, entry, strict=True)) for entry in entries]

    def coverage(self) -> Sequence[dict[str, Any]]:
        """Registers of devices that the firmware has accessed since power on, by peripheral and address."""
        with self.board.access() as machine:
            entries = machine.touched()
        found = []
        for address, pc, reads, writes, modelled in sorted(entries):
            name = self._names.name(address)
            found.append(
                {
                    "peripheral": name.peripheral,
                    "register": name.register,
                    "address": address,
                    "first_pc": pc,
                    "reads": reads,
                    "writes": writes,
                    "modelled": modelled,
                }
            )
        return found

    def log_unmodelled(self) -> None:
        """One line in the log for each address that the firmware has accessed for the first time and that nobody models."""
        now = self.board.machine.now()
        if now < self._logged_at:
            self._logged = 0  # the power was off, and the machine's record begins anew
        self._logged_at = now
        entries = self.board.machine.unmodelled(self._logged)
        self._logged += len(entries)
        for address, pc, value, _, write in entries:
            if pc != BY_DEBUGGER and address not in self._told:
                self._told.add(address)
                LOG.warning(
                    "%s %s: %s", self.target.target, self.serial, access_text(self._names, address, value, write)
                )

    def nanoseconds(self, cycles: int) -> int:
        """Virtual time of a cycle count."""
        return self.board.machine.nanoseconds(cycles)

    def status(self) -> dict[str, Any]:
        """The board as it is now."""
        board = self.board
        board.settle()
        cycles = board.machine.now()
        return {
            "target": self.target.target,
            "serial": self.serial,
            "pace": board.pace.value,
            "plugged": self.plugged,
            "powered": board.powered,
            "remote_port": self._remote.port if self._remote is not None else 0,
            "dap_port": self._dap_tcp.port if self._dap_tcp is not None else 0,
            "serial_port": str(self._serial_door.link) if self._serial_door is not None else "",
            "cycles": cycles,
            "time_ns": self.nanoseconds(cycles),
            "instructions": board.machine.instructions(),
            "worker_pid": os.getpid(),
        }


def _on_port(open_at: Callable[[int], Opened], port: int) -> Opened:
    """Opens a door at the TCP port that it had before, or where there is room."""
    try:
        return open_at(port)
    except OSError:
        return open_at(0)


def level_name(level: int) -> str:
    """ "low", "high" or "float"."""
    return "float" if level < 0 else "high" if level else "low"
