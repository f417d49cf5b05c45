# SPDX-License-Identifier: Apache-2.0
"""vmrig.v1.Debugger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from vmrig.v1 import debug_pb2, debug_pb2_grpc

from vmrig_server.errors import VmrigError
from vmrig_server.hub.debugging import Incoming, Sent
from vmrig_server.hub.hub import Hub
from vmrig_server.hub.streams import closing
from vmrig_server.rpc import translate
from vmrig_server.rpc.interceptor import Context

if TYPE_CHECKING:
    from vmrig_server.bytecode.repl.serve import Wish


async def _messages(requests: AsyncIterator[debug_pb2.RunDebuggerRequest]) -> AsyncIterator[Incoming]:
    async for request in requests:
        which = request.WhichOneof("message")
        if which == "dap":
            yield request.dap
        elif which == "program":
            sent = request.program
            if sent.error:
                yield Sent("", "", "", sent.error)
                continue
            if sent.WhichOneof("program") is None:
                raise VmrigError("ARGUMENT_INVALID", "The program has neither source nor image.")
            text = sent.source if sent.WhichOneof("program") == "source" else sent.image
            place = (sent.board, translate.lease_ref(sent.lease)) if sent.board else None
            yield Sent(text, sent.filename, sent.path, place=place)
        else:
            raise VmrigError(
                "ARGUMENT_INVALID", "A debugger's later messages are programs and messages of its protocol."
            )


class DebuggerServicer(debug_pb2_grpc.DebuggerServicer):
    """Translates and delegates to `hub.debugging`."""

    def __init__(self, hub: Hub) -> None:
        self._debugging = hub.debugging

    async def RunDebugger(
        self, request_iterator: AsyncIterator[debug_pb2.RunDebuggerRequest], context: Context
    ) -> AsyncIterator[debug_pb2.RunDebuggerResponse]:
        """The Debug Adapter Protocol, both ways."""
        first = await anext(aiter(request_iterator), None)
        if first is None or first.WhichOneof("message") != "start":
            raise VmrigError("ARGUMENT_INVALID", "A debugger's first message says where: `start`.")
        messages = _messages(request_iterator)
        start = first.start
        if start.board:
            answers = self._debugging.on_board(start.board, translate.lease_ref(start.lease), messages)
        else:
            answers = self._debugging.debug(messages)
        async with closing(answers) as stream:
            async for answer in stream:
                yield debug_pb2.RunDebuggerResponse(dap=answer)

    async def RunProfile(
        self, request: debug_pb2.RunProfileRequest, context: Context
    ) -> AsyncIterator[debug_pb2.RunProfileResponse]:
        """Output as it comes, then the profile."""
        from vmrig_server.bytecode.debug.profile import profile_text

        which = request.WhichOneof("program")
        if which is None:
            raise VmrigError("ARGUMENT_INVALID", "The request has neither source nor image.")
        program: str | bytes = request.source if which == "source" else request.image
        place = (request.board, translate.lease_ref(request.lease)) if request.board else None
        run = self._debugging.profile(program, request.filename, place, request.heap_size_bytes)
        async with closing(run) as news:
            async for item in news:
                if isinstance(item, bytes):
                    yield debug_pb2.RunProfileResponse(output=item)
                    continue
                found = item.profile
                ended = debug_pb2.RunProfileResponse.Ended(
                    traceback=item.traceback,
                    exact=found.exact,
                    instructions=found.instructions,
                    text=profile_text(found, request.source),
                )
                for row in found.lines:
                    ended.lines.add(file=row.file, line=row.line, function=row.function, count=row.count)
                for stack, count in found.stacks.items():
                    ended.stacks.add(count=count, frames=[f"{name}:{line}" if line else name for name, line in stack])
                yield debug_pb2.RunProfileResponse(ended=ended)

    async def RunRepl(
        self, request_iterator: AsyncIterator[debug_pb2.RunReplRequest], context: Context
    ) -> AsyncIterator[debug_pb2.RunReplResponse]:
        """Lines in; what they print, and their ends."""
        from vmrig_server.bytecode.repl.serve import Complete, Completions

        first = await anext(aiter(request_iterator), None)
        if first is None or first.WhichOneof("message") != "start":
            raise VmrigError("ARGUMENT_INVALID", "A REPL's first message says where: `start`.")
        start = first.start
        which = start.WhichOneof("program")
        program = None
        if which is not None:
            program = Sent(start.source if which == "source" else start.image, start.filename, "")
        place = (start.board, translate.lease_ref(start.lease)) if start.board else None

        async def lines() -> AsyncIterator[Wish]:
            async for request in request_iterator:
                which = request.WhichOneof("message")
                yield (
                    None
                    if which == "interrupt"
                    else Complete(request.complete)
                    if which == "complete"
                    else request.line
                )

        async with closing(self._debugging.repl(program, place, start.heap_size_bytes, lines())) as answers:
            async for answer in answers:
                if isinstance(answer, bytes):
                    yield debug_pb2.RunReplResponse(output=answer)
                elif isinstance(answer, Completions):
                    found = debug_pb2.RunReplResponse.Completions(words=answer.words)
                    yield debug_pb2.RunReplResponse(completions=found)
                else:
                    yield debug_pb2.RunReplResponse(done=debug_pb2.RunReplResponse.Done(text=answer.text))

    async def ReadHeap(self, request: debug_pb2.ReadHeapRequest, context: Context) -> debug_pb2.ReadHeapResponse:
        """The heap of a board's program."""
        from vmrig_server.bytecode.debug.heap import PAGE, heap_text

        found = await self._debugging.heap(request.board, translate.lease_ref(request.lease), request.collect)
        runs = [
            debug_pb2.ReadHeapResponse.Run(kind=run.kind, used_cells=run.used, pages=run.pages) for run in found.runs
        ]
        return debug_pb2.ReadHeapResponse(
            page_bytes=PAGE,
            pages=found.page_count,
            used_bytes=found.used,
            peak_bytes=found.peak,
            collections=found.collections,
            runs=runs,
            largest_free_bytes=found.largest_free,
            fragmentation=found.fragmentation,
            text=heap_text(found),
        )
