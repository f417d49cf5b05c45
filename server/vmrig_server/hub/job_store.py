# SPDX-License-Identifier: Apache-2.0
"""The jobs' tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select

from vmrig_server.hub.model import Failure, Job, JobEvent, JobProgress, JobState, Page
from vmrig_server.hub.store import Store
from vmrig_server.hub.store.models import JobEventRow, JobRow


def _job(row: JobRow) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.kind,
        board_id=row.board_id,
        state=JobState(row.state),
        create_time=row.create_time,
        lease_id=row.lease_id,
        end_time=row.end_time,
        failure=Failure.from_json(row.failure) if row.failure else None,
        result=row.result,
        progress=JobProgress(**row.progress) if row.progress else None,
    )


def _write(row: JobRow, job: Job) -> None:
    row.state, row.end_time = int(job.state), job.end_time
    row.failure = job.failure.as_json() if job.failure else None
    row.result = dict(job.result) if job.result is not None else None
    row.progress = asdict(job.progress) if job.progress else None


def _event_row(job_id: str, event: JobEvent) -> JobEventRow:
    kind, data = _content(event.content)
    return JobEventRow(job_id=job_id, sequence=event.sequence, time=event.time, kind=kind, data=data)


def _content(content: JobProgress | str | Job) -> tuple[str, dict[str, Any]]:
    if isinstance(content, JobProgress):
        return "progress", asdict(content)
    if isinstance(content, str):
        return "log", {"text": content}
    # The last state comes with the job's row, which has the result; the others need no more than the state.
    return "state", {"state": int(content.state)}


def _event(row: JobEventRow, job: Job) -> JobEvent:
    if row.kind == "progress":
        return JobEvent(row.sequence, row.time, JobProgress(**row.data))
    if row.kind == "log":
        return JobEvent(row.sequence, row.time, str(row.data["text"]))
    state = JobState(row.data["state"])
    if state is job.state:
        return JobEvent(row.sequence, row.time, job)
    then = Job(job.job_id, job.kind, job.board_id, state, job.create_time, job.lease_id)
    return JobEvent(row.sequence, row.time, then)


class JobStore:
    """Reads and writes jobs and their events."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, job: Job, request_id: str, request_hash: str) -> None:
        """Writes a new job."""
        async with self._store.write() as session:
            row = JobRow(
                job_id=job.job_id,
                kind=job.kind,
                board_id=job.board_id,
                lease_id=job.lease_id,
                create_time=job.create_time,
                request_id=request_id or None,
                request_hash=request_hash,
            )
            _write(row, job)
            session.add(row)

    async def save(self, job: Job, events: Sequence[JobEvent]) -> None:
        """Writes events, and the job as it is after them, in one transaction."""
        async with self._store.write() as session:
            row = await session.get_one(JobRow, job.job_id)
            _write(row, job)
            session.add_all(_event_row(job.job_id, event) for event in events)

    async def get(self, job_id: str) -> Job | None:
        """By id."""
        async with self._store.read() as session:
            row = await session.get(JobRow, job_id)
            return _job(row) if row is not None else None

    async def by_request(self, request_id: str) -> tuple[Job, str] | None:
        """The job that a request made, with the request's hash."""
        async with self._store.read() as session:
            row = (await session.scalars(select(JobRow).where(JobRow.request_id == request_id))).one_or_none()
            return (_job(row), row.request_hash) if row is not None else None

    async def unfinished(self) -> list[tuple[Job, int]]:
        """Jobs that an earlier run left, with the sequence number of their last event."""
        async with self._store.read() as session:
            rows = (await session.scalars(select(JobRow).where(JobRow.state < int(JobState.SUCCEEDED)))).all()
            found = []
            for row in rows:
                last = select(JobEventRow.sequence).where(JobEventRow.job_id == row.job_id)
                newest = (await session.scalars(last.order_by(JobEventRow.sequence.desc()).limit(1))).one_or_none()
                found.append((_job(row), newest or 0))
            return found

    async def events(self, job: Job, after: int) -> list[JobEvent]:
        """Events of a job that has ended."""
        query = select(JobEventRow).where(JobEventRow.job_id == job.job_id, JobEventRow.sequence > after)
        async with self._store.read() as session:
            return [_event(row, job) for row in await session.scalars(query.order_by(JobEventRow.sequence))]

    async def page(self, board_id: str, page: Page) -> list[Job]:
        """Newest first; `page.after` is the id of the last job that the caller has."""
        query = select(JobRow).order_by(JobRow.create_time.desc(), JobRow.job_id.desc()).limit(page.size)
        if board_id:
            query = query.where(JobRow.board_id == board_id)
        async with self._store.read() as session:
            last = await session.get(JobRow, page.after) if page.after else None
            if last is not None:
                query = query.where(
                    (JobRow.create_time < last.create_time)
                    | ((JobRow.create_time == last.create_time) & (JobRow.job_id < last.job_id))
                )
            return [_job(row) for row in await session.scalars(query)]

    async def prune(self, before: float) -> None:
        """Drops the events (not the jobs) of what ended before a time."""
        old = select(JobRow.job_id).where(JobRow.end_time < before)
        async with self._store.write() as session:
            await session.execute(delete(JobEventRow).where(JobEventRow.job_id.in_(old)))
