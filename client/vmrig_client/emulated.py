# SPDX-License-Identifier: Apache-2.0
"""Emulated boards, for asyncio: make, plug, power, touch pins."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence

import grpc
from vmrig.v1 import emulator_pb2, emulator_pb2_grpc

from vmrig_client.connection import Call, Stream

TIMEOUT_S = 15.0
LEVELS = {"low": emulator_pb2.LEVEL_LOW, "high": emulator_pb2.LEVEL_HIGH, "float": emulator_pb2.LEVEL_FLOAT}


class Emulated:
    """The Emulator service of a client. `name` is a resource name or a board selector throughout."""

    def __init__(self, channel: grpc.aio.Channel, call: Call, stream: Stream) -> None:
        self._stub = emulator_pb2_grpc.EmulatorStub(channel)
        self._call = call
        self._stream = stream

    async def create(
        self, target: str, *, serial: str = "", pace: str = "real", unplugged: bool = False, usb: str = ""
    ) -> emulator_pb2.EmulatedBoard:
        """A new board of a target, plugged into the emulated USB bus.

        Args:
            target: e.g. "microbit_v2".
            serial: USB serial number; a fresh one by default.
            pace: "real" (virtual time does not run ahead of the clock on the wall) or "fast".
            unplugged: leave it unplugged.
            usb: in which of the target's ways it is plugged in (another connector, another bridge); the usual one by default.
        """
        request = emulator_pb2.CreateEmulatedBoardRequest(
            target=target, serial=serial, pace=pace, unplugged=unplugged, request_id=uuid.uuid4().hex, usb=usb
        )
        return await self._call(self._stub.CreateEmulatedBoard(request, timeout=TIMEOUT_S))

    async def list(self) -> Sequence[emulator_pb2.EmulatedBoard]:
        """All that exist, plugged in or not."""
        request = emulator_pb2.ListEmulatedBoardsRequest()
        return (await self._call(self._stub.ListEmulatedBoards(request, timeout=TIMEOUT_S))).boards

    async def get(self, name: str) -> emulator_pb2.EmulatedBoard:
        """One, with its virtual time."""
        request = emulator_pb2.GetEmulatedBoardRequest(name=name)
        return await self._call(self._stub.GetEmulatedBoard(request, timeout=TIMEOUT_S))

    async def delete(self, name: str) -> None:
        """Removes a board and its flash contents."""
        request = emulator_pb2.DeleteEmulatedBoardRequest(name=name)
        await self._call(self._stub.DeleteEmulatedBoard(request, timeout=TIMEOUT_S))

    async def plug(self, name: str, plugged: bool = True) -> emulator_pb2.EmulatedBoard:
        """Into the USB bus, or out of it."""
        request = emulator_pb2.SetPluggedRequest(name=name, plugged=plugged)
        return await self._call(self._stub.SetPlugged(request, timeout=TIMEOUT_S))

    async def power(self, name: str, on: bool) -> emulator_pb2.EmulatedBoard:
        """Cuts or restores the chip's power."""
        request = emulator_pb2.SetPowerRequest(name=name, on=on)
        return await self._call(self._stub.SetPower(request, timeout=TIMEOUT_S))

    async def drive_pin(self, name: str, pin: str, level: str) -> emulator_pb2.PinState:
        """Drives a pin from outside: level "low", "high" or "float"."""
        request = emulator_pb2.DrivePinRequest(name=name, pin=pin, level=LEVELS[level])
        return await self._call(self._stub.DrivePin(request, timeout=TIMEOUT_S))

    async def pin(self, name: str, pin: str) -> emulator_pb2.PinState:
        """What a meter at the pin would show."""
        request = emulator_pb2.GetPinRequest(name=name, pin=pin)
        return await self._call(self._stub.GetPin(request, timeout=TIMEOUT_S))

    async def pin_edges(self, name: str, pin: str = "", from_sequence: int = 0) -> emulator_pb2.ListPinEdgesResponse:
        """Changes of level since a sequence number, in virtual time."""
        request = emulator_pb2.ListPinEdgesRequest(name=name, pin=pin, from_sequence=from_sequence)
        return await self._call(self._stub.ListPinEdges(request, timeout=TIMEOUT_S))

    async def coverage(self, name: str) -> Sequence[emulator_pb2.Coverage.Register]:
        """Registers of devices that the firmware has accessed since power on, by address."""
        request = emulator_pb2.GetCoverageRequest(name=name)
        return (await self._call(self._stub.GetCoverage(request, timeout=TIMEOUT_S))).registers

    def trace(
        self,
        name: str,
        *,
        instructions: bool = False,
        accesses: bool = False,
        exceptions: bool = False,
        counts: bool = False,
        from_reset: bool = False,
        duration_s: float = 0.0,
        max_records: int = 0,
    ) -> AsyncIterator[emulator_pb2.WatchTraceResponse]:
        """Records what a board does; `vmrig_client.tracing` makes text, lcov and VCD of it.

        Args:
            instructions, accesses, exceptions: record each of them (accesses are those to devices).
            counts: count the executions of each instruction; the last response has them, and without an end one a second.
            from_reset: cut the chip's power first, so that the trace begins with the first instruction.
            duration_s: of virtual time; 0: until the iteration is given up.
            max_records: 0: no end.
        """
        request = emulator_pb2.WatchTraceRequest(
            name=name,
            instructions=instructions,
            accesses=accesses,
            exceptions=exceptions,
            counts=counts,
            from_reset=from_reset,
            duration_ns=round(duration_s * 1e9),
            max_records=max_records,
        )
        return self._stream(self._stub.WatchTrace, request)
