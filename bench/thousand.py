# SPDX-License-Identifier: Apache-2.0
"""A thousand idle boards in one service: how long it takes to make them, the memory of all of the service's processes, and listing them."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vmrig.v1 import boards_pb2

from bench.table import Row
from vmrig_client.local_service import local_service
from vmrig_client.sync import Client

TARGET = "microbit_v2"
BOARDS = 1000
AT_ONCE = 8
MEMORY_BAR_MB, LISTING_BAR_S = 350.0, 1.0
SETTLE_S = 5.0
IDLE_S = 5.0
TICKS_PER_S = 100
"""USER_HZ."""


def measure() -> list[Row]:
    """Boards as ``vmrig emulate`` makes them: at real pace, with a blank chip."""
    with tempfile.TemporaryDirectory(prefix="vmrig-bench-") as folder:
        home = Path(folder)
        with local_service(home, home / "service.log") as address, Client(address) as client:
            return _measure(client)


def _measure(client: Client) -> list[Row]:
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        made = list(threads.map(lambda _: client.emulated.create(TARGET), range(BOARDS)))
    made_s = time.monotonic() - began
    while sum(board.presence == boards_pb2.PRESENCE_PRESENT for board in client.boards()) < len(made):
        time.sleep(0.2)
    listed_s = time.monotonic() - began
    time.sleep(SETTLE_S)
    processes = list(_descendants("self"))
    cpu = _cpu_s(processes)
    time.sleep(IDLE_S)
    idle = (_cpu_s(processes) - cpu) / IDLE_S
    pss, rss = (sum(_memory_kb(pid, what) for pid in processes) / 1024 for what in ("Pss", "Rss"))
    what = f"{BOARDS} idle {TARGET} in one service"
    return [
        Row(f"{what}: made", f"{made_s:.1f} s", f"all listed after {listed_s:.1f} s"),
        Row(
            "... memory of its processes",
            f"{pss:.0f} MB",
            f"RSS {rss:.0f} MB",
            f"<= {MEMORY_BAR_MB:g} MB",
            pss <= MEMORY_BAR_MB,
        ),
        _listing("... listing, vmrig boards", lambda: len(client.boards())),
        _listing("... listing, vmrig emulator list", lambda: len(client.emulated.list())),
        Row("... processors that they keep busy", f"{idle:.2f}", "blank chips reset 100 times a second"),
    ]


def _listing(what: str, count: Callable[[], int]) -> Row:
    times = []
    for _ in range(5):
        began = time.monotonic()
        assert count() == BOARDS
        times.append(time.monotonic() - began)
    median = statistics.median(times)
    spread = f"{min(times):.2f}..{max(times):.2f} s in {len(times)}"
    return Row(what, f"{median:.3f} s", spread, f"<= {LISTING_BAR_S:g} s", median <= LISTING_BAR_S)


def _descendants(pid: str) -> Iterator[str]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield child
            yield from _descendants(child)


def _memory_kb(pid: str, what: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def _cpu_s(processes: list[str]) -> float:
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes]
    return sum(int(entry[11]) + int(entry[12]) for entry in fields) / TICKS_PER_S
