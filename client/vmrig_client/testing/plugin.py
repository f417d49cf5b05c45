# SPDX-License-Identifier: Apache-2.0
"""pytest plugin: a leased board for a test, real or emulated.

    pytest --vmrig-board target:microbit_v2

Fixtures: ``vmrig_client`` (connected `Client`), ``vmrig_lease`` (a lease on the board, for the session), ``vmrig_board`` (its description).
Without ``--vmrig-board`` a test that asks for them is skipped with a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from vmrig.v1 import boards_pb2, leases_pb2

    from vmrig_client.sync import Client


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the plugin's options."""
    group = parser.getgroup("vmrig")
    group.addoption(
        "--vmrig-board", metavar="BOARD", default="", help='board for the tests: alias, id prefix, "target:T", "any"'
    )
    group.addoption(
        "--vmrig-wait", metavar="SECONDS", type=float, default=0.0, help="how long to wait for a board that is taken"
    )


@pytest.fixture(scope="session")
def vmrig_client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of this user's service."""
    from vmrig_client.sync import Client

    with Client() as client:
        yield client


@pytest.fixture(scope="session")
def vmrig_lease(request: pytest.FixtureRequest, vmrig_client: Client) -> Iterator[leases_pb2.Lease]:
    """A lease on the board named by ``--vmrig-board``, held for the session."""
    selector = request.config.getoption("--vmrig-board")
    if not selector:
        pytest.skip("needs a board: --vmrig-board BOARD")
    with vmrig_client.lease(selector, reason="pytest", wait_s=request.config.getoption("--vmrig-wait")) as lease:
        yield lease


@pytest.fixture
def vmrig_board(vmrig_client: Client, vmrig_lease: leases_pb2.Lease) -> boards_pb2.Board:
    """The leased board as it is now."""
    return vmrig_client.board(vmrig_lease.board)
