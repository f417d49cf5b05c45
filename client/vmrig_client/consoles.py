# SPDX-License-Identifier: Apache-2.0
"""Consoles of boards, for asyncio: read, waited for, typed at."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator

from vmrig.v1 import consoles_pb2, consoles_pb2_grpc, leases_pb2

from vmrig_client.connection import Connection, lease_ref
from vmrig_client.errors import DEADLINE, ApiError


class ConsoleCalls(Connection):
    """The Consoles service of a client."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._consoles = consoles_pb2_grpc.ConsolesStub(self._channel)

    def console(self, board: str, offset: int = 0, follow: bool = True) -> AsyncIterator[consoles_pb2.ConsoleChunk]:
        """A board's console from a byte offset on (negative: before the end)."""
        request = consoles_pb2.ReadConsoleRequest(board=board, offset=offset, follow=follow)
        return self._stream(self._consoles.ReadConsole, request)

    async def console_end(self, board: str) -> int:
        """The offset at which the next byte of the console will stand."""
        end = 0
        async for chunk in self.console(board, -1, follow=False):
            end = chunk.offset + len(chunk.data)
        return end

    async def expect(self, board: str, text: str, *, offset: int = 0, timeout_s: float = 10.0) -> str:
        """Waits until a text is on a board's console.

        Args:
            board: name or selector.
            text: what to wait for.
            offset: where to begin to look.
            timeout_s: `ApiError` ``DEADLINE`` with the last lines after so long.

        Returns:
            Everything from the offset to the end of the chunk that completed the text.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        said = ""
        try:
            async with asyncio.timeout(timeout_s):
                async for chunk in self.console(board, offset):
                    said += decoder.decode(chunk.data)
                    if text in said:
                        return said
        except TimeoutError:
            pass
        lines = said.splitlines()[-5:]
        raise ApiError(
            "DEADLINE",
            f"The console did not show {text!r} within {timeout_s:g} s.",
            lines,
            f"vmrig console {board}",
            DEADLINE,
        )

    async def write_console(self, lease: leases_pb2.Lease, data: bytes) -> None:
        """Types at the board."""
        request = consoles_pb2.WriteConsoleRequest(board=lease.board, lease=lease_ref(lease), data=data)
        await self._call(self._consoles.WriteConsole(request, timeout=self.timeout_s))

    @contextlib.asynccontextmanager
    async def released_port(self, lease: leases_pb2.Lease) -> AsyncIterator[str]:
        """Inside the block the service leaves the board's serial port to you; gives the port's path on the board's host.

        Raises:
            ApiError: ``NO_SERIAL_PORT``, ``BOARD_BUSY``, ``BOARD_GONE``.
        """
        request = consoles_pb2.ReleasePortRequest(board=lease.board, lease=lease_ref(lease))
        async with contextlib.aclosing(self._stream(self._consoles.ReleasePort, request)) as ports:
            yield (await anext(ports)).port
