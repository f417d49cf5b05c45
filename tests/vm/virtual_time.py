# SPDX-License-Identifier: Apache-2.0
"""Runs a script on CPython with an asyncio whose time is virtual, as that of the VM in these tests is: what comes first depends on no load."""

from __future__ import annotations

import asyncio
import runpy
import selectors
import sys


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if timeout is None else 0)
        if not found and timeout is not None:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.virtual = _Selector()
        super().__init__(self.virtual)

    def time(self) -> float:
        return self.virtual.now


class _Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return _Loop()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(_Policy())
    runpy.run_path(sys.argv[1], run_name="__main__")
