# SPDX-License-Identifier: Apache-2.0
"""The flashing tools of a host: the driver of each, and a process of it that waits for work."""

from __future__ import annotations

import asyncio
from pathlib import Path

from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.drivers import esptool, pyocd
from vmrig_server.agent.flashing.drivers.base import Driver
from vmrig_server.agent.flashing.spare import SpareTool
from vmrig_server.errors import ErrorClass, VmrigError

_DRIVERS: dict[str, Driver] = {"pyocd": pyocd, "esptool": esptool}


class Toolbox:
    """All drivers by name (`ChipFacts.driver`).

    Args:
        home: the service's folder.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._spares = {name: _spare(driver, home) for name, driver in _DRIVERS.items()}

    def driver(self, name: str) -> Driver:
        """A driver whose tool is there.

        Raises:
            VmrigError: ``TOOL_MISSING``.
        """
        driver = _DRIVERS[name]
        if how := driver.missing():
            raise VmrigError(
                "TOOL_MISSING",
                f"{driver.TOOL} is not installed, which this board's chip is written with.",
                next_command=how,
                error_class=ErrorClass.BENCH,
            )
        return driver

    def revision(self, board_id: str, chip: ChipFacts) -> int | None:
        """Of the very chip on a board (100 * major + minor), if a tool saw it before."""
        return esptool.known_flash(self.home, board_id, chip.loader).revision if chip.loader is not None else None

    def prepare(self, name: str) -> None:
        """Begins to start a spare process, unless there is one."""
        if not _DRIVERS[name].missing():
            self._spares[name].prepare()

    async def take(self, name: str) -> asyncio.subprocess.Process:
        """A process that waits for its specification; it is the caller's from now on.

        Raises:
            OSError: none can be started.
        """
        return await self._spares[name].take()

    async def close(self) -> None:
        """Ends the spares."""
        await asyncio.gather(*(spare.close() for spare in self._spares.values()))


def _spare(driver: Driver, home: Path) -> SpareTool:
    return SpareTool(lambda: driver.command(), lambda: driver.environment(home))
