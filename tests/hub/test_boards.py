# SPDX-License-Identifier: Apache-2.0
"""Identity, presence, names, health, and the watch."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.hub.fakes import ALPHA, BETA, Bench, attached
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.model import Board, Failure, Health, Presence

BENCH_FAILURE = Failure("TOOL_FAILED", "pyocd failed", error_class=ErrorClass.BENCH)


async def _synced(bench: Bench, resume: int = 0) -> tuple[list[Board], int]:
    boards: list[Board] = []
    async for board, _, token in bench.hub.boards.watch(resume):
        if board is None:
            return boards, token
        boards.append(board)
    raise AssertionError


async def test_a_board_that_the_agent_sees_is_listed_with_its_target_and_chip(bench: Bench) -> None:
    bench.agent.plug(attached(ALPHA))
    async for board, _, _ in bench.hub.boards.watch():
        if board is not None:
            break
    assert board is not None
    assert (board.board_id, board.target, board.chip) == (ALPHA, "microbit_v2", "nrf52833")
    assert board.presence is Presence.PRESENT
    assert board.probe and board.serial_port


async def test_a_board_that_left_has_no_doors(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    await bench.unplug(attached(ALPHA))
    board = bench.hub.boards.one(ALPHA)
    assert board.presence is Presence.ABSENT
    assert (board.probe, board.serial_port) == ("", "")
    assert board.last_seen_time is not None


async def test_an_absent_board_stays_listed_in_later_runs_if_it_was_named_or_registered(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    await bench.plug(attached(ALPHA), attached(BETA), attached("cccc000000000004"))
    await bench.hub.boards.set_alias(ALPHA, "left")
    await bench.hub.boards.note_registered(BETA, "00aa", "nRF52833")
    await bench.stop()
    again = await Bench(tmp_path).start()
    assert {board.board_id for board in again.hub.boards.all()} == {ALPHA, BETA}
    assert again.hub.boards.one("left").presence is Presence.ABSENT
    assert again.hub.boards.one(BETA).chip_uid == "00aa"
    await again.stop()


async def test_registering_the_same_chip_again_keeps_its_vm_and_another_chip_has_none_that_is_known(
    bench: Bench,
) -> None:
    await bench.plug(attached(ALPHA))
    boards = bench.hub.boards
    await boards.note_registered(ALPHA, "00aa", "nRF52833")
    await boards.note_vm(ALPHA, "c0ffee00" * 4, "ab" * 32)
    assert (await boards.note_registered(ALPHA, "00aa", "nRF52833")).vmuid == "c0ffee00" * 4
    other = await boards.note_registered(ALPHA, "00bb", "nRF52833")
    assert (other.vmuid, other.port_sha256) == ("", "")


async def test_a_target_that_the_probe_does_not_tell_is_open_until_the_configuration_says_it(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    await bench.plug(attached(ALPHA, "microbit_v1", "microbit_v2"))
    with pytest.raises(VmrigError) as caught:
        bench.hub.boards.target_of(bench.hub.boards.one(ALPHA))
    assert caught.value.code == "TARGET_UNDECIDED"
    await bench.stop()
    told = await Bench(tmp_path).start({ALPHA: {"target": "microbit_v2", "labels": {"room": "lab"}}})
    await told.plug(attached(ALPHA, "microbit_v1", "microbit_v2"))
    assert told.hub.boards.target_of(told.hub.boards.one("label:room=lab")) == "microbit_v2"
    await told.stop()


async def test_who_makes_a_board_says_what_it_is(bench: Bench) -> None:
    usb = attached(ALPHA, "microbit_v1", "microbit_v2")
    await bench.hub.boards.tell_target(usb.serial, "microbit_v2")
    await bench.plug(usb)
    assert bench.hub.boards.one(ALPHA).target == "microbit_v2"
    other = attached(BETA, "microbit_v1", "microbit_v2")
    await bench.plug(other)
    await bench.hub.boards.tell_target(other.serial, "microbit_v1")
    assert bench.hub.boards.one(BETA).target == "microbit_v1"
    await bench.hub.boards.tell_target(other.serial, "nrf52_dk")
    assert bench.hub.boards.one(BETA).target == "microbit_v1"


async def test_an_alias_names_one_board(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    await bench.hub.boards.set_alias(ALPHA, "left")
    with pytest.raises(VmrigError) as caught:
        await bench.hub.boards.set_alias(BETA, "left")
    assert caught.value.code == "ALIAS_TAKEN"
    await bench.hub.boards.remove_alias("left")
    assert (await bench.hub.boards.set_alias(BETA, "left")).board_id == BETA
    with pytest.raises(VmrigError) as gone:
        await bench.hub.boards.remove_alias("right")
    assert gone.value.code == "ALIAS_NOT_FOUND"


async def test_of_two_who_want_an_alias_at_the_same_time_one_gets_it(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    both = await asyncio.gather(
        *(bench.hub.boards.set_alias(board, "left") for board in (ALPHA, BETA)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in both) == ["Board", "VmrigError"]
    assert len(bench.hub.boards.select("left")) == 1


async def test_two_bench_failures_in_a_row_are_failing_health_and_a_good_job_mends_it(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    boards = bench.hub.boards
    await boards.note_outcome(ALPHA, "flash", BENCH_FAILURE)
    assert boards.one(ALPHA).health is Health.UNKNOWN
    await boards.note_outcome(ALPHA, "flash", BENCH_FAILURE)
    assert boards.one(ALPHA).health is Health.FAILING
    assert "TOOL_FAILED" in boards.one(ALPHA).health_reason
    await boards.note_outcome(ALPHA, "flash", None)
    assert (boards.one(ALPHA).health, boards.one(ALPHA).health_reason) == (Health.GOOD, "")


async def test_a_failure_of_the_firmware_says_nothing_about_the_board(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    for _ in range(3):
        await bench.hub.boards.note_outcome(
            ALPHA, "run", Failure("PROGRAM_RAISED", "", error_class=ErrorClass.FIRMWARE)
        )
    assert bench.hub.boards.one(ALPHA).health is Health.UNKNOWN


async def test_a_program_that_finds_no_vm_says_nothing_about_the_board(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    for _ in range(3):
        await bench.hub.boards.note_outcome(ALPHA, "run", BENCH_FAILURE)
    assert bench.hub.boards.one(ALPHA).health is Health.UNKNOWN


async def test_a_board_that_is_lent_is_listed_in_a_later_run_though_nobody_named_it(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    await bench.plug(attached(ALPHA))
    lease = await bench.hub.leases.request(ALPHA, "ann")
    await bench.kill()
    again = await Bench(tmp_path).start()
    assert again.hub.boards.one(ALPHA).lease == lease
    await again.stop()


async def test_what_a_person_said_of_the_health_stays(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    await bench.hub.boards.set_health(ALPHA, Health.MAINTENANCE, "new cable")
    await bench.hub.boards.note_outcome(ALPHA, "flash", None)
    board = bench.hub.boards.one(ALPHA)
    assert (board.health, board.health_reason) == (Health.MAINTENANCE, "new cable")


async def test_a_watch_begins_with_the_present_set_and_then_tells_changes(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    watch = bench.hub.boards.watch()
    first = [await anext(watch) for _ in range(3)]
    assert [(board.board_id if board else None, initial) for board, initial, _ in first] == [
        (ALPHA, True),
        (BETA, True),
        (None, False),
    ]
    await bench.unplug(attached(ALPHA))
    board, initial, token = await asyncio.wait_for(anext(watch), 5)
    assert board is not None
    assert (board.board_id, board.presence, initial) == (ALPHA, Presence.ABSENT, False)
    assert token > first[-1][2]


async def test_a_watch_resumes_after_its_token_with_what_changed_since(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    _, token = await _synced(bench)
    await bench.unplug(attached(BETA))
    boards, newer = await _synced(bench, token)
    assert [board.board_id for board in boards] == [BETA]
    assert (await _synced(bench, newer))[0] == []


async def test_a_token_of_an_earlier_run_or_of_nobody_begins_anew(tmp_path: Path) -> None:
    bench = await Bench(tmp_path).start()
    await bench.plug(attached(ALPHA))
    _, token = await _synced(bench)
    await bench.stop()
    again = await Bench(tmp_path).start()
    await again.plug(attached(ALPHA))
    for stale in (token, 2**63):
        boards, _ = await _synced(again, stale)
        assert [board.board_id for board in boards] == [ALPHA]
    await again.stop()


async def test_a_slow_watcher_gets_the_latest_state_once(bench: Bench) -> None:
    await bench.plug(attached(ALPHA))
    watch = bench.hub.boards.watch()
    await anext(watch)
    for _ in range(10):
        await bench.unplug(attached(ALPHA))
        await bench.plug(attached(ALPHA))
    assert (await anext(watch))[0] is None
    board, _, token = await anext(watch)
    assert board is not None and board.presence is Presence.PRESENT
    assert (await _synced(bench, token))[0] == []


async def test_a_deleted_board_is_not_listed_and_its_alias_is_free(bench: Bench) -> None:
    await bench.plug(attached(ALPHA), attached(BETA))
    await bench.hub.boards.set_alias(ALPHA, "left")
    await bench.unplug(attached(ALPHA))
    await bench.hub.boards.forget(f"serial-{ALPHA}")
    assert [board.board_id for board in bench.hub.boards.all()] == [BETA]
    await bench.hub.boards.set_alias(BETA, "left")
