# SPDX-License-Identifier: Apache-2.0
"""The agent on an emulated micro:bit: real worker, real pyOCD in a real child process, real firmware on the emulated core.

Flash contents are checked past pyOCD and past the machine, in the file that holds them.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import ConsoleChunk, FirmwareFile, FlashPart, LogLine, PresenceChange, Progress
from vmrig_server.boards_data import load_target
from vmrig_server.bytecode import compile_source
from vmrig_server.emulator.pool import EmulatedBoard, WorkerPool
from vmrig_server.emulator.usb import EmulatedBus
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.images import load_image, stamp_vm

pytestmark = pytest.mark.asyncio(loop_scope="module")

TARGET = "microbit_v2"
PAGE = 0x1000
VMUID = "00112233445566778899aabbccddeeff"


class Bench:
    """An agent, a pool of emulated boards and one board on both."""

    def __init__(self, agent: LocalAgent, pool: WorkerPool, board: EmulatedBoard, home: Path) -> None:
        self.agent = agent
        self.pool = pool
        self.serial = board.serial
        self.id = ""
        self.folder = home
        self.changes = agent.watch()
        self.fence = 1

    async def until(self, present: bool) -> PresenceChange:
        async def wait() -> PresenceChange:
            while (change := await anext(self.changes)).board.serial != self.serial or change.present != present:
                pass
            return change

        return await asyncio.wait_for(wait(), 10)

    def contents(self, address: int, size: int, memory: str = "flash") -> bytes:
        return (self.pool._definitions.folder(self.serial) / f"{memory}.bin").read_bytes()[address : address + size]

    async def flash(self, data: bytes, address: int = 0, **more: bool) -> None:
        await self.agent.flash(
            self.id, self.fence, TARGET, [FirmwareFile("it.bin", data, "bin", address)], ignore, **more
        )

    async def text(self, offset: int = 0) -> bytes:
        return b"".join([chunk.data async for chunk in self.agent.read_console(self.id, offset, False)])

    async def console(self, until: Callable[[list[ConsoleChunk]], bool], offset: int) -> list[ConsoleChunk]:
        found: list[ConsoleChunk] = []

        async def follow() -> None:
            async for chunk in self.agent.read_console(self.id, offset, True):
                found.append(chunk)
                if until(found):
                    return

        await asyncio.wait_for(follow(), 20)
        return found


def ignore(_: Progress | LogLine) -> None:
    pass


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    os.environ.update(environment(home, tmp_path_factory.mktemp("plugin")))
    pool = WorkerPool(home, workers=1)
    await pool.start()
    agent = LocalAgent([EmulatedBus()], home)
    await agent.start()
    made = Bench(agent, pool, await pool.create(TARGET), home)
    made.id = (await made.until(present=True)).board.board_id
    yield made
    await agent.stop()
    await pool.close()
    os.environ.clear()
    os.environ.update(before)


def image(size: int, seed: int) -> bytes:
    return struct.pack("<II", 0x20020000, 0x101) + random.Random(seed).randbytes(size - 8)


async def refused(call: Awaitable[object]) -> VmrigError:
    with pytest.raises(VmrigError) as caught:
        await call
    return caught.value


async def test_what_is_flashed_is_in_the_flash_and_was_read_back(bench: Bench) -> None:
    data = image(70_001, 1)
    outcome = await bench.agent.flash(bench.id, bench.fence, TARGET, [FirmwareFile("app.bin", data)], ignore)
    assert outcome.bytes_verified == outcome.bytes_written == len(data)
    assert [phase.phase for phase in outcome.phases] == ["connect", "erase", "write", "verify", "reset"]
    assert bench.contents(0, len(data)) == data


async def test_bytes_beside_a_part_are_kept(bench: Bench) -> None:
    await bench.flash(image(2 * PAGE, 2))
    before = bytearray(bench.contents(0, 4 * PAGE))
    await bench.flash(b"\x01\x02\x03", PAGE + 0x123)
    before[PAGE + 0x123 : PAGE + 0x126] = b"\x01\x02\x03"
    assert bench.contents(0, 4 * PAGE) == bytes(before)


async def test_several_files_go_in_one_job(bench: Bench) -> None:
    files = [
        FirmwareFile("high.bin", b"high" * 10, "bin", 0x60000),
        FirmwareFile("low.bin", image(100 + 8, 3)[:0x108] + bytes(0x100)),
        FirmwareFile("settings.bin", struct.pack("<I", 0x1234), "bin", 0x10001080),
    ]
    outcome = await bench.agent.flash(bench.id, bench.fence, TARGET, files, ignore)
    assert [part.address for part in outcome.parts] == [0, 0x60000, 0x10001080]
    assert bench.contents(0x60000, 40) == b"high" * 10
    assert bench.contents(0x80, 4, "uicr") == struct.pack("<I", 0x1234)


async def test_erasing_a_range_is_widened_to_whole_pages_and_no_further(bench: Bench) -> None:
    data = image(4 * PAGE, 4)
    await bench.flash(data)
    await bench.agent.erase(bench.id, bench.fence, TARGET, [(PAGE + 5, PAGE)], ignore)
    assert bench.contents(0, 4 * PAGE) == data[:PAGE] + b"\xff" * 2 * PAGE + data[3 * PAGE :]


async def test_erasing_the_chip_erases_all_of_it(bench: Bench) -> None:
    await bench.flash(image(PAGE, 5))
    await bench.agent.erase(bench.id, bench.fence, TARGET, [], ignore)
    assert bench.contents(0, 0x80000) == b"\xff" * 0x80000
    assert bench.contents(0, 0x1000, "uicr") == b"\xff" * 0x1000


async def test_a_cancelled_flash_leaves_a_board_that_the_next_flash_repairs(bench: Bench) -> None:
    old, new = image(300_000, 6), image(300_000, 7)
    await bench.flash(old)
    erasing = asyncio.Event()

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase in ("erase", "write") and step.done_bytes:
            erasing.set()

    job = asyncio.create_task(bench.agent.flash(bench.id, bench.fence, TARGET, [FirmwareFile("new.bin", new)], report))
    await asyncio.wait_for(erasing.wait(), 20)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert bench.contents(0, len(old)) != old
    await bench.flash(new)
    assert bench.contents(0, len(new)) == new


async def test_a_killed_tool_is_told_and_the_next_flash_repairs_the_board(bench: Bench) -> None:
    new = image(500_000, 8)
    pids: list[int] = []

    def kill_when_erasing(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "connect" and not pids:
            pids.append(tool_pid())
        if isinstance(step, Progress) and step.phase == "erase" and step.done_bytes:
            os.kill(pids[0], signal.SIGKILL)

    error = await refused(
        bench.agent.flash(bench.id, bench.fence, TARGET, [FirmwareFile("new.bin", new)], kill_when_erasing)
    )
    assert (error.code, error.error_class) == ("TOOL_FAILED", ErrorClass.BENCH)
    assert "signal 9" in error.message
    assert bench.contents(0, len(new)) != new
    await bench.flash(new)
    assert bench.contents(0, len(new)) == new


def tool_pid() -> int:
    """The pyOCD child of this process."""
    for folder in Path("/proc").iterdir():
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == os.getpid() and b"pyocd_child" in (folder / "cmdline").read_bytes():
                return int(folder.name)
        except (OSError, IndexError, ValueError):
            continue
    raise AssertionError("no tool runs")


async def test_unplugging_during_a_flash_is_board_gone_within_a_second_and_a_replug_repairs(bench: Bench) -> None:
    new = image(300_000, 9)
    unplugged: list[float] = []
    tasks: list[asyncio.Task[object]] = []

    def unplug_when_erasing(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "erase" and not tasks:
            tasks.append(asyncio.ensure_future(bench.pool.unplug(bench.serial)))
            tasks[0].add_done_callback(lambda _: unplugged.append(time.monotonic()))

    error = await refused(
        bench.agent.flash(bench.id, bench.fence, TARGET, [FirmwareFile("new.bin", new)], unplug_when_erasing)
    )
    assert error.code == "BOARD_GONE"
    await asyncio.gather(*tasks)
    assert time.monotonic() - unplugged[0] < 1
    await bench.until(present=False)
    assert (await refused(bench.flash(new))).code == "BOARD_GONE"
    await bench.pool.plug(bench.serial)
    await bench.until(present=True)
    await bench.flash(new)
    assert bench.contents(0, len(new)) == new


async def test_a_killed_worker_is_board_gone_and_the_board_comes_back_with_its_flash(bench: Bench) -> None:
    data = image(5 * PAGE, 10)
    await bench.flash(data)
    pid = (await bench.pool.get(bench.serial)).worker_pid

    def kill_worker(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "connect":
            os.kill(pid, signal.SIGKILL)

    error = await refused(bench.agent.reset(bench.id, bench.fence, TARGET, kill_worker))
    assert error.code == "BOARD_GONE"
    await bench.until(present=False)
    await bench.pool.plug(bench.serial)
    await bench.until(present=True)
    await bench.flash(b"here", 0x70000)
    assert bench.contents(0, len(data)) == data


async def test_a_board_whose_chip_has_no_power_is_told_as_not_answering(bench: Bench) -> None:
    await bench.pool.power(bench.serial, False)
    error = await refused(bench.agent.reset(bench.id, bench.fence, TARGET, ignore))
    await bench.pool.power(bench.serial, True)
    assert (error.code, error.error_class) == ("TARGET_NOT_FOUND", ErrorClass.BENCH)
    await bench.agent.reset(bench.id, bench.fence, TARGET, ignore)


async def test_a_board_without_its_firmware_is_told_as_silent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmrig_server.agent.uplink.HELLO_S", 0.3)
    await bench.flash(image(PAGE, 11))
    error = await refused(bench.agent.run_program(bench.id, bench.fence, TARGET, b"none", True, ignore))
    assert (error.code, error.error_class) == ("FIRMWARE_SILENT", ErrorClass.REQUEST)
    assert error.next_command == f"vmrig vm create {bench.id}"


async def test_register_virtualize_run_end_to_end(bench: Bench) -> None:
    registered = await bench.agent.register(bench.id, bench.fence, TARGET, ignore, with_firmware=True)
    assert registered.uid_by_serial == registered.uid_by_probe == registered.chip_uid
    assert len(registered.chip_uid) == 16
    assert registered.chip_part == "52833 AAA0"

    # A vmstore record for another chip: the VM boots, answers, and refuses the board.
    foreign = vm_parts("0" * 15 + "1")
    error = await refused(bench.agent.virtualize(bench.id, bench.fence, TARGET, foreign, VMUID, ignore))
    assert error.code == "VM_OTHER_BOARD"

    virtualized = await bench.agent.virtualize(
        bench.id, bench.fence, TARGET, vm_parts(registered.chip_uid), VMUID, ignore
    )
    assert (virtualized.vm.vmuid, virtualized.vm.chip_uid, virtualized.vm.binding) == (VMUID, registered.chip_uid, "ok")

    program = compile_source('for i in range(3):\n    print("line", i)\n', "program.py")
    outcome = await bench.agent.run_program(bench.id, bench.fence, TARGET, program.image, True, ignore)
    assert outcome.program_state == "ended"
    found = await bench.console(lambda chunks: any(c.marker == "program-end" for c in chunks), outcome.console_offset)
    assert b"".join(chunk.data for chunk in found) == b"line 0\nline 1\nline 2\n"

    raising = compile_source("def f(x):\n    return x[3]\nprint('before')\nf([1])\n", "raising.py")
    error = await refused(bench.agent.run_program(bench.id, bench.fence, TARGET, raising.image, True, ignore))
    assert (error.code, error.error_class) == ("PROGRAM_RAISED", ErrorClass.FIRMWARE)
    assert error.evidence[0].startswith("IndexError")
    assert len([line for line in error.evidence if line.startswith("@")]) == 2


async def test_registering_by_probe_leaves_the_program_running(bench: Bench) -> None:
    await with_vm(bench)
    counting = compile_source("import time\nn = 0\nwhile True:\n    n += 1\n    time.sleep(0.01)\n", "count.py")
    await bench.agent.run_program(bench.id, bench.fence, TARGET, counting.image, False, ignore)
    before = bench.contents(0, 0x80000)
    phases: list[str] = []

    def note(step: Progress | LogLine) -> None:
        if isinstance(step, Progress):
            phases.append(step.phase)

    registered = await bench.agent.register(bench.id, bench.fence, TARGET, note)
    assert (registered.uid_by_probe, registered.uid_by_serial) == (registered.chip_uid, "")
    assert not {"erase", "write", "reset"} & set(phases)
    assert bench.contents(0, 0x80000) == before
    link = await bench.agent._board(bench.id).port.open()
    boots = [chunk async for chunk in bench.agent.read_console(bench.id, 0, False) if chunk.marker == "reset"]
    assert (await link.status()).state.alive
    assert [chunk async for chunk in bench.agent.read_console(bench.id, 0, False) if chunk.marker == "reset"] == boots


async def with_vm(bench: Bench) -> Bench:
    """The bench with its board running a VM."""
    registered = await bench.agent.register(bench.id, bench.fence, TARGET, ignore)
    await bench.agent.virtualize(bench.id, bench.fence, TARGET, vm_parts(registered.chip_uid), VMUID, ignore)
    return bench


async def test_a_newer_lease_ends_the_wait_for_a_program_and_closes_the_old_writer(bench: Bench) -> None:
    await with_vm(bench)
    program = compile_source("import time\nwhile True:\n    time.sleep(1)\n", "endless.py")
    offset = len(await bench.text())
    running = asyncio.Event()

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "run":
            running.set()

    job = asyncio.create_task(bench.agent.run_program(bench.id, bench.fence, TARGET, program.image, True, report))
    await asyncio.wait({job, asyncio.ensure_future(running.wait())}, return_when=asyncio.FIRST_COMPLETED)
    assert not job.done() or job.result()
    await bench.console(lambda chunks: any(chunk.marker == "program-start" for chunk in chunks), offset)
    await bench.agent.write_console(bench.id, bench.fence, b"typed\n")
    bench.fence += 1
    await bench.agent.raise_fence(bench.id, bench.fence, "ben")
    assert (await refused(job)).code == "FENCE_OLD"
    assert (await refused(bench.agent.write_console(bench.id, bench.fence - 1, b"x"))).code == "FENCE_OLD"


async def test_a_power_cut_is_survived_by_console_and_program(bench: Bench) -> None:
    await with_vm(bench)
    source = 'import time\nprint("booted")\nwhile True:\n    time.sleep(1)\n'
    program = compile_source(source, "steady.py")
    outcome = await bench.agent.run_program(bench.id, bench.fence, TARGET, program.image, False, ignore)
    assert outcome.program_state == "running"
    await bench.console(lambda chunks: b"booted" in b"".join(chunk.data for chunk in chunks), outcome.console_offset)
    offset = len(await bench.text())
    await bench.pool.power(bench.serial, False)
    await bench.pool.power(bench.serial, True)
    found = await bench.console(lambda chunks: b"booted" in b"".join(chunk.data for chunk in chunks), offset)
    assert any(chunk.marker == "program-start" for chunk in found)


def vm_parts(chip_uid: str) -> list[FlashPart]:
    stamped = stamp_vm(load_image(TARGET, "vm"), load_target(TARGET), chip_uid, VMUID)
    return [FlashPart(part.address, part.data, part.name) for part in stamped]
