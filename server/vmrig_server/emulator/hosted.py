# SPDX-License-Identifier: Apache-2.0
"""A board in a worker, whole: its machine, its doors, and its presence on the emulated USB bus."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_server import __version__
from vmrig_server.boards_data import Chip, Target, load_chip, load_target
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.emulator.board import Board, Pace
from vmrig_server.emulator.definitions import mac_of
from vmrig_server.emulator.doors.board_serial import BoardSerial
from vmrig_server.emulator.doors.cmsis_dap import DapIdentity
from vmrig_server.emulator.doors.debug import DebugDoors, gdb_door
from vmrig_server.emulator.doors.gdb import GdbDoor
from vmrig_server.emulator.doors.serial import SerialLoop
from vmrig_server.emulator.machine import SERIAL_PORT, build_machine
from vmrig_server.emulator.machine_api import Level
from vmrig_server.emulator.outside_pins import OutsidePins
from vmrig_server.emulator.registers import RegisterNames, access_text
from vmrig_server.emulator.scheduler import Scheduler
from vmrig_server.emulator.tracing import BoardTrace
from vmrig_server.emulator.usb_folder import Plug, PluggedDevice
from vmrig_server.emulator.usb_presence import plugged_device
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)
USB_RELEASE, OWN_USB_RELEASE = 0x1000, 0x0100
"""bcdDevice of the interface firmware, and of the chip's own USB device."""
BY_DEBUGGER = 0xFFFFFFFF
"""Program counter in the record of accesses that came through the debug port."""
OWN_USB_BUSES = 8
"""How many buses further the chip's own USB device is than the board's probe, at the same port: no two devices share a place."""
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

    def serial_socket(self, serial: str) -> Path:
        return self.run / "serial" / f"{serial}.sock"

    @property
    def lines(self) -> Path:
        """Sockets of the preload library."""
        return self.run / "lines"


def chip_identity(chip: Chip, serial: str) -> dict[str, int | bytes]:
    """What makes one chip different from the next, made from the board's USB serial number: the same board is the same chip for ever."""
    identity: dict[str, int | bytes] = {}
    mac = mac_of(serial)
    for name, field in chip.identity.fields.items():
        own = hashlib.shake_256(f"{serial}/{name}".encode()).digest(field.size)
        known = mac if name == chip.identity.uid and mac is not None and field.size == len(mac) else None
        identity[name] = known or (bytes.fromhex(field.prefix) + own)[: field.size]
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
        usb: which of the target's `usb_choices`; empty: as the board is usually plugged in.

    Raises:
        VmrigError: TARGET_UNKNOWN, USB_UNKNOWN, BOARD_FILE_INVALID.
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
        usb: str = "",
    ) -> None:
        self.target: Target = load_target(target).plugged_as(usb)
        self.usb = usb
        chip = load_chip(self.target.chip)
        self.serial = serial
        storage.mkdir(parents=True, exist_ok=True, mode=0o700)
        built = build_machine(self.target, storage=storage, identity=chip_identity(chip, serial))
        self.board = Board(built.machine, chip.core.clock_hz, scheduler, pace)
        self._pin_style = chip.pin_style
        self._names = RegisterNames(chip)
        self.trace = BoardTrace(self.board, self._names, chip.core.type)
        self._logged = 0
        self._logged_at = 0
        self._told: set[int] = set()
        self._pyocd_target = self.target.pyocd_target or chip.pyocd_target
        self._serial_loop = serial_loop
        self._folders = folders
        self._pins = OutsidePins(self.board)
        self._debug: DebugDoors | None = None
        self._gdb: GdbDoor | None = None
        self._chip = chip
        self._serial_doors: BoardSerial | None = None
        self._plug: Plug | None = None
        self._own_plug: Plug | None = None

    # --- presence -------------------------------------------------------------------------------------------------

    @property
    def plugged(self) -> bool:
        return self._plug is not None

    def plug(
        self,
        bus: int,
        port: int,
        address: int,
        remote_port: int = 0,
        dap_port: int = 0,
        rfc2217_port: int = 0,
        gdb_port: int = 0,
    ) -> None:
        """Opens the doors, powers the board, and shows it on the bus.

        Args:
            bus, port, address: where it is on the USB bus.
            remote_port, dap_port, rfc2217_port, gdb_port: TCP ports for pyOCD's remote protocol, CMSIS-DAP, the serial port and GDB, 0: any. One that is
                taken is replaced by another.
        """
        if self._plug is not None:
            return
        folders = self._folders
        if self.target.probe is not None:
            self._debug = DebugDoors(
                self.board,
                self.target,
                self._dap_identity(),
                self._serial_loop,
                probe_socket=folders.probe_socket(self.serial),
                dap_socket=folders.dap_socket(self.serial),
                remote_port=remote_port,
                dap_port=dap_port,
            )
        self._serial_doors = BoardSerial(
            self.board,
            SERIAL_PORT,
            self.target.serial,
            self._pins,
            self._serial_loop,
            link=folders.serial_link(self.serial),
            lines_folder=folders.lines,
            socket=folders.serial_socket(self.serial),
            rfc2217_port=rfc2217_port,
        )
        self._gdb = gdb_door(self.board, self._chip, self._serial_loop, gdb_port)
        if self.target.own_usb:
            self.board.watch_usb(lambda device: self._show_own(device, bus, port, address))
        self.board.power(True)
        self._plug = Plug(self._folders.usb, self._describe(bus, port, address))
        if self._chip.core.type == "none":
            LOG.warning(
                "%s %s: the core of its %s is not emulated, no program runs",
                self.target.target,
                self.serial,
                self._chip.title,
            )

    def unplug(self) -> None:
        """Takes the board off the bus, ends its doors and its power. Flash keeps its contents."""
        if self._plug is not None:
            self._plug.close()
            self._plug = None
        if self._debug is not None:
            self._debug.close()
        if self._gdb is not None:
            self._gdb.close()
        self.board.power(False)
        self.board.watch_usb(None)
        self._hide_own()
        if self._serial_doors is not None:
            self._serial_doors.close()
        self._debug = self._serial_doors = self._gdb = None

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
        serial = chip_identity(self._chip, self.serial)[self._chip.identity.uid]
        shown = plugged_device(
            usb,
            self.target,
            serial.hex().upper() if isinstance(serial, bytes) else f"{serial:X}",
            (bus + OWN_USB_BUSES, port, address),
            release=OWN_USB_RELEASE,
            pyocd_target=self._pyocd_target,
        )
        self._own_plug = Plug(self._folders.usb, shown)

    def _describe(self, bus: int, port: int, address: int) -> PluggedDevice:
        assert self._serial_doors is not None
        debug = self._debug
        return plugged_device(
            self.target.usb,
            self.target,
            self.serial,
            (bus, port, address),
            release=USB_RELEASE,
            pyocd_target=self._pyocd_target,
            serial_door=(str(self._serial_doors.link), self._serial_doors.url),
            probe_socket="" if debug is None else debug.probe_socket,
            dap_socket="" if debug is None else debug.dap_socket,
            remote_port=0 if debug is None else debug.remote_port,
            dap_port=0 if debug is None else debug.dap_port,
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
        self._pins.drive(number, LEVELS[level])
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
            "remote_port": self._debug.remote_port if self._debug is not None else 0,
            "dap_port": self._debug.dap_port if self._debug is not None else 0,
            "rfc2217_port": self._serial_doors.rfc2217_port if self._serial_doors is not None else 0,
            "gdb_port": self._gdb.port if self._gdb is not None else 0,
            "usb": self.usb,
            "serial_port": str(self._serial_doors.link) if self._serial_doors is not None else "",
            "cycles": cycles,
            "time_ns": self.nanoseconds(cycles),
            "instructions": board.machine.instructions(),
            "worker_pid": os.getpid(),
        }


def level_name(level: int) -> str:
    """ "low", "high" or "float"."""
    return "float" if level < 0 else "high" if level else "low"
