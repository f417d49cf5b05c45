# SPDX-License-Identifier: Apache-2.0
"""A chip file that is based on another one: ``based_on`` names it, what else the file holds is different, ``without`` names what is not there.

Mappings are merged key by key, memories and devices by their names, contents by their addresses; anything else replaces what it is based on. Nodes of the
result know their place in the file that is being read: what was taken over stands at its ``based_on``.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

BASED_ON = "based_on"
WITHOUT = "without"

_IDENTIFIED_BY = {"memories": "name", "devices": "name", "contents": "address"}
"""Lists whose entries are merged, and the key that tells entries apart."""

Place = tuple[int, int]
"""Line and column, from 0, as ruamel.yaml counts."""


def derive(base: CommentedMap, own: CommentedMap) -> CommentedMap:
    """What a file that is based on another one stands for. Neither of the two is changed."""
    place: Place = own.lc.key(BASED_ON)
    merged = _merge_maps(base, own, place)
    for key in (BASED_ON, WITHOUT):
        if key not in own:
            merged.pop(key, None)
    gone = own.get(WITHOUT)
    for key in ("memories", "devices"):
        if isinstance(gone, list) and isinstance(merged.get(key), CommentedSeq):
            merged[key] = _without(merged[key], gone)
    return merged


def unknown_without(base: CommentedMap, own: CommentedMap) -> list[tuple[tuple[str | int, ...], str]]:
    """What ``without`` names and the base does not have, as problems of the schema."""
    gone = own.get(WITHOUT)
    names = {
        entry.get("name")
        for key in ("memories", "devices")
        for entry in base.get(key) or []
        if isinstance(entry, CommentedMap)
    }
    missing = enumerate(gone) if isinstance(gone, list) else ()
    return [
        ((WITHOUT, i), f"{own[BASED_ON]} has no memory or device '{name}'") for i, name in missing if name not in names
    ]


def _merge_maps(base: CommentedMap, own: CommentedMap, place: Place) -> CommentedMap:
    merged = CommentedMap()
    for key in [*base, *(key for key in own if key not in base)]:
        if key not in own:
            merged[key] = _taken_over(base[key], place)
            _put_key(merged, key, place)
            continue
        merged[key] = _merge(str(key), base.get(key), own[key], place)
        _put_key(merged, key, own.lc.key(key))
    return merged


def _merge(key: str, base: Any, own: Any, place: Place) -> Any:
    if isinstance(base, CommentedMap) and isinstance(own, CommentedMap):
        return _merge_maps(base, own, place)
    if key in _IDENTIFIED_BY and isinstance(base, CommentedSeq) and isinstance(own, CommentedSeq):
        return _merge_entries(base, own, _IDENTIFIED_BY[key], place)
    return own


def _merge_entries(base: CommentedSeq, own: CommentedSeq, by: str, place: Place) -> CommentedSeq:
    def identity(entry: Any) -> Any:
        return entry.get(by) if isinstance(entry, CommentedMap) else None

    at = {identity(entry): index for index, entry in enumerate(base) if identity(entry) is not None}
    entries = [(_taken_over(entry, place), place) for entry in base]
    for index, entry in enumerate(own):
        where = at.pop(identity(entry), None)  # a second entry of one name is found by the schema
        if where is None:
            entries.append((entry, own.lc.item(index)))
        else:
            entries[where] = (_merge_maps(base[where], entry, own.lc.item(index)), own.lc.item(index))
    return _sequence(entries)


def _taken_over(node: Any, place: Place) -> Any:
    """The same, with all of it at one place."""
    if isinstance(node, CommentedMap):
        return _merge_maps(node, CommentedMap(), place)
    if isinstance(node, CommentedSeq):
        return _sequence([(_taken_over(entry, place), place) for entry in node])
    return node


def _without(seq: CommentedSeq, gone: list[Any]) -> CommentedSeq:
    kept = [
        (entry, seq.lc.item(i))
        for i, entry in enumerate(seq)
        if not (isinstance(entry, CommentedMap) and entry.get("name") in gone)
    ]
    return _sequence(kept)


def _sequence(entries: list[tuple[Any, Place]]) -> CommentedSeq:
    seq = CommentedSeq([entry for entry, _ in entries])
    for index, (_, (line, column)) in enumerate(entries):
        seq.lc.add_idx_line_col(index, [line, column])
    return seq


def _put_key(node: CommentedMap, key: Any, place: Place) -> None:
    line, column = place
    node.lc.add_kv_line_col(key, [line, column, line, column])
