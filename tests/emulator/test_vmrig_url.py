# SPDX-License-Identifier: Apache-2.0
"""A serial port with modem lines as real pyserial opens it by our URL."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from tests.emulator import lined
from tests.emulator.lined import DEADLINE_S, Lines, OtherDoor, Rig, until
from vmrig_server.serialport import register, wire
from vmrig_server.serialport.holder import port_holder
from vmrig_server.serialport.wire import Kind

register()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    it = Rig(tmp_path / ("deep" * 30))
    yield it
    it.close()


@pytest.fixture
def port(rig: Rig) -> Iterator[Any]:
    with serial.serial_for_url(rig.url, 115200, timeout=DEADLINE_S, exclusive=True) as it:
        yield it


def one_by_one(port: Any) -> Lines:
    def lines(dtr: int | None, rts: int | None) -> None:
        if dtr is not None:
            port.setDTR(bool(dtr))
        if rts is not None:
            port.setRTS(bool(rts))

    return lines


def test_opening_asserts_both_lines_and_resets_nothing(rig: Rig, port: Any) -> None:
    assert rig.port.dtr and rig.port.rts
    assert rig.chip.boots == [] and not rig.chip.reset


def test_the_classic_sequence_leads_into_the_loader_and_its_text_comes_after_the_flush(rig: Rig, port: Any) -> None:
    rig.say(b"noise of the firmware")
    port.reset_input_buffer()
    lined.classic(one_by_one(port))
    assert port.read_until() == b"boot:download\r\n"
    lined.hard_reset(one_by_one(port))
    assert port.read_until() == b"boot:flash\r\n"
    assert rig.chip.boots == ["download", "flash"]


def test_tools_take_it_for_a_port_whose_lines_are_set_one_by_one(port: Any, rig: Rig) -> None:
    assert port.name.startswith("rfc2217:") and port.port == rig.url


def test_bytes_pass_both_ways_unchanged(rig: Rig, port: Any) -> None:
    data = bytes(range(256)) * 1024
    assert port.write(data) == len(data)
    assert port.read(len(data)) == data
    assert port.in_waiting == 0 and rig.chip.received == data


def test_a_timeout_of_zero_reads_what_is_there(rig: Rig, port: Any) -> None:
    port.timeout = 0
    assert port.read(10) == b""
    rig.say(b"abc")
    until(lambda: port.in_waiting == 3)
    assert port.read(10) == b"abc"
    port.timeout = 0.01
    assert port.read(1) == b""


def test_a_read_is_cancelled_by_another_thread(port: Any) -> None:
    port.timeout = None
    results: list[bytes] = []
    reader = threading.Thread(target=lambda: results.append(port.read(1)))
    reader.start()
    port.cancel_read()
    reader.join(DEADLINE_S)
    assert results == [b""]


def test_lines_are_set_and_bytes_written_while_another_thread_reads(rig: Rig, port: Any) -> None:
    port.timeout = DEADLINE_S
    results: list[bytes] = []
    reader = threading.Thread(target=lambda: results.append(port.read(4)))
    reader.start()
    port.dtr = False
    port.rts = False
    assert not rig.port.dtr and not rig.port.rts
    reader.join(DEADLINE_S)
    assert results == [b"boot"]


def test_speed_is_told_to_the_board(rig: Rig, port: Any) -> None:
    assert rig.port.baud == 115200
    port.baudrate = 921600
    assert rig.port.baud == 921600


def test_a_second_opener_is_told_who_holds_the_port(rig: Rig, port: Any) -> None:
    with pytest.raises(serial.SerialException, match=f"PID {os.getpid()}") as refused:
        serial.serial_for_url(rig.url)
    assert refused.value.errno == errno.EBUSY
    assert port_holder(rig.url) == os.getpid()
    port.close()
    until(lambda: rig.port.holder is None)
    assert port_holder(rig.url) is None
    serial.serial_for_url(rig.url).close()


def test_who_has_the_terminal_open_holds_the_port(rig: Rig) -> None:
    with serial.Serial(str(rig.pty.link)):
        until(lambda: rig.port.holder is rig.pty)
        with pytest.raises(serial.SerialException, match="held by"):
            serial.serial_for_url(rig.url)


def test_closing_lets_a_chip_that_was_held_in_reset_go(rig: Rig, port: Any) -> None:
    port.dtr = False
    assert rig.chip.reset
    port.close()
    until(lambda: rig.port.holder is None)
    assert not rig.chip.reset


def test_a_port_that_was_closed_can_be_opened_again(rig: Rig, port: Any) -> None:
    for _ in range(50):
        port.close()
        port.open()
        port.write(b"x")
        assert port.read() == b"x"


def test_a_board_that_goes_away_ends_a_read_and_refuses_a_write(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    port = serial.serial_for_url(rig.url, timeout=DEADLINE_S)
    failures: list[Exception] = []

    def read() -> None:
        try:
            port.read()
        except serial.SerialException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    began = time.monotonic()
    rig.close()
    reader.join(DEADLINE_S)
    assert len(failures) == 1 and time.monotonic() - began < 1.0
    with pytest.raises(serial.SerialException):
        port.write(b"x")
    port.close()
    with pytest.raises(serial.SerialException) as missing:
        port.open()
    assert missing.value.errno == errno.ENOENT


@pytest.mark.parametrize(
    "frames",
    [
        wire.pack(Kind.DATA, b"no hello"),
        wire.pack(Kind.HELLO, b"short"),
        wire.pack(Kind.READY),
        b"\xff\0\0\0\0",
        b"\0\xff\xff\xff\xff",
    ],
)
def test_who_speaks_otherwise_is_shown_out_and_the_door_goes_on(rig: Rig, frames: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        folder = os.open(rig.socket.path.parent, os.O_RDONLY)
        sock.connect(f"/proc/self/fd/{folder}/{rig.socket.path.name}")
        os.close(folder)
        sock.settimeout(DEADLINE_S)
        sock.sendall(frames)
        assert sock.recv(100) == b""
    serial.serial_for_url(rig.url).close()


def test_another_version_is_refused_with_a_sentence(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HELLO", _Newer())
    with pytest.raises(serial.SerialException, match="version 1"):
        serial.serial_for_url(rig.url)


class _Newer:
    """HELLO of a version to come."""

    _plain = wire.HELLO

    def pack(self, version: int, *others: int) -> bytes:
        return self._plain.pack(version + 1, *others)

    def unpack(self, body: bytes) -> tuple[Any, ...]:
        return self._plain.unpack(body)


def test_a_door_held_by_another_names_it(rig: Rig) -> None:
    rig.port.claim(OtherDoor())
    assert port_holder(rig.url) == 4711


def test_who_closes_the_terminal_leaves_the_port_to_the_next_at_once(rig: Rig) -> None:
    for _ in range(20):
        with serial.Serial(str(rig.pty.link)) as line:
            until(lambda: rig.port.holder is rig.pty)
            line.write(b"x")
        serial.serial_for_url(rig.url).close()
        until(lambda: rig.port.holder is None)
