# SPDX-License-Identifier: Apache-2.0
"""Services over a real unix socket (translation, errors, idempotency, watches): boards, leases, flash, jobs, the service itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from vmrig.v1 import (
    boards_pb2,
    common_pb2,
    consoles_pb2,
    flash_pb2,
    jobs_pb2,
    leases_pb2,
    system_pb2,
)

from tests.hub.fakes import ALPHA, BETA, Gate
from tests.rpc.calls import (
    DEADLINE_S,
    end_of,
    events_of,
    lease_ref,
    leased,
    next_event,
    plugged_board,
    refused,
    uploaded,
)
from tests.rpc.conftest import Line
from vmrig_server.errors import ErrorClass, VmrigError

# --- boards --------------------------------------------------------------------------------------------------------


async def test_a_board_is_listed_with_its_four_states(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    (board,) = (await line.boards.ListBoards(boards_pb2.ListBoardsRequest())).boards
    assert (board.name, board.target, board.chip, board.usb.vid) == (
        f"boards/{ALPHA}",
        "microbit_v2",
        "nrf52833",
        0x0D28,
    )
    assert (board.presence, board.health) == (boards_pb2.PRESENCE_PRESENT, boards_pb2.HEALTH_UNKNOWN)
    assert (board.lease_state, board.lease_holder, board.fence) == (boards_pb2.LEASE_STATE_GRANTED, "ann", 1)
    assert board.lease_expire_time == lease.expire_time
    assert board.job == ""


async def test_boards_come_in_pages(line: Line) -> None:
    ids = [f"cccc{number:012x}" for number in range(5)]
    for board_id in ids:
        await plugged_board(line, board_id)
    found: list[str] = []
    request = boards_pb2.ListBoardsRequest(page_size=2)
    for expected in (2, 2, 1):
        page = await line.boards.ListBoards(request)
        assert len(page.boards) == expected
        found += [board.name for board in page.boards]
        request.page_token = page.next_page_token
    assert found == [f"boards/{board_id}" for board_id in ids]
    assert request.page_token == ""


async def test_a_page_token_of_nobody_is_refused(line: Line) -> None:
    code, info = await refused(line.boards.ListBoards(boards_pb2.ListBoardsRequest(page_token="€")))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ARGUMENT_INVALID")


async def test_alias_and_health_are_set_by_selector(line: Line) -> None:
    await plugged_board(line)
    await line.boards.SetAlias(boards_pb2.SetAliasRequest(board=ALPHA[:6], alias="left"))
    board = await line.boards.SetHealth(
        boards_pb2.SetHealthRequest(board="left", health=boards_pb2.HEALTH_MAINTENANCE, reason="cable")
    )
    assert list(board.aliases) == ["left"]
    assert (board.health, board.health_reason) == (boards_pb2.HEALTH_MAINTENANCE, "cable")
    assert (await line.boards.RemoveAlias(boards_pb2.RemoveAliasRequest(alias="left"))).aliases == []
    code, info = await refused(line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left")))
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "BOARD_NOT_FOUND")
    assert info.metadata["next_command"] == "vmrig boards"
    code, info = await refused(line.boards.SetHealth(boards_pb2.SetHealthRequest(board=ALPHA)))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ARGUMENT_INVALID")


async def test_an_ambiguous_selector_lists_the_boards(line: Line) -> None:
    await plugged_board(line, ALPHA)
    await plugged_board(line, BETA)
    code, info = await refused(line.boards.GetBoard(boards_pb2.GetBoardRequest(name="any")))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "AMBIGUOUS_BOARD")
    assert info.metadata["evidence.0"].startswith(ALPHA) and info.metadata["evidence.1"].startswith(BETA)


async def test_a_watch_that_broke_resumes_where_it_was(line: Line) -> None:
    await plugged_board(line, ALPHA)
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    first = [await next_event(watch), await next_event(watch)]
    watch.cancel()
    assert [event.type for event in first] == [boards_pb2.BoardEvent.TYPE_INITIAL, boards_pb2.BoardEvent.TYPE_SYNCED]
    await plugged_board(line, BETA)
    resumed = line.boards.WatchBoards(
        boards_pb2.WatchBoardsRequest(resume_token=first[-1].resume_token), timeout=DEADLINE_S
    )
    event = await next_event(resumed)
    assert (event.type, event.board.name) == (boards_pb2.BoardEvent.TYPE_CHANGED, f"boards/{BETA}")
    assert (await next_event(resumed)).type == boards_pb2.BoardEvent.TYPE_SYNCED
    resumed.cancel()


# --- leases --------------------------------------------------------------------------------------------------------


async def test_a_lease_is_requested_renewed_listed_and_released(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line, duration=Duration(seconds=60), reason="try")
    assert lease.expire_time.ToNanoseconds() - lease.grant_time.ToNanoseconds() == 60 * 10**9
    renewed = await line.leases.RenewLease(
        leases_pb2.RenewLeaseRequest(name=lease.name, fence=lease.fence, duration=Duration(seconds=3600))
    )
    assert renewed.expire_time.ToNanoseconds() > lease.expire_time.ToNanoseconds()
    assert (await line.leases.GetLease(leases_pb2.GetLeaseRequest(name=lease.name))) == renewed
    assert (await line.leases.ListLeases(leases_pb2.ListLeasesRequest())).leases == [renewed]
    ended = await line.leases.ReleaseLease(leases_pb2.ReleaseLeaseRequest(name=lease.name, fence=lease.fence))
    assert ended.end_reason == "released"
    assert (await line.leases.ListLeases(leases_pb2.ListLeasesRequest())).leases == []
    assert (await line.leases.ListLeases(leases_pb2.ListLeasesRequest(ended=True))).leases == [ended]


async def test_a_taken_board_is_resource_exhausted_with_who_has_it(line: Line) -> None:
    await plugged_board(line)
    await leased(line)
    code, info = await refused(leased(line, holder="ben"))
    assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "NO_BOARD_FREE")
    assert "leased by ann" in info.metadata["evidence.0"]
    assert info.metadata["error_class"] == "5"


async def test_a_waiting_caller_that_hangs_up_leaves_the_queue(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    request = leases_pb2.RequestLeaseRequest(board=ALPHA, holder="ben", wait_timeout=Duration(seconds=60))
    waiting = line.leases.RequestLease(request)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.2)
    waiting.cancel()
    await line.leases.ReleaseLease(leases_pb2.ReleaseLeaseRequest(name=lease.name, fence=lease.fence))
    assert (await leased(line, holder="cat", wait_timeout=Duration(seconds=5))).holder == "cat"


async def test_the_same_request_id_gives_the_same_lease(line: Line) -> None:
    await plugged_board(line)
    assert await leased(line, request_id="r") == await leased(line, request_id="r")
    code, info = await refused(leased(line, holder="ben", request_id="r"))
    assert (code, info.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


# --- flash and jobs ------------------------------------------------------------------------------------------------


async def test_a_file_is_uploaded_flashed_and_its_result_typed(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    file = flash_pb2.FlashFile(sha256=await uploaded(line, b"firmware"), format=flash_pb2.FILE_FORMAT_BIN, address=0)
    request = flash_pb2.FlashBoardRequest(board=lease.board, lease=lease_ref(lease), files=[file], request_id="f")
    job = await line.flash.FlashBoard(request)
    done = await end_of(line, job)
    assert (done.kind, done.state, done.flash.bytes_verified) == ("flash", jobs_pb2.JOB_STATE_SUCCEEDED, 8)
    assert done.flash.parts[0].size_bytes == 8
    assert done.flash.phases[0].phase == "write"
    assert line.agent.calls[0][4][0].address == 0, "an address of 0 is an address"
    assert (await line.flash.FlashBoard(request)).name == job.name
    assert (await line.jobs.GetJob(jobs_pb2.GetJobRequest(name=job.name))) == done
    assert (await line.jobs.ListJobs(jobs_pb2.ListJobsRequest(board=ALPHA))).jobs == [done]


async def test_a_job_watch_resumes_after_a_sequence_number(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    job = await line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA, lease=lease_ref(lease)))
    events = await events_of(line, job)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert await events_of(line, job, after=1) == events[1:]
    assert line.agent.calls[0][4] == (), "no range is the whole chip"


async def test_without_a_lease_no_board_is_changed(line: Line) -> None:
    await plugged_board(line)
    calls: list[Awaitable[Any]] = [
        line.flash.FlashBoard(flash_pb2.FlashBoardRequest(board=ALPHA)),
        line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA)),
        line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA)),
        line.boards.RegisterBoard(boards_pb2.RegisterBoardRequest(board=ALPHA)),
        line.consoles.WriteConsole(consoles_pb2.WriteConsoleRequest(board=ALPHA, data=b"x")),
    ]
    for number, call in enumerate(calls):
        code, info = await refused(call)
        if number == 0:  # it has no file, either
            assert info.reason == "ARGUMENT_INVALID"
        else:
            assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LEASE_REQUIRED")
            assert info.metadata["error_class"] == "6"
    assert line.agent.calls == [] and line.agent.typed == []


async def test_a_lease_that_ended_and_an_old_fence_are_told_apart(line: Line) -> None:
    await plugged_board(line)
    old = await leased(line)
    await line.leases.ReleaseLease(leases_pb2.ReleaseLeaseRequest(name=old.name, fence=old.fence))
    new = await leased(line, holder="ben")
    reset = flash_pb2.ResetBoardRequest(board=ALPHA, lease=lease_ref(old))
    assert (await refused(line.flash.ResetBoard(reset)))[1].reason == "LEASE_ENDED"
    reset.lease.lease = new.name
    assert (await refused(line.flash.ResetBoard(reset)))[1].reason == "FENCE_OLD"


async def test_a_busy_board_names_the_job_and_cancelling_frees_it(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    line.agent.gate = Gate()
    reset = flash_pb2.ResetBoardRequest(board=ALPHA, lease=lease_ref(lease))
    job = await line.flash.ResetBoard(reset)
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name=ALPHA))).job == job.name
    code, info = await refused(line.flash.ResetBoard(reset))
    assert (code, info.reason) == (grpc.StatusCode.ABORTED, "BOARD_BUSY")
    cancelled = await line.jobs.CancelJob(jobs_pb2.CancelJobRequest(name=job.name))
    assert (cancelled.state, cancelled.error.code) == (jobs_pb2.JOB_STATE_CANCELLED, "JOB_CANCELLED")
    assert line.agent.cancelled == 1


async def test_a_failed_job_has_its_error_in_the_last_event(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    line.agent.failure = VmrigError(
        "VERIFY_FAILED", "It differs.", evidence=["0x0: ff, 00"], next_command="do", error_class=ErrorClass.BENCH
    )
    job = await end_of(
        line, await line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA, lease=lease_ref(lease)))
    )
    assert job.state == jobs_pb2.JOB_STATE_FAILED
    assert job.error == common_pb2.Error(
        code="VERIFY_FAILED",
        message="It differs.",
        evidence=["0x0: ff, 00"],
        next_command="do",
        error_class=common_pb2.ERROR_CLASS_BENCH,
    )


# --- the service ---------------------------------------------------------------------------------------------------


async def test_version_and_targets_are_told(line: Line) -> None:
    version = await line.system.GetVersion(system_pb2.GetVersionRequest(client_version="9"))
    assert (version.api_major, version.data_dir) == (1, str(line.service.config.home))
    assert "leases" in version.capabilities
    (target,) = (await line.system.ListTargets(system_pb2.ListTargetsRequest())).targets
    assert (target.target, target.chip, target.emulated) == ("microbit_v2", "nrf52833", True)


async def test_health_and_reflection_answer(line: Line) -> None:
    check = health_pb2_grpc.HealthStub(line.channel)
    for service in ("", "vmrig.v1.Boards"):
        answer = await check.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING

    async def ask() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")

    stub = reflection_pb2_grpc.ServerReflectionStub(line.channel)
    async for answer in stub.ServerReflectionInfo(ask()):
        names = {service.name for service in answer.list_services_response.service}
        assert {"vmrig.v1.Boards", "vmrig.v1.System", "grpc.health.v1.Health"} <= names


async def test_an_unforeseen_error_is_an_incident_without_its_details(
    line: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(selector: str) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(line.service.hub.boards, "one", broken)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await line.boards.GetBoard(boards_pb2.GetBoardRequest(name="x"))
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    assert "incident" in (caught.value.details() or "")
    assert "secret" not in str(caught.value)
    assert "secret detail" in caplog.text


async def test_every_mutating_call_is_audited_with_its_outcome_and_no_read_is(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line, request_id="r7")
    await line.boards.ListBoards(boards_pb2.ListBoardsRequest())
    await refused(line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA)))
    await end_of(line, await line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA, lease=lease_ref(lease))))
    entries = await line.service.hub.audit.latest()
    assert [(entry.method, entry.board, entry.outcome) for entry in entries] == [
        ("Flash/ResetBoard", ALPHA, "OK"),
        ("Flash/EraseBoard", ALPHA, "LEASE_REQUIRED"),
        ("Leases/RequestLease", ALPHA, "OK"),
    ]
    assert entries[0].lease_id == lease.name.removeprefix("leases/")
    assert entries[2].request_id == "r7"
