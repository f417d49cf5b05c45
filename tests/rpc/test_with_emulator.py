# SPDX-License-Identifier: Apache-2.0
"""The service with its real parts: pool, emulated USB bus, discovery, agent."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from vmrig.v1 import boards_pb2, boards_pb2_grpc, emulator_pb2, emulator_pb2_grpc

from vmrig_server.app import Service, serve
from vmrig_server.config import Config

DEADLINE_S = 30.0


class _Bench:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.boards = boards_pb2_grpc.BoardsStub(channel)
        self.emulator = emulator_pb2_grpc.EmulatorStub(channel)

    async def until(self, serial: str, presence: boards_pb2.Presence.ValueType) -> boards_pb2.Board:
        """Waits for a board to come or go."""
        watch = self.boards.WatchBoards(boards_pb2.WatchBoardsRequest(), timeout=DEADLINE_S)
        async for event in watch:
            if event.board.usb.serial == serial and event.board.presence == presence:
                watch.cancel()
                return event.board
        raise AssertionError

    async def create(self) -> emulator_pb2.EmulatedBoard:
        request = emulator_pb2.CreateEmulatedBoardRequest(target="microbit_v2")
        return await self.emulator.CreateEmulatedBoard(request, timeout=DEADLINE_S)


@pytest.fixture
async def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    """On the emulated bus alone."""
    monkeypatch.setenv("VMRIG_HOME", str(home))
    async with await serve(Config(home, system_usb=False)) as running:
        yield running


@pytest.fixture
async def bench(service: Service) -> AsyncIterator[_Bench]:
    async with grpc.aio.insecure_channel(service.address) as channel:
        yield _Bench(channel)


async def test_an_emulated_board_is_discovered_and_its_target_told_by_its_serial(bench: _Bench) -> None:
    made = await bench.create()
    board = await bench.until(made.serial, boards_pb2.PRESENCE_PRESENT)
    assert (board.target, board.chip) == ("microbit_v2", "nrf52833")
    assert (board.usb.vid, board.usb.pid) == (0x0D28, 0x0204)
    assert board.probe == made.serial
    assert board.serial_port


async def test_a_killed_worker_shows_the_board_as_absent_and_plugging_brings_it_back(bench: _Bench) -> None:
    made = await bench.create()
    board = await bench.until(made.serial, boards_pb2.PRESENCE_PRESENT)
    os.kill(made.worker_pid, signal.SIGKILL)
    gone = await bench.until(made.serial, boards_pb2.PRESENCE_ABSENT)
    assert gone.name == board.name
    assert (gone.probe, gone.serial_port) == ("", "")
    await bench.emulator.SetPlugged(emulator_pb2.SetPluggedRequest(name=made.name, plugged=True), timeout=DEADLINE_S)
    assert (await bench.until(made.serial, boards_pb2.PRESENCE_PRESENT)).name == board.name


async def test_a_board_that_was_plugged_in_is_so_again_in_the_next_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMRIG_HOME", str(home))
    names = []
    serial = ""
    for _ in range(2):
        async with (
            await serve(Config(home, system_usb=False)) as running,
            grpc.aio.insecure_channel(running.address) as channel,
        ):
            bench = _Bench(channel)
            serial = serial or (await bench.create()).serial
            names.append((await bench.until(serial, boards_pb2.PRESENCE_PRESENT)).name)
    assert names[0] == names[1]


async def test_the_workers_end_with_the_service(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMRIG_HOME", str(home))
    async with (
        await serve(Config(home, system_usb=False)) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        pid = (await _Bench(channel).create()).worker_pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
