# SPDX-License-Identifier: Apache-2.0
"""A client's connection to one service, and the calls on it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from types import TracebackType
from typing import Any, Protocol, TypeVar

import grpc
from vmrig.v1 import common_pb2, leases_pb2

from vmrig_client.address import check_address, default_address
from vmrig_client.errors import ApiError

_T = TypeVar("_T")
_Self = TypeVar("_Self", bound="Connection")


class Call(Protocol):
    """Awaits a call; its errors become `ApiError`."""

    async def __call__(self, call: Awaitable[_T]) -> _T: ...


class Stream(Protocol):
    """Messages of a streaming method; its errors become `ApiError`."""

    def __call__(self, method: Any, request: Any) -> AsyncIterator[Any]: ...


class Connection:
    """A connection to one service.

    Args:
        address: gRPC target, "unix:/path" or "host:port"; default: this user's service.
        timeout_s: deadline of a plain call; streams have none.

    Raises:
        ApiError: ``NO_SERVICE`` for an address at which none can be.
    """

    def __init__(self, address: str | None = None, *, timeout_s: float = 15.0) -> None:
        self.address = address or default_address()
        check_address(self.address)
        self.timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(self.address)

    async def __aenter__(self: _Self) -> _Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the connection and every stream on it."""
        await self._channel.close(None)

    async def _call(self, call: Awaitable[_T]) -> _T:
        try:
            return await call
        except grpc.RpcError as error:
            raise ApiError.from_rpc(error, self.address) from None

    async def _stream(self, method: Any, request: Any) -> AsyncGenerator[Any, None]:
        # The call is made here and not by the caller, who may be in a thread without an event loop.
        call = method(request)
        try:
            async for message in call:
                yield message
        except grpc.RpcError as error:
            raise ApiError.from_rpc(error, self.address) from None
        finally:
            call.cancel()


def lease_ref(lease: leases_pb2.Lease) -> common_pb2.LeaseRef:
    """What calls on the lease's board carry."""
    return common_pb2.LeaseRef(lease=lease.name, fence=lease.fence)
