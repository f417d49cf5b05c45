# SPDX-License-Identifier: Apache-2.0
"""The agent and locked chips, on emulated boards: real pyOCD in a real child process. Nothing is erased unless the caller said so."""

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

LOCKS = {
    "nrf52840_dk": (0x10001208, 0xFFFFFF00, 0x20040000),  # UICR.APPROTECT
    "microbit_v1": (0x10001004, 0xFFFF00FF, 0x20004000),  # UICR.RBPCONF
}
"""Target: address and value of the word that locks its chip, end of its RAM."""


class Locked:
    """An emulated board with a program, whose chip is locked."""

    def __init__(self, agent: LocalAgent, pool: WorkerPool, target: str, scratch: Path) -> None:
        self.agent = agent
        self.pool = pool
        self.target = target
        self.scratch = scratch
        self.lock_address, self.lock_value, self.ram_end = LOCKS[target]
        self.program = struct.pack("<II", self.ram_end, 9) + b"\xfe\xe7" + random.Random(5).randbytes(2038)
        self.told: list[str] = []

    async def start(self) -> None:
        board = await self.pool.create(self.target, pace="fast")
        self.serial, self.probe, self.folder = board.serial, board.probe_id, self.pool._definitions.folder(board.serial)
        async for change in self.agent.watch():
            if change.board.serial == self.serial:
                self.id = change.board.board_id
                break
        lock = FirmwareFile("lock.bin", struct.pack("<I", self.lock_value), "bin", self.lock_address)
        await self.flash(FirmwareFile("app.bin", self.program), lock)
        assert self.contents("uicr")[self.lock_address & 0xFFF :][:4] == struct.pack("<I", self.lock_value)

    def contents(self, memory: str = "flash") -> bytes:
        return (self.folder / f"{memory}.bin").read_bytes()

    def report(self, step: Progress | LogLine) -> None:
        self.told.append(step.text if isinstance(step, LogLine) else step.phase)

    async def flash(self, *files: FirmwareFile, **more: bool) -> FlashOutcome:
        return await self.agent.flash(self.id, 1, self.target, files, self.report, **more)

    async def erase(self, **more: bool) -> None:
        await self.agent.erase(self.id, 1, self.target, [], self.report, **more)


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=list(LOCKS))
async def locked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Locked]:
    home, scratch = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("plugin")
    before = dict(os.environ)
    os.environ.update(environment(home, scratch))
    pool = WorkerPool(home, workers=1)
    await pool.start()
    agent = LocalAgent([EmulatedBus()], home)
    await agent.start()
    made = Locked(agent, pool, request.param, scratch)
    await made.start()
    yield made
    await agent.stop()
    await pool.close()
    os.environ.clear()
    os.environ.update(before)


async def test_a_locked_chip_is_refused_and_keeps_what_is_on_it(locked: Locked) -> None:
    before = locked.contents(), locked.contents("uicr")
    other = FirmwareFile("other.bin", locked.program[:1000])
    for call in (
        lambda: locked.flash(other, chip_erase=True),
        lambda: locked.erase(),
    ):
        with pytest.raises(VmrigError) as caught:
            await call()
        assert caught.value.code == "CHIP_LOCKED", caught.value.evidence
        assert caught.value.next_command == f"vmrig erase {locked.id} --mass"
    assert (locked.contents(), locked.contents("uicr")) == before


async def test_flashing_with_unlock_erases_all_of_it_and_says_so(locked: Locked) -> None:
    data = locked.program[:1000]
    outcome = await locked.flash(FirmwareFile("other.bin", data), unlock=True)
    assert outcome.unlocked
    assert [phase.phase for phase in outcome.phases] == ["connect", "unlock", "erase", "write", "verify", "reset"]
    assert any("settings included" in line for line in locked.told)
    assert locked.contents() == data.ljust(len(locked.contents()), b"\xff")


async def test_a_mass_erase_opens_a_locked_chip(locked: Locked) -> None:
    lock = FirmwareFile("lock.bin", struct.pack("<I", locked.lock_value), "bin", locked.lock_address)
    outcome = await locked.flash(FirmwareFile("app.bin", locked.program), lock, unlock=True)
    assert not outcome.unlocked, "it was open"
    await locked.erase(mass=True)
    assert set(locked.contents()) == set(locked.contents("uicr")) == {0xFF}


async def test_pyocd_by_hand_is_kept_out_too(locked: Locked) -> None:
    lock = FirmwareFile("lock.bin", struct.pack("<I", locked.lock_value), "bin", locked.lock_address)
    await locked.flash(FirmwareFile("app.bin", locked.program), lock)
    read = ("cmd", "-W", "-u", locked.probe, "-O", "auto_unlock=false", "-c", "read32 0")
    if locked.target == "microbit_v1":  # pyOCD knows nothing of this protection; it reads zeros
        assert "00000000:  00000000" in (await pyocd(os.environ, *read)).text
        return
    assert "has no selected core" in (await pyocd(os.environ, *read, expect=1)).text
    await pyocd(os.environ, "erase", "-W", "-u", locked.probe, "--sector", "0")  # auto_unlock is on
    assert "00000000:  ffffffff" in (await pyocd(os.environ, *read)).text
