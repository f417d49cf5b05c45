# SPDX-License-Identifier: Apache-2.0
"""One board's presence, fence and job: who may change it now, and what ends the change before its time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from vmrig_server.agent.api import AttachedBoard, BoardId
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)
T = TypeVar("T")

GONE_LAG_S = 0.9
"""A tool notices an unplugged board sooner than discovery does: its error waits so long for discovery's word."""

_GONE_GRACE_S = 0.25
"""After the board left, a running step may say so itself, with its own evidence, within this time."""


@dataclass(slots=True)
class RunningJob:
    kind: str
    fence: int
    task: asyncio.Task[Any]
    superseded: str = ""
    """Holder of the newer lease that ended the job."""


class BoardActor:
    """Lets one job at a time change the board, under the newest fence seen.

    The highest fence is kept in memory: it begins anew with the process, as all streams and jobs of the process do.
    """

    def __init__(self, board_id: BoardId) -> None:
        self.board_id = board_id
        self.fence = 0
        self.holder = ""
        self.gone = asyncio.Event()
        """Set while the board is absent; made anew for every plug-in, so that a wait for it means this stay of the board."""
        self.gone.set()
        self._attached: AttachedBoard | None = None
        self._job: RunningJob | None = None

    @property
    def attached(self) -> AttachedBoard | None:
        """The board as it is plugged in now."""
        return self._attached

    def arrived(self, board: AttachedBoard) -> bool:
        """Takes a description; False when the board was there already and only its description changed."""
        new = self._attached is None
        self._attached = board
        if new:
            self.gone = asyncio.Event()
        return new

    def left(self) -> None:
        self._attached = None
        self.gone.set()

    def require(self) -> AttachedBoard:
        """The board as plugged in.

        Raises:
            VmrigError: ``BOARD_GONE``.
        """
        if self._attached is None:
            raise VmrigError(
                "BOARD_GONE",
                f"Board {self.board_id} is not plugged in.",
                next_command="vmrig boards",
                error_class=ErrorClass.BENCH,
            )
        return self._attached

    def check_fence(self, fence: int) -> None:
        """Refuses an older fence; a newer one becomes the board's.

        Raises:
            VmrigError: ``FENCE_OLD``.
        """
        if fence < self.fence:
            raise VmrigError(
                "FENCE_OLD",
                f"The lease of this call has ended: its fence is {fence}, board {self.board_id} has seen {self.fence}.",
                evidence=[f"held by {self.holder}"] if self.holder else (),
                next_command=f"vmrig lease request {self.board_id}",
                error_class=ErrorClass.PERMISSION,
            )
        self.raise_fence(fence, "")

    def raise_fence(self, fence: int, holder: str) -> bool:
        """Makes a fence the board's, ending a job under an older one; False when it is not newer than what was seen."""
        if fence == self.fence and holder:
            self.holder = holder
        if fence <= self.fence:
            return False
        self.fence, self.holder = fence, holder
        job = self._job
        if job is not None and job.fence < fence and not job.superseded:
            LOG.warning("board %s: %s under fence %d is ended by fence %d", self.board_id, job.kind, job.fence, fence)
            job.superseded = holder or "a newer lease"
            job.task.cancel()
        return True

    async def run(self, kind: str, fence: int, body: Callable[[], Awaitable[T]]) -> T:
        """Runs a job that changes the board.

        Raises:
            VmrigError: ``FENCE_OLD``, ``BOARD_GONE``, ``BOARD_BUSY``, and what the body raises.
            asyncio.CancelledError: when the caller is cancelled; the body has then ended.
        """
        self.check_fence(fence)
        self.require()
        if self._job is not None:
            raise VmrigError(
                "BOARD_BUSY",
                f"Board {self.board_id} is busy: {self._job.kind} is running.",
                next_command="vmrig jobs",
                error_class=ErrorClass.BENCH,
            )
        gone = self.gone
        task: asyncio.Task[T] = asyncio.ensure_future(_as_coroutine(body))
        job = self._job = RunningJob(kind, fence, task)
        leaving = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=_GONE_GRACE_S)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
            return await self._outcome(job, task, gone)
        finally:
            leaving.cancel()
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            self._job = None

    async def _outcome(self, job: RunningJob, task: asyncio.Task[T], gone: asyncio.Event) -> T:
        """The body's result, or its error in the words of what really happened."""
        if task.cancelled():
            if job.superseded:
                raise VmrigError(
                    "FENCE_OLD",
                    f"The {job.kind} of board {self.board_id} was stopped: its lease has ended.",
                    evidence=[f"held by {job.superseded}"],
                    next_command=f"vmrig lease request {self.board_id}",
                    error_class=ErrorClass.PERMISSION,
                )
            if gone.is_set():
                raise self._board_gone(job.kind, ())
            raise asyncio.CancelledError
        failure = task.exception()
        if _may_be_absence(failure) and await _set_within(gone, GONE_LAG_S):
            assert isinstance(failure, VmrigError)
            raise self._board_gone(job.kind, (f"{failure.code}: {failure.message}", *failure.evidence)) from failure
        if isinstance(failure, VmrigError):
            # The rooms below know no board by its name.
            failure.next_command = failure.next_command.replace(" BOARD", f" {self.board_id}")
        return task.result()

    def _board_gone(self, kind: str, evidence: tuple[str, ...]) -> VmrigError:
        return VmrigError(
            "BOARD_GONE",
            f"Board {self.board_id} was unplugged or lost power during its {kind}.",
            evidence=evidence,
            next_command="vmrig boards",
            error_class=ErrorClass.BENCH,
        )


def _may_be_absence(failure: BaseException | None) -> bool:
    """Whether an error can be what an unplugged board looks like to a tool."""
    return (
        isinstance(failure, VmrigError)
        and failure.error_class in (ErrorClass.BENCH, ErrorClass.DEADLINE)
        and failure.code != "BOARD_GONE"
    )


async def _as_coroutine(body: Callable[[], Awaitable[T]]) -> T:
    return await body()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
