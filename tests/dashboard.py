# SPDX-License-Identifier: Apache-2.0
"""What tests of the dashboard share."""

from __future__ import annotations

from collections.abc import Callable

from textual.pilot import Pilot

TURNS, TURN_S = 1000, 0.01


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Lets the application work until a condition holds."""
    for _ in range(TURNS):
        if condition():
            return
        await pilot.pause(TURN_S)
    raise AssertionError("the dashboard did not get there")
