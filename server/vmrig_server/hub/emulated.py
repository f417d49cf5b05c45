# SPDX-License-Identifier: Apache-2.0
"""Emulated boards by name: the hub's side of the worker pool. All else about them goes through the doors of any board."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from vmrig_server.hub.boards import Boards
from vmrig_server.hub.requests import Once, check_same, check_text, request_hash
from vmrig_server.hub.whole import whole

MAX_REMEMBERED = 1000


class EmulatedBoard(Protocol):
    """An emulated board as it is now, as the pool tells it."""

    @property
    def target(self) -> str: ...
    @property
    def serial(self) -> str: ...
    @property
    def pace(self) -> str: ...
    @property
    def plugged(self) -> bool: ...
    @property
    def powered(self) -> bool: ...
    @property
    def remote_port(self) -> int: ...
    @property
    def dap_port(self) -> int: ...
    @property
    def rfc2217_port(self) -> int: ...
    @property
    def gdb_port(self) -> int: ...
    @property
    def usb(self) -> str: ...
    @property
    def serial_port(self) -> str: ...
    @property
    def cycles(self) -> int: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def instructions(self) -> int: ...
    @property
    def worker_pid(self) -> int: ...


class PinEdge(Protocol):
    """A change of a pin's level: "low", "high" or "float" after it."""

    @property
    def pin(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def cycle(self) -> int: ...
    @property
    def time_ns(self) -> int: ...


class RegisterCoverage(Protocol):
    """A device's register, or an address where there is none, that a firmware has accessed."""

    @property
    def peripheral(self) -> str: ...
    @property
    def register(self) -> str: ...
    @property
    def address(self) -> int: ...
    @property
    def first_pc(self) -> int: ...
    @property
    def reads(self) -> int: ...
    @property
    def writes(self) -> int: ...
    @property
    def modelled(self) -> bool: ...


class TracePiece(Protocol):
    """Some of a trace: records (emulator.proto says how), names of addresses, counts, virtual time, the core's type."""

    @property
    def records(self) -> bytes: ...
    @property
    def names(self) -> Mapping[int, str]: ...
    @property
    def counts(self) -> Sequence[tuple[int, int]]: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def core(self) -> str: ...


class EmulatorPool(Protocol):
    """What the hub asks of the pool of emulator workers. Boards are named by their USB serial number."""

    async def create(
        self, target: str, serial: str = "", pace: str = "real", plugged: bool = True, usb: str = ""
    ) -> EmulatedBoard: ...
    async def list(self) -> Sequence[EmulatedBoard]: ...
    async def get(self, serial: str) -> EmulatedBoard: ...
    async def delete(self, serial: str) -> None: ...
    async def plug(self, serial: str) -> EmulatedBoard: ...
    async def unplug(self, serial: str) -> EmulatedBoard: ...
    async def power(self, serial: str, on: bool) -> EmulatedBoard: ...
    async def drive_pin(self, serial: str, pin: str, level: str) -> str: ...
    async def pin_level(self, serial: str, pin: str) -> str: ...
    async def pin_edges(self, serial: str, pin: str = "", from_sequence: int = 0) -> tuple[Sequence[PinEdge], int]: ...
    async def coverage(self, serial: str) -> Sequence[RegisterCoverage]: ...
    def trace(
        self, serial: str, what: Sequence[str], *, from_reset: bool, duration_ns: int, max_records: int
    ) -> AsyncIterator[TracePiece]: ...


class Emulated:
    """Emulated boards by resource name, or by the selector of any board."""

    def __init__(self, pool: EmulatorPool, boards: Boards) -> None:
        self._pool = pool
        self._boards = boards
        self._once = Once()
        self._made: dict[str, tuple[str, str]] = {}

    def _serial(self, name: str) -> str:
        return name.removeprefix("emulated/") if name.startswith("emulated/") else self._boards.one(name).usb.serial

    async def create(
        self, target: str, serial: str, pace: str, plugged: bool, request_id: str = "", usb: str = ""
    ) -> EmulatedBoard:
        """Makes one. A request id is remembered as long as the service runs.

        Raises:
            VmrigError: ``REQUEST_ID_REUSED``, and those of the pool.
        """
        check_text("request_id", request_id)
        asked = request_hash(target, serial, pace, plugged, usb)

        async def make() -> EmulatedBoard:
            if request_id in self._made:
                made, stored = self._made[request_id]
                check_same(request_id, stored, asked)
                return await self._pool.get(made)
            board = await whole(self._create(target, serial, pace or "real", plugged, usb))
            if request_id:
                self._made[request_id] = (board.serial, asked)
                if len(self._made) > MAX_REMEMBERED:
                    del self._made[next(iter(self._made))]
            return board

        return await self._once.run(request_id, make)

    async def _create(self, target: str, serial: str, pace: str, plugged: bool, usb: str) -> EmulatedBoard:
        board = await self._pool.create(target, serial, pace, plugged, usb)
        await self._boards.tell_target(board.serial, target)
        return board

    async def start(self) -> None:
        """Boards of an earlier run are what they were made as."""
        for board in await self._pool.list():
            await self._boards.tell_target(board.serial, board.target)

    async def list(self) -> Sequence[EmulatedBoard]:
        """All of them, plugged in or not."""
        return await self._pool.list()

    async def get(self, name: str) -> EmulatedBoard:
        """One, with its virtual time."""
        return await self._pool.get(self._serial(name))

    async def delete(self, name: str) -> None:
        """Removes one with the contents of its flash; its aliases are free again."""
        await whole(self._delete(self._serial(name)))

    async def _delete(self, serial: str) -> None:
        await self._pool.delete(serial)
        await self._boards.forget(serial)

    async def set_plugged(self, name: str, plugged: bool) -> EmulatedBoard:
        """Into the emulated USB bus, or out of it."""
        serial = self._serial(name)
        return await whole(self._pool.plug(serial) if plugged else self._pool.unplug(serial))

    async def set_power(self, name: str, on: bool) -> EmulatedBoard:
        """Cuts or restores the chip's power."""
        return await self._pool.power(self._serial(name), on)

    async def drive_pin(self, name: str, pin: str, level: str) -> str:
        """Drives a pin from outside; returns its level then."""
        return await self._pool.drive_pin(self._serial(name), pin, level)

    async def pin_level(self, name: str, pin: str) -> str:
        """What a meter at the pin would show."""
        return await self._pool.pin_level(self._serial(name), pin)

    async def pin_edges(self, name: str, pin: str, from_sequence: int) -> tuple[Sequence[PinEdge], int]:
        """Changes of level from a sequence number on, and the number to go on from."""
        return await self._pool.pin_edges(self._serial(name), pin, from_sequence)

    async def coverage(self, name: str) -> Sequence[RegisterCoverage]:
        """Registers that the board's firmware has accessed since power on, and whether the emulator models them."""
        return await self._pool.coverage(self._serial(name))

    def trace(
        self, name: str, what: Sequence[str], *, from_reset: bool, duration_ns: int, max_records: int
    ) -> AsyncIterator[TracePiece]:
        """Records what a board does, piece by piece."""
        return self._pool.trace(
            self._serial(name), what, from_reset=from_reset, duration_ns=duration_ns, max_records=max_records
        )
