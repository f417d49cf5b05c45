# SPDX-License-Identifier: Apache-2.0
"""JSON, with CPython's output and errors. Nesting is limited to some 20 levels."""

from collections.abc import Callable

class JSONDecodeError(ValueError):
    """Says what was expected, with line, column and character."""

def dumps(
    value: object,
    /,
    *,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
    ensure_ascii: bool = True,
    default: Callable[[object], object] | None = None,
) -> str:
    """TypeError: a value or a key that JSON has no form for, unless `default` gives one."""

def loads(text: str | bytes | bytearray, /) -> object:
    """JSONDecodeError when it is not JSON."""
