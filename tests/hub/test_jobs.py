# SPDX-License-Identifier: Apache-2.0
"""The job engine: one a board, a numbered record, every way to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.hub.fakes import ALPHA, BETA, Bench, Gate, attached
from vmrig_server.agent.api import LogLine, Progress, Report
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.job_store import JobStore
from vmrig_server.hub.model import Health, Job, JobEvent, JobProgress, JobState, Lease, LeaseRef, Page
from vmrig_server.hub.work import FileRef, Order


async def _order(bench: Bench, board: str = ALPHA, request_id: str = "") -> Order:
    await bench.plug(attached(board))
    lease = await bench.hub.leases.request(board, "ann")
    return Order(board, LeaseRef(lease.lease_id, lease.fence), request_id)


async def _end(bench: Bench, job: Job) -> tuple[Job, list[JobEvent]]:
    events = []
    async with asyncio.timeout(5):
        async for event in bench.hub.jobs.watch(job.name):
            events.append(event)
    last = events[-1].content
    assert isinstance(last, Job)
    return last, events


async def _flash(bench: Bench, order: Order) -> Job:
    sha256 = await bench.hub.blobs.put(b"firmware")
    return await bench.hub.desk.flash(order, [FileRef(sha256, "bin", 0x1000, "fw.bin")])


async def test_a_job_runs_and_its_record_is_numbered_from_one_without_gaps(bench: Bench) -> None:
    bench.agent.script = lambda report: report(LogLine("erasing"))
    job = await _flash(bench, await _order(bench))
    done, events = await _end(bench, job)
    assert done.state is JobState.SUCCEEDED
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.content for event in events if isinstance(event.content, str)] == ["erasing"]
    assert done.result is not None and done.result["flash"]["bytes_verified"] == 8
    call = bench.agent.calls[0]
    assert call[:4] == ("flash", ALPHA, 1, "microbit_v2")
    assert (call[4][0].data, call[4][0].address, call[4][0].name) == (b"firmware", 0x1000, "fw.bin")


async def test_the_record_is_the_same_from_the_store_and_from_any_number_on(bench: Bench) -> None:
    def script(report: Report) -> None:
        for number in range(20):
            report(LogLine(str(number)))

    bench.agent.script = script
    job = await _flash(bench, await _order(bench))
    _, live = await _end(bench, job)
    stored = [event async for event in bench.hub.jobs.watch(job.name)]
    assert [(event.sequence, event.content) for event in stored[2:]] == [
        (event.sequence, event.content) for event in live[2:]
    ]
    assert [event.sequence async for event in bench.hub.jobs.watch(job.name, after=5)] == [
        event.sequence for event in live[5:]
    ]
    assert [event async for event in bench.hub.jobs.watch(job.name, after=len(live))] == []


async def test_a_watch_of_a_running_job_resumes_and_follows_to_its_end(bench: Bench) -> None:
    bench.agent.gate = Gate()
    job = await _flash(bench, await _order(bench))
    await bench.agent.gate.entered.wait()
    watch = bench.hub.jobs.watch(job.name, after=1)
    assert (await anext(watch)).sequence == 2
    bench.agent.gate.open.set()
    async with asyncio.timeout(5):
        rest = [event async for event in watch]
    assert isinstance(rest[-1].content, Job) and rest[-1].content.state is JobState.SUCCEEDED


async def test_progress_is_throttled_but_no_phase_and_no_last_step_is_lost(bench: Bench) -> None:
    clock = iter(range(10**6))

    def script(report: Report) -> None:
        for phase in ("erase", "write"):
            for done in range(1000):
                report(Progress(phase, done, 999))

    bench.agent.script = script
    # One millisecond passes between two reports.
    bench.hub.jobs._monotonic = lambda: next(clock) / 1000
    _, events = await _end(bench, await _flash(bench, await _order(bench)))
    steps = [event.content for event in events if isinstance(event.content, JobProgress)]
    assert len(steps) < 40
    for phase in ("erase", "write"):
        ours = [step for step in steps if step.phase == phase]
        assert ours[-1].done_bytes == 999
        assert [step.done_bytes for step in ours] == sorted(step.done_bytes for step in ours)
        assert ours[-1].elapsed_s >= 0.9


async def test_a_second_job_on_the_board_is_refused_and_told_which_runs(bench: Bench) -> None:
    bench.agent.gate = Gate()
    order = await _order(bench)
    job = await _flash(bench, order)
    await bench.agent.gate.entered.wait()
    assert bench.hub.boards.one(ALPHA).job_id == job.job_id
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.reset(order)
    assert caught.value.code == "BOARD_BUSY"
    assert job.name in caught.value.message and "flash" in caught.value.message
    other = await bench.hub.desk.reset(await _order(bench, BETA))
    bench.agent.gate.open.set()
    assert (await _end(bench, other))[0].state is JobState.SUCCEEDED


async def test_of_two_at_the_same_time_one_gets_the_board(bench: Bench) -> None:
    bench.agent.gate = Gate()
    order = await _order(bench)
    results = await asyncio.gather(*(bench.hub.desk.reset(order) for _ in range(5)), return_exceptions=True)
    bench.agent.gate.open.set()
    assert sum(isinstance(result, Job) for result in results) == 1
    assert {result.code for result in results if isinstance(result, VmrigError)} == {"BOARD_BUSY"}


async def test_whoever_sees_the_end_can_start_the_next_job_at_once(bench: Bench) -> None:
    order = await _order(bench)
    for _ in range(20):
        job = await bench.hub.desk.reset(order)
        async for event in bench.hub.jobs.watch(job.name):
            if isinstance(event.content, Job) and event.content.state.ended:
                break


async def test_a_failed_job_carries_the_error_whole(bench: Bench) -> None:
    bench.agent.failure = VmrigError(
        "VERIFY_FAILED",
        "The flash differs.",
        evidence=["0x1000: expected ff, found 00"],
        next_command="vmrig flash BOARD y",  # BOARD: of a room that knows no boards
        error_class=ErrorClass.BENCH,
    )
    failed, _ = await _end(bench, await _flash(bench, await _order(bench)))
    assert failed.state is JobState.FAILED
    assert failed.failure is not None
    assert failed.failure.evidence == ("0x1000: expected ff, found 00",)
    assert failed.failure.next_command == f"vmrig flash {bench.hub.boards.get(failed.board_id).call_name} y"
    assert (await bench.hub.jobs.get(failed.job_id)).failure == failed.failure


async def test_two_jobs_that_the_bench_failed_take_the_board_out_of_the_queue(bench: Bench) -> None:
    bench.agent.failure = VmrigError("TOOL_FAILED", "no", error_class=ErrorClass.BENCH)
    order = await _order(bench)
    for _ in range(2):
        await _end(bench, await _flash(bench, order))
    assert bench.hub.boards.one(ALPHA).health is Health.FAILING


async def test_an_unforeseen_error_is_an_incident_and_not_a_traceback(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.agent.failure = ZeroDivisionError("secret detail")
    failed, _ = await _end(bench, await _flash(bench, await _order(bench)))
    assert failed.failure is not None and failed.failure.code == "INTERNAL"
    incident = failed.failure.message.split("incident ")[1][:8]
    assert "secret detail" not in failed.failure.message
    assert any(incident in record.message for record in caplog.records)
    assert "ZeroDivisionError" in caplog.text


async def test_cancelling_stops_the_tool_and_frees_the_board(bench: Bench) -> None:
    bench.agent.gate = Gate()
    order = await _order(bench)
    job = await _flash(bench, order)
    await bench.agent.gate.entered.wait()
    cancelled = await bench.hub.jobs.cancel(job.name)
    assert (cancelled.state, bench.agent.cancelled) == (JobState.CANCELLED, 1)
    assert bench.hub.boards.one(ALPHA).job_id == ""
    assert bench.hub.boards.one(ALPHA).health is Health.UNKNOWN
    assert (await bench.hub.jobs.cancel(job.name)).state is JobState.CANCELLED
    bench.agent.gate = None
    assert (await _end(bench, await bench.hub.desk.reset(order)))[0].state is JobState.SUCCEEDED


async def test_a_job_can_be_cancelled_before_its_first_step(bench: Bench) -> None:
    bench.agent.gate = Gate()
    job = await _flash(bench, await _order(bench))
    assert (await asyncio.wait_for(bench.hub.jobs.cancel(job.name), 5)).state is JobState.CANCELLED


async def test_an_unknown_job_is_not_found(bench: Bench) -> None:
    for call in (bench.hub.jobs.get("jobs/nope"), bench.hub.jobs.cancel("nope"), anext(bench.hub.jobs.watch("nope"))):
        with pytest.raises(VmrigError) as caught:
            await call
        assert caught.value.code == "JOB_NOT_FOUND"


async def test_a_repeated_request_gets_the_job_that_it_started(bench: Bench) -> None:
    order = await _order(bench, request_id="r1")
    first, second = await asyncio.gather(bench.hub.desk.reset(order), bench.hub.desk.reset(order))
    assert first.job_id == second.job_id
    await _end(bench, first)
    await bench.hub.leases.release(order.lease)
    assert (await bench.hub.desk.reset(order)).state is JobState.SUCCEEDED
    assert len(bench.agent.calls) == 1
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.erase(order, [])
    assert caught.value.code == "REQUEST_ID_REUSED"


async def test_jobs_that_a_killed_service_left_are_failed_at_the_next_start(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    bench.agent.gate = Gate()
    job = await _flash(bench, await _order(bench))
    await bench.agent.gate.entered.wait()
    await bench.kill()
    again = await Bench(tmp_path).start()
    found = await again.hub.jobs.get(job.name)
    assert found.state is JobState.FAILED
    assert found.failure is not None and found.failure.code == "SERVICE_RESTARTED"
    events = [event async for event in again.hub.jobs.watch(job.name)]
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    await again.stop()


async def test_stopping_the_service_stops_its_jobs(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    bench.agent.gate = Gate()
    job = await _flash(bench, await _order(bench))
    await bench.agent.gate.entered.wait()
    await bench.stop()
    assert bench.agent.cancelled == 1
    again = await Bench(tmp_path).start()
    found = await again.hub.jobs.get(job.name)
    assert found.failure is not None
    assert (found.state, found.failure.code) == (JobState.CANCELLED, "SERVICE_STOPPED")
    await again.stop()


async def _run_on(bench: Bench, kind: str, work: Callable[[Report], Awaitable[Mapping[str, Any]]]) -> tuple[Job, Lease]:
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    return await bench.hub.jobs.start(kind, bench.hub.boards.one(ALPHA), lease, work), lease


async def test_a_program_that_is_waited_for_ends_with_its_lease(bench: Bench) -> None:
    async def work(report: Report) -> Mapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    job, lease = await _run_on(bench, "run", work)
    await bench.hub.leases.release(LeaseRef(lease.lease_id, lease.fence))
    ended, _ = await _end(bench, job)
    assert ended.failure is not None
    assert (ended.state, ended.failure.code) == (JobState.FAILED, "LEASE_ENDED")


async def test_a_flash_may_finish_after_its_lease_has_ended(bench: Bench) -> None:
    gate = asyncio.Event()

    async def work(report: Report) -> Mapping[str, Any]:
        await gate.wait()
        return {}

    job, lease = await _run_on(bench, "flash", work)
    await bench.hub.leases.release(LeaseRef(lease.lease_id, lease.fence))
    gate.set()
    assert (await _end(bench, job))[0].state is JobState.SUCCEEDED


async def test_jobs_are_listed_newest_first_in_pages(bench: Bench) -> None:
    order = await _order(bench)
    made = []
    for _ in range(5):
        job = await bench.hub.desk.reset(order)
        await _end(bench, job)
        made.append(job.job_id)
    first = await bench.hub.jobs.page(ALPHA, Page(3))
    rest = await bench.hub.jobs.page(ALPHA, Page(3, first[-1].job_id))
    assert [job.job_id for job in first + rest] == made[::-1]
    assert await bench.hub.jobs.page(BETA, Page(3)) == []


async def test_old_events_are_dropped_and_their_jobs_stay(bench: Bench) -> None:
    job = await bench.hub.desk.reset(await _order(bench))
    await _end(bench, job)
    await JobStore(bench.store).prune(before=2**40)
    assert [event async for event in bench.hub.jobs.watch(job.name)] == []
    assert (await bench.hub.jobs.get(job.name)).state is JobState.SUCCEEDED
