# SPDX-License-Identifier: Apache-2.0
"""The emulated boards of a service: definitions on disk, and the worker processes that host them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vmrig_server.boards_data import load_target
from vmrig_server.emulator import usb_folder
from vmrig_server.emulator.board import Pace
from vmrig_server.emulator.definitions import Definition, Definitions, board_id_part, fresh_serial, is_serial
from vmrig_server.emulator.tracing import TracePiece, trace_board
from vmrig_server.emulator.worker_process import WorkerProcess
from vmrig_server.emulator.workers import Workers
from vmrig_server.errors import VmrigError

LOG = logging.getLogger(__name__)
ADDRESSES = 127
"""USB addresses of a bus are 1 to 127."""


@dataclass(frozen=True, slots=True)
class EmulatedBoard:
    """An emulated board as it is now."""

    target: str
    serial: str
    pace: str
    plugged: bool
    powered: bool = False
    remote_port: int = 0
    """TCP port of pyOCD's remote probe protocol on the loopback; 0: none."""
    dap_port: int = 0
    """TCP port of CMSIS-DAP (OpenOCD's ``cmsis-dap backend tcp``) on the loopback; 0: none."""
    rfc2217_port: int = 0
    """TCP port of the serial port (RFC 2217) on the loopback; 0: none."""
    gdb_port: int = 0
    """TCP port of GDB's remote serial protocol on the loopback; 0: none."""
    usb: str = ""
    """Which of the target's `usb_choices` it is."""
    serial_port: str = ""
    cycles: int = 0
    time_ns: int = 0
    """Virtual time since power on."""
    instructions: int = 0
    worker_pid: int = 0
    problem: str = ""
    """Why it is not plugged in, where that was not asked for."""

    @property
    def probe_id(self) -> str:
        """By which debug tools know its probe."""
        return board_id_part(load_target(self.target), self.serial)


@dataclass(frozen=True, slots=True)
class PinEdge:
    """A change of level. `level` is that after it: "low", "high" or "float"."""

    pin: str
    level: str
    cycle: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class RegisterCoverage:
    """A word of the address space of devices that the core has accessed.

    Attributes:
        peripheral: as the SVD file names it; "" where no device is.
        register: its name, or its offset.
        first_pc: program counter of the first access.
        reads, writes: how often.
        modelled: false when nothing answers there, or the device does not know the register.
    """

    peripheral: str
    register: str
    address: int
    first_pc: int
    reads: int
    writes: int
    modelled: bool


@contextlib.contextmanager
def _unless_dead() -> Iterator[None]:
    """A worker that died meanwhile has done what was asked: its boards are gone."""
    try:
        yield
    except VmrigError as error:
        if error.code != "EMULATOR_DIED":
            raise


class WorkerPool:
    """Boards over workers. One event loop uses it.

    Args:
        home: folder of the service.
        workers: most worker processes at a time; default: one per processor.
        changed: called when boards came or went without the caller's doing (a worker died).
    """

    def __init__(self, home: Path, workers: int | None = None, changed: Callable[[], None] | None = None) -> None:
        self._home = home
        self._definitions = Definitions(home)
        self._changed = changed
        self._boards: dict[str, Definition] = {}
        self._problems: dict[str, str] = {}
        self._hosts: dict[str, WorkerProcess] = {}
        self._workers = Workers(home, workers or os.cpu_count() or 1, self._worker_died)
        self._addresses = itertools.cycle(range(1, ADDRESSES + 1))
        self._locks: dict[str, asyncio.Lock] = {}
        self._closed = False

    # --- life -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Reads the definitions and plugs in the boards that were plugged in. A board that cannot be is logged and left unplugged."""
        self._boards, problems = self._definitions.load()
        for problem in problems:
            LOG.warning("emulated board: %s", problem)
        wanted = [serial for serial, board in self._boards.items() if board.plugged]
        for definition in self._boards.values():
            definition.plugged = False
        results = await asyncio.gather(*(self.plug(serial) for serial in wanted), return_exceptions=True)
        for serial, result in zip(wanted, results, strict=True):
            if isinstance(result, VmrigError):
                self._problems[serial] = str(result)
                LOG.error("emulated board %s: %s", serial, result)
            elif isinstance(result, BaseException):
                raise result
        self._workers.prepare_spare()

    async def close(self) -> None:
        """Ends the workers. The boards that are plugged in are so again at the next start."""
        self._closed = True
        await self._workers.close()

    # --- boards ---------------------------------------------------------------------------------------------------

    async def create(
        self, target: str, serial: str = "", pace: str = "real", plugged: bool = True, usb: str = ""
    ) -> EmulatedBoard:
        """Makes a board, and plugs it in.

        Args:
            target: e.g. ``microbit_v2``.
            serial: USB serial number; empty: a fresh one.
            pace: "real" or "fast", see `vmrig_server.emulator.board.Pace`.
            plugged: false leaves it unplugged.
            usb: which of the target's `usb_choices`; empty: as such boards usually are.

        Raises:
            VmrigError: USB_UNKNOWN, USB_IDS_MISSING, TARGET_UNKNOWN with the nearest names, PACE_UNKNOWN, SERIAL_INVALID, EMULATED_BOARD_EXISTS.
        """
        description = load_target(target).plugged_as(usb)
        if not description.usb.vid:
            raise VmrigError(
                "USB_IDS_MISSING",
                f"the template of {target} has no USB ids (device.vids, device.pids): nobody would recognise a board of it",
                next_command=f"vmrig vm custom show {target}",
            )
        pace = self._pace(pace)
        serial = serial or fresh_serial(description)
        if not is_serial(serial):
            raise VmrigError(
                "SERIAL_INVALID", f"'{serial}' cannot be a serial number: 1 to 64 letters, digits, ':', '_', '-'"
            )
        ids = description.usb.board_ids
        if ids and not board_id_part(description, serial).startswith(tuple(ids)):
            raise VmrigError(
                "SERIAL_INVALID",
                f"a {target} is known by the board id at the head of its serial number: {', '.join(ids)}",
                evidence=[f"'{serial}' begins with '{board_id_part(description, serial)[: len(ids[0])]}'"],
                next_command=f"vmrig emulate {target} --serial {ids[0]}{serial}",
            )
        if serial in self._boards:
            raise VmrigError("EMULATED_BOARD_EXISTS", f"there is an emulated board with serial {serial} already")
        taken = {board.slot for board in self._boards.values()}
        slot = next(number for number in itertools.count() if number not in taken)
        definition = Definition(target, serial, pace, plugged=False, slot=slot, usb=usb)
        self._boards[serial] = definition
        self._definitions.save(definition)
        if not plugged:
            return self._unhosted(definition)
        try:
            return await self.plug(serial)
        except VmrigError:
            await self.delete(serial)
            raise

    async def list(self) -> Sequence[EmulatedBoard]:
        """All boards, by slot."""
        hosted: dict[WorkerProcess, list[str]] = {}
        for serial, host in self._hosts.items():
            hosted.setdefault(host, []).append(serial)
        found: dict[str, EmulatedBoard] = {}
        for boards in await asyncio.gather(*(self._statuses(host, serials) for host, serials in hosted.items())):
            found.update((board.serial, board) for board in boards)
        definitions = sorted(self._boards.values(), key=lambda definition: definition.slot)
        return [found.get(definition.serial) or self._unhosted(definition) for definition in definitions]

    async def _statuses(self, host: WorkerProcess, serials: Sequence[str]) -> Sequence[EmulatedBoard]:
        """In one call: a worker's boards can be a thousand."""
        with _unless_dead():
            return [EmulatedBoard(**status) for status in await host.call("statuses", serials=serials)]
        return []

    async def get(self, serial: str) -> EmulatedBoard:
        """One board. Raises VmrigError EMULATED_BOARD_UNKNOWN."""
        definition = self._definition(serial)
        host = self._hosts.get(serial)
        if host is not None:
            with _unless_dead():
                return EmulatedBoard(**await host.call("status", serial=serial))
        return self._unhosted(definition)

    status = get

    async def delete(self, serial: str) -> None:
        """Unplugs a board and removes it with the contents of its flash."""
        async with self._lock(serial):
            self._definition(serial)
            host = self._hosts.pop(serial, None)
            if host is not None:
                host.boards.discard(serial)
                with _unless_dead():
                    await host.call("remove", serial=serial)
            self._boards.pop(serial, None)
            self._problems.pop(serial, None)
            self._definitions.delete(serial)
        self._locks.pop(serial, None)

    async def plug(self, serial: str) -> EmulatedBoard:
        """Plugs a board into the emulated USB bus, which powers it."""
        async with self._lock(serial):
            definition = self._definition(serial)
            try:
                status = await self._plug(definition)
            except VmrigError as error:
                if error.code != "EMULATOR_DIED":
                    raise
                status = await self._plug(definition)  # the worker had died unnoticed: in a new one
            self._problems.pop(serial, None)
            definition.plugged = True
            definition.remote_port, definition.dap_port = status.remote_port, status.dap_port
            definition.rfc2217_port, definition.gdb_port = status.rfc2217_port, status.gdb_port
            self._definitions.save(definition)
            return status

    async def _plug(self, definition: Definition) -> EmulatedBoard:
        host = self._hosts.get(definition.serial) or await self._host(definition)
        return EmulatedBoard(
            **await host.call(
                "plug",
                serial=definition.serial,
                bus=definition.bus,
                port=definition.port,
                address=next(self._addresses),
                remote_port=definition.remote_port,
                dap_port=definition.dap_port,
                rfc2217_port=definition.rfc2217_port,
                gdb_port=definition.gdb_port,
            )
        )

    async def unplug(self, serial: str) -> EmulatedBoard:
        """Takes a board off the bus, which ends its power. Its flash keeps its contents."""
        async with self._lock(serial):
            definition = self._definition(serial)
            host = self._hosts.get(serial)
            definition.plugged = False
            self._definitions.save(definition)
            if host is not None:
                with _unless_dead():
                    return EmulatedBoard(**await host.call("unplug", serial=serial))
            return self._unhosted(definition)

    async def power(self, serial: str, on: bool) -> EmulatedBoard:
        """Cuts or restores the chip's power; the probe stays on the bus. Raises VmrigError NOT_PLUGGED."""
        return EmulatedBoard(**await self._plugged_host(serial).call("power", serial=serial, on=on))

    async def set_pace(self, serial: str, pace: str) -> EmulatedBoard:
        """ "real" or "fast", from now on."""
        definition = self._definition(serial)
        definition.pace = self._pace(pace)
        self._definitions.save(definition)
        host = self._hosts.get(serial)
        if host is None:
            return self._unhosted(definition)
        return EmulatedBoard(**await host.call("set_pace", serial=serial, pace=definition.pace))

    # --- pins -----------------------------------------------------------------------------------------------------

    async def drive_pin(self, serial: str, pin: str, level: str) -> str:
        """Drives a pin from outside: "low", "high", or "float" to let go. Returns the pin's level then. Raises VmrigError PIN_UNKNOWN."""
        result: str = await self._plugged_host(serial).call("pin_drive", serial=serial, pin=pin, level=level)
        return result

    async def pin_level(self, serial: str, pin: str) -> str:
        """What a meter at the pin would show: "low", "high" or "float"."""
        result: str = await self._plugged_host(serial).call("pin_level", serial=serial, pin=pin)
        return result

    async def pin_edges(self, serial: str, pin: str = "", from_sequence: int = 0) -> tuple[Sequence[PinEdge], int]:
        """Changes of level from a sequence number on, of one pin or of all (""), and the number to go on from."""
        answer: dict[str, Any] = await self._plugged_host(serial).call(
            "pin_edges", serial=serial, start=from_sequence, pin=pin
        )
        return [PinEdge(**edge) for edge in answer["edges"]], answer["next_sequence"]

    async def coverage(self, serial: str) -> Sequence[RegisterCoverage]:
        """Registers of devices that the firmware has accessed since power on."""
        return [RegisterCoverage(**entry) for entry in await self._plugged_host(serial).call("coverage", serial=serial)]

    def trace(
        self, serial: str, what: Sequence[str], *, from_reset: bool, duration_ns: int, max_records: int
    ) -> AsyncIterator[TracePiece]:
        """Records what a board does, piece by piece: see `trace_board`."""
        host = self._plugged_host(serial)
        return trace_board(host, serial, what, from_reset, duration_ns, max_records)

    async def unmodelled(self, serial: str, index: int = 0) -> Sequence[dict[str, Any]]:
        """Accesses of the firmware that no device answered, from an index on: address, pc, value, size_bytes, write."""
        result: Sequence[dict[str, Any]] = await self._plugged_host(serial).call(
            "unmodelled", serial=serial, index=index
        )
        return result

    # --- inside ---------------------------------------------------------------------------------------------------

    def _definition(self, serial: str) -> Definition:
        definition = self._boards.get(serial)
        if definition is None:
            raise VmrigError(
                "EMULATED_BOARD_UNKNOWN",
                f"there is no emulated board with serial {serial}",
                evidence=[f"known: {', '.join(self._boards) or 'none'}"],
                next_command="vmrig emulator list",
            )
        return definition

    def _lock(self, serial: str) -> asyncio.Lock:
        return self._locks.setdefault(serial, asyncio.Lock())

    def _plugged_host(self, serial: str) -> WorkerProcess:
        definition = self._definition(serial)
        host = self._hosts.get(serial)
        if host is None or not definition.plugged:
            raise VmrigError(
                "NOT_PLUGGED",
                f"emulated board {serial} is not plugged in",
                next_command=f"vmrig emulator plug {serial}",
            )
        return host

    def _pace(self, pace: str) -> str:
        if pace not in tuple(Pace):
            raise VmrigError("PACE_UNKNOWN", f"'{pace}' is no pace", evidence=["paces: real, fast"])
        return pace

    def _unhosted(self, definition: Definition) -> EmulatedBoard:
        problem = self._problems.get(definition.serial, "")
        return EmulatedBoard(
            definition.target, definition.serial, definition.pace, plugged=False, usb=definition.usb, problem=problem
        )

    async def _host(self, definition: Definition) -> WorkerProcess:
        """Builds the board in the worker that has the fewest."""
        worker = await self._workers.least_loaded()
        worker.boards.add(definition.serial)
        try:
            await worker.call(
                "create",
                target=definition.target,
                serial=definition.serial,
                storage=str(self._definitions.folder(definition.serial)),
                pace=definition.pace,
                usb=definition.usb,
            )
        except VmrigError:
            worker.boards.discard(definition.serial)
            raise
        self._hosts[definition.serial] = worker
        self._workers.prepare_spare()
        return worker

    def _worker_died(self, worker: WorkerProcess) -> None:
        for serial in worker.boards:
            self._hosts.pop(serial, None)
        if self._closed:
            return
        for serial in worker.boards:
            definition = self._boards.get(serial)
            if definition is not None and definition.plugged:
                self._problems[serial] = f"its worker {worker.pid} died"
                LOG.error("emulated board %s is gone: its worker %d died", serial, worker.pid)
                definition.plugged = False
                self._definitions.save(definition)
        # Removes the files that the worker left, so that who watches the folder sees it.
        usb_folder.scan(self._home / "run" / "usb")
        if self._changed is not None:
            self._changed()
