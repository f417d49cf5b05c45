# SPDX-License-Identifier: Apache-2.0
"""What every call goes through: errors become statuses with details, and mutating calls are audited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
from grpc_status import rpc_status

from vmrig_server.errors import VmrigError
from vmrig_server.hub.audit import Audit, AuditEntry
from vmrig_server.hub.requests import bare_id
from vmrig_server.hub.whole import whole
from vmrig_server.rpc.errors import rich_status, unexpected

log = logging.getLogger(__name__)

READS = ("Get", "List", "Watch", "Read", "Check", "CompileProgram", "Decompile", "Export")
"""Methods whose names begin so change nothing."""
SERVICE_PREFIX = "/vmrig.v1."

Context = grpc.aio.ServicerContext[Any, Any]
if TYPE_CHECKING:
    _Interceptor = grpc.aio.ServerInterceptor[Any, Any]  # generic in its stubs alone
else:
    _Interceptor = grpc.aio.ServerInterceptor


def _mutates(method: str) -> bool:
    return not method.rpartition("/")[2].startswith(READS)


def _entry(method: str, request: Any, caller: str, outcome: str) -> AuditEntry:
    request = getattr(request, "create", request)  # of BuildVm
    board = str(getattr(request, "board", "") or getattr(request, "name", "") or getattr(request, "alias", ""))
    lease = getattr(getattr(request, "lease", None), "lease", "")
    return AuditEntry(
        caller=caller,
        method=method.removeprefix(SERVICE_PREFIX),
        board=board,
        lease_id=bare_id(str(lease), "leases"),
        request_id=str(getattr(request, "request_id", "")),
        outcome=outcome,
    )


def _caller(context: Context) -> str:
    """Asked for while the call lives: a context whose call has gone does not survive the question."""
    return context.peer() or "?"


class ErrorsAndAudit(_Interceptor):
    """Wraps the handlers of our own services; health and reflection pass."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Puts the wrapper round the method's handler."""
        handler = await continuation(handler_call_details)
        method: str = handler_call_details.method
        if handler is None or not method.startswith(SERVICE_PREFIX):
            return handler
        coders = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            return grpc.unary_unary_rpc_method_handler(self._answer(method, handler.unary_unary), **coders)
        if handler.stream_unary:
            return grpc.stream_unary_rpc_method_handler(self._answer(method, handler.stream_unary), **coders)
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(self._stream(method, handler.unary_stream), **coders)
        if handler.stream_stream:
            return grpc.stream_stream_rpc_method_handler(self._both(method, handler.stream_stream), **coders)
        return handler

    def _answer(self, method: str, behavior: Any) -> Any:
        async def answer(request: Any, context: Context) -> Any:
            caller = _caller(context)
            try:
                response = await behavior(request, context)
            except asyncio.CancelledError:
                await self._note(method, request, caller, "CANCELLED")
                raise
            except VmrigError as error:
                await self._note(method, request, caller, error.code)
                await self._abort(context, error)
            except Exception as error:  # noqa: BLE001 - process boundary: the caller gets an incident, the log the traceback
                known = unexpected(error, method)
                await self._note(method, request, caller, known.code)
                await self._abort(context, known)
            else:
                await self._note(method, request, caller, "OK")
                return response

        return answer

    def _stream(self, method: str, behavior: Any) -> Any:
        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            outcome, caller = "CANCELLED", _caller(context)
            try:
                async with aclosing(behavior(request, context)) as messages:
                    async for message in messages:
                        yield message
                outcome = "OK"
            except VmrigError as error:
                outcome = error.code
                await self._abort(context, error)
            except Exception as error:  # noqa: BLE001 - process boundary, as above
                known = unexpected(error, method)
                outcome = known.code
                await self._abort(context, known)
            finally:
                await self._note(method, request, caller, outcome)

        return stream

    def _both(self, method: str, behavior: Any) -> Any:
        """Streams both ways: the first request says what the call is about."""

        async def both(requests: Any, context: Context) -> AsyncIterator[Any]:
            first = await anext(aiter(requests), None)

            async def again() -> AsyncIterator[Any]:
                if first is not None:
                    yield first
                async for request in requests:
                    yield request

            stream = self._stream(method, lambda _, context: behavior(again(), context))
            async with aclosing(stream(getattr(first, "start", first), context)) as messages:
                async for message in messages:
                    yield message

        return both

    @staticmethod
    async def _abort(context: Context, error: VmrigError) -> None:
        status = rpc_status.to_status(rich_status(error))
        await context.abort(status.code, status.details, status.trailing_metadata)

    async def _note(self, method: str, request: Any, caller: str, outcome: str) -> None:
        if _mutates(method):
            # Whole, because a caller that goes away does not undo what it did.
            await whole(self._audit.note(_entry(method, request, caller, outcome)))
