# SPDX-License-Identifier: Apache-2.0
"""Programs under the eye of a person, for asyncio: the debugger, the REPL, profiles, the heap."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from vmrig.v1 import debug_pb2, debug_pb2_grpc, leases_pb2

from vmrig_client.connection import Connection, lease_ref
from vmrig_client.programs import put_program


class DebugCalls(Connection):
    """The Debugger service of a client."""

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._debugger = debug_pb2_grpc.DebuggerStub(self._channel)

    def debug(
        self, requests: AsyncIterator[debug_pb2.RunDebuggerRequest]
    ) -> AsyncGenerator[debug_pb2.RunDebuggerResponse, None]:
        """The Debug Adapter Protocol with a program: the first request is `start`."""
        return self._stream(self._debugger.RunDebugger, requests)

    def repl(
        self, requests: AsyncIterator[debug_pb2.RunReplRequest]
    ) -> AsyncGenerator[debug_pb2.RunReplResponse, None]:
        """Lines that run one after the other with each other's variables: the first request is `start`."""
        return self._stream(self._debugger.RunRepl, requests)

    def profile(
        self,
        program: str | bytes,
        filename: str = "program.py",
        *,
        lease: leases_pb2.Lease | None = None,
        heap_size_bytes: int = 0,
    ) -> AsyncGenerator[debug_pb2.RunProfileResponse, None]:
        """Runs a program to its end, on the lease's board or on the host's VM: output, then where its instructions went."""
        request = debug_pb2.RunProfileRequest(filename=filename, heap_size_bytes=heap_size_bytes)
        if lease is not None:
            request.board = lease.board
            request.lease.CopyFrom(lease_ref(lease))
        put_program(request, program)
        return self._stream(self._debugger.RunProfile, request)

    async def heap(self, lease: leases_pb2.Lease, *, collect: bool = False) -> debug_pb2.ReadHeapResponse:
        """The heap of the program on a board, page by page."""
        request = debug_pb2.ReadHeapRequest(board=lease.board, lease=lease_ref(lease), collect=collect)
        return await self._call(self._debugger.ReadHeap(request, timeout=60.0))
