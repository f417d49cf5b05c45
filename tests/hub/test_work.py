# SPDX-License-Identifier: Apache-2.0
"""What calls are refused before the board is touched, and what the hub learns from jobs."""

from __future__ import annotations

import asyncio

import pytest

from tests.hub.fakes import ALPHA, BETA, CHIP_UID, Bench, attached
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.model import Job, LeaseRef
from vmrig_server.hub.vms import VmWish, version_key
from vmrig_server.hub.work import FileRef, Order


async def _order(bench: Bench, board: str = ALPHA) -> Order:
    await bench.plug(attached(board))
    lease = await bench.hub.leases.request(board, "ann")
    return Order(board, LeaseRef(lease.lease_id, lease.fence))


async def _end(bench: Bench, job: Job) -> Job:
    async with asyncio.timeout(5):
        async for _ in bench.hub.jobs.watch(job.name):
            pass
    return await bench.hub.jobs.get(job.name)


async def _register(bench: Bench, order: Order, alias: str = "") -> Job:
    return await _end(bench, await bench.hub.desk.register(order, alias))


async def test_an_old_fence_is_refused_before_the_board_is_touched(bench: Bench) -> None:
    order = await _order(bench)
    await bench.hub.leases.release(order.lease)
    lease = await bench.hub.leases.request(ALPHA, "ben")
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.erase(Order(ALPHA, LeaseRef(lease.lease_id, order.lease.fence)), [])
    assert caught.value.code == "FENCE_OLD"
    assert bench.agent.calls == []


async def test_an_absent_board_is_refused(bench: Bench) -> None:
    order = await _order(bench)
    await bench.unplug(attached(ALPHA))
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.reset(order)
    assert caught.value.code == "BOARD_GONE"


@pytest.mark.parametrize(("files", "code"), [([], "ARGUMENT_INVALID"), ([FileRef("00" * 32)], "BLOB_NOT_FOUND")])
async def test_files_that_are_not_there_start_no_job(bench: Bench, files: list[FileRef], code: str) -> None:
    order = await _order(bench)
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.flash(order, files)
    assert caught.value.code == code
    assert bench.hub.boards.one(ALPHA).job_id == ""


@pytest.mark.parametrize("bad", [(0, 0), (0xFFFF_F000, 0x2000)])
async def test_an_impossible_range_is_refused(bench: Bench, bad: tuple[int, int]) -> None:
    order = await _order(bench)
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.erase(order, [bad])
    assert caught.value.code == "ARGUMENT_INVALID"


async def test_registering_teaches_the_chip_and_gives_the_alias(bench: Bench) -> None:
    job = await _register(bench, await _order(bench), "left")
    assert job.result is not None and job.result["register"]["chip_uid"] == CHIP_UID
    board = bench.hub.boards.one("left")
    assert (board.chip_uid, board.chip_part) == (CHIP_UID, "nRF52833")
    assert board.register_time is not None


async def test_registering_a_board_that_can_be_several_targets_asks_its_chip(bench: Bench) -> None:
    await bench.plug(attached(ALPHA, "microbit_v1", "microbit_v2"))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    order = Order(ALPHA, LeaseRef(lease.lease_id, lease.fence))
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.reset(order)
    assert (caught.value.code, caught.value.next_command) == ("TARGET_UNDECIDED", f"vmrig register {ALPHA[:8]}")
    await _register(bench, order)
    assert [call[0] for call in bench.agent.calls] == ["identify", "register"]
    assert bench.agent.calls[-1][-1] is False  # nothing is written over the firmware unless it is asked for
    assert bench.hub.boards.target_of(bench.hub.boards.one(ALPHA)) == "microbit_v2"


async def test_registering_with_a_taken_alias_is_refused_before_the_board_is_touched(bench: Bench) -> None:
    order = await _order(bench)
    await bench.plug(attached(BETA))
    await bench.hub.boards.set_alias(BETA, "left")
    with pytest.raises(VmrigError) as caught:
        await bench.hub.desk.register(order, "left")
    assert caught.value.code == "ALIAS_TAKEN"
    assert bench.agent.calls == []


async def test_a_vm_needs_a_registered_board(bench: Bench) -> None:
    await _order(bench)
    with pytest.raises(VmrigError) as caught:
        await bench.hub.vms.create(ALPHA, VmWish())
    assert caught.value.code == "BOARD_NOT_REGISTERED"
    assert caught.value.next_command == f"vmrig register {ALPHA[:8]}"


async def test_the_same_wish_gives_the_same_vm_and_another_chip_another(bench: Bench) -> None:
    await _register(bench, await _order(bench))
    first = await bench.hub.vms.create(ALPHA, VmWish(features=("threads", "bus")))
    again = await bench.hub.vms.create(ALPHA, VmWish("1.10", "vrt", "base", ("bus", "threads", "bus")))
    assert first == again
    assert len(first.vmuid) == 32
    assert first.version == "1.10"
    bench.agent.chip_uid = "ff" * 8
    await _register(bench, await _order(bench, BETA))
    assert (await bench.hub.vms.create(BETA, VmWish())).vmuid != first.vmuid


async def test_a_vm_that_is_not_offered_is_an_error_that_lists_what_is(bench: Bench) -> None:
    await _register(bench, await _order(bench))
    with pytest.raises(VmrigError) as caught:
        await bench.hub.vms.create(ALPHA, VmWish("2.0"))
    assert caught.value.code == "VM_NOT_AVAILABLE"
    assert caught.value.evidence == ("1.9 vrt base bus,threads", "1.10 vrt base bus,threads")


async def test_a_vm_that_does_not_ship_is_built_and_tells_how_far_it_is(bench: Bench) -> None:
    await _register(bench, await _order(bench))
    steps: list[tuple[int, int]] = []
    wish = VmWish(rtos="bare", features=("fs",))
    vm = await bench.hub.vms.create(ALPHA, wish, report=lambda done, total: steps.append((done, total)))
    assert (vm.rtos, vm.features) == ("bare", ("bus", "store"))
    assert steps == [(1, 2)]
    assert await bench.hub.vms.create(ALPHA, VmWish("", "", "", ("no-threads", "store"))) == vm


async def test_virtualizing_flashes_the_parts_and_the_board_shows_the_vm(bench: Bench) -> None:
    order = await _order(bench)
    await _register(bench, order)
    vm = await bench.hub.vms.create(ALPHA, VmWish())
    job = await _end(bench, await bench.hub.vms.virtualize(order, vm.vmuid[:8]))
    assert job.result is not None and job.result["virtualize"]["vmuid_reported"] == vm.vmuid
    call = bench.agent.calls[-1]
    assert [(part.address, part.data) for part in call[4]] == [
        (0, b"image 1.10"),
        (0x34000, f"{vm.vmuid} {CHIP_UID}".encode()),
    ]
    assert bench.hub.boards.one(ALPHA).vmuid == vm.vmuid


async def test_a_virtualize_that_breaks_off_says_what_repairs_the_board(bench: Bench) -> None:
    order = await _order(bench)
    await _register(bench, order)
    vm = await bench.hub.vms.create(ALPHA, VmWish())
    bench.agent.failure = VmrigError("TRANSFER_FAULT", "The chip did not answer.", error_class=ErrorClass.BENCH)
    job = await _end(bench, await bench.hub.vms.virtualize(order, vm.vmuid))
    assert job.failure is not None and job.failure.next_command == f"vmrig virtualize {ALPHA[:8]} {vm.vmuid}"
    assert bench.hub.boards.one(ALPHA).vmuid == ""


async def test_writing_something_else_makes_the_vm_unknown(bench: Bench) -> None:
    order = await _order(bench)
    await _register(bench, order)
    vm = await bench.hub.vms.create(ALPHA, VmWish())
    await _end(bench, await bench.hub.vms.virtualize(order, vm.vmuid))
    await _end(bench, await bench.hub.desk.reset(order))
    assert bench.hub.boards.one(ALPHA).vmuid == vm.vmuid
    await _end(bench, await bench.hub.desk.erase(order, []))
    assert bench.hub.boards.one(ALPHA).vmuid == ""


async def test_a_vm_of_another_board_is_refused_before_the_board_is_touched(bench: Bench) -> None:
    await _register(bench, await _order(bench))
    vm = await bench.hub.vms.create(ALPHA, VmWish())
    bench.agent.chip_uid = "ff" * 8
    order = await _order(bench, BETA)
    await _register(bench, order)
    before = len(bench.agent.calls)
    with pytest.raises(VmrigError) as caught:
        await bench.hub.vms.virtualize(order, vm.vmuid)
    assert caught.value.code == "VM_OTHER_BOARD"
    assert len(bench.agent.calls) == before


@pytest.mark.parametrize("name", ["", "abc", "vms/", "zzzz", "0" * 32])
async def test_a_vm_that_is_not_there_is_not_found(bench: Bench, name: str) -> None:
    with pytest.raises(VmrigError) as caught:
        await bench.hub.vms.get(name)
    assert caught.value.code == "VM_NOT_FOUND"


def test_versions_are_ordered_by_their_numbers() -> None:
    assert sorted(["1.10", "1.9", "1.10-rc1", "0.2"], key=version_key)[0] == "0.2"
    assert max(["1.10", "1.9"], key=version_key) == "1.10"
