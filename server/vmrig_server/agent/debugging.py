# SPDX-License-Identifier: Apache-2.0
"""A debugger's requests over the link of a board, and what the board says meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from vmrig_server.agent.api import BoardId, DebugNews, Names
from vmrig_server.agent.consoles.port import ConsolePort
from vmrig_server.agent.link import Event, EventKind, Link, LinkError, LinkRefused, ProgramState, RunAction, Status
from vmrig_server.agent.uplink import chain, check_binding, identify, refusal
from vmrig_server.errors import ErrorClass, VmrigError

DETACH = bytes([1, 16])
"""ATTACH with the flag that lets the program go on without a debugger (vmimages/core/debug.h)."""
END = b""
"""Instead of a request: ends the program."""
START = 16
"""First byte of the request that starts the next line of a REPL."""
LOOK_AGAIN_S = 1.0
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
            state.begun()
        tell(DebugNews("started"))
        looking = asyncio.create_task(_look(link, state) if image else _nothing())
        try:
            async for request in requests:
                if request == END:
                    await link.stop()
                    continue
                if request[0] == START:
                    state.begun()
                await _answer(link, board, request, tell)
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            if image and not state.ended:
                with contextlib.suppress(LinkError, VmrigError):
                    await asyncio.shield(link.debug(DETACH))


async def _nothing() -> None:
    """For a program that somebody else started."""


async def _look(link: Link, state: _Watch) -> None:
    """The event of an end can be lost on the line: nobody would wait for it for ever."""
    before: tuple[int, int] | None = None
    while True:
        await asyncio.sleep(LOOK_AGAIN_S)
        starts = state.starts
        if state.ended:
            continue
        with contextlib.suppress(LinkError, VmrigError):
            now = await link.status()
            here = (starts, now.instructions) if not now.state.alive else None
            # Twice the same: an end that has only just come is told of by its event.
            if here is not None and here == before and starts == state.starts:
                state.missed(now.state)
            before = here


class _Watch:
    """What the board says of this program: what comes before its start is of the one before."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._started = False
        self.starts = 0
        self.ended = False

    def begun(self) -> None:
        """The board has been asked to start the program, or the next line of a REPL; the event that says so may be lost."""
        self._started, self.ended = True, False
        self.starts += 1

    def missed(self, state: ProgramState) -> None:
        """The program is no more, and no event said so."""
        if self.ended:
            return
        self.ended = True
        text = "an exception, whose text was lost on the line" if state is ProgramState.RAISED else ""
        self._tell(DebugNews("ended", text=text, stopped=state not in (ProgramState.RAISED, ProgramState.ENDED)))

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
