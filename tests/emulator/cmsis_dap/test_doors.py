# SPDX-License-Identifier: Apache-2.0
"""How CMSIS-DAP packets travel: bulk endpoints of the emulated USB bus, and TCP as OpenOCD frames them."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import usb.core

from vmrig_server.emulator.board import Board
from vmrig_server.emulator.doors.dap import TCP_SIGNATURE, DapTcpDoor, DapUsbDoor
from vmrig_server.emulator.usb_pipe import BulkPipe

from .host import (
    DPIDR,
    IDENTITY,
    READ,
    transfer,
)


@pytest.fixture
def usb_door(board: Board, tmp_path: Path) -> Iterator[DapUsbDoor]:
    it = DapUsbDoor(board, IDENTITY, tmp_path / "dap.sock")
    yield it
    it.close()


def test_bulk_transfers_carry_packets_and_empty_ones_are_nothing(usb_door: DapUsbDoor) -> None:
    pipe = BulkPipe(usb_door.path)
    pipe.write(b"\x00\x01")
    pipe.write(b"")
    pipe.write(b"\x00\x02")
    assert pipe.read(1024, 2000) == b"\x00\x04Arm\0"
    assert pipe.read(4, 2000) == b"\x00\x0ami"
    assert pipe.read(64, 2000) == b"cro:bit\0"
    with pytest.raises(usb.core.USBTimeoutError):
        pipe.read(64, 1)
    pipe.release()


def test_an_interface_has_one_claimer_at_a_time(usb_door: DapUsbDoor) -> None:
    first = BulkPipe(usb_door.path)
    with pytest.raises(usb.core.USBError) as caught:
        BulkPipe(usb_door.path)
    assert caught.value.errno == 16
    first.release()
    for _ in range(20):
        BulkPipe(usb_door.path).release()


def test_an_unplugged_device_is_gone_for_who_waits_for_it(usb_door: DapUsbDoor) -> None:
    pipe = BulkPipe(usb_door.path)
    closing = threading.Thread(target=usb_door.close)
    closing.start()
    with pytest.raises(usb.core.USBError) as caught:
        pipe.read(64, 5000)
    assert caught.value.errno == 19
    closing.join()
    pipe.release()
    with pytest.raises(usb.core.USBError) as caught:
        BulkPipe(usb_door.path)
    assert caught.value.errno == 19


@pytest.fixture
def tcp_door(board: Board) -> Iterator[DapTcpDoor]:
    it = DapTcpDoor(board, IDENTITY)
    yield it
    it.close()


def tcp(packet: bytes) -> bytes:
    return struct.pack("<IHBB", TCP_SIGNATURE, len(packet), 1, 0) + packet


def test_tcp_packets_have_a_header_and_may_arrive_in_pieces(tcp_door: DapTcpDoor) -> None:
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as line, line.makefile("rb") as answers:
        stream = tcp(b"\x00\x01") + tcp(b"\x02\x01") + tcp(transfer(DPIDR | READ))
        for at in range(0, len(stream), 5):
            line.sendall(stream[at : at + 5])
        assert answers.read(14) == bytes.fromhex("44415000 0600 02 00") + b"\x00\x04Arm\0"
        assert answers.read(10) == bytes.fromhex("44415000 0200 02 00 0201")
        assert answers.read(11) == bytes.fromhex("44415000 0300 02 00 050007")


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("<IHBB", TCP_SIGNATURE, 2000, 1, 0), tcp(b"\0\1")[:6] + b"\2\0"]
)
def test_what_is_no_packet_ends_that_connection_only(tcp_door: DapTcpDoor, garbage: bytes) -> None:
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as bad:
        bad.settimeout(5)
        bad.sendall(garbage)
        assert bad.recv(10) == b""
    with socket.create_connection(("127.0.0.1", tcp_door.port)) as good, good.makefile("rb") as answers:
        good.sendall(tcp(b"\x03"))
        assert answers.read(10)[8:] == b"\x03\x00"
