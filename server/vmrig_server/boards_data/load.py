# SPDX-License-Identifier: Apache-2.0
"""Reads board and chip files. Each file is read once per process and version (path, size, time of change)."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from vmrig_server.boards_data import custom
from vmrig_server.boards_data.checks import Problem, check_chip, check_target
from vmrig_server.boards_data.custom import CustomTarget
from vmrig_server.boards_data.derive import BASED_ON, derive, unknown_without
from vmrig_server.boards_data.errors import DataFileError
from vmrig_server.boards_data.schema import Chip, Target
from vmrig_server.boards_data.yamltext import YamlMistake, read_mapping
from vmrig_server.errors import VmrigError
from vmrig_server.paths import custom_dir, data_root

M = TypeVar("M", bound=BaseModel)

_FILE_LIMIT = 1 << 20


def list_targets(root: Path | None = None) -> list[str]:
    """Names of the targets there are, sorted. ``root``: another ``boards`` folder than the one that ships."""
    return sorted(path.parent.name for path in _root(root).glob("*/board.yaml"))


def list_chips(root: Path | None = None) -> list[str]:
    """Names of the chips there are, sorted."""
    return sorted(path.stem for path in (_root(root) / "chips").glob("*.yaml"))


def load_target(name: str, root: Path | None = None) -> Target:
    """A board type, checked against its chip. Without ``root`` also a custom VM that was compiled.

    Raises:
        VmrigError: TARGET_UNKNOWN, CUSTOM_VM_NOT_COMPILED, CUSTOM_VM_BROKEN.
        DataFileError: the board's or the chip's file is wrong, with line and column.
    """
    if root is None and (made := load_custom(name)) is not None:
        return made
    known = [*list_targets(root), *(list_custom_targets() if root is None else ())]
    if root is None and name not in known and custom.is_template_only(custom_dir(), name):
        raise custom.not_compiled(name)
    path = _find(name, "target", known, _root(root) / name / "board.yaml", "vmrig targets")
    return _target(path, _stamp(path), _root(root))


def list_custom_targets() -> list[str]:
    """Short names of the custom VMs that were compiled, sorted. One that has the name of a target that ships is not among them."""
    return sorted(set(custom.names(custom_dir())) - set(list_targets()))


def load_custom(name: str) -> CustomTarget | None:
    """A custom VM that was compiled; None for a name of none.

    Raises:
        VmrigError: ``CUSTOM_VM_BROKEN`` when its ``device.json`` cannot be read; ``TARGET_UNKNOWN`` when its original is not there any more.
    """
    path = custom.device_path(custom_dir(), name)
    if not custom.SHORT_NAME.fullmatch(name) or not path.is_file() or name in list_targets():
        return None
    original = custom.original_of(path, _stamp(path))
    base = _root(None) / original / "board.yaml"
    if not base.is_file():
        _find(original, "target", list_targets(), base, f"vmrig vm custom show {name}")
    return _custom(path, _stamp(path), original, _stamp(base), _root(None))


@functools.lru_cache(maxsize=64)
def _custom(path: Path, stamp: tuple[int, int], original: str, base_stamp: tuple[int, int], root: Path) -> CustomTarget:
    return custom.derived(path, load_target(original, root))


def load_chip(name: str, root: Path | None = None) -> Chip:
    """A chip.

    Raises:
        VmrigError: CHIP_UNKNOWN.
        DataFileError: its file is wrong, with line and column.
    """
    if not (path := _own_chip(name, _root(root))):
        path = _find(name, "chip", list_chips(root), _root(root) / "chips" / f"{name}.yaml", "")
    return _chip(path, tuple(_stamp(file) for file in _chain(path)))


def _own_chip(name: str, root: Path) -> Path | None:
    """The file of the board type of that name, if it describes its chip itself; such a chip has the name of its board type."""
    if name in list_chips(root) or name not in list_targets(root):
        return None
    path = root / name / "board.yaml"
    return path if _has_own_chip(path, _stamp(path)) else None


@functools.lru_cache(maxsize=64)
def _has_own_chip(path: Path, stamp: tuple[int, int]) -> bool:
    return isinstance(_read(path).get("chip"), CommentedMap)


def _read_chip(path: Path) -> CommentedMap:
    """What a chip file, or the chip in a board file, says."""
    document = _read(path)
    if path.name != "board.yaml":
        return document
    own: CommentedMap = document["chip"]
    if "name" not in own:
        own["name"] = path.parent.name
        line, column = document.lc.key("chip")
        own.lc.add_kv_line_col("name", [line, column, line, column])
    return own


def _chip_name(path: Path) -> str:
    return path.parent.name if path.name == "board.yaml" else path.stem


def _root(root: Path | None) -> Path:
    return root if root is not None else data_root("boards")


def _find(name: str, kind: str, known: Sequence[str], path: Path, next_command: str) -> Path:
    if name in known:  # also keeps names with path separators out
        return path
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise VmrigError(
        f"{kind.upper()}_UNKNOWN",
        f"there is no {kind} '{name}'{hint}",
        evidence=[f"known: {', '.join(known) or 'none'}"],
        next_command=next_command,
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def _chain(path: Path) -> list[Path]:
    """The chip's file, the one that it is based on, and so on."""
    chain = [path]
    while (base := _base_of(chain[-1], _stamp(chain[-1]))) is not None:
        if base in chain:
            document = _read_chip(path)
            problem = f"based_on: '{_chip_name(path)}' is based on itself"
            raise DataFileError(path, [(*_place(document, (BASED_ON,)), problem)])
        chain.append(base)
    return chain


@functools.lru_cache(maxsize=64)
def _base_of(path: Path, stamp: tuple[int, int]) -> Path | None:
    document = _read_chip(path)
    if BASED_ON not in document:
        return None
    name = document[BASED_ON]
    folder = path.parent.parent / "chips" if path.name == "board.yaml" else path.parent
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        problem = f"based_on: there is no chip '{name}' (known: {', '.join(known)})"
        raise DataFileError(path, [(*_place(document, (BASED_ON,)), problem)])
    return folder / f"{name}.yaml"


def _document(path: Path) -> CommentedMap:
    """A chip file with what it is based on."""
    *derived, root = [(file, _read_chip(file)) for file in _chain(path)]
    whole = root[1]
    for file, own in reversed(derived):
        _refuse(file, own, unknown_without(whole, own))
        whole = derive(whole, own)
    return whole


@functools.lru_cache(maxsize=64)
def _chip(path: Path, stamps: tuple[tuple[int, int], ...]) -> Chip:
    document = _document(path)
    chip = _validate(path, document, Chip)
    if chip.name != _chip_name(path):
        problem = f"name is '{chip.name}', the file's name says '{_chip_name(path)}'"
        raise DataFileError(path, [(*_place(document, ("name",)), problem)])
    _refuse(path, document, check_chip(chip))
    return chip


@functools.lru_cache(maxsize=64)
def _target(path: Path, stamp: tuple[int, int], root: Path) -> Target:
    document = _read(path)
    own_chip = isinstance(document.get("chip"), CommentedMap)
    target = _validate(path, document, Target, {"chip": path.parent.name} if own_chip else {})
    if target.target != path.parent.name:
        problem = f"target is '{target.target}', the folder's name says '{path.parent.name}'"
        raise DataFileError(path, [(*_place(document, ("target",)), problem)])
    if not own_chip and target.chip not in list_chips(root):
        known = ", ".join(list_chips(root)) or "none"
        raise DataFileError(
            path, [(*_place(document, ("chip",)), f"there is no chip '{target.chip}' (known: {known})")]
        )
    _refuse(path, document, check_target(target, load_chip(target.chip, root)))
    return target


def _refuse(path: Path, document: CommentedMap, problems: Sequence[Problem]) -> None:
    if problems:
        raise DataFileError(path, sorted((*_place(document, place), text) for place, text in problems))


def _read(path: Path) -> CommentedMap:
    """Who reads a file asks for it several times in a row: for its base, for its kind of chip, for itself."""
    return _parse(path, _stamp(path))


@functools.lru_cache(maxsize=8)
def _parse(path: Path, stamp: tuple[int, int]) -> CommentedMap:
    if path.stat().st_size > _FILE_LIMIT:
        raise DataFileError(path, [(0, 0, f"larger than {_FILE_LIMIT} bytes")])
    try:
        return read_mapping(path.read_text(encoding="utf-8"))
    except YamlMistake as mistake:
        raise DataFileError(path, [(mistake.line, mistake.column, mistake.text)]) from None
    except UnicodeDecodeError as error:
        raise DataFileError(path, [(0, 0, f"not YAML: {error}")]) from None


def _validate(path: Path, document: CommentedMap, model: type[M], instead: Mapping[str, Any] | None = None) -> M:
    try:
        return model.model_validate({**_plain(document), **(instead or {})})
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            place = detail["loc"]
            text = detail["msg"].removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                text = "unknown key"
            elif detail["type"] == "missing":
                text = "key is missing"
            name = ".".join(str(part) for part in place if part != "[key]")
            problems.append((*_place(document, place), f"{name}: {text}" if name else text))
        raise DataFileError(path, sorted(problems)) from None


def _plain(node: Any) -> Any:
    """Without the loader's own types (integers that remember they were hexadecimal, ...), which strict validation refuses."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _place(document: CommentedMap, path: Sequence[int | str]) -> tuple[int, int]:
    """Line and column, from 1, of the deepest part of `path` that the file has."""
    node: Any = document
    place = (1, 1)
    for part in path:
        if isinstance(node, CommentedMap) and part in node:
            line, column = node.lc.key(part)
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line, column = node.lc.item(part)
        else:
            break
        place = (line + 1, column + 1)
        node = node[part]
    return place
