# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Consoles."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vmrig.v1 import consoles_pb2, consoles_pb2_grpc

from vmrig_server.hub.hub import Hub
from vmrig_server.hub.streams import closing
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context


class ConsolesServicer(consoles_pb2_grpc.ConsolesServicer):
    """Translates and delegates to the agent's recordings."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def ReadConsole(
        self, request: consoles_pb2.ReadConsoleRequest, context: Context
    ) -> AsyncIterator[consoles_pb2.ConsoleChunk]:
        """From an offset on; needs no lease."""
        board = self._hub.boards.one(request.board)
        async with closing(self._hub.agent.read_console(board.board_id, request.offset, request.follow)) as chunks:
            async for chunk in chunks:
                yield translate.chunk_message(chunk)

    async def WriteConsole(
        self, request: consoles_pb2.WriteConsoleRequest, context: Context
    ) -> consoles_pb2.WriteConsoleResponse:
        """Types at the board, under a lease."""
        await self._hub.desk.write_console(request.board, translate.lease_ref(request.lease), request.data)
        return consoles_pb2.WriteConsoleResponse()

    async def ReleasePort(
        self, request: consoles_pb2.ReleasePortRequest, context: Context
    ) -> AsyncIterator[consoles_pb2.ReleasePortResponse]:
        """Lets go of the serial port while the call lasts, under a lease."""
        ref = translate.lease_ref(request.lease)
        async with closing(self._hub.desk.release_port(request.board, ref)) as ports:
            async for port in ports:
                yield consoles_pb2.ReleasePortResponse(port=port)
