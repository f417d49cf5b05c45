# SPDX-License-Identifier: Apache-2.0
"""The selector language: ``boards/<id>``, alias, id prefix of at least four hex digits, the whole USB serial number, ``target:T``,
``label:k=v``, ``any``. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub.model import Board, Presence

MIN_PREFIX = 4
_HEX = re.compile(r"[0-9a-f]{4,16}")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
"""The serial number of a chip with a USB port of its own."""
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
RESERVED = frozenset({"any", "all", "none"})


def check_alias(alias: str) -> None:
    """Refuses what could be taken for another form of a selector.

    Raises:
        VmrigError: ``ALIAS_INVALID``.
    """
    if not _ALIAS.fullmatch(alias) or alias.lower() in RESERVED:
        raise VmrigError(
            "ALIAS_INVALID",
            f"{alias!r} cannot be an alias: up to 63 letters, digits, '_', '.' and '-', beginning with a letter or digit, "
            "and none of the words any, all, none.",
        )


def names_one(selector: str) -> bool:
    """Whether the selector is the name of one board (alias, id, serial number), not a description of a set."""
    return selector != "any" and (":" not in selector or _MAC.fullmatch(selector) is not None)


def matching(selector: str, boards: Iterable[Board]) -> list[Board]:
    """Every listed board that the selector means; empty means all. An alias wins over an id prefix.

    Raises:
        VmrigError: ``SELECTOR_INVALID``.
    """
    listed = [board for board in boards if board.listed]
    if selector in ("", "any"):
        return listed
    if selector.startswith("boards/"):
        return [board for board in listed if board.name == selector]
    kind, colon, value = selector.partition(":")
    if colon and not _MAC.fullmatch(selector):
        if kind == "target" and value:
            return [
                board for board in listed if board.target == value or (not board.target and value in board.candidates)
            ]
        key, equals, wanted = value.partition("=")
        if kind == "label" and key and equals:
            return [board for board in listed if board.labels.get(key) == wanted]
        raise VmrigError(
            "SELECTOR_INVALID",
            f"{selector!r} is no selector: it is an alias, an id prefix, target:T, label:k=v or any.",
            next_command="vmrig boards",
        )
    by_name = [board for board in listed if selector in board.aliases or board.usb.serial == selector]
    if by_name:
        return by_name
    prefix = selector.lower()
    return [board for board in listed if _HEX.fullmatch(prefix) and board.board_id.startswith(prefix)]


def describe(board: Board) -> str:
    """One line of a list of boards in an error."""
    names = " ".join(board.aliases) or "-"
    return (
        f"{board.board_id}  {names}  {board.target or '|'.join(board.candidates) or '?'}  {board.presence.name.lower()}"
    )


def not_found(selector: str, boards: Iterable[Board]) -> VmrigError:
    """The error for a selector that means nothing, with the names that are nearest to it."""
    listed = [board for board in boards if board.listed]
    known = sorted({alias for board in listed for alias in board.aliases})
    near = difflib.get_close_matches(selector, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    short = _HEX.fullmatch(selector.lower()) is None and re.fullmatch(r"[0-9a-fA-F]{1,3}", selector) is not None
    if short and not near:
        hint = f" (An id prefix has at least {MIN_PREFIX} digits.)"
    return VmrigError(
        "BOARD_NOT_FOUND",
        f"No board matches {selector!r}.{hint}",
        evidence=[describe(board) for board in listed[:20]],
        next_command="vmrig boards",
        error_class=ErrorClass.NO_BOARD,
    )


def one(selector: str, boards: Sequence[Board]) -> Board:
    """The one board that the selector means. Of a described set, those that are there count before those that are not.

    Raises:
        VmrigError: ``SELECTOR_INVALID``, ``BOARD_NOT_FOUND``, ``AMBIGUOUS_BOARD``.
    """
    if not selector:
        raise VmrigError("SELECTOR_INVALID", "No board was named.", next_command="vmrig boards")
    found = matching(selector, boards)
    if not names_one(selector):
        found = [board for board in found if board.presence is Presence.PRESENT] or found
    if not found:
        raise not_found(selector, boards)
    if len(found) > 1:
        raise VmrigError(
            "AMBIGUOUS_BOARD",
            f"{len(found)} boards match {selector!r}: name one of them.",
            evidence=[describe(board) for board in found],
            next_command="vmrig boards",
        )
    return found[0]
