# SPDX-License-Identifier: Apache-2.0
"""The agent on boards of which only the serial loader is emulated: discovered, registered, flashed, erased like any other."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent.test_emulated import Bench, ignore
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import FirmwareFile
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb import EmulatedBus

pytest.importorskip("esptool")

AT, SECTOR = 0x20000, 0x1000


@pytest.fixture(params=["nodemcu_v2", "esp32h2_devkitm"])
async def bench(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, Bench]]:
    monkeypatch.setenv("VMRIG_HOME", str(tmp_path))
    pool = WorkerPool(tmp_path, workers=1)
    agent = LocalAgent([EmulatedBus()], tmp_path)
    try:
        await pool.start()
        await agent.start()
        made = Bench(agent, pool, await pool.create(request.param), tmp_path)
        made.id = (await made.until(present=True)).board.board_id
        yield request.param, made
    finally:
        await agent.stop()
        await pool.close()


async def test_it_is_registered_by_its_mac_flashed_and_erased(bench: tuple[str, Bench]) -> None:
    target, it = bench
    mac = load_chip(load_target(target).chip).identity.fields["mac"]
    data = random.Random(1).randbytes(2 * SECTOR)
    registered = await it.agent.register(it.id, it.fence, target, ignore)
    assert registered.chip_uid.startswith(mac.prefix)
    assert len(registered.chip_uid) == 2 * mac.size
    file = FirmwareFile("it.bin", data, "bin", AT)
    flashed = await it.agent.flash(it.id, it.fence, target, [file], ignore)
    assert flashed.bytes_verified == len(data)
    await it.agent.erase(it.id, it.fence, target, [(AT, SECTOR)], ignore)
    assert it.contents(AT, 2 * SECTOR) == b"\xff" * SECTOR + data[SECTOR:]
