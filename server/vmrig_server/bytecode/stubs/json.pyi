# SPDX-License-Identifier: Apache-2.0
"""JSON, with CPython's output and errors. Nesting is limited to some 20 levels."""

from collections.abc import Callable

class JSONDecodeError(ValueError):
    """Says what was expected, with line, column and character."""

    msg: str
    doc: str | bytes | bytearray
    pos: int
    lineno: int
    colno: int

def dumps(
    value: object,
    /,
    *,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
    ensure_ascii: bool = True,
    default: Callable[[object], object] | None = None,
    skipkeys: bool = False,
    allow_nan: bool = True,
    check_circular: bool = True,
) -> str:
    """TypeError: a value or a key that JSON has no form for, unless `default` gives one. ValueError: it contains itself."""

def loads(
    text: str | bytes | bytearray,
    /,
    *,
    object_hook: Callable[[dict[str, object]], object] | None = None,
    object_pairs_hook: Callable[[list[tuple[str, object]]], object] | None = None,
    parse_int: Callable[[str], object] | None = None,
    parse_float: Callable[[str], object] | None = None,
    parse_constant: Callable[[str], object] | None = None,
) -> object:
    """JSONDecodeError when it is not JSON."""
