# SPDX-License-Identifier: Apache-2.0
"""A board says who it is, the same by every way, every time."""

from __future__ import annotations

from vmrig.v1 import boards_pb2, leases_pb2

from vmrig_client import Client


def test_every_way_to_the_chip_id_leads_to_the_same(client: Client, lease: leases_pb2.Lease) -> None:
    result = client.register(lease, with_firmware=True).register
    ways = {result.uid_by_serial, result.uid_by_probe}  # empty: there is no such way on this chip
    assert ways - {""} == {result.chip_uid}
    assert int(result.chip_uid, 16) != 0


def test_a_chip_that_tells_its_id_without_firmware_keeps_its_firmware(
    client: Client, lease: leases_pb2.Lease, registered: boards_pb2.Board
) -> None:
    vm = client.virtualize(lease, client.create_vm(lease.board).name).virtualize
    result = client.register(lease).register
    assert result.chip_uid == registered.chip_uid
    assert client.board(lease.board).vmuid == ("" if result.uid_by_serial else vm.vmuid)


def test_registering_again_gives_the_same_id(
    client: Client, lease: leases_pb2.Lease, registered: boards_pb2.Board
) -> None:
    assert client.register(lease).register.chip_uid == registered.chip_uid


def test_the_vm_answers_with_the_vmuid_it_was_made_with(client: Client, lease: leases_pb2.Lease) -> None:
    client.register(lease)
    vm = client.create_vm(lease.board)
    result = client.virtualize(lease, vm.name).virtualize
    assert result.vmuid_reported == vm.name.removeprefix("vms/")
    assert client.board(lease.board).vmuid == result.vmuid_reported
