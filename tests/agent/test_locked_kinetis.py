# SPDX-License-Identifier: Apache-2.0
"""The agent and the lock of Kinetis chips, which is a byte in the flash: erased flash is locked from the next reset on. Real pyOCD, emulated board."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment, pyocd
from vmrig_server.agent.agent import LocalAgent
from vmrig_server.agent.api import FirmwareFile, FlashOutcome, LogLine, Progress
from vmrig_server.emulator.pool import WorkerPool
from vmrig_server.emulator.usb import EmulatedBus
from vmrig_server.errors import VmrigError

pytestmark = pytest.mark.asyncio(loop_scope="module")

TARGET = "frdm_kl25z"
SIZE = 0x20000
FIELD = slice(0x400, 0x410)
OPEN = b"\xff" * 12 + b"\xfe\xff\xff\xff"
"""Flash configuration field of a chip that is not locked (KL25 RM, "Flash configuration field description")."""


class Board:
    def __init__(self, agent: LocalAgent, pool: WorkerPool) -> None:
        self.agent = agent
        self.pool = pool
        self.told: list[str] = []

    async def start(self) -> None:
        board = await self.pool.create(TARGET, pace="fast")
        self.serial, self.folder = board.serial, self.pool._definitions.folder(board.serial)
        async for change in self.agent.watch():
            if change.board.serial == self.serial:
                self.id = change.board.board_id
                break

    def contents(self) -> bytes:
        return (self.folder / "flash.bin").read_bytes()

    def report(self, step: Progress | LogLine) -> None:
        self.told.append(step.text if isinstance(step, LogLine) else step.phase)

    async def flash(self, *files: FirmwareFile, **more: bool) -> FlashOutcome:
        return await self.agent.flash(self.id, 1, TARGET, files, self.report, **more)

    async def erase(self, **more: bool) -> None:
        await self.agent.erase(self.id, 1, TARGET, [], self.report, **more)

    async def lock(self) -> None:
        """As it happens to people: a chip erase, which leaves the field erased, and a reset."""
        await pyocd(os.environ, "erase", "-W", "-u", self.serial, "--chip")
        assert self.contents() == b"\xff" * SIZE


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def board(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Board]:
    home, scratch = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("plugin")
    before = dict(os.environ)
    os.environ.update(environment(home, scratch))
    pool = WorkerPool(home, workers=1)
    await pool.start()
    agent = LocalAgent([EmulatedBus()], home)
    await agent.start()
    made = Board(agent, pool)
    await made.start()
    yield made
    await agent.stop()
    await pool.close()
    os.environ.clear()
    os.environ.update(before)


def program(length: int) -> bytearray:
    data = bytearray(struct.pack("<II", 0x20003000, 9) + b"\xfe\xe7" + random.Random(6).randbytes(length - 10))
    data[FIELD] = OPEN
    return data


async def test_a_chip_as_delivered_is_open_and_takes_a_program(board: Board) -> None:
    data = bytes(program(3000))
    outcome = await board.flash(FirmwareFile("app.bin", data))
    assert not outcome.unlocked
    assert board.contents()[:3000] == data


async def test_an_image_that_would_lock_the_chip_is_written_but_for_that(board: Board) -> None:
    data = program(2000)
    data[FIELD] = bytes(16)
    board.told.clear()
    await board.flash(FirmwareFile("app.bin", bytes(data)))
    assert board.contents()[:0x400] == data[:0x400]
    assert board.contents()[FIELD][8:13] == OPEN[8:13]
    assert any("would lock the chip" in line for line in board.told)


async def test_an_erase_of_the_chip_leaves_it_open(board: Board) -> None:
    await board.erase()
    assert board.contents()[FIELD] == OPEN
    await board.flash(FirmwareFile("app.bin", bytes(program(2000))))


async def test_a_locked_chip_is_refused_and_opened_when_asked_for(board: Board) -> None:
    await board.lock()
    data = bytes(program(2500))
    with pytest.raises(VmrigError) as caught:
        await board.flash(FirmwareFile("app.bin", data))
    assert caught.value.code == "CHIP_LOCKED", caught.value.evidence
    outcome = await board.flash(FirmwareFile("app.bin", data), unlock=True)
    assert outcome.unlocked
    assert board.contents()[:2500] == data


async def test_a_mass_erase_opens_a_locked_chip(board: Board) -> None:
    await board.lock()
    await board.erase(mass=True)
    assert board.contents() == b"\xff" * 0x400 + OPEN + b"\xff" * (SIZE - 0x410)


async def test_pyocd_by_hand_mass_erases_and_flashes_again(board: Board, tmp_path: Path) -> None:
    await board.lock()
    status = ("cmd", "-W", "-u", board.serial, "-O", "auto_unlock=false", "-c", "status")
    assert "in secure state" in (await pyocd(os.environ, *status, expect=4)).text
    await pyocd(os.environ, "erase", "-W", "-u", board.serial, "--mass")
    image = tmp_path / "app.bin"
    image.write_bytes(program(1500))
    await pyocd(os.environ, "flash", "-W", "-u", board.serial, str(image))
    assert board.contents()[:1500] == image.read_bytes()
