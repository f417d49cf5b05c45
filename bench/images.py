# SPDX-License-Identifier: Apache-2.0
"""VM images: how long a board waits to be registered, for its VM, and to be virtualized. Bars are of the project, in seconds of wall time.

The build needs the extra `images`; its compiler uses all cores that it finds.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.table import Row
from vmrig_client.local_service import local_service
from vmrig_client.sync import Client

RUNS = 5
TARGET = "microbit_v2"


def measure() -> list[Row]:
    """Measures all of them on one emulated board."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="vmrig-bench-") as folder:
        home = Path(folder)
        with local_service(home, home / "service.log") as address, Client(address, timeout_s=120.0) as client:
            made = client.emulated.create(TARGET)
            board = next(e.board.name for e in client.watch_boards() if e.board.usb.serial == made.serial)
            with client.lease(board, reason="bench") as lease:
                rows.append(_row("register by probe", _times(lambda: client.register(lease)), 2.0))
                first = _times(lambda: client.create_vm(board), 1)
                rows.append(_row("vm create, prebuilt, the first time", first, 0.3))
                rows.append(_row("vm create, prebuilt", _times(lambda: client.create_vm(board)), 0.3))
                if importlib.util.find_spec("ziglang") is not None:
                    wish = ("none", "json")
                    built = _times(lambda: client.create_vm(board, features=wish), 1)
                    rows.append(_row("vm create, built, compiler's caches cold", built, 10.0))
                    rows.append(
                        _row("vm create, built before", _times(lambda: client.create_vm(board, features=wish)), 0.3)
                    )
                vm = client.create_vm(board).name
                client.virtualize(lease, vm)
                times = _times(lambda: (client.erase(lease), _timed(lambda: client.virtualize(lease, vm)))[1])
                rows.append(_row(f"virtualize {TARGET}, blank, to the VM's answer", times, 2.0))
    return rows


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _times(work: Callable[[], object], runs: int = RUNS) -> list[float]:
    """Seconds of each run: its own when it gives them."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        own = work()
        times.append(own if isinstance(own, float) else time.perf_counter() - start)
    return times


def _row(figure: str, times: list[float], bar_s: float) -> Row:
    middle = statistics.median(times)
    return Row(figure, f"{middle:.2f} s", f"median of {len(times)}", f"at most {bar_s:g} s", middle <= bar_s)
