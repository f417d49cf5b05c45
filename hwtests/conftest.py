# SPDX-License-Identifier: Apache-2.0
"""The board under test: the one named by --vmrig-board of this user's service, else a fresh emulated one of --vmrig-target of a service of our
own.

The tests do not know which, nor what chip it has. What not every board has (a power switch, pins that can be seen, a LED, room) is a fixture that
skips with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from vmrig.v1 import boards_pb2, emulator_pb2, leases_pb2, system_pb2

from vmrig_client import ApiError, Client
from vmrig_client.local_service import local_service

WAIT_S = 10.0

Target = system_pb2.ListTargetsResponse.Target
Pin = system_pb2.ListTargetsResponse.Pin
Region = system_pb2.ListTargetsResponse.Region


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the choice of the emulated board."""
    parser.addoption(
        "--vmrig-target",
        metavar="TARGET",
        default="microbit_v2",
        help="without --vmrig-board: what board to emulate (vmrig targets)",
    )


def _selector(config: pytest.Config) -> str:
    return config.getoption("--vmrig-board") or f"target:{config.getoption('--vmrig-target')}"


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the service that has the board."""
    if request.config.getoption("--vmrig-board"):
        with Client() as own:
            yield own
        return
    home = tmp_path_factory.mktemp("vmrig")
    with local_service(home, home / "service.log") as address, Client(address) as made:
        made.emulated.create(request.config.getoption("--vmrig-target"))
        made.wait_present(_selector(request.config), timeout_s=WAIT_S)
        yield made


@pytest.fixture(scope="session")
def lease(request: pytest.FixtureRequest, client: Client) -> Iterator[leases_pb2.Lease]:
    """The right to change the board, for the session."""
    with client.lease(
        _selector(request.config), reason="hwtests", wait_s=request.config.getoption("--vmrig-wait")
    ) as held:
        yield held


@pytest.fixture
def board(client: Client, lease: leases_pb2.Lease) -> boards_pb2.Board:
    """The board as it is now."""
    return client.board(lease.board)


@pytest.fixture(scope="session")
def target(client: Client, lease: leases_pb2.Lease) -> Target:
    """What kind of board it is: its pins, its flash."""
    name = client.board(lease.board).target
    return next(target for target in client.targets() if target.target == name)


def _pin(target: Target, name: str, roles: tuple[str, ...]) -> Pin:
    found = [pin for pin in target.pins if pin.name == name or pin.role in roles]
    found.sort(key=lambda pin: -1 if pin.name == name else roles.index(pin.role))
    if not found:
        pytest.skip(f"a {target.target} has no {' or '.join(roles)}")
    return found[0]


@pytest.fixture(scope="session")
def output(target: Target) -> Pin:
    """A pin that programs may drive: with a LED where there is one that a level lights."""
    return _pin(target, "LED0", ("led", "led-row", "io"))


@pytest.fixture(scope="session")
def button(target: Target) -> Pin:
    """A pin with a button."""
    return _pin(target, "BUTTON0", ("button",))


@pytest.fixture(scope="session")
def room(target: Target) -> Region:
    """Flash that belongs to nobody."""
    for part in target.layout:
        if part.name == "data":
            return part
    pytest.skip(f"the layout of a {target.target} leaves no flash over")


@pytest.fixture(scope="session")
def registered(client: Client, lease: leases_pb2.Lease) -> boards_pb2.Board:
    """The board, registered in this session."""
    client.register(lease)
    return client.board(lease.board)


@pytest.fixture(scope="session")
def virtualized(client: Client, lease: leases_pb2.Lease, registered: boards_pb2.Board) -> str:
    """The vmuid of the VM that this session put onto the board."""
    vm = client.create_vm(registered.name)
    client.virtualize(lease, vm.name)
    return vm.name.removeprefix("vms/")


class Console:
    """What the board said since a moment."""

    def __init__(self, client: Client, board: str) -> None:
        self._client = client
        self._board = board
        self._start = client.console_end(board)

    def wait_for(self, text: str) -> str:
        """All that was said, once `text` is part of it."""
        return self._client.expect(self._board, text, offset=self._start, timeout_s=WAIT_S)

    def so_far(self) -> str:
        """All that was said until now."""
        chunks = self._client.console(self._board, self._start, follow=False)
        return b"".join(chunk.data for chunk in chunks).decode(errors="replace")


@pytest.fixture
def console(client: Client, lease: leases_pb2.Lease) -> Console:
    """The console from this test's start on."""
    return Console(client, lease.board)


@pytest.fixture
def instruments(client: Client, lease: leases_pb2.Lease) -> Instruments:
    """Power switch and pin probes wired to the board; skips where there are none."""
    try:
        return Instruments(client, client.emulated.get(lease.board))
    except ApiError as error:
        if error.code != "EMULATED_BOARD_UNKNOWN":
            raise
        pytest.skip("no power switch and no pin probes are wired to this board")


class Instruments:
    """What a bench has wired to a board besides USB."""

    def __init__(self, client: Client, handle: emulator_pb2.EmulatedBoard) -> None:
        self._client = client
        self._name = handle.name

    def power(self, on: bool) -> None:
        self._client.emulated.power(self._name, on)

    def drive(self, pin: str, level: str) -> None:
        self._client.emulated.drive_pin(self._name, pin, level)

    def watch(self, pin: str) -> Callable[[], list[tuple[int, bool]]]:
        """Starts to watch a pin; the result, called later, gives (virtual ns, level) of every edge since."""
        start = self._client.emulated.pin_edges(self._name, pin).next_sequence

        def edges() -> list[tuple[int, bool]]:
            found = self._client.emulated.pin_edges(self._name, pin, start).edges
            return [(edge.time_ns, edge.level == emulator_pb2.LEVEL_HIGH) for edge in found]

        return edges
