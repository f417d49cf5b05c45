# SPDX-License-Identifier: Apache-2.0
"""Texts, paths, lists of them and flags on the command line, taken as they are.

Typer has pydantic look at every value, and to import pydantic takes as long as the rest of a short command. These kinds have nothing to be looked at; numbers
and ranges stay Typer's. Of a version of Typer that is built in another way nothing is changed, and commands take their time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    str: str,
    Path: Path,
    list[str]: list,
    list[Path]: lambda v: [*map(Path, v)],
}
_LOOKED_AT = ("exists", "writable", "resolve_path", "path_type", "parser", "min", "max")
"""Wishes of a parameter that are Typer's to fulfil."""


class _Plain:
    """What Typer asks for a parameter's value, in its own words."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self._convert = convert

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command's function takes it."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        return self._convert(value)


def quicken(command: Any) -> None:
    """Lets the plain parameters of a command, and of those below it, do without pydantic."""
    for below in getattr(command, "commands", {}).values():
        quicken(below)
    for param in command.get_params(typer.Context(command)):  # --help, too
        described = getattr(param, "type_descriptor", None)
        if described is None or not hasattr(param, "get_runtime_param"):
            continue
        convert = CONVERSIONS.get(getattr(described, "annotation", None))
        wishes = getattr(described, "parameter_info", None)
        if getattr(param, "is_bool_flag", False):
            convert = bool
        if convert is not None and not any(getattr(wishes, name, None) for name in _LOOKED_AT):
            param.get_runtime_param = _always(_Plain(convert))


def _always(plain: _Plain) -> Callable[[], _Plain]:
    return lambda: plain
