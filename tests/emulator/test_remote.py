# SPDX-License-Identifier: Apache-2.0
"""pyOCD's remote probe protocol over a fake machine. With a real pyOCD and a real machine: test_worker.py."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.fakes import RAM_BASE, FakeMachine
from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors import remote
from vmrig_server.emulator.doors.remote import CAPABILITIES, RemoteDoor
from vmrig_server.emulator.scheduler import Scheduler


class Client:
    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.file = self.sock.makefile("rwb")

    def raw(self, line: bytes) -> dict[str, Any]:
        self.file.write(line + b"\n")
        self.file.flush()
        answer: dict[str, Any] = json.loads(self.file.readline())
        return answer

    def __call__(self, request: str, *arguments: Any) -> Any:
        answer = self.raw(json.dumps({"id": 5, "request": request, "arguments": arguments}).encode())
        assert answer["id"] == 5
        if answer["status"] != 0:
            raise Refused(answer["status"], answer["error"])
        return answer.get("result")

    def close(self) -> None:
        self.file.close()
        self.sock.close()


class Refused(Exception):
    @property
    def status(self) -> int:
        status: int = self.args[0]
        return status


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def door(machine: FakeMachine) -> Iterator[RemoteDoor]:
    scheduler = Scheduler(1)
    board = Board(machine, 1_000_000, scheduler)
    board.power(True)
    it = RemoteDoor(board, "Arm", "BBC micro:bit CMSIS-DAP")
    yield it
    it.close()
    board.close()
    scheduler.close()


@pytest.fixture
def client(door: RemoteDoor) -> Iterator[Client]:
    it = Client(door.port)
    yield it
    it.close()


def test_the_greeting_and_the_properties(client: Client) -> None:
    client("hello", 1)
    client("open")
    assert client("readprop", "vendor_name") == "Arm"
    assert client("readprop", "capabilities") == list(CAPABILITIES)
    assert client("readprop", "wire_protocol") is None
    client("connect", "DEFAULT")
    assert client("readprop", "wire_protocol") == "SWD"
    client("swj_sequence", 136, (1 << 136) - 1)
    assert client("swd_sequence", [[8, 255], [5], [33]]) == [0, [[0], [0] * 5]]


@pytest.mark.parametrize(
    ("request_name", "arguments", "status"),
    [
        ("hello", [2], 1),
        ("dance", [], 1),
        ("read_dp", [], 1),
        ("read_dp", ["x"], 1),
        ("connect", ["JTAG"], 3),
        ("readprop", ["_door"], 1),
        ("read_mem", [1, RAM_BASE, 24], 1),
        ("read_mem", [2, RAM_BASE, 32], 1),
        ("read_mem", [1, RAM_BASE + 1, 32], 1),
        ("read_mem", [1, 0x40000000, 32], 12),
        ("write_block8", [1, RAM_BASE, [256]], 1),
        ("read_block8", [1, RAM_BASE, 1 << 40], 1),
        ("jtag_sequence", [1, 0, False, 0], 3),
        ("swo_read", [], 3),
        ("unlock", [], 3),
    ],
)
def test_what_cannot_be_done_has_a_status_and_the_connection_goes_on(
    client: Client, request_name: str, arguments: list[Any], status: int
) -> None:
    with pytest.raises(Refused) as caught:
        client(request_name, *arguments)
    assert caught.value.status == status
    assert client("read_dp", 0) == 0x2BA01477


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"{", b'{"id": 1}', b'{"request": "open"}', b"\xff\xfe", b'{"id":1,"request":[]}']
)
def test_garbage_is_answered(client: Client, line: bytes) -> None:
    assert client.raw(line)["status"] == 1
    client("hello", 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)
requests = st.sampled_from(
    [
        "hello",
        "readprop",
        "open",
        "close",
        "connect",
        "disconnect",
        "swj_sequence",
        "swd_sequence",
        "jtag_sequence",
        "set_clock",
        "reset",
        "assert_reset",
        "is_reset_asserted",
        "flush",
        "read_dp",
        "write_dp",
        "read_ap",
        "write_ap",
        "read_ap_multiple",
        "write_ap_multiple",
        "get_memory_interface_for_ap",
        "read_mem",
        "write_mem",
        "read_block32",
        "write_block32",
        "read_block8",
        "write_block8",
        "has_swo",
        "swo_start",
        "swo_stop",
        "swo_read",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(requests, st.lists(json_values, max_size=4))
def test_any_arguments_are_answered(client: Client, request_name: str, arguments: list[Any]) -> None:
    answer = client.raw(json.dumps({"id": 7, "request": request_name, "arguments": arguments}).encode())
    assert answer["id"] == 7
    assert answer["status"] in (0, 1, 3, 10, 11, 12)
    client("assert_reset", False)
    assert client("is_reset_asserted") is False


def test_a_request_without_end_is_dropped_and_the_connection_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MAX_LINE", 1 << 20)
    for _ in range(3):
        client.file.write(b"x" * (1 << 20))
    assert client.raw(b"x")["status"] == 1
    assert client("read_dp", 0) == 0x2BA01477


def test_there_is_no_swo(client: Client) -> None:
    assert client("has_swo") is False


def test_many_connections_are_served_at_once(door: RemoteDoor) -> None:
    clients = [Client(door.port) for _ in range(60)]
    for one in clients:
        one("hello", 1)
    for number, one in enumerate(clients):
        one("write_mem", 1, RAM_BASE + 4 * number, number, 32)
    assert clients[0]("read_block32", 1, RAM_BASE, 60) == list(range(60))
    for one in clients:
        one.close()


def test_a_client_that_goes_away_in_the_middle_of_a_request_harms_nobody(door: RemoteDoor, client: Client) -> None:
    leaver = Client(door.port)
    leaver("lock")
    leaver.file.write(b'{"id": 1, "request": "re')
    leaver.file.flush()
    leaver.close()
    client("lock")
    assert client("read_dp", 0) == 0x2BA01477


def test_values_beyond_32_bits_are_cut(client: Client, machine: FakeMachine) -> None:
    client("write_mem", 1, RAM_BASE, 0x1_2345_6789A, 32)
    assert client("read_block32", 1, RAM_BASE, 1) == [0x3456789A]
    client("write_block32", 1, RAM_BASE, [1 << 40 | 5])
    assert client("read_mem", 1, RAM_BASE, 32) == 5
    client("write_dp", 8, 1 << 35 | 3)
    assert machine.dp[8] == 3


def test_a_memory_handle_is_given_for_the_first_access_port_only(client: Client) -> None:
    assert client("get_memory_interface_for_ap", 1, 0) == 1
    assert client("get_memory_interface_for_ap", 1, 1) is None
    assert client("get_memory_interface_for_ap", 2, 0) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.integers(0, 40), st.binary(max_size=50))
def test_blocks_read_back_as_written(client: Client, offset: int, data: bytes) -> None:
    client("write_block8", 1, RAM_BASE + offset, list(data))
    assert bytes(client("read_block8", 1, RAM_BASE + offset, len(data))) == data


def test_several_requests_in_one_packet_are_answered_in_order(client: Client) -> None:
    lines = [json.dumps({"id": n, "request": "read_dp", "arguments": [0]}).encode() for n in range(50)]
    client.file.write(b"\n".join(lines) + b"\n")
    client.file.flush()
    assert [json.loads(client.file.readline())["id"] for _ in range(50)] == list(range(50))


def test_a_lock_keeps_the_next_client_waiting_until_it_is_let_go_or_its_owner_dies(door: RemoteDoor) -> None:
    one, two = Client(door.port), Client(door.port)
    one("lock")
    one("lock")
    got = threading.Event()

    def wait() -> None:
        two("lock")
        got.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    one("unlock")
    assert not got.wait(0.05)
    one.close()
    assert got.wait(5)
    waiter.join()
    two("unlock")
    two.close()


def test_an_unplugged_board_is_answered_with_probe_disconnected_on_an_open_connection(
    door: RemoteDoor, client: Client
) -> None:
    client("hello", 1)
    door.remove()
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            client("read_dp", 0)
        assert caught.value.status == 2
    client("close")
    with pytest.raises(ConnectionRefusedError):
        Client(door.port)


def test_without_power_an_access_is_a_transfer_error(door: RemoteDoor, client: Client) -> None:
    door.board.power(False)
    with pytest.raises(Refused) as caught:
        client("read_dp", 0)
    assert caught.value.status == 10


def test_reset_is_a_pulse(client: Client, machine: FakeMachine) -> None:
    client("assert_reset", True)
    assert client("is_reset_asserted") is True
    client("reset")
    assert client("is_reset_asserted") is False
    assert not machine.reset
