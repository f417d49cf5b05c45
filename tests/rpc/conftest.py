# SPDX-License-Identifier: Apache-2.0
"""A service on a real unix socket, with a fake agent."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from vmrig.v1 import (
    boards_pb2_grpc,
    consoles_pb2_grpc,
    emulator_pb2_grpc,
    flash_pb2_grpc,
    jobs_pb2_grpc,
    leases_pb2_grpc,
    programs_pb2_grpc,
    system_pb2_grpc,
    vms_pb2_grpc,
)

from tests.hub.fakes import FakeAgent, FakePool, outside
from vmrig_server.app import Parts, Service, serve
from vmrig_server.config import Config


@dataclass
class Line:
    """A service, a connection to it, and what it works with."""

    service: Service
    channel: grpc.aio.Channel
    agent: FakeAgent
    pool: FakePool

    def __post_init__(self) -> None:
        self.boards = boards_pb2_grpc.BoardsStub(self.channel)
        self.consoles = consoles_pb2_grpc.ConsolesStub(self.channel)
        self.emulator = emulator_pb2_grpc.EmulatorStub(self.channel)
        self.flash = flash_pb2_grpc.FlashStub(self.channel)
        self.jobs = jobs_pb2_grpc.JobsStub(self.channel)
        self.leases = leases_pb2_grpc.LeasesStub(self.channel)
        self.programs = programs_pb2_grpc.ProgramsStub(self.channel)
        self.system = system_pb2_grpc.SystemStub(self.channel)
        self.vms = vms_pb2_grpc.VmsStub(self.channel)


def fake_parts(agent: FakeAgent, pool: FakePool) -> Parts:
    """Parts that start and end at once."""

    async def nothing() -> None:
        return None

    return Parts(outside(agent, pool), nothing, nothing)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder whose path is short enough for a unix socket wherever the tests run."""
    with tempfile.TemporaryDirectory(prefix="vmrig-") as folder:
        yield Path(folder)


@pytest.fixture
async def line(home: Path) -> AsyncIterator[Line]:
    """Serving; ended at the test's end."""
    agent = FakeAgent()
    pool = FakePool(agent)
    async with (
        await serve(Config(home), lambda _: fake_parts(agent, pool)) as service,
        grpc.aio.insecure_channel(service.address) as channel,
    ):
        yield Line(service, channel, agent, pool)
