# SPDX-License-Identifier: Apache-2.0
"""The agent on an emulated board with an ESP part: real worker, real esptool in a real child process, over the board's serial port and its modem lines.

Flash contents are checked past esptool and past the machine, in the file that holds them.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.agent.test_emulated import Bench as PlainBench
from tests.agent.test_emulated import ignore, refused
from tests.agent.test_esp_plan import esp_image
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import FirmwareFile, FlashOutcome, FlashPart, LogLine, Progress
from vmrig_server.boards_data import load_target
from vmrig_server.bytecode import compile_source
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb import EmulatedBus
from vmrig_server.images import load_image, stamp_vm

pytest.importorskip("esptool")
pytestmark = pytest.mark.asyncio(loop_scope="module")

TARGET = "esp32c3_devkitm"
SECTOR = 0x1000
AT = 0x100000
VMUID = "00112233445566778899aabbccddeeff"


class Bench(PlainBench):
    """A bench whose boards take parts at flash offsets."""

    async def write(self, data: bytes, offset: int = AT) -> FlashOutcome:
        return await self.agent.flash(
            self.id, self.fence, TARGET, [FirmwareFile("it.bin", data, "bin", offset)], ignore
        )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("VMRIG_HOME")
    os.environ["VMRIG_HOME"] = str(home)
    pool = WorkerPool(home, workers=1)
    await pool.start()
    agent = LocalAgent([EmulatedBus()], home)
    await agent.start()
    made = Bench(agent, pool, await pool.create(TARGET), home)
    made.id = (await made.until(present=True)).board.board_id
    yield made
    await agent.stop()
    await pool.close()
    os.environ.pop("VMRIG_HOME")
    if before is not None:
        os.environ["VMRIG_HOME"] = before


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


async def test_what_is_flashed_is_in_the_flash_and_the_board_boots_with_the_console_listening(bench: Bench) -> None:
    data = noise(70_001, 1)
    start = len(await bench.text())
    outcome = await bench.write(data)
    assert outcome.bytes_verified == outcome.bytes_written == len(data)
    assert [phase.phase for phase in outcome.phases] == ["connect", "write", "verify", "reset"]
    assert bench.contents(AT, len(data)) == data
    chunks = await bench.console(lambda seen: b"boot:" in b"".join(each.data for each in seen), start)
    assert [each.marker for each in chunks if each.marker] == ["flash", "reset"]
    assert b"SPI_FAST_FLASH_BOOT" in await bench.text(start)


async def test_only_changed_sectors_are_written_again(bench: Bench) -> None:
    data = bytearray(noise(20 * SECTOR, 2))
    await bench.write(bytes(data))
    data[7 * SECTOR] ^= 1
    assert (await bench.write(bytes(data))).bytes_written == SECTOR
    assert bench.contents(AT, len(data)) == bytes(data)


async def test_erasing_a_range_is_widened_to_whole_sectors_and_no_further(bench: Bench) -> None:
    data = noise(4 * SECTOR, 3)
    await bench.write(data)
    await bench.agent.erase(bench.id, bench.fence, TARGET, [(AT + SECTOR + 5, SECTOR)], ignore)
    assert bench.contents(AT, 4 * SECTOR) == data[:SECTOR] + b"\xff" * 2 * SECTOR + data[3 * SECTOR :]


async def test_registering_reads_the_mac_and_leaves_the_flash_alone(bench: Bench) -> None:
    data = noise(SECTOR, 4)
    await bench.write(data)
    outcome = await bench.agent.register(bench.id, bench.fence, TARGET, ignore)
    assert outcome.chip_uid == outcome.uid_by_probe and len(outcome.chip_uid) == 12
    assert outcome.chip_part.startswith("ESP32-C3")
    assert bench.contents(AT, SECTOR) == data


async def test_a_bridge_that_is_on_many_boards_is_told_by_the_chip_behind_it(bench: Bench) -> None:
    known = bench.agent._boards[bench.id].actor.require().candidates
    assert len(known) > 2
    assert await bench.agent.identify(bench.id, bench.fence, known, ignore) == TARGET
    error = await refused(bench.agent.identify(bench.id, bench.fence, ["esp32c6_devkitc", "nodemcu_v2"], ignore))
    assert error.code == "TARGET_UNKNOWN" and "esp32c3" in error.message


async def test_a_reset_needs_no_tool(bench: Bench) -> None:
    start = len(await bench.text())
    await bench.agent.reset(bench.id, bench.fence, TARGET, ignore)
    await bench.console(lambda seen: b"boot:" in b"".join(each.data for each in seen), start)


async def test_an_image_for_another_chip_is_refused_before_the_board_is_reset(bench: Bench) -> None:
    start = len(await bench.text())
    file = FirmwareFile("app.bin", esp_image(chip_id=9))
    error = await refused(bench.agent.flash(bench.id, bench.fence, TARGET, [file], ignore))
    assert error.code == "IMAGE_WRONG_CHIP"
    chunks = [chunk async for chunk in bench.agent.read_console(bench.id, start, False)]
    assert not any(chunk.marker in ("flash", "reset") and chunk.offset > start for chunk in chunks)


async def test_a_port_that_another_program_has_open_is_named_with_its_process(bench: Bench) -> None:
    port = bench.agent._boards[bench.id].port
    hold = "import serial, sys; s = serial.Serial(sys.argv[1], exclusive=True); print(flush=True); sys.stdin.read()"
    async with port.lent():
        path = (await bench.pool.get(bench.serial)).serial_port
        holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", hold, path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert holder.stdin is not None and holder.stdout is not None
        await asyncio.wait_for(holder.stdout.readline(), 10)
    try:
        error = await refused(bench.write(b"it"))
    finally:
        holder.stdin.close()
        await holder.wait()
    assert error.code == "PORT_BUSY" and f"PID {holder.pid}" in error.message
    await bench.write(b"it")


async def test_a_cancelled_flash_leaves_a_board_that_the_next_flash_repairs(bench: Bench) -> None:
    old, new = noise(100_000, 6), noise(100_000, 7)
    await bench.write(old)
    writing = asyncio.Event()

    def report(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "write" and step.done_bytes:
            writing.set()

    file = FirmwareFile("new.bin", new, "bin", AT)
    job = asyncio.create_task(bench.agent.flash(bench.id, bench.fence, TARGET, [file], report))
    await asyncio.wait_for(writing.wait(), 20)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await bench.write(new)
    assert bench.contents(AT, len(new)) == new


async def test_power_that_is_cut_during_a_flash_costs_nothing_but_the_next_flash(bench: Bench) -> None:
    old, new = noise(100_000, 8), noise(100_000, 9)
    await bench.write(old)
    tasks: list[asyncio.Task[object]] = []

    def cut(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "write" and step.done_bytes and not tasks:
            tasks.append(asyncio.ensure_future(bench.pool.power(bench.serial, False)))

    file = FirmwareFile("new.bin", new, "bin", AT)
    job = asyncio.create_task(bench.agent.flash(bench.id, bench.fence, TARGET, [file], cut))
    while not tasks and not job.done():
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    job.cancel()  # a bridge with its own power: to the tool the chip is only silent
    await asyncio.gather(job, return_exceptions=True)
    await bench.pool.power(bench.serial, True)
    await bench.write(new)
    assert bench.contents(AT, len(new)) == new


async def test_unplugging_during_a_flash_is_board_gone_within_a_second_and_a_replug_repairs(bench: Bench) -> None:
    new = noise(100_000, 10)
    unplugged: list[float] = []
    tasks: list[asyncio.Task[object]] = []

    def unplug(step: Progress | LogLine) -> None:
        if isinstance(step, Progress) and step.phase == "write" and not tasks:
            tasks.append(asyncio.ensure_future(bench.pool.unplug(bench.serial)))
            tasks[0].add_done_callback(lambda _: unplugged.append(time.monotonic()))

    file = FirmwareFile("new.bin", new, "bin", AT)
    error = await refused(bench.agent.flash(bench.id, bench.fence, TARGET, [file], unplug))
    assert error.code == "BOARD_GONE"
    await asyncio.gather(*tasks)
    assert time.monotonic() - unplugged[0] < 1
    await bench.until(present=False)
    await bench.pool.plug(bench.serial)
    await bench.until(present=True)
    await bench.write(new)
    assert bench.contents(AT, len(new)) == new


async def test_a_killed_tool_is_told_and_the_next_flash_repairs_the_board(bench: Bench) -> None:
    new = noise(1_000_000, 11)
    killed: list[int] = []

    def kill(step: Progress | LogLine) -> None:
        # Once: what the tool had written before is still read after its end.
        if isinstance(step, Progress) and step.phase == "write" and step.done_bytes and not killed:
            killed.append(tool_pid())
            os.kill(killed[0], signal.SIGKILL)

    file = FirmwareFile("new.bin", new, "bin", AT)
    error = await refused(bench.agent.flash(bench.id, bench.fence, TARGET, [file], kill))
    assert error.code == "TOOL_FAILED" and "signal 9" in error.message
    await bench.write(new)
    assert bench.contents(AT, len(new)) == new


def tool_pid() -> int:
    """The esptool child of this process that works: the oldest one, as another waits for the next job."""
    found = []  # (start in ticks of 10 ms, process id)
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid() and b"esptool_child" in (folder / "cmdline").read_bytes():
                found.append((int(fields[19]), int(folder.name)))
        except (OSError, IndexError, ValueError):
            continue
    return min(found)[1]


def vm_parts(chip_uid: str) -> list[FlashPart]:
    stamped = stamp_vm(load_image(TARGET, "vm"), load_target(TARGET), chip_uid, VMUID)
    return [FlashPart(part.address, part.data, part.name) for part in stamped]


async def test_register_virtualize_run_end_to_end(bench: Bench) -> None:
    registered = await bench.agent.register(bench.id, bench.fence, TARGET, ignore)

    # A vmstore record for another chip: the VM boots, answers, and refuses the board.
    foreign = vm_parts("0" * 11 + "1")
    error = await refused(bench.agent.virtualize(bench.id, bench.fence, TARGET, foreign, VMUID, ignore))
    assert error.code == "VM_OTHER_BOARD"

    own = vm_parts(registered.chip_uid)
    virtualized = await bench.agent.virtualize(bench.id, bench.fence, TARGET, own, VMUID, ignore)
    assert (virtualized.vm.vmuid, virtualized.vm.chip_uid, virtualized.vm.binding) == (VMUID, registered.chip_uid, "ok")

    program = compile_source('for i in range(3):\n    print("line", i)\n', "program.py")
    outcome = await bench.agent.run_program(bench.id, bench.fence, TARGET, program.image, True, ignore)
    found = await bench.console(lambda chunks: any(c.marker == "program-end" for c in chunks), outcome.console_offset)
    assert b"".join(chunk.data for chunk in found) == b"line 0\nline 1\nline 2\n"


async def test_registering_again_does_not_cost_the_vm(bench: Bench) -> None:
    registered = await bench.agent.register(bench.id, bench.fence, TARGET, ignore)
    await bench.agent.virtualize(bench.id, bench.fence, TARGET, vm_parts(registered.chip_uid), VMUID, ignore)
    assert (await bench.agent.register(bench.id, bench.fence, TARGET, ignore)).chip_uid == registered.chip_uid
    program = compile_source("print(1)", "program.py")
    outcome = await bench.agent.run_program(bench.id, bench.fence, TARGET, program.image, True, ignore)
    assert outcome.program_state == "ended"


async def test_the_register_image_says_the_same_mac_over_the_link(bench: Bench) -> None:
    registered = await bench.agent.register(bench.id, bench.fence, TARGET, ignore)
    image = load_image(TARGET, "register")
    await bench.write(image.data, image.address)
    identity = await bench.agent._boards[bench.id].port.identify(boot_s=1, deadline_s=5)
    assert (identity.kind, identity.uid) == ("register", registered.chip_uid)


@pytest.mark.parametrize("target", ["esp32c3_supermini", "nodemcu_v2"])
async def test_a_board_with_another_way_in_is_flashed_alike(bench: Bench, target: str) -> None:
    """The chip's own USB port, whose lines do not pull pins; the ESP8266, whose loader knows less."""
    board = await bench.pool.create(target)
    try:
        other = Bench(bench.agent, bench.pool, board, bench.folder)
        other.id = (await other.until(present=True)).board.board_id
        registered = await bench.agent.register(other.id, 1, target, ignore)
        assert len(registered.chip_uid) == 12
        file = FirmwareFile("it.bin", noise(5 * SECTOR + 1, 12), "bin", AT)
        outcome = await bench.agent.flash(other.id, 1, target, [file], ignore)
        assert outcome.bytes_verified == len(file.data)
        assert other.contents(AT, len(file.data)) == file.data
    finally:
        await bench.pool.delete(board.serial)
