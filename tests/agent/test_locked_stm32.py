# SPDX-License-Identifier: Apache-2.0
"""The agent and the read-out protection of STM32 chips, on emulated boards: real pyOCD in a real child process."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import FirmwareFile, FlashOutcome, LogLine, Progress
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb import EmulatedBus
from vmrig_server.errors import VmrigError

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLASH = 0x08000000
LOCK = {
    "nucleo_f412zg": struct.pack("<I", 0x0FFF55EC),  # OPTCR
    "nucleo_f103rb": b"\xff\xff",  # RDP erased, without its complement
    "disco_l475": struct.pack("<I", 0xFFEFF855),  # OPTR
}
"""Target: what the option bytes of a protected chip begin with."""


class Board:
    def __init__(self, agent: LocalAgent, pool: WorkerPool, target: str) -> None:
        self.agent = agent
        self.pool = pool
        self.target = target
        self.program = struct.pack("<II", 0x20004000, FLASH | 9) + b"\xfe\xe7" + random.Random(7).randbytes(1014)

    async def start(self) -> None:
        board = await self.pool.create(self.target, pace="fast")
        self.serial, self.folder = board.serial, self.pool._definitions.folder(board.serial)
        async for change in self.agent.watch():
            if change.board.serial == self.serial:
                self.id = change.board.board_id
                break

    def contents(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    async def flash(self, **more: bool) -> FlashOutcome:
        file = FirmwareFile("app.bin", self.program, "bin", FLASH)
        return await self.agent.flash(self.id, 1, self.target, [file], self.report, **more)

    def report(self, step: Progress | LogLine) -> None:
        pass

    async def lock(self) -> None:
        """As if its firmware had done it; the option bytes are looked at when the power comes."""
        await self.pool.power(self.serial, False)
        with (self.folder / "option.bin").open("r+b") as file:
            file.write(LOCK[self.target])
        await self.pool.power(self.serial, True)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=list(LOCK))
async def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Board]:
    home, scratch = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("plugin")
    before = dict(os.environ)
    os.environ.update(environment(home, scratch))
    pool = WorkerPool(home, workers=1)
    await pool.start()
    agent = LocalAgent([EmulatedBus()], home)
    await agent.start()
    made = Board(agent, pool, request.param)
    await made.start()
    yield made
    await agent.stop()
    await pool.close()
    os.environ.clear()
    os.environ.update(before)


async def test_a_protected_chip_is_refused_and_opened_when_asked_for(board: Board) -> None:
    assert not (await board.flash()).unlocked
    await board.lock()
    with pytest.raises(VmrigError) as caught:
        await board.flash()
    assert caught.value.code == "CHIP_LOCKED", caught.value.evidence
    assert board.contents()[:1024] == board.program
    assert (await board.flash(unlock=True)).unlocked
    assert board.contents()[:1024] == board.program


async def test_a_mass_erase_erases_a_chip_that_is_open_too(board: Board) -> None:
    await board.agent.erase(board.id, 1, board.target, [], board.report, mass=True)
    assert board.contents().count(0xFF) == len(board.contents())
