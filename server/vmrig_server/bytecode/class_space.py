# SPDX-License-Identifier: Apache-2.0
"""Variables of a class body that fills a mapping (see metaclasses)."""

from __future__ import annotations

from .fn import Fn


def set_variable(f: Fn, space: int, name: str, src: int) -> None:
    """R[space][name] = R[src]."""
    from .expr import load_value

    f.unit.name_id(name)  # for lines of a shell that come later: the VM would give it a number of its own
    mark = f.top
    key = f.temp()
    load_value(f, name, key)
    f.emit("SETI", space, key, src)
    f.top = mark


def delete_variable(f: Fn, space: int, name: str) -> None:
    """del R[space][name]."""
    from .expr import load_value

    mark = f.top
    key = f.temp()
    load_value(f, name, key)
    f.emit("DELI", space, key)
    f.top = mark


def get_variable(f: Fn, space: int, name: str, dst: int) -> None:
    """R[dst] = R[space][name], or unbound."""
    from .calls import native
    from .expr import load_value

    mark = f.top
    window = f.temp()
    native(f, "_.class_variable", window)
    f.move(f.temp(), space)
    load_value(f, name, f.temp())
    f.emit("CALL", window, 2)
    f.move(dst, window)
    f.top = mark
