# SPDX-License-Identifier: Apache-2.0
"""Leases as they live: waiting, ends, fences, restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.hub.fakes import ALPHA, BETA, Bench, Gate, attached
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.lease_service import LeaseService
from vmrig_server.hub.lease_store import LeaseStore
from vmrig_server.hub.model import Health, Lease, LeaseRef, LeaseState, Page
from vmrig_server.hub.work import Order


def _ref(lease: Lease) -> LeaseRef:
    return LeaseRef(lease.lease_id, lease.fence)


async def _waiting(bench: Bench, count: int) -> None:
    """Lets requests come as far as waiting."""
    while len(bench.hub.leases._waiting) < count:
        await asyncio.sleep(0)  # yields to the request; no time passes


async def _code(call: object) -> str:
    with pytest.raises(VmrigError) as caught:
        await call  # type: ignore[misc]
    return caught.value.code


async def test_a_grant_raises_the_fence_and_the_agent_hears_of_it_first(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    first = await bench.hub.leases.request(ALPHA, "ann")
    assert (first.fence, bench.agent.fences[ALPHA]) == (1, [1])
    assert first.expire_time - first.grant_time == 600
    await bench.hub.leases.release(_ref(first))
    second = await bench.hub.leases.request(ALPHA, "ben")
    assert (second.fence, bench.agent.fences[ALPHA]) == (2, [1, 2])
    board = bench.hub.boards.one(ALPHA)
    assert (board.lease_state, board.fence, board.lease) == (LeaseState.GRANTED, 2, second)


async def test_a_taken_board_is_refused_with_what_blocks_and_who(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    await bench.hub.boards.set_health(BETA, Health.FAILING, "bad cable")
    await bench.hub.leases.request(ALPHA, "ann", "release 1.2")
    with pytest.raises(VmrigError) as caught:
        await bench.hub.leases.request("target:microbit_v2", "ben")
    error = caught.value
    assert (error.code, error.error_class) == ("NO_BOARD_FREE", ErrorClass.NO_BOARD)
    assert "2 match, 1 leased until " in error.message and "1 failing health" in error.message
    assert "leased by ann" in error.evidence[0] and "release 1.2" in error.evidence[0]
    assert "bad cable" in error.evidence[1]


async def test_a_failing_board_can_be_had_by_its_name(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    await bench.hub.boards.set_health(ALPHA, Health.FAILING, "")
    assert (await bench.hub.leases.request(ALPHA, "ann")).board_id == ALPHA


async def test_a_waiter_gets_the_board_when_it_is_released(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    first = await bench.hub.leases.request(ALPHA, "ann")
    waiter = asyncio.create_task(bench.hub.leases.request("any", "ben", wait_s=30))
    await _waiting(bench, 1)
    await bench.hub.leases.release(_ref(first))
    assert (await asyncio.wait_for(waiter, 5)).holder == "ben"


async def test_waiters_are_served_in_the_order_in_which_they_came(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "zero")
    waiters = []
    for number in range(4):
        waiters.append(asyncio.create_task(bench.hub.leases.request("any", str(number), wait_s=30)))
        await _waiting(bench, number + 1)
    for number, waiter in enumerate(waiters):
        await bench.hub.leases.release(_ref(lease))
        lease = await asyncio.wait_for(waiter, 5)
        assert (lease.holder, lease.fence) == (str(number), number + 2)


async def test_a_waiter_gets_a_board_that_is_plugged_in_meanwhile(bench: Bench) -> None:
    waiter = asyncio.create_task(bench.hub.leases.request("target:microbit_v2", "ann", wait_s=30))
    await _waiting(bench, 1)
    bench.agent.plug(attached(ALPHA))
    assert (await asyncio.wait_for(waiter, 5)).board_id == ALPHA


async def test_waiting_ends_with_what_blocked(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    await bench.hub.leases.request(ALPHA, "ann")
    with pytest.raises(VmrigError, match=r"within 0\.05 s: 1 matches, 1 leased until"):
        await bench.hub.leases.request("any", "ben", wait_s=0.05)
    assert bench.hub.leases._waiting == {}


async def test_a_waiter_that_goes_away_leaves_no_lease_behind(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    waiter = asyncio.create_task(bench.hub.leases.request(ALPHA, "ben", wait_s=30))
    await _waiting(bench, 1)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    await bench.hub.leases.release(_ref(lease))
    assert bench.hub.boards.one(ALPHA).lease_state is LeaseState.FREE


async def test_a_grant_that_crosses_its_waiters_cancel_is_given_back(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    for cycles in range(40):
        task = asyncio.create_task(bench.hub.leases.request(ALPHA, "ben", wait_s=30))
        for _ in range(cycles):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await bench.hub.leases.tick()
        if task.cancelled():
            assert bench.hub.boards.one(ALPHA).lease is None
        else:
            await bench.hub.leases.release(_ref(task.result()))


async def test_the_same_request_id_gives_the_same_lease(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    ask = bench.hub.leases.request
    first, second = await asyncio.gather(ask("any", "ann", request_id="r1"), ask("any", "ann", request_id="r1"))
    assert first == second == await ask("any", "ann", request_id="r1")
    assert await _code(ask("any", "ben", request_id="r1")) == "REQUEST_ID_REUSED"


@pytest.mark.parametrize("duration", [9.9, 86_401, -1, float("nan")])
async def test_a_lease_is_for_ten_seconds_to_a_day(bench: Bench, duration: float) -> None:
    await bench.plug(attached(ALPHA))
    assert await _code(bench.hub.leases.request(ALPHA, "ann", duration_s=duration)) == "ARGUMENT_INVALID"


async def test_names_that_mean_no_board_or_several_do_not_wait(bench: Bench) -> None:
    await bench.plug(attached("aaaa000000000001"), attached("aaaa000000000003"))
    assert await _code(bench.hub.leases.request("nobody", "ann", wait_s=30)) == "BOARD_NOT_FOUND"
    assert await _code(bench.hub.leases.request("aaaa", "ann", wait_s=30)) == "AMBIGUOUS_BOARD"
    assert await _code(bench.hub.leases.request("target:pico", "ann")) == "BOARD_NOT_FOUND"


async def test_renewing_moves_the_end_and_a_wrong_fence_does_not(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann", duration_s=10)
    renewed = await bench.hub.leases.renew(_ref(lease), 3600)
    assert renewed.expire_time > lease.expire_time + 3000
    assert (await bench.hub.leases.get(lease.lease_id)).expire_time == renewed.expire_time
    assert await _code(bench.hub.leases.renew(LeaseRef(lease.lease_id, 0), 3600)) == "FENCE_OLD"
    assert await _code(bench.hub.leases.renew(LeaseRef("0" * 16, 1), 3600)) == "LEASE_NOT_FOUND"


async def test_releasing_twice_is_releasing_once(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    first = await bench.hub.leases.release(_ref(lease))
    assert first.end_reason == "released"
    assert await bench.hub.leases.release(_ref(lease)) == first
    assert await _code(bench.hub.leases.renew(_ref(lease))) == "LEASE_ENDED"


async def test_a_change_needs_a_lease_that_holds_on_that_board_with_that_fence(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    alpha, beta = bench.hub.boards.one(ALPHA), bench.hub.boards.one(BETA)
    check = bench.hub.leases.check
    lease = await bench.hub.leases.request(ALPHA, "ann")
    assert await check(alpha, _ref(lease)) == lease
    assert await _code(check(alpha, LeaseRef("", 0))) == "LEASE_REQUIRED"
    assert await _code(check(alpha, LeaseRef(lease.lease_id, 0))) == "FENCE_OLD"
    assert await _code(check(alpha, LeaseRef(lease.lease_id, 2))) == "FENCE_WRONG"
    assert await _code(check(beta, _ref(lease))) == "LEASE_OTHER_BOARD"
    await bench.hub.leases.release(_ref(lease))
    await bench.hub.leases.request(ALPHA, "ben")
    with pytest.raises(VmrigError) as caught:
        await check(alpha, _ref(lease))
    assert caught.value.code == "LEASE_ENDED"
    assert caught.value.evidence == ("leased by ben now, fence 2",)


async def test_a_lease_that_a_restart_finds_still_holds_and_its_fence_is_told_again(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    await bench.kill()
    again = await Bench(tmp_path).start()
    await again.plug(attached(ALPHA))
    assert again.agent.fences[ALPHA] == [1]
    assert again.hub.boards.one(ALPHA).lease == lease
    assert (await again.hub.leases.check(again.hub.boards.one(ALPHA), _ref(lease))) == lease
    await again.hub.leases.release(_ref(lease))
    assert (await again.hub.leases.request(ALPHA, "ben")).fence == 2
    await again.stop()


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _on_a_clock(bench: Bench) -> tuple[LeaseService, _Clock]:
    clock = _Clock()
    leases = LeaseService(LeaseStore(bench.store), bench.hub.boards, bench.agent, clock=clock)
    leases.when_one_ends(bench.hub.jobs.lease_ended)
    return leases, clock


async def test_a_lease_ends_by_the_clock_and_the_board_is_free(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    leases, clock = _on_a_clock(bench)
    lease = await leases.request(ALPHA, "ann", duration_s=10)
    clock.now += 9.9
    await leases.tick()
    assert bench.hub.boards.one(ALPHA).lease_state is LeaseState.GRANTED
    clock.now += 0.1
    assert await _code(leases.check(bench.hub.boards.one(ALPHA), _ref(lease))) == "LEASE_ENDED"
    await leases.tick()
    assert bench.hub.boards.one(ALPHA).lease_state is LeaseState.FREE
    assert (await leases.get(lease.lease_id)).end_reason == "expired"


async def test_the_loop_ends_a_lease_without_being_asked(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    leases, clock = _on_a_clock(bench)
    await leases.request(ALPHA, "ann", duration_s=10)
    clock.now += 11
    loop = asyncio.create_task(leases.run())
    watch = bench.hub.boards.watch()
    async with asyncio.timeout(5):
        async for board, _, _ in watch:
            if board is not None and board.lease_state is LeaseState.FREE:
                break
    loop.cancel()


async def test_a_board_drains_until_the_job_of_the_ended_lease_is_over(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    bench.agent.gate = Gate()
    lease = await bench.hub.leases.request(ALPHA, "ann")
    await bench.hub.desk.reset(Order(ALPHA, _ref(lease)))
    await bench.agent.gate.entered.wait()
    await bench.hub.leases.release(_ref(lease))
    assert bench.hub.boards.one(ALPHA).lease_state is LeaseState.DRAINING
    with pytest.raises(VmrigError, match="finishing a job"):
        await bench.hub.leases.request(ALPHA, "ben")
    waiter = asyncio.create_task(bench.hub.leases.request(ALPHA, "ben", wait_s=30))
    await _waiting(bench, 1)
    bench.agent.gate.open.set()
    assert (await asyncio.wait_for(waiter, 5)).fence == 2


async def test_leases_are_listed_newest_first_in_pages(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    for number in range(5):
        lease = await bench.hub.leases.request(ALPHA, str(number))
        await bench.hub.leases.release(_ref(lease))
    holds = await bench.hub.leases.request(ALPHA, "5")
    assert await bench.hub.leases.page(False, Page(10)) == [holds]
    first = await bench.hub.leases.page(True, Page(4))
    rest = await bench.hub.leases.page(True, Page(4, first[-1].lease_id))
    assert [lease.holder for lease in first + rest] == ["5", "4", "3", "2", "1", "0"]
