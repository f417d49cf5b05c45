# SPDX-License-Identifier: Apache-2.0
"""The selector language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmrig_server.errors import VmrigError
from vmrig_server.hub.model import Board, Presence, Usb
from vmrig_server.hub.selectors import check_alias, matching, names_one, one


def _board(board_id: str, *aliases: str, target: str = "microbit_v2", **labels: str) -> Board:
    usb = Usb(0x0D28, 0x0204, f"serial-{board_id}", "Arm", "BBC micro:bit", "1-4")
    return Board(board_id, usb, (target,), target=target, aliases=aliases, labels=labels, presence=Presence.PRESENT)


LEFT = _board("aaaa000000000001", "left", room="lab")
RIGHT = _board("bbbb000000000002", "right", "aaaa", room="lab")
OTHER = _board("aaaa000000000003", target="pico")
ALL = [LEFT, RIGHT, OTHER]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("left", [LEFT]),
        ("boards/aaaa000000000003", [OTHER]),
        ("bbbb", [RIGHT]),
        ("BBBB00", [RIGHT]),
        ("aaaa0000000000", [LEFT, OTHER]),
        ("aaaa", [RIGHT]),  # an alias wins over an id prefix
        ("serial-aaaa000000000003", [OTHER]),
        ("target:pico", [OTHER]),
        ("label:room=lab", [LEFT, RIGHT]),
        ("label:room=", []),
        ("any", ALL),
        ("", ALL),
        ("bbb", []),
        ("lef", []),
    ],
)
def test_a_selector_means_these_boards(selector: str, found: list[Board]) -> None:
    assert matching(selector, ALL) == found


@pytest.mark.parametrize("selector", ["colour:red", "target:", "label:room", "label:=x", ":"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(VmrigError) as caught:
        matching(selector, ALL)
    assert caught.value.code == "SELECTOR_INVALID"


def test_several_boards_are_an_error_that_lists_them() -> None:
    with pytest.raises(VmrigError) as caught:
        one("label:room=lab", ALL)
    assert caught.value.code == "AMBIGUOUS_BOARD"
    assert [line.split()[0] for line in caught.value.evidence] == [LEFT.board_id, RIGHT.board_id]


def test_no_board_is_an_error_with_the_nearest_alias_and_the_command_that_lists_them() -> None:
    with pytest.raises(VmrigError) as caught:
        one("lfet", ALL)
    assert caught.value.code == "BOARD_NOT_FOUND"
    assert "left" in caught.value.message
    assert caught.value.next_command == "vmrig boards"


def test_a_prefix_that_is_too_short_is_said_to_be() -> None:
    with pytest.raises(VmrigError, match="at least 4 digits"):
        one("bbb", ALL)


@pytest.mark.parametrize("alias", ["any", "ANY", "a:b", "a/b", "", " a", "-a", "a" * 64, "ä"])
def test_an_alias_that_could_be_another_selector_is_refused(alias: str) -> None:
    with pytest.raises(VmrigError) as caught:
        check_alias(alias)
    assert caught.value.code == "ALIAS_INVALID"


@given(
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", fullmatch=True).filter(
        lambda a: a.lower() not in ("any", "all", "none")
    )
)
def test_every_valid_alias_selects_its_board_and_no_other(alias: str) -> None:
    check_alias(alias)
    assert names_one(alias)
    assert one(alias, [_board("cccc000000000004", alias), _board("cccc000000000005")]).board_id == "cccc000000000004"


@given(st.text(max_size=40))
def test_any_text_is_a_set_of_boards_or_a_refusal(text: str) -> None:
    try:
        assert all(board in ALL for board in matching(text, ALL))
    except VmrigError as error:
        assert error.code == "SELECTOR_INVALID"


def test_a_mac_is_the_serial_number_of_one_board_and_no_other_form_of_selector() -> None:
    usb = Usb(0x303A, 0x1001, "7C:DF:A1:B2:C3:D4", "Espressif", "USB JTAG/serial debug unit", "1-4")
    chip = Board("cccc000000000004", usb, ("esp32c3_supermini",), presence=Presence.PRESENT)
    assert one("7C:DF:A1:B2:C3:D4", [*ALL, chip]) is chip
    assert matching("7C:DF:A1:B2:C3:D5", [*ALL, chip]) == []
    assert names_one("7C:DF:A1:B2:C3:D4")
