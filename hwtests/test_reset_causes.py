# SPDX-License-Identifier: Apache-2.0
"""A program can tell why the chip started."""

from __future__ import annotations

import re

import pytest
from vmrig.v1 import leases_pb2

from vmrig_client import Client

from .conftest import Console, Instruments

pytestmark = pytest.mark.usefixtures("virtualized")

POWER_ON = 1
REPORT = "import board\nprint('cause', board.reset_cause(), 'end')\n"


def _cause(said: str) -> int:
    found = re.findall(r"cause (\d+) end", said)
    assert found, said
    return int(found[-1])


def test_power_on_is_told_from_a_reset(client: Client, lease: leases_pb2.Lease, instruments: Instruments) -> None:
    client.run(lease, REPORT, wait=True)
    after_power = Console(client, lease.board)
    instruments.power(False)
    instruments.power(True)
    assert _cause(after_power.wait_for(" end\n")) & POWER_ON
    after_reset = Console(client, lease.board)
    client.reset(lease)
    assert not _cause(after_reset.wait_for(" end\n")) & POWER_ON
