# SPDX-License-Identifier: Apache-2.0
"""Boards with a probe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.scheduler import Scheduler

from .host import Host, make_board


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Scheduler]:
    it = Scheduler(1)
    yield it
    it.close()


@pytest.fixture
def board(scheduler: Scheduler) -> Iterator[Board]:
    it = make_board(scheduler)
    yield it
    it.close()


@pytest.fixture
def faulting(scheduler: Scheduler) -> Iterator[Board]:
    it = make_board(scheduler, faults=True)
    yield it
    it.close()


@pytest.fixture
def host(board: Board) -> Host:
    return Host(board)
