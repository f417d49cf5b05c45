# SPDX-License-Identifier: Apache-2.0
"""Services over a real unix socket: VMs, programs, consoles, emulated boards."""

from __future__ import annotations

import asyncio
import hashlib
import json

import grpc
from vmrig.v1 import (
    boards_pb2,
    common_pb2,
    consoles_pb2,
    emulator_pb2,
    programs_pb2,
    vms_pb2,
)

from tests.hub.fakes import ALPHA, CHIP_UID
from tests.rpc.calls import (
    DEADLINE_S,
    end_of,
    lease_ref,
    leased,
    next_event,
    plugged_board,
    refused,
    registered,
)
from tests.rpc.conftest import Line
from vmrig_server.agent.api import ConsoleChunk
from vmrig_server.bytecode.stripping import for_board
from vmrig_server.errors import ErrorClass, VmrigError

# --- VMs -----------------------------------------------------------------------------------------------------------


async def test_a_vm_is_made_found_and_put_on_its_board(line: Line) -> None:
    lease = await registered(line, alias="left")
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left"))).chip_uid == CHIP_UID
    offers = (await line.vms.ListAvailableVms(vms_pb2.ListAvailableVmsRequest(target="microbit_v2"))).offers
    assert [offer.version for offer in offers] == ["1.9", "1.10"]
    vm = await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left", version="1.9", features=["bus"]))
    assert vm == await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left", version="1.9", features=["bus"]))
    assert vm == await line.vms.GetVm(vms_pb2.GetVmRequest(name=vm.name[4:10]))
    assert (await line.vms.ListVms(vms_pb2.ListVmsRequest(board="left"))).vms == [vm]
    request = vms_pb2.VirtualizeBoardRequest(board="left", lease=lease_ref(lease), vm=vm.name)
    done = await end_of(line, await line.vms.VirtualizeBoard(request))
    assert done.virtualize.vmuid_reported == vm.name.removeprefix("vms/")
    assert done.virtualize.flash.bytes_written == vm.size_bytes
    assert (await line.boards.GetBoard(boards_pb2.GetBoardRequest(name="left"))).vmuid == done.virtualize.vmuid


async def test_a_build_tells_how_far_it_is_and_ends_with_the_vm(line: Line) -> None:
    await registered(line, alias="left")
    create = vms_pb2.CreateVmRequest(board="left", rtos="bare", features=["json"])
    events = [event async for event in line.vms.BuildVm(vms_pb2.BuildVmRequest(create=create))]
    assert [(event.progress.done, event.progress.total) for event in events[:-1]] == [(1, 2)]
    assert (events[-1].vm.rtos, list(events[-1].vm.features)) == ("bare", ["bus", "json"])
    assert events[-1].vm == await line.vms.CreateVm(create)
    create.features.append("jsn")
    code, info = await refused(anext(aiter(line.vms.BuildVm(vms_pb2.BuildVmRequest(create=create)))))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "FEATURE_UNKNOWN")


async def test_a_vm_and_register_vm_are_written_into_files_with_a_manifest(line: Line) -> None:
    await registered(line, alias="left")
    vm = await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left"))
    files = (await line.vms.ExportVm(vms_pb2.ExportVmRequest(name=vm.name))).files
    assert {file.name.rpartition(".")[2] for file in files} == {"bin", "hex", "json"}
    manifest = json.loads(files[-1].data)
    assert (manifest["vmuid"], manifest["target"]) == (vm.name.removeprefix("vms/"), "microbit_v2")
    files = (await line.vms.ExportRegister(vms_pb2.ExportRegisterRequest(target="microbit_v2"))).files
    assert files[0].name == "reg_microbit_v2.bin" and json.loads(files[-1].data)["kind"] == "register"


async def test_a_vm_for_a_board_that_is_not_registered_says_how_to_register(line: Line) -> None:
    await plugged_board(line)
    code, info = await refused(line.vms.CreateVm(vms_pb2.CreateVmRequest(board=ALPHA)))
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BOARD_NOT_REGISTERED")
    assert info.metadata["next_command"] == f"vmrig register {ALPHA[:8]}"


# --- programs ------------------------------------------------------------------------------------------------------


async def test_a_program_that_does_not_compile_is_refused_with_place_and_caret(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    request = programs_pb2.RunProgramRequest(
        board=ALPHA, lease=lease_ref(lease), source="x = 1\nprint(x\n", filename="mine.py"
    )
    code, info = await refused(line.programs.RunProgram(request))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PROGRAM_INVALID")
    assert info.metadata["evidence.0"].startswith("mine.py:2:6: error:")
    assert info.metadata["evidence.2"].strip().startswith("^")
    assert line.agent.calls == []


async def test_all_places_that_are_refused_come_with_the_answer_when_asked_for(line: Line) -> None:
    source = "import tiem\n" + "x = eval('1')\n" * 30
    request = programs_pb2.CompileProgramRequest(source=source, filename="mine.py", report_errors=True)
    answer = await line.programs.CompileProgram(request)
    assert [(e.line, e.column) for e in answer.errors] == [(1, 1), *((n, 5) for n in range(2, 21))]
    assert answer.errors_left_out == 11 and not answer.image
    first = answer.errors[0]
    assert first.hint.startswith("did you mean time") and first.text.startswith(
        "mine.py:1:1: error: the VM has no module 'tiem'"
    )
    request.report_errors = False
    code, info = await refused(line.programs.CompileProgram(request))
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    told = [text for key, text in info.metadata.items() if key.startswith("evidence.")]
    assert len(told) == 21 and "and 11 more" in told


async def test_what_the_vm_on_the_board_lacks_is_refused_before_the_board_is_touched(line: Line) -> None:
    lease = await registered(line, alias="left")
    vm = await line.vms.CreateVm(vms_pb2.CreateVmRequest(board="left"))
    request = vms_pb2.VirtualizeBoardRequest(board="left", lease=lease_ref(lease), vm=vm.name)
    await end_of(line, await line.vms.VirtualizeBoard(request))
    calls = len(line.agent.calls)
    run = programs_pb2.RunProgramRequest(board="left", lease=lease_ref(lease), source="print(1.5)\n", filename="f.py")
    code, info = await refused(line.programs.RunProgram(run))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PROGRAM_INVALID")
    assert info.metadata["evidence.0"] == "f.py:1:7: error: the VM on left has no floats"
    run.image = (await line.programs.CompileProgram(programs_pb2.CompileProgramRequest(source="print(1.5)\n"))).image
    code, info = await refused(line.programs.RunProgram(run))
    assert info.reason == "PROGRAM_REFUSED" and len(line.agent.calls) == calls
    wanted = programs_pb2.CompileProgramRequest(source="print(1.5)\n", board="left", report_errors=True)
    assert "floats" in (await line.programs.CompileProgram(wanted)).errors[0].reason
    for wrong in ({"profile": "tiny"}, {"profile": "core", "board": "left"}):
        asked = programs_pb2.CompileProgramRequest(source="", **wrong)
        assert (await refused(line.programs.CompileProgram(asked)))[1].reason == "ARGUMENT_INVALID"


async def test_a_program_is_compiled_and_run(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=lease_ref(lease), source="print('hi')\n", wait=True)
    done = await end_of(line, await line.programs.RunProgram(request))
    assert (done.run.slot, done.run.generation, done.run.console_offset, done.run.program_state) == (
        "A",
        3,
        17,
        "ended",
    )
    compiled = await line.programs.CompileProgram(
        programs_pb2.CompileProgramRequest(source="print('hi')\n", filename="program.py")
    )
    assert line.agent.calls[0][4] == for_board(compiled.image)  # lines stay here
    assert compiled.sha256 == hashlib.sha256(compiled.image).hexdigest()
    assert "print" in compiled.listing


async def test_an_exception_on_the_board_comes_back_with_lines_of_the_source(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    line.agent.failure = VmrigError(
        "PROGRAM_RAISED",
        "It raised.",
        evidence=["ZeroDivisionError: division by zero", "@0:0"],
        error_class=ErrorClass.FIRMWARE,
    )
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=lease_ref(lease), source="x = 0\n", filename="mine.py")
    failed = await end_of(line, await line.programs.RunProgram(request))
    assert (failed.error.code, failed.error.error_class) == ("PROGRAM_RAISED", common_pb2.ERROR_CLASS_FIRMWARE)
    assert failed.error.evidence[0] == "Traceback (most recent call last):"
    assert 'File "mine.py", line 1' in failed.error.evidence[1]
    assert failed.error.evidence[-1] == "ZeroDivisionError: division by zero"


async def test_a_container_that_was_tampered_with_is_refused(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    image = bytearray((await line.programs.CompileProgram(programs_pb2.CompileProgramRequest(source="x = 1\n"))).image)
    image[len(image) // 2] ^= 1
    request = programs_pb2.RunProgramRequest(board=ALPHA, lease=lease_ref(lease), image=bytes(image))
    assert (await refused(line.programs.RunProgram(request)))[1].reason == "PROGRAM_INVALID"


async def test_a_request_without_a_program_is_refused(line: Line) -> None:
    await plugged_board(line)
    request = programs_pb2.RunProgramRequest(board=ALPHA)
    assert (await refused(line.programs.RunProgram(request)))[1].reason == "ARGUMENT_INVALID"


# --- consoles ------------------------------------------------------------------------------------------------------


async def test_a_console_is_read_without_a_lease_and_written_with_one(line: Line) -> None:
    await plugged_board(line)
    line.agent.console = [ConsoleChunk(5, b"hello", 1.5), ConsoleChunk(10, b"", 2.0, "reset", "by ann")]
    read = line.consoles.ReadConsole(consoles_pb2.ReadConsoleRequest(board=ALPHA, offset=5), timeout=DEADLINE_S)
    chunks = [chunk async for chunk in read]
    assert [(chunk.offset, chunk.data, chunk.marker) for chunk in chunks] == [(5, b"hello", ""), (10, b"", "reset")]
    assert chunks[0].time.ToNanoseconds() == 1_500_000_000
    lease = await leased(line)
    await line.consoles.WriteConsole(consoles_pb2.WriteConsoleRequest(board=ALPHA, lease=lease_ref(lease), data=b"x"))
    assert line.agent.typed == [b"x"]


async def test_a_port_is_released_under_a_lease_only(line: Line) -> None:
    await plugged_board(line)
    lease = await leased(line)
    request = consoles_pb2.ReleasePortRequest(board=ALPHA, lease=lease_ref(lease))
    call = line.consoles.ReleasePort(request, timeout=DEADLINE_S)
    assert (await call.read()).port == "/dev/ttyFAKE"
    call.cancel()
    without = line.consoles.ReleasePort(consoles_pb2.ReleasePortRequest(board=ALPHA), timeout=DEADLINE_S)
    assert (await refused(without.read()))[0] is not None


async def test_a_console_reader_that_hangs_up_is_let_go_at_once(line: Line) -> None:
    await plugged_board(line)
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
    code, info = await refused(
        line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="nope"))
    )
    assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "TARGET_UNKNOWN")


async def test_an_emulated_board_is_touched_by_name_or_selector(line: Line) -> None:
    made = await line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2"))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    while (await next_event(watch)).board.usb.serial != made.serial:
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
    assert (await refused(line.emulator.DrivePin(bad)))[1].reason == "ARGUMENT_INVALID"


async def test_a_deleted_emulated_board_is_not_listed(line: Line) -> None:
    made = await line.emulator.CreateEmulatedBoard(emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2"))
    watch = line.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
    while (await next_event(watch)).board.usb.serial != made.serial:
        pass
    await line.emulator.DeleteEmulatedBoard(emulator_pb2.DeleteEmulatedBoardRequest(name=made.name))
    while (await next_event(watch)).board.presence != boards_pb2.PRESENCE_ABSENT:
        pass
    watch.cancel()
    assert (await line.boards.ListBoards(boards_pb2.ListBoardsRequest())).boards == []
    code, _ = await refused(line.emulator.GetEmulatedBoard(emulator_pb2.GetEmulatedBoardRequest(name=made.name)))
    assert code == grpc.StatusCode.NOT_FOUND
