# SPDX-License-Identifier: Apache-2.0
"""The scheduler as a pure function, and its properties over whole histories."""

from __future__ import annotations

import datetime
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from vmrig_server.hub.leases import BoardView, Grant, LeaseView, Request, decide, explain, next_expiry
from vmrig_server.hub.model import Health, Presence

IDS = ("a", "b", "c", "d")
USABLE = (Health.UNKNOWN, Health.GOOD)

boards_st = st.lists(
    st.builds(
        BoardView,
        board_id=st.sampled_from(IDS),
        fence=st.integers(0, 5),
        presence=st.sampled_from(Presence),
        health=st.sampled_from(Health),
        busy=st.booleans(),
    ),
    unique_by=lambda board: board.board_id,
)
requests_st = st.lists(
    st.builds(
        Request,
        request_key=st.uuids().map(str),
        order=st.integers(0, 1000),
        matches=st.lists(st.sampled_from(IDS), unique=True).map(tuple),
        duration_s=st.floats(10, 100),
        named=st.booleans(),
    ),
    unique_by=(lambda request: request.order, lambda request: request.request_key),
    max_size=8,
)
leases_st = st.lists(
    st.builds(LeaseView, lease_id=st.uuids().map(str), board_id=st.sampled_from(IDS), expire_time=st.floats(0, 200)),
    unique_by=lambda lease: lease.board_id,
)


def _present(board_id: str, fence: int = 0, **more: object) -> BoardView:
    return replace(BoardView(board_id, fence, Presence.PRESENT, Health.GOOD), **more)  # type: ignore[arg-type]


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_a_board_never_has_two_leases(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    decision = decide(boards, leases, requests, now)
    holding = [lease.board_id for lease in leases if lease.lease_id not in decision.expiries]
    after = holding + [grant.board_id for grant in decision.grants]
    assert len(after) == len(set(after))


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_exactly_the_leases_whose_time_is_over_expire(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    decision = decide(boards, leases, requests, now)
    assert set(decision.expiries) == {lease.lease_id for lease in leases if lease.expire_time <= now}


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_a_grant_is_of_a_board_that_fits_with_the_next_fence_and_the_asked_time(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    by_key = {request.request_key: request for request in requests}
    by_id = {board.board_id: board for board in boards}
    for grant in decide(boards, leases, requests, now).grants:
        request, board = by_key[grant.request_key], by_id[grant.board_id]
        assert grant.board_id in request.matches
        assert board.presence is Presence.PRESENT
        assert not board.busy
        assert board.health in USABLE or request.named
        assert grant.fence == board.fence + 1
        assert grant.expire_time == now + request.duration_s


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_no_later_request_gets_a_board_that_an_earlier_one_goes_without(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    decision = decide(boards, leases, requests, now)
    granted = {grant.request_key: grant.board_id for grant in decision.grants}
    by_id = {board.board_id: board for board in boards}
    for early in requests:
        if early.request_key in granted:
            continue
        for late in requests:
            board_id = granted.get(late.request_key)
            if board_id is None or late.order < early.order:
                continue
            fits = by_id[board_id].health in USABLE or early.named
            assert board_id not in early.matches or not fits


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_no_board_is_left_idle_that_somebody_waits_for(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    decision = decide(boards, leases, requests, now)
    taken = {grant.board_id for grant in decision.grants}
    taken |= {lease.board_id for lease in leases if lease.expire_time > now}
    served = {grant.request_key for grant in decision.grants}
    for board in boards:
        if board.board_id in taken or board.busy or board.presence is not Presence.PRESENT:
            continue
        for request in requests:
            if request.request_key not in served and board.board_id in request.matches:
                assert board.health not in USABLE and not request.named


@given(boards_st, leases_st, requests_st, st.floats(0, 200))
def test_an_explanation_names_every_board_that_matches_once(
    boards: list[BoardView], leases: list[LeaseView], requests: list[Request], now: float
) -> None:
    for request in requests:
        blockers = explain(request, boards, leases, now)
        assert blockers.total == len(request.matches)
        assert blockers.sentence(datetime.UTC).startswith(str(blockers.total))


step_st = st.one_of(
    st.tuples(st.just("ask"), st.lists(st.sampled_from(IDS), min_size=1, unique=True), st.floats(10, 60)),
    st.tuples(st.just("wait"), st.floats(0, 50)),
    st.tuples(st.just("release"), st.integers(0, 10)),
    st.tuples(st.just("health"), st.sampled_from(IDS), st.sampled_from(Health)),
)


@settings(max_examples=200)
@given(st.lists(step_st, max_size=40))
def test_over_a_whole_history_fences_only_rise_and_requests_for_one_board_are_served_in_order(
    steps: list[tuple[object, ...]],
) -> None:
    boards = {board_id: _present(board_id) for board_id in IDS}
    held: dict[str, LeaseView] = {}
    waiting: list[Request] = []
    served: list[Request] = []
    fences: dict[str, list[int]] = {board_id: [] for board_id in IDS}
    now = 0.0
    for number, step in enumerate(steps):
        match step:
            case ("ask", list() as wanted, float() as duration):
                waiting.append(Request(str(number), number, tuple(wanted), duration))
            case ("wait", float() as seconds):
                now += seconds
            case ("release", int() as index) if held:
                del held[sorted(held)[index % len(held)]]
            case ("health", str() as board_id, Health() as health):
                boards[board_id] = replace(boards[board_id], health=health)
        decision = decide(list(boards.values()), list(held.values()), waiting, now)
        for lease_id in decision.expiries:
            del held[lease_id]
        for grant in decision.grants:
            _apply(grant, boards, held, fences)
            request = next(one for one in waiting if one.request_key == grant.request_key)
            waiting.remove(request)
            served.append(request)
            if len(request.matches) == 1:
                assert not any(one.matches == request.matches and one.order < request.order for one in waiting)
    for seen in fences.values():
        assert seen == list(range(1, len(seen) + 1))


def _apply(
    grant: Grant, boards: dict[str, BoardView], held: dict[str, LeaseView], fences: dict[str, list[int]]
) -> None:
    assert all(lease.board_id != grant.board_id for lease in held.values())
    held[grant.request_key] = LeaseView(grant.request_key, grant.board_id, grant.expire_time)
    boards[grant.board_id] = replace(boards[grant.board_id], fence=grant.fence)
    fences[grant.board_id].append(grant.fence)


def test_a_board_whose_lease_expires_goes_to_the_next_in_the_same_decision() -> None:
    decision = decide([_present("a", 4)], [LeaseView("l", "a", 50.0)], [Request("r", 0, ("a",), 10.0)], 50.0)
    assert decision.expiries == ("l",)
    assert decision.grants == (Grant("r", "a", 5, 50.0, 60.0),)


def test_a_board_that_still_works_for_a_lease_that_ended_is_not_granted() -> None:
    decision = decide([_present("a", 4, busy=True)], [LeaseView("l", "a", 50.0)], [Request("r", 0, ("a",), 10.0)], 50.0)
    assert decision.grants == ()


def test_the_sentence_says_what_blocks() -> None:
    boards = [_present("a"), _present("b"), _present("c", health=Health.FAILING)]
    at = datetime.datetime(2026, 1, 1, 14, 5, tzinfo=datetime.UTC).timestamp()
    leases = [LeaseView("1", "a", at), LeaseView("2", "b", at + 3600)]
    blockers = explain(Request("r", 0, ("a", "b", "c"), 10.0), boards, leases, 0.0)
    assert blockers.sentence(datetime.UTC) == "3 match, 2 leased until 14:05, 1 failing health"


def test_the_next_expiry_is_the_earliest() -> None:
    assert next_expiry([]) is None
    assert next_expiry([LeaseView("1", "a", 5.0), LeaseView("2", "b", 3.0)]) == 3.0
