# SPDX-License-Identifier: Apache-2.0
"""The job engine: work on a board goes on when the client that started it is gone; its record is numbered and kept."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vmrig_server.agent.api import LogLine, Progress, Report
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.boards import Boards
from vmrig_server.hub.job_store import JobStore
from vmrig_server.hub.model import Board, Failure, Job, JobEvent, JobProgress, JobState, Lease, Page
from vmrig_server.hub.requests import Once, bare_id, check_same, check_text, new_id
from vmrig_server.hub.whole import whole

log = logging.getLogger(__name__)

PROGRESS_PERIOD_S = 0.1
"""Progress within a phase is recorded no more often; a new phase and the end of one always are."""
DRAIN_S = 30.0
"""How long a flash may go on after its lease has ended: stopping it midway leaves a worse board to the next holder."""
MAX_LOG_LINES = 10_000
MAX_LINE = 4096
UNBOUNDED = frozenset({"run"})
"""Kinds that may take for ever: they end with their lease."""

Work = Callable[[Report], Awaitable[Mapping[str, Any]]]
"""Does a job and returns the fields of its result. Cancelling it stops its tool."""


def interrupted(code: str, message: str, error_class: ErrorClass) -> Failure:
    """Why a job ended that neither succeeded nor failed by itself."""
    return Failure(code, message, (), "", error_class)


@dataclass(slots=True)
class _Live:
    job: Job
    work: asyncio.Task[Mapping[str, Any]] | None = None
    keeper: asyncio.Task[None] | None = None
    events: list[JobEvent] = field(default_factory=list)
    saved: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    phase: str = ""
    phase_start: float = 0.0
    last_progress: float = 0.0
    held_back: JobProgress | None = None
    """Throttled away until the phase ends."""
    lines: int = 0
    why: Failure | None = None
    """Set before the work is cancelled."""
    drain: asyncio.TimerHandle | None = None
    closing: bool = False
    """The work is over: there is nothing left to cancel or to report."""
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, content: JobProgress | str | Job) -> None:
        self.events.append(JobEvent(len(self.events) + 1, time.time(), content))
        self.wake()

    def wake(self) -> None:
        """Lets the writer and every watcher look again. The event is new each time: one that stays set would let them spin."""
        self.changed.set()
        self.changed = asyncio.Event()


async def _call(work: Work, report: Report) -> Mapping[str, Any]:
    # As the store will give it back, so that the record reads the same while the job is live and later.
    result: dict[str, Any] = json.loads(json.dumps(await work(report)))
    return result


class Jobs:
    """Runs jobs, one a board at a time; the only writer of a board's job."""

    def __init__(
        self,
        stored: JobStore,
        boards: Boards,
        *,
        on_end: Callable[[Job], None] = lambda job: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            stored: the jobs' tables.
            boards: on whose boards jobs run.
            on_end: called when a board has no job any more.
            monotonic: seconds, for throttling and the time in a phase.
        """
        self._stored = stored
        self._boards = boards
        self._on_end = on_end
        self._monotonic = monotonic
        self._live: dict[str, _Live] = {}
        self._once = Once()

    async def load(self) -> None:
        """Ends what an earlier run of the service left unfinished."""
        failure = interrupted(
            "SERVICE_RESTARTED",
            "The service ended while the job ran; the next flash repairs the board.",
            ErrorClass.BENCH,
        )
        for job, last in await self._stored.unfinished():
            ended = replace(job, state=JobState.FAILED, end_time=time.time(), failure=failure)
            await self._stored.save(ended, [JobEvent(last + 1, time.time(), ended)])

    # --- starting ------------------------------------------------------------------------------------------------

    async def repeated(self, request_id: str, asked: str) -> Job | None:
        """The job that an earlier request with this id has started.

        Raises:
            VmrigError: ``REQUEST_ID_REUSED``.
        """
        known = await self._stored.by_request(check_text("request_id", request_id)) if request_id else None
        if known is None:
            return None
        check_same(request_id, known[1], asked)
        live = self._live.get(known[0].job_id)
        return live.job if live is not None else known[0]

    async def start(
        self, kind: str, board: Board, lease: Lease, work: Work, *, request_id: str = "", asked: str = ""
    ) -> Job:
        """Starts work on a board.

        Args:
            kind: "flash", "erase", "reset", "register", "virtualize" or "run".
            board: on which.
            lease: under which; it was checked.
            work: does it.
            request_id: idempotency key, or empty.
            asked: hash of the request's arguments.

        Raises:
            VmrigError: ``BOARD_BUSY`` while another job runs on the board, ``REQUEST_ID_REUSED``.
        """

        async def make() -> Job:
            known = await self.repeated(request_id, asked)
            return known if known is not None else await whole(self._start(kind, board, lease, work, request_id, asked))

        return await self._once.run(request_id, make)

    async def _start(self, kind: str, board: Board, lease: Lease, work: Work, request_id: str, asked: str) -> Job:
        running = self._live.get(self._boards.get(board.board_id).job_id)
        if running is not None:
            phase = f", {running.phase}" if running.phase else ""
            raise VmrigError(
                "BOARD_BUSY",
                f"A {running.job.kind} job runs on board {board.call_name} ({running.job.name}{phase}).",
                evidence=[f"since {time.time() - running.job.create_time:.1f} s"],
                next_command="vmrig jobs",
            )
        job = Job(new_id(), kind, board.board_id, JobState.PENDING, time.time(), lease.lease_id)
        live = _Live(job)
        # Before the first await, so that of two calls one finds the other's job.
        self._live[job.job_id] = live
        self._boards.show_job(board.board_id, job.job_id)
        try:
            await self._stored.add(job, request_id, asked)
        except BaseException:
            self._gone(live)
            raise
        self._set(live, replace(live.job, state=JobState.RUNNING))
        live.work = asyncio.create_task(_call(work, lambda what: self._report(live, what)))
        if live.why is not None:  # interrupted while it was written down
            live.work.cancel()
        live.keeper = asyncio.create_task(self._keep(live, live.work), name=f"{kind} {job.job_id}")
        return live.job

    async def _keep(self, live: _Live, work: asyncio.Task[Mapping[str, Any]]) -> None:
        """Follows the work to its end. Nobody cancels this task: the work is what is cancelled."""
        writer = asyncio.create_task(self._write(live))
        await asyncio.wait([work])
        live.closing = True
        if live.drain is not None:
            live.drain.cancel()
        state, failure, result = self._verdict(live, work)
        if live.held_back is not None:
            live.add(live.held_back)
        ended = replace(live.job, state=state, failure=failure, result=result, end_time=time.time())
        last = JobEvent(len(live.events) + 1, time.time(), ended)
        try:
            if state is not JobState.CANCELLED:
                await self._boards.note_outcome(ended.board_id, ended.kind, failure)
            live.wake()
            await writer
            await self._stored.save(ended, [last])
        finally:
            # Whoever is told of the end finds it written down, and the board free for the next job.
            live.job = ended
            self._boards.show_job(ended.board_id, "")
            live.events.append(last)
            live.wake()
            self._gone(live)
        log.info("job %s (%s) on %s %s", ended.job_id, ended.kind, ended.board_id, state.name.lower())

    def _verdict(
        self, live: _Live, work: asyncio.Task[Mapping[str, Any]]
    ) -> tuple[JobState, Failure | None, Mapping[str, Any] | None]:
        if work.cancelled():
            return self._interrupted(live.why)
        error = work.exception()
        if error is None:
            return JobState.SUCCEEDED, None, work.result()
        if live.why is not None and isinstance(error, VmrigError):  # how its tool died is of no interest then
            return self._interrupted(live.why)
        if isinstance(error, VmrigError):
            # Rooms that know no boards (the link, plans) leave the place free.
            error.next_command = error.next_command.replace(
                " BOARD", f" {self._boards.get(live.job.board_id).call_name}"
            )
            return JobState.FAILED, Failure.of(error), None
        incident = secrets.token_hex(4)
        log.error("incident %s: job %s (%s)", incident, live.job.job_id, live.job.kind, exc_info=error)
        message = f"The service failed in a way that it does not know (incident {incident}, see its log)."
        return JobState.FAILED, interrupted("INTERNAL", message, ErrorClass.BENCH), None

    @staticmethod
    def _interrupted(why: Failure | None) -> tuple[JobState, Failure | None, None]:
        by_wish = why is None or why.code in ("JOB_CANCELLED", "SERVICE_STOPPED")
        return JobState.CANCELLED if by_wish else JobState.FAILED, why, None

    def _gone(self, live: _Live) -> None:
        self._live.pop(live.job.job_id, None)
        if self._boards.get(live.job.board_id).job_id == live.job.job_id:
            self._boards.show_job(live.job.board_id, "")
        live.finished.set()
        self._on_end(live.job)

    async def _write(self, live: _Live) -> None:
        """Saves events as they come, many at once when they come fast, until the work is over."""
        while live.saved < len(live.events) or not live.closing:
            changed = live.changed
            news = live.events[live.saved :]
            if news:
                await self._stored.save(live.job, news)
                live.saved += len(news)
            else:
                await changed.wait()

    # --- the record ----------------------------------------------------------------------------------------------

    def _set(self, live: _Live, job: Job) -> None:
        live.job = job
        live.add(job)

    def _report(self, live: _Live, what: Progress | LogLine) -> None:
        if live.closing:
            return
        if isinstance(what, LogLine):
            live.lines += 1
            if live.lines <= MAX_LOG_LINES:
                live.add(what.text[:MAX_LINE])
            return
        now = self._monotonic()
        new_phase = what.phase != live.phase
        if new_phase:
            if live.held_back is not None:
                live.add(live.held_back)
            live.phase, live.phase_start = what.phase, now
        progress = JobProgress(what.phase, what.done_bytes, what.total_bytes, now - live.phase_start)
        live.job = replace(live.job, progress=progress)
        if new_phase or now - live.last_progress >= PROGRESS_PERIOD_S:
            live.last_progress, live.held_back = now, None
            live.add(progress)
        else:
            live.held_back = progress

    # --- ending --------------------------------------------------------------------------------------------------

    async def cancel(self, name: str) -> Job:
        """Stops a job and waits until its tool has let go of the board. One that has ended is returned as it is.

        Raises:
            VmrigError: ``JOB_NOT_FOUND``.
        """
        live = self._live.get(bare_id(name, "jobs"))
        if live is None:
            return await self.get(name)
        self._interrupt(
            live, interrupted("JOB_CANCELLED", f"The {live.job.kind} job was cancelled.", ErrorClass.REQUEST)
        )
        await live.finished.wait()
        return live.job

    def lease_ended(self, lease: Lease) -> None:
        """What runs under the lease ends: at once when it could go on for ever, else after `DRAIN_S` if it has not by itself."""
        for live in self._live.values():
            if live.job.lease_id != lease.lease_id or live.closing:
                continue
            why = interrupted(
                "LEASE_ENDED",
                f"The lease of the {live.job.kind} job has ended ({lease.end_reason}).",
                ErrorClass.PERMISSION,
            )
            delay = 0.0 if live.job.kind in UNBOUNDED else DRAIN_S
            live.drain = asyncio.get_running_loop().call_later(delay, self._interrupt, live, why)

    def _interrupt(self, live: _Live, why: Failure) -> None:
        if live.closing or live.why is not None:
            return
        live.why = why
        if live.work is not None:
            live.work.cancel()

    async def close(self) -> None:
        """Stops all jobs; they end cancelled, with SERVICE_STOPPED."""
        why = interrupted("SERVICE_STOPPED", "The service was stopped while the job ran.", ErrorClass.BENCH)
        live = list(self._live.values())
        for one in live:
            self._interrupt(one, why)
        for one in live:
            await one.finished.wait()

    # --- reading -------------------------------------------------------------------------------------------------

    async def get(self, name: str) -> Job:
        """By id or resource name.

        Raises:
            VmrigError: ``JOB_NOT_FOUND``.
        """
        job_id = bare_id(name, "jobs")
        live = self._live.get(job_id)
        job = live.job if live is not None else await self._stored.get(job_id)
        if job is None:
            raise VmrigError("JOB_NOT_FOUND", f"There is no job {job_id!r}.", next_command="vmrig jobs")
        return job

    async def page(self, board_id: str, page: Page) -> list[Job]:
        """Newest first, of one board or (empty) of all."""
        stored = await self._stored.page(board_id, page)
        return [self._live[job.job_id].job if job.job_id in self._live else job for job in stored]

    async def watch(self, name: str, after: int = 0) -> AsyncIterator[JobEvent]:
        """Every event with a number above `after`, to the end of the job.

        Raises:
            VmrigError: ``JOB_NOT_FOUND``.
        """
        live = self._live.get(bare_id(name, "jobs"))
        if live is None:
            for event in await self._stored.events(await self.get(name), after):
                yield event
            return
        sent = after
        while True:
            changed = live.changed
            for event in live.events[sent:]:
                sent = event.sequence
                yield event
            if sent < len(live.events):
                continue
            if live.job.state.ended:
                return
            await changed.wait()
