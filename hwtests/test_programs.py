# SPDX-License-Identifier: Apache-2.0
"""Programs run, say what they say, fail as firmware fails, and live in slots."""

from __future__ import annotations

import pytest
from vmrig.v1 import boards_pb2, leases_pb2

from vmrig_client import ApiError, Client

from .conftest import Console, Instruments

pytestmark = pytest.mark.usefixtures("virtualized")
FIRMWARE = 3


def test_output_comes_out_of_the_uart(client: Client, lease: leases_pb2.Lease, console: Console) -> None:
    client.run(lease, "for i in range(3):\n    print('line', i, i * 4)\n", wait=True)
    assert "line 0 0\nline 1 4\nline 2 8\n" in console.wait_for("line 2 8\n")


def test_floats_are_written_as_python_does(
    client: Client, lease: leases_pb2.Lease, board: boards_pb2.Board, console: Console
) -> None:
    if not any("float" in offer.features for offer in client.available_vms(board.target)):
        pytest.skip("the VM of this board has no floats")
    client.run(lease, "for i in range(3):\n    print('quarters', i / 4)\n", wait=True)
    assert "quarters 0.0\nquarters 0.25\nquarters 0.5\n" in console.wait_for("quarters 0.5\n")


def test_long_output_arrives_whole(client: Client, lease: leases_pb2.Lease, console: Console) -> None:
    client.run(lease, "for i in range(300):\n    print('number', i)\nprint('end of it')\n", wait=True)
    said = console.wait_for("end of it\n")
    assert "".join(f"number {i}\n" for i in range(300)) in said


def test_an_exception_fails_the_job_as_firmware_with_file_and_line(client: Client, lease: leases_pb2.Lease) -> None:
    with pytest.raises(ApiError) as caught:
        client.run(lease, "def f(x):\n    return 1 // x\n\nf(0)\n", "divide.py", wait=True)
    assert caught.value.code == "PROGRAM_RAISED"
    assert caught.value.error_class == FIRMWARE
    text = "\n".join(caught.value.evidence)
    assert "ZeroDivisionError" in text and "divide.py" in text and "line 2" in text


def test_the_next_program_goes_into_the_other_slot(client: Client, lease: leases_pb2.Lease) -> None:
    first = client.run(lease, "print('one')\n", wait=True).run
    second = client.run(lease, "print('two')\n", wait=True).run
    assert first.slot != second.slot
    assert second.generation == first.generation + 1


def test_a_source_that_does_not_compile_touches_nothing(
    client: Client, lease: leases_pb2.Lease, console: Console
) -> None:
    before = client.run(lease, "print('before')\n", wait=True).run
    with pytest.raises(ApiError) as caught:
        client.run(lease, "def broken(:\n", "broken.py")
    assert caught.value.code == "PROGRAM_INVALID"
    assert client.run(lease, "print('after')\n", wait=True).run.generation == before.generation + 1


def test_a_corrupt_container_is_refused_and_the_old_program_stays(
    client: Client, lease: leases_pb2.Lease, console: Console
) -> None:
    client.run(lease, "print('the old one')\n", wait=True)
    image = bytearray(client.compile("print('the new one')\n", "new.py").image)
    image[len(image) // 2] ^= 0x40
    with pytest.raises(ApiError):
        client.run(lease, bytes(image))
    client.reset(lease)
    said = console.wait_for("the old one\n")
    assert "the new one" not in console.so_far() and said


def test_a_program_starts_again_after_reset(client: Client, lease: leases_pb2.Lease, console: Console) -> None:
    client.run(lease, "import board\nprint('cause', board.reset_cause())\n", wait=True)
    client.reset(lease)
    assert console.wait_for("cause").count("cause") >= 1


def test_power_cut_and_restored_the_program_comes_back(
    client: Client, lease: leases_pb2.Lease, instruments: Instruments
) -> None:
    client.run(lease, "print('alive')\n", wait=True)
    after = Console(client, lease.board)
    instruments.power(False)
    instruments.power(True)
    assert "alive" in after.wait_for("alive\n")
