# SPDX-License-Identifier: Apache-2.0
"""Every service over a real unix socket: the translation, the errors, idempotency, watches."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status
from vmrig.v1 import (
    boards_pb2,
    common_pb2,
    consoles_pb2,
    emulator_pb2,
    flash_pb2,
    jobs_pb2,
    leases_pb2,
    programs_pb2,
    system_pb2,
    vms_pb2,
)

from tests.hub.fakes import ALPHA, BETA, CHIP_UID, Gate, attached
from tests.rpc.conftest import Line
from vmrig_server.agent.api import ConsoleChunk
from vmrig_server.errors import ErrorClass, VmrigError

DEADLINE_S = 10.0


async def _refused(call: Awaitable[Any]) -> tuple[grpc.StatusCode, error_details_pb2.ErrorInfo]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error: Any = caught.value  # its asyncio errors are calls too, which its stubs do not know
    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return caught.value.code(), info


async def _board(line: Line, board_id: str = ALPHA, *candidates: str) -> boards_pb2.Board:
    """Plugs a board in and waits for the watch to tell."""
    line.agent.plug(attached(board_id, *candidates))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    async for event in watch:
        if event.board.name == f"boards/{board_id}":
            watch.cancel()
            return event.board
    raise AssertionError


async def _next(watch: Any) -> boards_pb2.BoardEvent:
    event = await watch.read()
    assert isinstance(event, boards_pb2.BoardEvent)
    return event


async def _lease(line: Line, board: str = ALPHA, holder: str = "ann", **more: Any) -> leases_pb2.Lease:
    return await line.leases.RequestLease(leases_pb2.RequestLeaseRequest(board=board, holder=holder, **more))


def _ref(lease: leases_pb2.Lease) -> common_pb2.LeaseRef:
    return common_pb2.LeaseRef(lease=lease.name, fence=lease.fence)


async def _upload(line: Line, data: bytes) -> str:
    async def chunks() -> AsyncIterator[system_pb2.UploadBlobRequest]:
        for start in range(0, len(data), 5):
            yield system_pb2.UploadBlobRequest(chunk=data[start : start + 5])

    blob = await line.system.UploadBlob(chunks())
    assert (blob.sha256, blob.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    return blob.sha256


async def _events(line: Line, job: jobs_pb2.Job, after: int = 0) -> list[jobs_pb2.JobEvent]:
    request = jobs_pb2.WatchJobRequest(name=job.name, after_sequence=after)
    return [event async for event in line.jobs.WatchJob(request, timeout=DEADLINE_S)]


async def _end(line: Line, job: jobs_pb2.Job) -> jobs_pb2.Job:
    return (await _events(line, job))[-1].job


async def _registered(line: Line, board_id: str = ALPHA, alias: str = "") -> leases_pb2.Lease:
    await _board(line, board_id)
    lease = await _lease(line, board_id)
    request = boards_pb2.RegisterBoardRequest(board=board_id, lease=_ref(lease), alias=alias)
    assert (await _end(line, await line.boards.RegisterBoard(request))).state == jobs_pb2.JOB_STATE_SUCCEEDED
    return lease


# --- boards --------------------------------------------------------------------------------------------------------


async def test_a_board_is_listed_with_its_four_states(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
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
        await _board(line, board_id)
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
    code, info = await _refused(line.boards.ListBoards(boards_pb2.ListBoardsRequest(page_token="€")))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ARGUMENT_INVALID")


async def test_alias_and_health_are_set_by_selector(line: Line) -> None:
    await _board(line)
    await line.boards.SetAlias(boards_pb2.SetAliasRequest(board=ALPHA[:6], alias="left"))
    board = await line.boards.SetHealth(
        boards_pb2.SetHealthRequest(board="left", health=boards_pb2.HEALTH_MAINTENANCE, reason="cable")
    )
    assert list(board.aliases) == ["left"]
    assert (board.health, board.health_reason) == (boards_pb2.HEALTH_MAINTENANCE, "cable")
    assert (await line.boards.RemoveAlias(boards_pb2.RemoveAliasRequest(alias="left"))).aliases == []
    code, info = await _refused(line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left")))
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "BOARD_NOT_FOUND")
    assert info.metadata["next_command"] == "vmrig boards"
    code, info = await _refused(line.boards.SetHealth(boards_pb2.SetHealthRequest(board=ALPHA)))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ARGUMENT_INVALID")


async def test_an_ambiguous_selector_lists_the_boards(line: Line) -> None:
    await _board(line, ALPHA)
    await _board(line, BETA)
    code, info = await _refused(line.boards.GetBoard(boards_pb2.GetBoardRequest(name="any")))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "AMBIGUOUS_BOARD")
    assert info.metadata["evidence.0"].startswith(ALPHA) and info.metadata["evidence.1"].startswith(BETA)


async def test_a_watch_that_broke_resumes_where_it_was(line: Line) -> None:
    await _board(line, ALPHA)
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    first = [await _next(watch), await _next(watch)]
    watch.cancel()
    assert [event.type for event in first] == [boards_pb2.BoardEvent.TYPE_INITIAL, boards_pb2.BoardEvent.TYPE_SYNCED]
    await _board(line, BETA)
    resumed = line.boards.WatchBoards(
        boards_pb2.WatchBoardsRequest(resume_token=first[-1].resume_token), timeout=DEADLINE_S
    )
    event = await _next(resumed)
    assert (event.type, event.board.name) == (boards_pb2.BoardEvent.TYPE_CHANGED, f"boards/{BETA}")
    assert (await _next(resumed)).type == boards_pb2.BoardEvent.TYPE_SYNCED
    resumed.cancel()


# --- leases --------------------------------------------------------------------------------------------------------


async def test_a_lease_is_requested_renewed_listed_and_released(line: Line) -> None:
    await _board(line)
    lease = await _lease(line, duration=Duration(seconds=60), reason="try")
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
    await _board(line)
    await _lease(line)
    code, info = await _refused(_lease(line, holder="ben"))
    assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "NO_BOARD_FREE")
    assert "leased by ann" in info.metadata["evidence.0"]
    assert info.metadata["error_class"] == "5"


async def test_a_waiting_caller_that_hangs_up_leaves_the_queue(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    request = leases_pb2.RequestLeaseRequest(board=ALPHA, holder="ben", wait_timeout=Duration(seconds=60))
    waiting = line.leases.RequestLease(request)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.2)
    waiting.cancel()
    await line.leases.ReleaseLease(leases_pb2.ReleaseLeaseRequest(name=lease.name, fence=lease.fence))
    assert (await _lease(line, holder="cat", wait_timeout=Duration(seconds=5))).holder == "cat"


async def test_the_same_request_id_gives_the_same_lease(line: Line) -> None:
    await _board(line)
    assert await _lease(line, request_id="r") == await _lease(line, request_id="r")
    code, info = await _refused(_lease(line, holder="ben", request_id="r"))
    assert (code, info.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


# --- flash and jobs ------------------------------------------------------------------------------------------------


async def test_a_file_is_uploaded_flashed_and_its_result_typed(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    file = flash_pb2.FlashFile(sha256=await _upload(line, b"firmware"), format=flash_pb2.FILE_FORMAT_BIN, address=0)
    request = flash_pb2.FlashBoardRequest(board=lease.board, lease=_ref(lease), files=[file], request_id="f")
    job = await line.flash.FlashBoard(request)
    done = await _end(line, job)
    assert (done.kind, done.state, done.flash.bytes_verified) == ("flash", jobs_pb2.JOB_STATE_SUCCEEDED, 8)
    assert done.flash.parts[0].size_bytes == 8
    assert done.flash.phases[0].phase == "write"
    assert line.agent.calls[0][4][0].address == 0, "an address of 0 is an address"
    assert (await line.flash.FlashBoard(request)).name == job.name
    assert (await line.jobs.GetJob(jobs_pb2.GetJobRequest(name=job.name))) == done
    assert (await line.jobs.ListJobs(jobs_pb2.ListJobsRequest(board=ALPHA))).jobs == [done]


async def test_a_job_watch_resumes_after_a_sequence_number(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    job = await line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA, lease=_ref(lease)))
    events = await _events(line, job)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert await _events(line, job, after=1) == events[1:]
    assert line.agent.calls[0][4] == (), "no range is the whole chip"


async def test_without_a_lease_no_board_is_changed(line: Line) -> None:
    await _board(line)
    calls: list[Awaitable[Any]] = [
        line.flash.FlashBoard(flash_pb2.FlashBoardRequest(board=ALPHA)),
        line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA)),
        line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA)),
        line.boards.RegisterBoard(boards_pb2.RegisterBoardRequest(board=ALPHA)),
        line.consoles.WriteConsole(consoles_pb2.WriteConsoleRequest(board=ALPHA, data=b"x")),
    ]
    for number, call in enumerate(calls):
        code, info = await _refused(call)
        if number == 0:  # it has no file, either
            assert info.reason == "ARGUMENT_INVALID"
        else:
            assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LEASE_REQUIRED")
            assert info.metadata["error_class"] == "6"
    assert line.agent.calls == [] and line.agent.typed == []


async def test_a_lease_that_ended_and_an_old_fence_are_told_apart(line: Line) -> None:
    await _board(line)
    old = await _lease(line)
    await line.leases.ReleaseLease(leases_pb2.ReleaseLeaseRequest(name=old.name, fence=old.fence))
    new = await _lease(line, holder="ben")
    reset = flash_pb2.ResetBoardRequest(board=ALPHA, lease=_ref(old))
    assert (await _refused(line.flash.ResetBoard(reset)))[1].reason == "LEASE_ENDED"
    reset.lease.lease = new.name
    assert (await _refused(line.flash.ResetBoard(reset)))[1].reason == "FENCE_OLD"


async def test_a_busy_board_names_the_job_and_cancelling_frees_it(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    line.agent.gate = Gate()
    reset = flash_pb2.ResetBoardRequest(board=ALPHA, lease=_ref(lease))
    job = await line.flash.ResetBoard(reset)
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name=ALPHA))).job == job.name
    code, info = await _refused(line.flash.ResetBoard(reset))
    assert (code, info.reason) == (grpc.StatusCode.ABORTED, "BOARD_BUSY")
    cancelled = await line.jobs.CancelJob(jobs_pb2.CancelJobRequest(name=job.name))
    assert (cancelled.state, cancelled.error.code) == (jobs_pb2.JOB_STATE_CANCELLED, "JOB_CANCELLED")
    assert line.agent.cancelled == 1


async def test_a_failed_job_has_its_error_in_the_last_event(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    line.agent.failure = VmrigError(
        "VERIFY_FAILED", "It differs.", evidence=["0x0: ff, 00"], next_command="do", error_class=ErrorClass.BENCH
    )
    job = await _end(line, await line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA, lease=_ref(lease))))
    assert job.state == jobs_pb2.JOB_STATE_FAILED
    assert job.error == common_pb2.Error(
        code="VERIFY_FAILED",
        message="It differs.",
        evidence=["0x0: ff, 00"],
        next_command="do",
        error_class=common_pb2.ERROR_CLASS_BENCH,
    )


# --- VMs -----------------------------------------------------------------------------------------------------------


async def test_a_vm_is_made_found_and_put_on_its_board(line: Line) -> None:
    lease = await _registered(line, alias="left")
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left"))).chip_uid == CHIP_UID
    offers = (await line.vms.ListAvailableVms(vms_pb2.ListAvailableVmsRequest(target="microbit_v2"))).offers
    assert [offer.version for offer in offers] == ["1.9", "1.10"]
    vm = await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left", version="1.9", features=["gpio"]))
    assert vm == await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left", version="1.9", features=["gpio"]))
    assert vm == await line.vms.GetVm(vms_pb2.GetVmRequest(name=vm.name[4:10]))
    assert (await line.vms.ListVms(vms_pb2.ListVmsRequest(board="left"))).vms == [vm]
    request = vms_pb2.VirtualizeBoardRequest(board="left", lease=_ref(lease), vm=vm.name)
    done = await _end(line, await line.vms.VirtualizeBoard(request))
    assert done.virtualize.vmuid_reported == vm.name.removeprefix("vms/")
    assert done.virtualize.flash.bytes_written == vm.size_bytes
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left"))).vmuid == done.virtualize.vmuid


async def test_a_vm_for_a_board_that_is_not_registered_says_how_to_register(line: Line) -> None:
    await _board(line)
    code, info = await _refused(line.vms.CreateVm(vms_pb2.CreateVmRequest(board=ALPHA)))
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOARD_NOT_REGISTERED")
    assert info.metadata["next_command"] == f"vmrig register {ALPHA[:8]}"


# --- programs ------------------------------------------------------------------------------------------------------


async def test_a_program_that_does_not_compile_is_refused_with_place_and_caret(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    request = programs_pb2.RunProgramRequest(
        board=ALPHA, lease=_ref(lease), source="x = 1\nprint(x\n", filename="mine.py"
    )
    code, info = await _refused(line.programs.RunProgram(request))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PROGRAM_INVALID")
    assert info.metadata["evidence.0"].startswith("mine.py:2:6: error:")
    assert info.metadata["evidence.2"].strip().startswith("^")
    assert line.agent.calls == []


async def test_a_program_is_compiled_and_run(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=_ref(lease), source="print('hi')\n", wait=True)
    done = await _end(line, await line.programs.RunProgram(request))
    assert (done.run.slot, done.run.generation, done.run.console_offset, done.run.program_state) == (
        "A",
        3,
        17,
        "ended",
    )
    compiled = await line.programs.CompileProgram(
        programs_pb2.CompileProgramRequest(source="print('hi')\n", filename="program.py")
    )
    assert line.agent.calls[0][4] == compiled.image
    assert compiled.sha256 == hashlib.sha256(compiled.image).hexdigest()
    assert "print" in compiled.listing


async def test_an_exception_on_the_board_comes_back_with_lines_of_the_source(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    line.agent.failure = VmrigError(
        "PROGRAM_RAISED",
        "It raised.",
        evidence=["ZeroDivisionError: division by zero", "@0:0"],
        error_class=ErrorClass.FIRMWARE,
    )
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=_ref(lease), source="x = 0\n", filename="mine.py")
    failed = await _end(line, await line.programs.RunProgram(request))
    assert (failed.error.code, failed.error.error_class) == ("PROGRAM_RAISED", common_pb2.ERROR_CLASS_FIRMWARE)
    assert failed.error.evidence[0] == "Traceback (most recent call last):"
    assert 'File "mine.py", line 1' in failed.error.evidence[1]
    assert failed.error.evidence[-1] == "ZeroDivisionError: division by zero"


async def test_a_container_that_was_tampered_with_is_refused(line: Line) -> None:
    await _board(line)
    lease = await _lease(line)
    image = bytearray((await line.programs.CompileProgram(programs_pb2.CompileProgramRequest(source="x = 1\n"))).image)
    image[len(image) // 2] ^= 1
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=_ref(lease), image=bytes(image))
    assert (await _refused(line.programs.RunProgram(request)))[1].reason == "PROGRAM_INVALID"


async def test_a_request_without_a_program_is_refused(line: Line) -> None:
    await _board(line)
    request = programs_pb2.RunProgramRequest(board=ALPHA)
    assert (await _refused(line.programs.RunProgram(request)))[1].reason == "ARGUMENT_INVALID"


# --- consoles ------------------------------------------------------------------------------------------------------


async def test_a_console_is_read_without_a_lease_and_written_with_one(line: Line) -> None:
    await _board(line)
    line.agent.console = [ConsoleChunk(5, b"hello", 1.5), ConsoleChunk(10, b"", 2.0, "reset", "by ann")]
    read = line.consoles.ReadConsole(consoles_pb2.ReadConsoleRequest(board=ALPHA, offset=5), timeout=DEADLINE_S)
    chunks = [chunk async for chunk in read]
    assert [(chunk.offset, chunk.data, chunk.marker) for chunk in chunks] == [(5, b"hello", ""), (10, b"", "reset")]
    assert chunks[0].time.ToNanoseconds() == 1_500_000_000
    lease = await _lease(line)
    await line.consoles.WriteConsole(consoles_pb2.WriteConsoleRequest(board=ALPHA, lease=_ref(lease), data=b"x"))
    assert line.agent.typed == [b"x"]


async def test_a_console_reader_that_hangs_up_is_let_go_at_once(line: Line) -> None:
    await _board(line)
    line.agent.console = [ConsoleChunk(0, b"hello", 1.0)]
    read = line.consoles.ReadConsole(consoles_pb2.ReadConsoleRequest(board=ALPHA, follow=True), timeout=DEADLINE_S)
    await read.read()
    assert not line.agent.console_closed.is_set()
    read.cancel()
    await asyncio.wait_for(line.agent.console_closed.wait(), 5)


# --- emulator ------------------------------------------------------------------------------------------------------


async def test_an_emulated_board_is_made_once_and_becomes_a_board(line: Line) -> None:
    request = emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2", request_id="e")
    made = await line.emulator.CreateEmulatedBoard(request)
    assert (await line.emulator.CreateEmulatedBoard(request)).serial == made.serial
    assert (made.name, made.pace, made.remote_port) == (f"emulated/{made.serial}", "real", 4711)
    assert (await line.emulator.ListEmulatedBoards(emulator_pb2.ListEmulatedBoardsRequest())).boards == [made]
    code, info = await _refused(
        line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="nope"))
    )
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "TARGET_UNKNOWN")


async def test_an_emulated_board_is_touched_by_name_or_selector(line: Line) -> None:
    made = await line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2"))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    while (await _next(watch)).board.usb.serial != made.serial:
        pass
    watch.cancel()
    pin = await line.emulator.DrivePin(
        emulator_pb2.DrivePinRequest(name=made.name, pin="BUTTON_A", level=emulator_pb2.LEVEL_LOW)
    )
    assert pin == emulator_pb2.PinState(pin="BUTTON_A", level=emulator_pb2.LEVEL_LOW)
    assert (await line.emulator.GetPin(emulator_pb2.GetPinRequest(name="any", pin="P0.1"))).level
    touched = await line.emulator.GetCoverage(emulator_pb2.GetCoverageRequest(name=made.serial))
    assert [(entry.peripheral, entry.writes, entry.modelled) for entry in touched.registers] == [("PWM0", 1, False)]
    edges = await line.emulator.ListPinEdges(emulator_pb2.ListPinEdgesRequest(name=made.serial))
    assert (edges.edges[0].pin, edges.edges[0].time_ns, edges.next_sequence) == ("P0.14", 1000, 1)
    assert not (await line.emulator.SetPower(emulator_pb2.SetPowerRequest(name=made.name))).powered
    assert not (await line.emulator.SetPlugged(emulator_pb2.SetPluggedRequest(name=made.name))).plugged
    bad = emulator_pb2.DrivePinRequest(name=made.name, pin="BUTTON_A")
    assert (await _refused(line.emulator.DrivePin(bad)))[1].reason == "ARGUMENT_INVALID"


async def test_a_deleted_emulated_board_is_not_listed(line: Line) -> None:
    made = await line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2"))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    while (await _next(watch)).board.usb.serial != made.serial:
        pass
    await line.emulator.DeleteEmulatedBoard(emulator_pb2.DeleteEmulatedBoardRequest(name=made.name))
    while (await _next(watch)).board.presence != boards_pb2.PRESENCE_ABSENT:
        pass
    watch.cancel()
    assert (await line.boards.ListBoards(boards_pb2.ListBoardsRequest())).boards == []
    code, _ = await _refused(line.emulator.GetEmulatedBoard(emulator_pb2.GetEmulatedBoardRequest(name=made.name)))
    assert code == grpc.StatusCode.NOT_FOUND


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
    await _board(line)
    lease = await _lease(line, request_id="r7")
    await line.boards.ListBoards(boards_pb2.ListBoardsRequest())
    await _refused(line.flash.EraseBoard(flash_pb2.EraseBoardRequest(board=ALPHA)))
    await _end(line, await line.flash.ResetBoard(flash_pb2.ResetBoardRequest(board=ALPHA, lease=_ref(lease))))
    entries = await line.service.hub.audit.latest()
    assert [(entry.method, entry.board, entry.outcome) for entry in entries] == [
        ("Flash/ResetBoard", ALPHA, "OK"),
        ("Flash/EraseBoard", ALPHA, "LEASE_REQUIRED"),
        ("Leases/RequestLease", ALPHA, "OK"),
    ]
    assert entries[0].lease_id == lease.name.removeprefix("leases/")
    assert entries[2].request_id == "r7"
