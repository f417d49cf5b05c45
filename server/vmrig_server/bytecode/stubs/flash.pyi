# SPDX-License-Identifier: Apache-2.0
"""Values by name that outlive power and programs: a log over the board's spare flash (part `data` of its layout), all sectors of which wear alike.
Power may go at any moment: the value being set is then the old one or the new one.

Every function raises OSError ENODEV when the board has no spare flash of two sectors, EIO when the flash fails.
"""

Value = None | bool | int | float | str | bytes | bytearray

def get(key: str, default: object = None, /) -> object:
    """The value, or `default` when there is none."""

def set(key: str, value: Value, /) -> None:
    """Keeps a value under a key of 1 to 64 bytes of UTF-8; one that is the same already costs nothing. OSError ENOSPC: no room."""

def remove(key: str, /) -> None:
    """KeyError: there is none."""

def keys() -> list[str]:
    """All keys, those set last at the end."""

def clear() -> None:
    """Forgets everything."""
