# SPDX-License-Identifier: Apache-2.0
"""The local agent on a board in memory: console, link and jobs. PTY, pyserial, pyusb and processes are real; USB bus, probe and firmware are not."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.agent.fake_board import UID, VMUID, FakeBoard, fake_driver
from tests.agent.fake_usb import FakeBus
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import ConsoleChunk, FirmwareFile, LogLine, PresenceChange, Progress
from vmrig_server.agent.flashing.drivers import pyocd
from vmrig_server.agent.link.status import EventKind
from vmrig_server.errors import ErrorClass, VmrigError

TARGET = "microbit_v2"
IMAGE = FirmwareFile("app.bin", struct.pack("<II", 0x20020000, 0x9) + bytes(8))


def ignore(_: Progress | LogLine) -> None:
    pass


class Bench:
    """An agent with one board."""

    def __init__(self, agent: LocalAgent, board: FakeBoard) -> None:
        self.agent = agent
        self.board = board
        self.changes = agent.watch()

    async def next_change(self) -> PresenceChange:
        return await asyncio.wait_for(anext(self.changes), 5)

    async def console(self, until: Callable[[list[ConsoleChunk]], bool], offset: int = 0) -> list[ConsoleChunk]:
        """Follows the console until enough came."""
        found: list[ConsoleChunk] = []

        async def follow() -> None:
            async for chunk in self.agent.read_console(self.board.id, offset, True):
                found.append(chunk)
                if until(found):
                    return

        await asyncio.wait_for(follow(), 5)
        return found


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    monkeypatch.setattr(pyocd, "command", fake_driver("ok"))
    bus = FakeBus()
    agent = LocalAgent([bus], tmp_path)
    board = FakeBoard(bus)
    board.plug()
    await agent.start()
    made = Bench(agent, board)
    assert (await made.next_change()).board.board_id == board.id
    yield made
    await agent.stop()
    board.firmware.close()


def text(chunks: list[ConsoleChunk]) -> bytes:
    return b"".join(chunk.data for chunk in chunks)


def has(data: bytes) -> Callable[[list[ConsoleChunk]], bool]:
    return lambda chunks: data in text(chunks)


def markers(chunks: list[ConsoleChunk]) -> list[str]:
    return [chunk.marker for chunk in chunks if chunk.marker]


async def recorded(bench: Bench) -> None:
    """Until the board's port is open: from then on nothing that the firmware says is missed."""
    await bench.agent._boards[bench.board.id].port.open()


async def refused(call: Awaitable[object]) -> VmrigError:
    with pytest.raises(VmrigError) as caught:
        await call
    return caught.value


async def test_plain_output_and_framed_output_are_one_log(bench: Bench) -> None:
    reading = asyncio.create_task(bench.console(has(b"framed\n")))
    await recorded(bench)
    bench.board.firmware.say(b"boot rom\n")
    bench.board.firmware.print(b"framed\n")
    assert text(await reading) == b"boot rom\nframed\n"


@pytest.mark.parametrize(("state", "says"), [(0, "there is no port.bin"), (2, "port.bin is damaged")])
async def test_a_board_without_a_whole_port_bin_says_so_on_its_console_at_boot(
    bench: Bench, state: int, says: str
) -> None:
    firmware = bench.board.firmware
    reading = asyncio.create_task(bench.console(lambda chunks: "port-map" in markers(chunks)))
    await recorded(bench)
    firmware.boot()  # a whole one: no word
    firmware.port = state
    firmware.boot()
    marked = [chunk for chunk in await reading if chunk.marker]
    assert [chunk.marker for chunk in marked] == ["port-map"]
    assert marked[0].marker_text.startswith(f"{says}: names of pins are those built into the VM")


async def test_input_goes_in_frames_to_firmware_that_speaks_the_link(bench: Bench) -> None:
    await bench.agent.write_console(bench.board.id, 1, b"hello")
    assert bench.board.firmware.console == b"hello"


async def test_input_goes_as_it_is_to_firmware_that_does_not(bench: Bench) -> None:
    bench.board.firmware.silent = True
    await bench.agent.write_console(bench.board.id, 1, b"help\r")
    while not b"".join(bench.board.firmware.raw).endswith(b"help\r"):
        bench.board.firmware.heard.clear()
        await asyncio.wait_for(bench.board.firmware.heard.wait(), 5)
    assert bench.board.firmware.console == b""


async def test_an_old_fence_cannot_write(bench: Bench) -> None:
    await bench.agent.raise_fence(bench.board.id, 7, "ann")
    error = await refused(bench.agent.write_console(bench.board.id, 6, b"x"))
    assert (error.code, error.error_class) == ("FENCE_OLD", ErrorClass.PERMISSION)
    assert bench.board.firmware.raw == []


@pytest.mark.parametrize("call", ["flash", "erase", "reset", "register", "virtualize", "run_program"])
async def test_an_old_fence_is_refused_by_every_call_before_the_board_is_touched(
    bench: Bench, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyocd, "command", lambda: pytest.fail("the tool was started"))
    await bench.agent.raise_fence(bench.board.id, 7, "ann")
    agent, board = bench.agent, bench.board.id
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "flash": lambda: agent.flash(board, 6, TARGET, [IMAGE], ignore),
        "erase": lambda: agent.erase(board, 6, TARGET, [], ignore),
        "reset": lambda: agent.reset(board, 6, TARGET, ignore),
        "register": lambda: agent.register(board, 6, TARGET, ignore),
        "virtualize": lambda: agent.virtualize(board, 6, TARGET, [], VMUID, ignore),
        "run_program": lambda: agent.run_program(board, 6, TARGET, b"vbc", False, ignore),
    }
    assert (await refused(calls[call]())).code == "FENCE_OLD"
    assert bench.board.firmware.raw == []


async def test_a_flash_leaves_its_markers_and_the_boot_of_the_new_firmware_in_the_log(bench: Bench) -> None:
    reports: list[Progress | LogLine] = []

    def report(step: Progress | LogLine) -> None:
        reports.append(step)
        if isinstance(step, Progress) and step.phase == "reset":
            bench.board.firmware.say(b"new firmware\n")

    outcome = await bench.agent.flash(bench.board.id, 3, TARGET, [IMAGE], report)
    assert [(part.address, part.size_bytes) for part in outcome.parts] == [(0, 16)]
    assert LogLine("steps program reset") in reports
    assert any(isinstance(step, LogLine) and step.text == f"unlock False home {bench.agent._home}" for step in reports)
    found = await bench.console(has(b"new firmware\n"))
    assert markers(found) == ["flash", "reset"]
    assert found[0].marker_text == "app.bin, 16 bytes"
    assert text(found) == b"new firmware\n"


async def test_a_file_that_does_not_fit_is_refused_before_the_tool_is_started(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyocd, "command", lambda: pytest.fail("the tool was started"))
    huge = FirmwareFile("huge.bin", bytes(0x80001), "bin", 0x1000)
    assert (await refused(bench.agent.flash(bench.board.id, 1, TARGET, [huge], ignore))).code == "IMAGE_TOO_LARGE"
    error = await refused(bench.agent.erase(bench.board.id, 1, TARGET, [(0x7F000, 0x2000)], ignore))
    assert error.code == "ERASE_ADDRESS"
    assert (await refused(bench.agent.reset(bench.board.id, 1, "other_board", ignore))).code == "TARGET_MISMATCH"


async def test_only_who_says_so_may_unlock_a_chip(bench: Bench) -> None:
    unlocks: list[str] = []

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, LogLine) and step.text.startswith("unlock"):
            unlocks.append(step.text.split()[1])

    await bench.agent.erase(bench.board.id, 1, TARGET, [(0, 0x1000)], report)
    await bench.agent.erase(bench.board.id, 1, TARGET, [], report)
    await bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], report)
    await bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], report, chip_erase=True)
    assert unlocks == 4 * ["False"]
    await bench.agent.erase(bench.board.id, 1, TARGET, [], report, mass=True)
    await bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], report, unlock=True)
    assert unlocks[4:] == 2 * ["True"]


async def test_unplugging_during_a_flash_ends_it_within_a_second_with_board_gone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyocd, "command", fake_driver("hang"))
    writing = asyncio.Event()

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "write":
            writing.set()

    job = asyncio.create_task(bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], report))
    await asyncio.wait_for(writing.wait(), 5)
    started = asyncio.get_running_loop().time()
    bench.board.unplug()
    assert (await refused(job)).code == "BOARD_GONE"
    assert asyncio.get_running_loop().time() - started < 1
    assert not (await bench.next_change()).present


async def test_a_probe_that_is_lost_without_the_board_leaving_keeps_its_code(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyocd, "command", fake_driver("probe_lost"))
    assert (await refused(bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], ignore))).code == "PROBE_LOST"


async def test_recording_goes_on_after_a_replug(bench: Bench) -> None:
    reading = asyncio.create_task(bench.console(has(b"two\n")))
    await recorded(bench)
    bench.board.firmware.say(b"one\n")
    await bench.console(has(b"one\n"))
    bench.board.unplug()
    assert not (await bench.next_change()).present
    bench.board.plug()
    assert (await bench.next_change()).present
    bench.board.firmware.say(b"two\n")
    found = await reading
    assert text(found) == b"one\ntwo\n"
    assert markers(found) == ["gone", "back"]


async def test_a_program_is_uplinked_started_and_waited_for(bench: Bench) -> None:
    firmware = bench.board.firmware

    def on_run() -> None:
        firmware.print(b"42\n")
        firmware.event(EventKind.ENDED)

    firmware.on_run = on_run
    image = bytes(range(200))
    uplinked: list[int] = []

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "uplink":
            uplinked.append(step.done_bytes)

    outcome = await bench.agent.run_program(bench.board.id, 1, TARGET, image, True, report)
    assert bytes(firmware.image) == image
    assert (outcome.slot, outcome.generation, outcome.program_state) == ("A", 7, "ended")
    assert [phase.phase for phase in outcome.phases] == ["identify", "uplink", "run"]
    assert uplinked[-1] == 200
    found = await bench.console(lambda chunks: "program-end" in markers(chunks), outcome.console_offset)
    assert markers(found) == ["program-start", "program-end"]
    assert text(found) == b"42\n"


async def test_a_raised_exception_comes_with_its_places(bench: Bench) -> None:
    places = struct.pack("<B4H", 2, 0, 17, 3, 5) + b"ValueError: too odd"
    bench.board.firmware.on_run = lambda: bench.board.firmware.event(EventKind.RAISED, places)
    error = await refused(bench.agent.run_program(bench.board.id, 1, TARGET, bytes(8), True, ignore))
    assert (error.code, error.error_class) == ("PROGRAM_RAISED", ErrorClass.FIRMWARE)
    assert error.evidence == ("ValueError: too odd", "@0:17", "@3:5")


async def test_a_fault_of_the_firmware_ends_the_wait(bench: Bench) -> None:
    bench.board.firmware.on_run = lambda: bench.board.firmware.event(EventKind.FAULT)
    error = await refused(bench.agent.run_program(bench.board.id, 1, TARGET, bytes(8), True, ignore))
    assert (error.code, error.error_class) == ("PROGRAM_FAULT", ErrorClass.FIRMWARE)
    assert "pc 0x00000006" in error.evidence


async def test_a_program_that_is_not_waited_for_is_running(bench: Bench) -> None:
    outcome = await bench.agent.run_program(bench.board.id, 1, TARGET, bytes(8), False, ignore)
    assert outcome.program_state == "running"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"kind": "register"}, "FIRMWARE_WRONG"), ({"binding": 2}, "VM_OTHER_BOARD"), ({"binding": 3}, "VM_UNBOUND")],
)
async def test_a_board_without_its_vm_takes_no_program(bench: Bench, change: dict[str, object], code: str) -> None:
    for name, value in change.items():
        setattr(bench.board.firmware, name, value)
    assert (await refused(bench.agent.run_program(bench.board.id, 1, TARGET, bytes(8), True, ignore))).code == code
    assert not bench.board.firmware.image


async def test_register_compares_both_ways_to_the_chip(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = bench.board.firmware
    firmware.kind = "register"

    def boots(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "reset":
            firmware.boot()

    monkeypatch.setattr(
        "vmrig_server.agent.agent.load_image",
        lambda target, name: type("Image", (), {"address": 0, "data": IMAGE.data}),
    )
    outcome = await bench.agent.register(bench.board.id, 1, TARGET, boots, with_firmware=True)
    assert (outcome.chip_uid, outcome.uid_by_probe, outcome.uid_by_serial) == (UID, UID, UID)
    assert outcome.chip_part == "52833 AAB0"

    firmware.uid = "ffffffffffffffff"
    error = await refused(bench.agent.register(bench.board.id, 1, TARGET, boots, with_firmware=True))
    assert error.code == "UID_MISMATCH"
    assert error.evidence == ("over the serial port: ffffffffffffffff", f"over the debug probe: {UID}")


async def test_virtualize_believes_only_what_the_board_answers(bench: Bench) -> None:
    from vmrig_server.agent.api import FlashPart

    firmware = bench.board.firmware

    def boots(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "reset":
            firmware.boot()

    parts = [FlashPart(0, IMAGE.data, "vm")]
    outcome = await bench.agent.virtualize(bench.board.id, 1, TARGET, parts, VMUID, boots)
    assert (outcome.vm.vmuid, outcome.vm.binding, outcome.vm.chip_uid) == (VMUID, "ok", UID)

    firmware.vmuid = "ff" * 16
    assert (
        await refused(bench.agent.virtualize(bench.board.id, 1, TARGET, parts, VMUID, boots))
    ).code == "VMUID_MISMATCH"
    firmware.vmuid, firmware.binding = VMUID, 2
    assert (
        await refused(bench.agent.virtualize(bench.board.id, 1, TARGET, parts, VMUID, boots))
    ).code == "VM_OTHER_BOARD"


async def test_a_port_that_another_program_holds_is_told_and_the_flash_goes_on(bench: Bench) -> None:
    import serial

    reports: list[Progress | LogLine] = []
    with serial.Serial(bench.board.firmware.path, exclusive=True):
        await bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], reports.append)
        error = await refused(bench.agent.write_console(bench.board.id, 1, b"x"))
    assert error.code == "PORT_BUSY"
    assert any(isinstance(step, LogLine) and "console is not recorded" in step.text for step in reports)


async def test_a_lent_port_can_be_opened_by_a_tool_and_comes_back(bench: Bench) -> None:
    import serial

    await bench.agent.write_console(bench.board.id, 1, b"x")
    port = bench.agent._boards[bench.board.id].port
    async with port.lent() as path:
        serial.Serial(path, exclusive=True).close()
    await bench.agent.write_console(bench.board.id, 1, b"y")
    assert bench.board.firmware.console == b"xy"


async def test_a_released_port_is_the_users_until_the_call_ends(bench: Bench) -> None:
    import serial

    await bench.agent.write_console(bench.board.id, 1, b"x")
    released = bench.agent.release_port(bench.board.id, 1)
    with serial.Serial(await anext(released), exclusive=True):
        error = await refused(bench.agent.flash(bench.board.id, 1, TARGET, [IMAGE], ignore))
    assert error.code == "BOARD_BUSY"
    await released.aclose()  # type: ignore[attr-defined]
    await bench.agent.write_console(bench.board.id, 1, b"y")
    assert bench.board.firmware.console == b"xy"


async def test_a_newer_lease_ends_the_use_of_a_released_port(bench: Bench) -> None:
    released = bench.agent.release_port(bench.board.id, 1)
    await anext(released)
    await bench.agent.raise_fence(bench.board.id, 2, "ann")
    with pytest.raises(VmrigError) as caught:
        await anext(released)
    assert caught.value.code == "FENCE_OLD"


async def test_a_console_can_be_read_while_the_board_is_away_and_after_a_restart(bench: Bench, tmp_path: Path) -> None:
    reading = asyncio.create_task(bench.console(has(b"kept\n")))
    await recorded(bench)
    bench.board.firmware.say(b"kept\n")
    await reading
    await bench.agent.stop()
    later = LocalAgent([], tmp_path)
    assert text([chunk async for chunk in later.read_console(bench.board.id, 0, False)]) == b"kept\n"
    await later.stop()


async def test_a_board_that_was_never_seen_has_no_console(bench: Bench) -> None:
    for name in ("0" * 16, "../../etc"):
        with pytest.raises(VmrigError) as caught:
            await anext(bench.agent.read_console(name, 0, False))
        assert caught.value.code == "BOARD_NOT_FOUND"
