# SPDX-License-Identifier: Apache-2.0
"""pyOCD's own CMSIS-DAP driver on the emulated USB bus: no plugin, no option that names a target."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment
from vmrig_server.emulator.pool import EmulatedBoard, WorkerPool

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE_S = 60.0
ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPool]:
    it = WorkerPool(tmp_path_factory.mktemp("home"), workers=1)
    await it.start()
    yield it
    await it.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def board(pool: WorkerPool) -> EmulatedBoard:
    return await pool.create("microbit_v2")


async def pyocd(pool: WorkerPool, scratch: Path, *arguments: str) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.emulator.pyocd_on_emulated_usb", *arguments),
        env={**environment(pool._home, scratch, plugin=False), "COLUMNS": "200"},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), DEADLINE_S)
    except TimeoutError:
        child.kill()
        raise
    text = output.decode(errors="replace")
    assert child.returncode == 0, text
    return text


async def test_the_probe_is_listed_with_its_board_and_target(
    pool: WorkerPool, board: EmulatedBoard, tmp_path: Path
) -> None:
    listing = await pyocd(pool, tmp_path, "list")
    assert re.search(rf"Arm BBC micro:bit CMSIS-DAP\s+{board.serial}\s+✔\S*\s+nrf52833", listing)
    assert "BBC micro:bit V2" in listing


async def test_an_image_is_flashed_and_read_back(pool: WorkerPool, board: EmulatedBoard, tmp_path: Path) -> None:
    image, back = tmp_path / "image.bin", tmp_path / "back.bin"
    image.write_bytes(random.Random(8).randbytes(50_001))
    await pyocd(pool, tmp_path, "flash", "-W", str(image))
    contents = (pool._definitions.folder(board.serial) / "flash.bin").read_bytes()
    assert contents[:50_001] == image.read_bytes()
    text = await pyocd(
        pool, tmp_path, "cmd", "-W", "-c", "halt", "-c", f"savemem 0 50001 {os.fspath(back)}", "-c", "reset"
    )
    assert "Resetting" in text
    assert back.read_bytes() == image.read_bytes()
