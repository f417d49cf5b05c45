# SPDX-License-Identifier: Apache-2.0
"""A program can tell why the chip started."""

from __future__ import annotations

import re

import pytest
from vmrig.v1 import leases_pb2

from vmrig_client import Client

from .conftest import Console, Instruments, Target

pytestmark = pytest.mark.usefixtures("virtualized")

POWER_ON, SOFT = 1, 8
REPORT = """\
import board, time
print('cause', board.reset_cause(), 'end')
if board.reset_cause() & 1:
    time.sleep_ms(200)
    board.reset()
print('stays')
"""


def _causes(said: str) -> list[int]:
    return [int(cause) for cause in re.findall(r"cause (\d+) end", said)]


def test_power_on_is_told_from_a_reset_that_the_program_asked_for(
    client: Client, lease: leases_pb2.Lease, instruments: Instruments, console: Console
) -> None:
    client.run(lease, REPORT)
    console.wait_for("stays\n")
    after_power = Console(client, lease.board)
    instruments.power(False)
    instruments.power(True)
    first, second = _causes(after_power.wait_for("stays\n"))[-2:]
    assert first & POWER_ON
    assert second & SOFT and not second & POWER_ON


def test_a_reset_by_the_host_is_told_from_power_on_where_the_chip_can(
    client: Client, lease: leases_pb2.Lease, target: Target
) -> None:
    client.run(lease, REPORT.replace("board.reset()", "pass"), wait=True)
    after_reset = Console(client, lease.board)
    client.reset(lease)
    cause = _causes(after_reset.wait_for("stays\n"))[-1]
    assert cause and (target.reset_is_power_on or not cause & POWER_ON)
