# SPDX-License-Identifier: Apache-2.0
"""The asyncio client: errors keep their parts, jobs are followed and cancelled, leases are given back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from vmrig.v1 import common_pb2, jobs_pb2

from vmrig_client.aio import AsyncClient
from vmrig_client.errors import BENCH, DEADLINE, FIRMWARE, NO_BOARD, ApiError

from .conftest import FakeService


async def test_an_error_arrives_with_code_evidence_in_order_and_next_command(service: tuple[FakeService, str]) -> None:
    async with AsyncClient(service[1]) as client:
        with pytest.raises(ApiError) as caught:
            await client.board("nobody")
    assert caught.value.code == "BOARD_NOT_FOUND"
    assert caught.value.evidence == ("first", "second")
    assert caught.value.next_command == "vmrig boards"
    assert caught.value.error_class == NO_BOARD


async def test_without_a_service_the_next_command_is_to_start_one(tmp_path: Path) -> None:
    async with AsyncClient(f"unix:{tmp_path / 'nobody.sock'}") as client:
        with pytest.raises(ApiError) as caught:
            await client.boards()
    assert (caught.value.code, caught.value.next_command, caught.value.error_class) == ("NO_SERVICE", "vmrig up", BENCH)


async def test_flash_uploads_the_file_and_carries_lease_and_fence(
    service: tuple[FakeService, str], tmp_path: Path
) -> None:
    fake, address = service
    firmware = tmp_path / "firmware.bin"
    firmware.write_bytes(bytes(range(256)) * 4096)
    fake.job_events.put_nowait(jobs_pb2.JobEvent(job=jobs_pb2.Job(state=jobs_pb2.JOB_STATE_SUCCEEDED)))
    async with AsyncClient(address) as client, client.lease("kitchen") as lease:
        await client.flash(lease, [firmware])
    assert fake.blobs == [firmware.read_bytes()]
    (request,) = fake.flash_requests
    assert (request.lease.lease, request.lease.fence, request.board) == ("leases/1", 7, fake.boards[0].name)
    assert fake.released == ["leases/1"]


async def test_a_failed_job_raises_what_it_failed_with(service: tuple[FakeService, str]) -> None:
    fake, address = service
    error = common_pb2.Error(code="VERIFY_FAILED", message="Differs.", evidence=["at 0x10"], error_class=FIRMWARE)
    fake.job_events.put_nowait(jobs_pb2.JobEvent(job=jobs_pb2.Job(state=jobs_pb2.JOB_STATE_FAILED, error=error)))
    async with AsyncClient(address) as client:
        with pytest.raises(ApiError) as caught:
            await client.finish(jobs_pb2.Job(name="jobs/1"))
    assert (caught.value.code, caught.value.evidence, caught.value.error_class) == (
        "VERIFY_FAILED",
        ("at 0x10",),
        FIRMWARE,
    )


async def test_cancelling_the_waiter_cancels_the_job(service: tuple[FakeService, str]) -> None:
    fake, address = service
    async with AsyncClient(address) as client:
        seen = asyncio.Event()
        fake.job_events.put_nowait(jobs_pb2.JobEvent(progress=jobs_pb2.Progress(phase="write")))
        waiter = asyncio.create_task(client.finish(jobs_pb2.Job(name="jobs/1"), lambda event: seen.set()))
        await seen.wait()
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
    assert fake.cancelled == ["jobs/1"]


async def test_expect_gives_what_was_said_and_a_deadline_shows_the_last_lines(
    service: tuple[FakeService, str],
) -> None:
    async with AsyncClient(service[1]) as client:
        assert "hello" in await client.expect("kitchen", "from the board")
        with pytest.raises(ApiError) as caught:
            await client.expect("kitchen", "never said", timeout_s=0.05)
    assert caught.value.error_class == DEADLINE
    assert caught.value.evidence == ("hello from the board",)
