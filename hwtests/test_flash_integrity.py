# SPDX-License-Identifier: Apache-2.0
"""What is flashed is what is on the chip; what cannot be flashed leaves the chip as it was."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from vmrig.v1 import flash_pb2, leases_pb2

from vmrig_client import ApiError, Client

from .conftest import Region, Target


def _file(client: Client, data: bytes, address: int, name: str = "random.bin") -> flash_pb2.FlashFile:
    return flash_pb2.FlashFile(
        sha256=client.upload(data), filename=name, address=address, format=flash_pb2.FILE_FORMAT_BIN
    )


@pytest.mark.parametrize("size", [4, 4096, 4100, 65536])
def test_random_data_is_read_back_as_written(client: Client, lease: leases_pb2.Lease, room: Region, size: int) -> None:
    size = min(size, room.size_bytes)
    data = random.Random(size).randbytes(size)
    result = client.flash(lease, [_file(client, data, room.address)]).flash
    assert result.bytes_verified >= size
    assert result.parts[0].sha256 == hashlib.sha256(data).hexdigest()


def test_two_files_in_one_job(client: Client, lease: leases_pb2.Lease, room: Region) -> None:
    second = room.address + room.size_bytes // 2
    files = [_file(client, b"\x11" * 256, room.address), _file(client, b"\x22" * 256, second)]
    assert len(client.flash(lease, files).flash.parts) == 2


def test_overlapping_files_are_refused_and_named(client: Client, lease: leases_pb2.Lease, room: Region) -> None:
    files = [
        _file(client, b"\x11" * 512, room.address, "first.bin"),
        _file(client, b"\x22" * 512, room.address + 256, "second.bin"),
    ]
    with pytest.raises(ApiError) as caught:
        client.flash(lease, files)
    text = " ".join((caught.value.message, *caught.value.evidence))
    assert "first.bin" in text and "second.bin" in text


def test_a_file_beyond_the_flash_is_refused_before_the_board_is_touched(
    client: Client, lease: leases_pb2.Lease, target: Target, virtualized: str
) -> None:
    end = target.flash.address + target.flash.size_bytes
    with pytest.raises(ApiError):
        client.flash(lease, [_file(client, bytes(8192), end - 4096)])
    assert client.board(lease.board).vmuid == virtualized


def test_a_file_for_another_chip_is_refused(client: Client, lease: leases_pb2.Lease, tmp_path: Path) -> None:
    x86 = tmp_path / "x86.elf"
    x86.write_bytes(
        b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (62).to_bytes(2, "little") + bytes(60)
    )
    with pytest.raises(ApiError) as caught:
        client.flash(lease, [x86])
    assert caught.value.error_class == 1


def test_an_erased_range_can_be_written_again(client: Client, lease: leases_pb2.Lease, room: Region) -> None:
    size = min(4096, room.size_bytes)
    client.flash(lease, [_file(client, bytes(size), room.address)])
    client.erase(lease, [(room.address, size)])
    client.flash(lease, [_file(client, b"\xa5" * size, room.address)])
