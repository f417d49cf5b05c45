# SPDX-License-Identifier: Apache-2.0
"""A serial port with modem lines over TCP, with pyserial's own client and with Telnet spoken directly."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator import lined
from tests.emulator.lined import DEADLINE_S, Lines, Rig, until
from vmrig_server.emulator.doors.rfc2217 import COM_PORT, DO, DONT, IAC, SB, SE, WILL, WONT, Rfc2217Door

ECHO = 1


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    it = Rig(tmp_path_factory.mktemp("rig"))
    it.tcp = Rfc2217Door(it.loop, 0, it.port)  # type: ignore[attr-defined]
    yield it
    it.tcp.close()  # type: ignore[attr-defined]
    it.close()


def tcp_port(rig: Rig) -> int:
    number: int = rig.tcp.number  # type: ignore[attr-defined]
    return number


@pytest.fixture
def port(rig: Rig) -> Iterator[Any]:
    until(lambda: rig.port.holder is None)
    rig.chip.boots.clear()
    with serial.serial_for_url(f"rfc2217://127.0.0.1:{tcp_port(rig)}", 115200, timeout=DEADLINE_S) as it:
        yield it


def test_pyserials_client_sets_lines_and_passes_bytes_unchanged(rig: Rig, port: Any) -> None:
    assert rig.port.dtr and rig.port.rts and rig.chip.boots == []
    data = bytes(range(256)) * 16 + b"\xff\xff\xf0"
    port.write(data)
    assert port.read(len(data)) == data

    def lines(dtr: int | None, rts: int | None) -> None:
        if dtr is not None and port.dtr != bool(dtr):
            port.dtr = bool(dtr)
        if rts is not None:
            port.rts = bool(rts)

    wanted: Lines = lines
    lined.classic(wanted)
    assert port.read_until() == b"boot:download\r\n"
    assert not port.cts and not port.cd
    port.baudrate = 0xFF00  # a 255 among its bytes
    assert rig.port.baud == 0xFF00


def test_a_second_client_is_turned_away_and_the_next_one_after_it_is_not(rig: Rig, port: Any) -> None:
    with socket.create_connection(("127.0.0.1", tcp_port(rig)), timeout=DEADLINE_S) as other:
        said = b""
        while data := other.recv(1000):
            said += data
        assert said == f"the port is held by PID {os.getpid()}\r\n".encode()
    port.close()
    until(lambda: rig.port.holder is None)
    port.open()


# --- Telnet, spoken directly ------------------------------------------------------------------------------------------


class Telnet:
    """A client that speaks bytes."""

    def __init__(self, rig: Rig) -> None:
        until(lambda: rig.port.holder is None)
        self.sock = socket.create_connection(("127.0.0.1", tcp_port(rig)), timeout=DEADLINE_S)
        until(lambda: rig.port.holder is not None)

    def sub(self, command: int, value: bytes) -> bytes:
        return bytes((IAC, SB, COM_PORT, command)) + value.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))

    def expect(self, wanted: bytes) -> None:
        got = b""
        while len(got) < len(wanted):
            data = self.sock.recv(len(wanted) - len(got))
            assert data, got
            got += data
        assert got == wanted

    def silent(self) -> None:
        """Nothing is on its way: what is asked now is answered next."""
        self.sock.sendall(self.sub(7, b""))
        self.expect(self.sub(107, b"\0"))


@pytest.fixture
def telnet(rig: Rig) -> Iterator[Telnet]:
    it = Telnet(rig)
    yield it
    it.sock.close()


def test_each_option_is_agreed_to_once_and_unknown_ones_are_refused(telnet: Telnet) -> None:
    telnet.sock.sendall(bytes((IAC, DO, COM_PORT, IAC, DO, COM_PORT, IAC, DO, ECHO, IAC, WILL, 24)))
    telnet.expect(bytes((IAC, WILL, COM_PORT, IAC, WONT, ECHO, IAC, DONT, 24)))
    telnet.silent()
    telnet.sock.sendall(bytes((IAC, DONT, COM_PORT, IAC, DONT, COM_PORT)))
    telnet.expect(bytes((IAC, WONT, COM_PORT)))
    telnet.silent()


def test_options_are_those_of_the_connection_and_not_of_the_port(rig: Rig) -> None:
    for _ in range(2):
        telnet = Telnet(rig)
        telnet.sock.sendall(bytes((IAC, WILL, COM_PORT)))
        telnet.expect(bytes((IAC, DO, COM_PORT)) + telnet.sub(107, b"\0"))
        telnet.sock.close()


@pytest.mark.parametrize(
    ("command", "value", "answer"),
    [
        (0, b"", b"vmrig"),
        (1, b"\0\x0e\x10\0", b"\0\x0e\x10\0"),
        (1, b"\0\xff\xff\xff", b"\0\xff\xff\xff"),
        (2, b"\x07", b"\x07"),
        (2, b"\0", b"\x08"),
        (3, b"\x02", b"\x02"),
        (4, b"\0", b"\x01"),
        (5, b"\x00", b"\x01"),
        (5, b"\x04", b"\x06"),
        (5, b"\x07", b"\x09"),
        (5, b"\x08", b"\x08"),
        (5, b"\x0a", b"\x0c"),
        (5, b"\x05", b"\x05"),
        (10, b"\xff", b"\xff"),
        (11, b"\0", b"\0"),
        (12, b"\x03", b"\x03"),
    ],
)
def test_every_request_is_answered_at_once_with_what_holds(
    telnet: Telnet, command: int, value: bytes, answer: bytes
) -> None:
    telnet.sock.sendall(telnet.sub(command, value))
    telnet.expect(telnet.sub(command + 100, answer))


def test_what_was_written_before_a_reset_reaches_the_chip_before_it(rig: Rig, telnet: Telnet) -> None:
    rig.chip.received.clear()
    telnet.sock.sendall(b"before" + telnet.sub(5, b"\x0b") + b"in reset" + telnet.sub(5, b"\x0c"))
    telnet.sock.sendall(b"after")
    until(lambda: rig.chip.received.endswith(b"after"))
    assert b"in reset" not in rig.chip.received


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"\xff", bytes((SB,)), bytes((SE,)), bytes((WILL,)), b"\x2c", b"a", b"\x05"]), max_size=60
    )
)
def test_no_bytes_end_the_door(rig: Rig, pieces: list[bytes]) -> None:
    telnet = Telnet(rig)
    telnet.sock.sendall(b"".join(pieces))
    telnet.sock.close()
    last = Telnet(rig)
    try:
        last.sock.sendall(last.sub(7, b""))
        said = b""  # the chip may still be answering what came before
        while not said.endswith(last.sub(107, b"\0")):
            data = last.sock.recv(1000)
            assert data, said
            said += data
    finally:
        last.sock.close()


def test_a_subnegotiation_without_end_is_not_collected_for_ever(telnet: Telnet) -> None:
    telnet.sock.sendall(bytes((IAC, SB, COM_PORT)) + os.urandom(4096).replace(b"\xff", b"\0"))
    with pytest.raises((ConnectionError, AssertionError)):
        telnet.expect(b"?")


def test_a_tcp_port_that_is_taken_is_an_error(rig: Rig) -> None:
    with pytest.raises(OSError):
        Rfc2217Door(rig.loop, tcp_port(rig), rig.port)


def test_the_door_is_on_the_loopback_only(rig: Rig, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", tcp_port(rig)), timeout=1)
