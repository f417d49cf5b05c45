# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vmrig.v1 import emulator_pb2, emulator_pb2_grpc

from vmrig_server.errors import VmrigError
from vmrig_server.hub.emulated import EmulatedBoard
from vmrig_server.hub.hub import Hub
from vmrig_server.rpc.interceptor import Context

_LEVEL_NAMES = {
    emulator_pb2.LEVEL_LOW: "low",
    emulator_pb2.LEVEL_HIGH: "high",
    emulator_pb2.LEVEL_FLOAT: "float",
}
_LEVELS = {name: level for level, name in _LEVEL_NAMES.items()}


def _message(board: EmulatedBoard) -> emulator_pb2.EmulatedBoard:
    return emulator_pb2.EmulatedBoard(
        name=f"emulated/{board.serial}",
        target=board.target,
        serial=board.serial,
        plugged=board.plugged,
        powered=board.powered,
        remote_port=board.remote_port,
        dap_port=board.dap_port,
        serial_port=board.serial_port,
        rfc2217_port=board.rfc2217_port,
        gdb_port=board.gdb_port,
        usb=board.usb,
        pace=board.pace,
        cycles=board.cycles,
        time_ns=board.time_ns,
        worker_pid=board.worker_pid,
        instructions=board.instructions,
    )


class EmulatorServicer(emulator_pb2_grpc.EmulatorServicer):
    """Translates and delegates to `hub.emulated`."""

    def __init__(self, hub: Hub) -> None:
        self._emulated = hub.emulated

    async def CreateEmulatedBoard(
        self, request: emulator_pb2.CreateEmulatedBoardRequest, context: Context
    ) -> emulator_pb2.EmulatedBoard:
        """Makes one and plugs it in."""
        board = await self._emulated.create(
            request.target, request.serial, request.pace, not request.unplugged, request.request_id, request.usb
        )
        return _message(board)

    async def ListEmulatedBoards(
        self, request: emulator_pb2.ListEmulatedBoardsRequest, context: Context
    ) -> emulator_pb2.ListEmulatedBoardsResponse:
        """All of them."""
        boards = await self._emulated.list()
        return emulator_pb2.ListEmulatedBoardsResponse(boards=[_message(board) for board in boards])

    async def GetEmulatedBoard(
        self, request: emulator_pb2.GetEmulatedBoardRequest, context: Context
    ) -> emulator_pb2.EmulatedBoard:
        """One, with its virtual time."""
        return _message(await self._emulated.get(request.name))

    async def DeleteEmulatedBoard(
        self, request: emulator_pb2.DeleteEmulatedBoardRequest, context: Context
    ) -> emulator_pb2.DeleteEmulatedBoardResponse:
        """With the contents of its flash."""
        await self._emulated.delete(request.name)
        return emulator_pb2.DeleteEmulatedBoardResponse()

    async def SetPlugged(self, request: emulator_pb2.SetPluggedRequest, context: Context) -> emulator_pb2.EmulatedBoard:
        """Into the USB bus, or out of it."""
        return _message(await self._emulated.set_plugged(request.name, request.plugged))

    async def SetPower(self, request: emulator_pb2.SetPowerRequest, context: Context) -> emulator_pb2.EmulatedBoard:
        """Of the chip."""
        return _message(await self._emulated.set_power(request.name, request.on))

    async def DrivePin(self, request: emulator_pb2.DrivePinRequest, context: Context) -> emulator_pb2.PinState:
        """From outside."""
        level = _LEVEL_NAMES.get(request.level)
        if level is None:
            raise VmrigError("ARGUMENT_INVALID", "The level is low, high or float.")
        after = await self._emulated.drive_pin(request.name, request.pin, level)
        return emulator_pb2.PinState(pin=request.pin, level=_LEVELS[after])

    async def GetPin(self, request: emulator_pb2.GetPinRequest, context: Context) -> emulator_pb2.PinState:
        """What a meter at the pin would show."""
        level = await self._emulated.pin_level(request.name, request.pin)
        return emulator_pb2.PinState(pin=request.pin, level=_LEVELS[level])

    async def ListPinEdges(
        self, request: emulator_pb2.ListPinEdgesRequest, context: Context
    ) -> emulator_pb2.ListPinEdgesResponse:
        """Changes of level in virtual time."""
        edges, following = await self._emulated.pin_edges(request.name, request.pin, request.from_sequence)
        return emulator_pb2.ListPinEdgesResponse(
            edges=[
                emulator_pb2.ListPinEdgesResponse.Edge(
                    pin=edge.pin, level=_LEVELS[edge.level], cycle=edge.cycle, time_ns=edge.time_ns
                )
                for edge in edges
            ],
            next_sequence=following,
        )

    async def GetCoverage(self, request: emulator_pb2.GetCoverageRequest, context: Context) -> emulator_pb2.Coverage:
        """What the firmware has touched."""
        found = await self._emulated.coverage(request.name)
        return emulator_pb2.Coverage(
            registers=[
                emulator_pb2.Coverage.Register(
                    peripheral=entry.peripheral,
                    register=entry.register,
                    address=entry.address,
                    first_pc=entry.first_pc,
                    reads=entry.reads,
                    writes=entry.writes,
                    modelled=entry.modelled,
                )
                for entry in found
            ]
        )

    async def WatchTrace(
        self, request: emulator_pb2.WatchTraceRequest, context: Context
    ) -> AsyncIterator[emulator_pb2.WatchTraceResponse]:
        """What the board does, as it does it."""
        kinds = ("instructions", "accesses", "exceptions", "counts")
        pieces = self._emulated.trace(
            request.name,
            [kind for kind in kinds if getattr(request, kind)],
            from_reset=request.from_reset,
            duration_ns=request.duration_ns,
            max_records=request.max_records,
        )
        async for piece in pieces:
            yield emulator_pb2.WatchTraceResponse(
                records=piece.records,
                names=piece.names,
                counted_addresses=[address for address, _ in piece.counts],
                counts=[count for _, count in piece.counts],
                time_ns=piece.time_ns,
                core=piece.core,
            )
