# SPDX-License-Identifier: Apache-2.0
"""Values on the command line that need nobody to look at them: texts, paths, lists of them, flags, numbers that were not typed but are the default.

Typer has pydantic look at every value, and to import pydantic takes as long as the rest of a short command. Numbers that were typed, and their ranges, stay
Typer's. Of a version of Typer that is built in another way nothing is changed, and commands take their time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

Convert = Callable[[Any], Any]
CONVERSIONS: dict[Any, Convert] = {
    str: str,
    Path: Path,
    list[str]: list,
    list[Path]: lambda values: [*map(Path, values)],
}
_LOOKED_AT = ("exists", "writable", "resolve_path", "path_type")
"""Wishes of a parameter that are Typer's to fulfil."""


class _Plain:
    """What Typer asks for a parameter's value, in its own words.

    Args:
        convert: of any value; None: numbers are taken, and all else is left to Typer.
        typers: Typer's own.
    """

    def __init__(self, convert: Convert | None, typers: Callable[[], Any]) -> None:
        self._convert = convert
        self._typers = typers

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command's function takes it."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._convert is not None:
            return self._convert(value)
        return value if isinstance(value, (int, float)) else self._typers().coerce(value, param=param, ctx=ctx)


def quicken(command: Any) -> None:
    """Lets the plain parameters of a command, and of those below it, do without pydantic."""
    for below in getattr(command, "commands", {}).values():
        quicken(below)
    for param in command.get_params(typer.Context(command)):  # --help, too
        described = getattr(param, "type_descriptor", None)
        typers = getattr(param, "get_runtime_param", None)
        if described is not None and typers is not None:
            plain = _Plain(_conversion(param, described), typers)
            param.get_runtime_param = _always(plain)


def _conversion(param: Any, described: Any) -> Convert | None:
    wishes = getattr(described, "parameter_info", None)
    parser: Convert | None = getattr(wishes, "parser", None)
    if parser is not None:
        return parser
    if getattr(param, "is_bool_flag", False):
        return bool
    if any(getattr(wishes, name, None) for name in _LOOKED_AT):
        return None
    return CONVERSIONS.get(getattr(described, "annotation", None))


def _always(plain: _Plain) -> Callable[[], _Plain]:
    return lambda: plain
