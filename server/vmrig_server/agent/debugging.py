# SPDX-License-Identifier: Apache-2.0
"""A debugger's requests over the link of a board, and what the board says meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from vmrig_server.agent.api import BoardId, DebugNews, Names
from vmrig_server.agent.consoles.port import ConsolePort
from vmrig_server.agent.link import Event, EventKind, Link, LinkError, LinkRefused, RunAction, Status
from vmrig_server.agent.uplink import chain, check_binding, identify, refusal
from vmrig_server.errors import ErrorClass, VmrigError

DETACH = bytes([1, 16])
"""ATTACH with the flag that lets the program go on without a debugger (vmimages/core/debug.h)."""
END = b""
"""Instead of a request: ends the program."""
Tell = Callable[[DebugNews], None]
_ENDS = (EventKind.ENDED, EventKind.RAISED, EventKind.STOPPED)


async def debug_program(
    port: ConsolePort,
    board: BoardId,
    image: bytes,
    requests: AsyncIterator[bytes],
    tell: Tell,
    names: Names | None = None,
) -> None:
    """Uplinks a program, starts it so that it stands, and answers requests until there are no more; then it goes on alone.

    Without an image the program that runs is asked, and neither started nor changed.

    Raises:
        VmrigError: those of `run_program`; ``DEBUG_UNSUPPORTED`` for a VM that cannot be debugged.
    """
    link = await port.open()
    check_binding(board, await identify(port, board, "vm", booted=False))
    if image:
        try:
            committed = await link.uplink(image)
        except LinkRefused as refused:
            if refused.status is not Status.BAD_CONTAINER:
                raise
            raise await asyncio.to_thread(refusal, refused, image) from refused
        await port.name(committed.slot, names)
    state = _Watch(tell)
    watching = port.watching(state.on_event, state.on_output) if image else contextlib.nullcontext()
    with watching:
        if image:
            await _start(link, board)
        tell(DebugNews("started"))
        try:
            async for request in requests:
                if request == END:
                    await link.stop()
                    continue
                await _answer(link, board, request, tell)
        finally:
            if image and not state.ended:
                with contextlib.suppress(LinkError, VmrigError):
                    await asyncio.shield(link.debug(DETACH))


class _Watch:
    """What the board says of this program: what comes before its start is of the one before."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._started = False
        self.ended = False

    def on_output(self, data: bytes) -> None:
        if self._started:
            self._tell(DebugNews("output", data))

    def on_event(self, event: Event) -> None:
        if event.kind is EventKind.STARTED:
            self._started = True
        elif event.kind is EventKind.FAULT:
            self.ended = True
            self._tell(DebugNews("ended", text="the firmware faulted; the board has booted anew"))
        elif self._started and event.kind is EventKind.PAUSED:
            self._tell(DebugNews("stopped"))
        elif self._started and event.kind in _ENDS:
            self.ended = True
            stopped = event.kind is EventKind.STOPPED
            earlier = tuple((is_cause, e.text, e.places) for is_cause, e in chain(event))
            self._tell(DebugNews("ended", b"", event.text, event.places, stopped, earlier))


async def _start(link: Link, board: BoardId) -> None:
    try:
        await link.run(RunAction.DEBUG)
    except LinkRefused as refused:
        if refused.status in (Status.NOT_SUPPORTED, Status.BAD_REQUEST):
            raise _unsupported(board, refused) from refused
        raise


async def _answer(link: Link, board: BoardId, request: bytes, tell: Tell) -> None:
    try:
        answer = await link.debug(request)
    except LinkRefused as refused:
        if refused.status in (Status.NOT_SUPPORTED, Status.UNKNOWN_REQUEST):
            raise _unsupported(board, refused) from refused
        tell(DebugNews("refused", text=refused.status.sentence))
    else:
        tell(DebugNews("answer", answer))


def _unsupported(board: BoardId, refused: LinkRefused) -> VmrigError:
    return VmrigError(
        "DEBUG_UNSUPPORTED",
        f"The VM on board {board} cannot be debugged.",
        evidence=["its profile leaves debugging out, or it is older than this service", *refused.evidence],
        next_command=f"vmrig vm available {board}",
        error_class=ErrorClass.REQUEST,
    )
