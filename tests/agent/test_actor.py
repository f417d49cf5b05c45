# SPDX-License-Identifier: Apache-2.0
"""Fences, presence and jobs of one board."""

from __future__ import annotations

import asyncio

import pytest

from vmrig_server.agent import actor as actor_module
from vmrig_server.agent.actor import BoardActor
from vmrig_server.agent.api import AttachedBoard
from vmrig_server.errors import ErrorClass, VmrigError

BOARD = AttachedBoard("0123456789abcdef", 0x0D28, 0x0204, "9904", "Arm", "micro:bit", "1-1", ("microbit_v2",))


def actor() -> BoardActor:
    made = BoardActor(BOARD.board_id)
    made.arrived(BOARD)
    return made


async def forever() -> None:
    await asyncio.Event().wait()


async def test_an_old_fence_is_refused_before_the_board_is_touched() -> None:
    board, touched = actor(), []
    board.raise_fence(5, "ann")

    async def body() -> None:
        touched.append(1)

    with pytest.raises(VmrigError) as caught:
        await board.run("flash", 4, body)
    assert caught.value.code == "FENCE_OLD"
    assert "held by ann" in caught.value.evidence
    assert not touched
    await board.run("flash", 5, body)
    await board.run("flash", 6, body)
    assert (touched, board.fence) == ([1, 1], 6)


async def test_a_newer_fence_ends_the_job_of_the_older_one() -> None:
    board = actor()
    ended = asyncio.Event()

    async def body() -> None:
        try:
            await forever()
        finally:
            ended.set()

    job = asyncio.create_task(board.run("run", 1, body))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    board.raise_fence(2, "ben")
    with pytest.raises(VmrigError) as caught:
        await job
    assert caught.value.code == "FENCE_OLD" and "held by ben" in caught.value.evidence
    assert ended.is_set()


async def test_the_same_fence_again_ends_nothing() -> None:
    board = actor()
    go = asyncio.Event()
    job = asyncio.create_task(board.run("run", 1, go.wait))
    await asyncio.sleep(0)
    assert not board.raise_fence(1, "ann")
    go.set()
    assert await job is True


async def test_a_second_job_is_told_which_one_runs() -> None:
    board = actor()
    job = asyncio.create_task(board.run("virtualize", 1, forever))
    await asyncio.sleep(0)
    with pytest.raises(VmrigError) as caught:
        await board.run("flash", 1, forever)
    assert caught.value.code == "BOARD_BUSY" and "virtualize" in caught.value.message
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await board.run("flash", 1, lambda: asyncio.sleep(0))


async def test_cancelling_ends_the_body_first() -> None:
    board = actor()
    order = []

    async def body() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            order.append("body")

    job = asyncio.create_task(board.run("flash", 1, body))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert order == ["body"]


async def test_a_board_that_leaves_ends_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "_GONE_GRACE_S", 0.01)
    board = actor()
    job = asyncio.create_task(board.run("flash", 1, forever))
    await asyncio.sleep(0)
    board.left()
    with pytest.raises(VmrigError) as caught:
        await job
    assert (caught.value.code, caught.value.error_class) == ("BOARD_GONE", ErrorClass.BENCH)


async def test_a_tools_error_is_told_as_the_absence_that_discovery_notices_a_moment_later() -> None:
    board = actor()

    async def body() -> None:
        asyncio.get_running_loop().call_later(0.02, board.left)
        raise VmrigError("PROBE_LOST", "The probe stopped answering.", evidence=["usb"], error_class=ErrorClass.BENCH)

    with pytest.raises(VmrigError) as caught:
        await board.run("flash", 1, body)
    assert caught.value.code == "BOARD_GONE"
    assert caught.value.evidence == ("PROBE_LOST: The probe stopped answering.", "usb")


async def test_a_tools_error_stays_itself_while_the_board_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "GONE_LAG_S", 0.01)

    async def body() -> None:
        raise VmrigError("VERIFY_FAILED", "It differs.", error_class=ErrorClass.BENCH)

    with pytest.raises(VmrigError) as caught:
        await actor().run("flash", 1, body)
    assert caught.value.code == "VERIFY_FAILED"


async def test_an_absent_board_gets_no_job() -> None:
    with pytest.raises(VmrigError) as caught:
        await BoardActor(BOARD.board_id).run("flash", 1, forever)
    assert caught.value.code == "BOARD_GONE"


async def test_a_replugged_board_takes_jobs_and_the_old_stay_stays_over() -> None:
    board = actor()
    stay = board.gone
    board.left()
    assert board.arrived(BOARD)
    assert stay.is_set() and not board.gone.is_set()
    await board.run("flash", 1, lambda: asyncio.sleep(0))
