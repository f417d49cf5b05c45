# SPDX-License-Identifier: Apache-2.0
"""The esptool driver: the real esptool in its real child process, against a loader that fails on demand."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.fake_loader import MAC, SECTOR, FakeLoader
from tests.agent.test_esp_plan import esp_image
from vmrig_server.agent.api import AttachedBoard, FlashPart, LogLine, Progress
from vmrig_server.agent.flashing.chip import ChipFacts, Loader, Region
from vmrig_server.agent.flashing.drivers import esptool
from vmrig_server.agent.flashing.drivers.base import ToolResult
from vmrig_server.agent.flashing.drivers.esptool import EsptoolJob
from vmrig_server.agent.flashing.runner import ToolRun
from vmrig_server.agent.flashing.spare import start_tool
from vmrig_server.errors import VmrigError

pytest.importorskip("esptool")

C3 = ChipFacts("esp32c3", "esp32c3", (Region("flash", 0, 0x400000),), (), loader=Loader("esp32c3", SECTOR, 0))


class Rig:
    """A driver and a loader."""

    def __init__(self, loader: FakeLoader, home: Path) -> None:
        self.loader = loader
        self.home = home
        self.log: list[str] = []
        self.progress: list[Progress] = []
        self.gone = asyncio.Event()

    def job(self) -> EsptoolJob:
        board = AttachedBoard(
            "b0a7d" + "0" * 11, 0x10C4, 0xEA60, "0001", "", "", "1-1", (), serial_port=self.loader.path
        )
        return esptool.job(board, C3, self.home, unlock=False)

    async def run(self, job: EsptoolJob) -> ToolResult:
        def report(what: LogLine | Progress) -> None:
            if isinstance(what, LogLine):
                self.log.append(what.text)
            else:
                self.progress.append(what)

        async def start() -> asyncio.subprocess.Process:
            return await start_tool(esptool.command(), esptool.environment(self.home))

        run = ToolRun(start, job.specification(), tool="esptool", report=report, deadline_s=60, gone=self.gone)
        return job.parse(await run.run())

    async def program(self, *parts: FlashPart, **more: Any) -> ToolResult:
        job = self.job()
        job.program(parts, **more)
        return await self.run(job)

    async def refused(self, *parts: FlashPart) -> VmrigError:
        with pytest.raises(VmrigError) as caught:
            await self.program(*parts or (FlashPart(0x10000, bytes(100), "it.bin"),))
        return caught.value


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    loader = FakeLoader()
    yield Rig(loader, tmp_path)
    loader.close()


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


async def test_parts_are_written_and_compared(rig: Rig) -> None:
    image, rest = esp_image(), noise(50001)
    result = await rig.program(FlashPart(0, image, "vm.bin"), FlashPart(0x10000, rest, "rest.bin"))
    assert rig.loader.flash[: len(image)] == image and rig.loader.flash[0x10000:][: len(rest)] == rest
    assert (result.bytes_written, result.bytes_verified) == (len(image) + len(rest),) * 2
    assert [phase.phase for phase in result.phases] == ["connect", "write", "verify"]
    assert (result.details["baud"], result.details["stub"], result.details["revision"]) == (921600, True, 4)
    writes = [each.done_bytes for each in rig.progress if each.phase == "write" and each.total_bytes]
    assert writes == sorted(writes) and writes[-1] == len(image) + len(rest)


async def test_only_what_changed_since_the_last_job_is_written(rig: Rig) -> None:
    data = bytearray(noise(16 * SECTOR))
    await rig.program(FlashPart(0x10000, bytes(data)))
    rig.loader.written.clear()
    data[5 * SECTOR + 7] ^= 1
    data[6 * SECTOR] ^= 1
    result = await rig.program(FlashPart(0x10000, bytes(data)))
    assert {address // SECTOR for address, _ in rig.loader.written} == {0x15}
    assert (result.bytes_written, result.bytes_verified) == (2 * SECTOR, len(data))
    assert rig.loader.flash[0x10000:][: len(data)] == data
    assert (await rig.program(FlashPart(0x10000, bytes(data)))).bytes_written == 0


async def test_what_somebody_else_wrote_meanwhile_is_found_and_repaired(rig: Rig) -> None:
    data = noise(4 * SECTOR)
    await rig.program(FlashPart(0x10000, data))
    rig.loader.flash[0x11234] ^= 0xFF
    result = await rig.program(FlashPart(0x10000, data))
    assert rig.loader.flash[0x10000:][: len(data)] == data and result.bytes_written == len(data)


async def test_a_job_that_failed_leaves_nothing_known(rig: Rig) -> None:
    data = noise(4 * SECTOR)
    await rig.program(FlashPart(0x10000, data))
    rig.loader.stuck = (0x12345, data[0x2345] ^ 1)
    other = noise(4 * SECTOR, 2)
    error = await rig.refused(FlashPart(0x10000, other, "other.bin"))
    assert error.code == "VERIFY_FAILED" and "0x12000" in error.message
    rig.loader.stuck = None
    assert (await rig.program(FlashPart(0x10000, data))).bytes_written == len(data)


async def test_the_mac_is_read_without_touching_the_flash(rig: Rig) -> None:
    job = rig.job()
    job.read_uid()
    result = await rig.run(job)
    assert (result.uid, result.details["description"]) == (MAC, "ESP32-C3 (QFN32) (revision v0.4)")
    assert not rig.loader.stub and not rig.loader.written


async def test_ranges_are_widened_to_sectors_erased_and_looked_at(rig: Rig) -> None:
    rig.loader.flash[:] = bytes(len(rig.loader.flash))
    job = rig.job()
    job.erase_ranges([(0x1234, 0x1000)])
    await rig.run(job)
    blank = [at for at in range(0, 0x10000, SECTOR) if rig.loader.flash[at] == 0xFF]
    assert blank == [0x1000, 0x2000]


async def test_the_whole_chip_is_erased(rig: Rig) -> None:
    rig.loader.flash[:] = bytes(len(rig.loader.flash))
    job = rig.job()
    job.mass_erase()
    await rig.run(job)
    assert rig.loader.flash == b"\xff" * len(rig.loader.flash)


async def test_a_bad_line_is_tried_at_lower_speeds_and_then_without_stub(rig: Rig) -> None:
    rig.loader.garbled = lambda op: rig.loader.stub and op in (0x03, 0x11)
    result = await rig.program(FlashPart(0x10000, noise(3000)))
    assert (result.details["baud"], result.details["stub"]) == (115200, False)
    assert rig.loader.bauds == [921600, 460800]
    steps = [line for line in rig.log if "next try" in line]
    assert [line.split(": ")[0] for line in steps] == ["921600 baud, stub", "460800 baud, stub", "115200 baud, stub"]
    assert rig.loader.flash[0x10000:][:3000] == noise(3000)


async def test_a_stub_that_does_not_start_is_done_without_at_once(rig: Rig) -> None:
    rig.loader.runs_stubs = False
    result = await rig.program(FlashPart(0x10000, noise(3000)))
    assert result.details["stub"] is False and len([line for line in rig.log if "next try" in line]) == 1


async def test_a_loader_of_an_unknown_chip_is_told_as_such(rig: Rig) -> None:
    rig.loader.chip_id = 4711
    assert (await rig.refused()).code == "CHIP_UNKNOWN"


async def test_firmware_that_boots_instead_of_the_loader_means_hold_boot(rig: Rig) -> None:
    rig.loader.answers = "ESP-ROM:esp32c3-api1-20210207\r\nrst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)\r\n"
    error = await rig.refused()
    assert error.code == "WRONG_BOOT_MODE" and "Hold BOOT" in error.message and "boot:0xc" in error.message


async def test_a_chip_that_does_not_answer_is_told_from_one_in_the_wrong_mode(rig: Rig) -> None:
    rig.loader.answers = False
    assert (await rig.refused()).code == "LOADER_SILENT"


async def test_a_port_that_somebody_holds_is_named_with_the_holder(rig: Rig) -> None:
    import fcntl

    holder = os.open(rig.loader.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        error = await rig.refused()
    finally:
        os.close(holder)
    assert error.code == "PORT_BUSY" and f"PID {os.getpid()}" in error.message


async def test_another_chip_is_not_written(rig: Rig) -> None:
    rig.loader.chip_id = 13
    error = await rig.refused()
    assert error.code == "CHIP_MISMATCH" and "ESP32-C6" in error.message and not rig.loader.written


async def test_a_silent_flash_is_named(rig: Rig) -> None:
    rig.loader.jedec = 0xFFFFFF
    assert (await rig.refused()).code == "FLASH_SILENT"


async def test_secure_download_mode_is_refused(rig: Rig) -> None:
    rig.loader.security_flags = 4
    assert (await rig.refused()).code == "SECURE_DOWNLOAD"


async def test_a_flash_that_is_smaller_than_the_chip_file_says_is_found_before_the_write(rig: Rig) -> None:
    rig.loader.jedec = 0x1540C8
    error = await rig.refused(FlashPart(0x10000, b"1"), FlashPart(0x200000, b"2", "high.bin"))
    assert error.code == "FLASH_TOO_SMALL" and not rig.loader.written


async def test_a_write_that_the_flash_refuses_is_no_line_trouble(rig: Rig) -> None:
    rig.loader.write_status = 0x106
    error = await rig.refused()
    assert error.code == "FLASH_FAILED" and not any("next try" in line for line in rig.log)


async def test_an_image_for_a_later_revision_is_refused_before_the_write_and_known_for_the_next_plan(rig: Rig) -> None:
    error = await rig.refused(FlashPart(0, esp_image(least=101), "app.bin"))
    assert error.code == "IMAGE_WRONG_REVISION" and not rig.loader.written
    await rig.program(FlashPart(0, esp_image(), "app.bin"))
    assert C3.loader is not None
    assert esptool.known_flash(rig.home, "b0a7d" + "0" * 11, C3.loader).revision == 4


async def test_unplugging_ends_the_job_within_a_second_and_releases_the_port(rig: Rig) -> None:
    writing = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_command(op: int) -> bool:
        if op in (0x03, 0x11):
            loop.call_soon_threadsafe(writing.set)
            return True
        return False

    rig.loader.on_command = on_command
    task = asyncio.create_task(rig.refused())
    await asyncio.wait_for(writing.wait(), 10)
    start = time.monotonic()
    rig.gone.set()
    assert (await task).code == "BOARD_GONE" and time.monotonic() - start < 1
    import fcntl

    port = os.open(rig.loader.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(port, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(port)
