# SPDX-License-Identifier: Apache-2.0
"""The doors of a board's debug probe, together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vmrig_server.boards_data import Chip, Target
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.cmsis_dap import DapIdentity
from vmrig_server.emulator.doors.dap import DapTcpDoor, DapUsbDoor
from vmrig_server.emulator.doors.gdb import GdbDoor
from vmrig_server.emulator.doors.gdb_documents import MemoryRegion
from vmrig_server.emulator.doors.gdb_targets import target_of
from vmrig_server.emulator.doors.probe import ProbeDoor
from vmrig_server.emulator.doors.remote import RemoteDoor
from vmrig_server.emulator.doors.serial import SerialLoop

DAP_INTERFACE = "cmsis-dap-v2"
"""The kind of USB interface that CMSIS-DAP packets go through."""
Opened = TypeVar("Opened")


class DebugDoors:
    """Our pyOCD plugin's socket, pyOCD's remote protocol, CMSIS-DAP on TCP, and behind a USB interface where the probe has one.

    Args:
        probe_socket, dap_socket: paths of the unix sockets.
        remote_port, dap_port: TCP ports, 0: any. One that is taken is replaced by another.
    """

    def __init__(
        self,
        board: Board,
        target: Target,
        identity: DapIdentity,
        loop: SerialLoop,
        *,
        probe_socket: Path,
        dap_socket: Path,
        remote_port: int,
        dap_port: int,
    ) -> None:
        usb = target.usb
        self._probe = ProbeDoor(board, probe_socket, loop)
        self._remote = on_port(
            lambda number: RemoteDoor(board, usb.manufacturer, usb.product, number, loop), remote_port
        )
        self._dap_tcp = on_port(lambda number: DapTcpDoor(board, identity, number, loop), dap_port)
        self._dap: DapUsbDoor | None = None
        if any(entry.kind == DAP_INTERFACE for entry in usb.interfaces):
            self._dap = DapUsbDoor(board, identity, dap_socket, loop)

    @property
    def probe_socket(self) -> str:
        return str(self._probe.path)

    @property
    def dap_socket(self) -> str:
        """Empty without such a USB interface."""
        return "" if self._dap is None else str(self._dap.path)

    @property
    def remote_port(self) -> int:
        return self._remote.port

    @property
    def dap_port(self) -> int:
        return self._dap_tcp.port

    def close(self) -> None:
        """Ends them and who uses them."""
        self._probe.close()
        self._remote.remove()
        self._dap_tcp.close()
        if self._dap is not None:
            self._dap.close()


def gdb_door(board: Board, chip: Chip, loop: SerialLoop, port: int) -> GdbDoor | None:
    """None: the chip's core is not emulated.

    Args:
        port: TCP port, 0: any. One that is taken is replaced by another.
    """
    target = target_of(chip.core.type, board.machine)
    if target is None:
        return None
    regions = [
        MemoryRegion(
            memory.kind, memory.base, memory.size * memory.repeats, max(size for _, size in memory.erase_units())
        )
        if memory.kind == "flash"
        else MemoryRegion(memory.kind, memory.base, memory.size * memory.repeats)
        for memory in chip.memories
        if memory.mapped and memory.kind != "ram"
    ]
    return on_port(lambda number: GdbDoor(board, target, regions, number, loop), port)


def on_port(open_at: Callable[[int], Opened], port: int) -> Opened:
    """Opens a door at the TCP port that it had before, or where there is room."""
    try:
        return open_at(port)
    except OSError:
        return open_at(0)
