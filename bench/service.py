# SPDX-License-Identifier: Apache-2.0
"""What a person waits for: the command line, a board that is plugged in, flashing, the demo. Bars are of the project, in seconds of wall time."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.table import Row
from vmrig_client.local_service import local_service
from vmrig_client.sync import Client

RUNS = 5
FLASH_BYTES = 256 * 1024
SCRIPTS = Path(sys.executable).parent


def measure() -> list[Row]:
    """Measures all of them on one service."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="vmrig-bench-") as folder:
        home = Path(folder)
        with local_service(home, home / "service.log") as address, Client(address) as client:
            rows.append(_row("board plug-in to listed", _plug_times(client), 0.3))
            environment = {**os.environ, "VMRIG_HOME": str(home)}
            command = [str(SCRIPTS / "vmrig"), "boards"]
            rows.append(_row("vmrig boards", _process_times(command, environment), 0.4))
            serial = client.emulated.list()[0].serial
            rows += _flash_rows(client, serial, home, environment)
    demo = [str(SCRIPTS / "vmrig"), "demo"]
    rows.append(_row("vmrig demo", _process_times(demo, dict(os.environ), runs=2), 10.0))
    return rows


def _row(figure: str, times_s: Sequence[float], bar_s: float) -> Row:
    median = statistics.median(times_s)
    spread = f"{min(times_s):.2f}..{max(times_s):.2f} s in {len(times_s)}"
    return Row(figure, f"{median:.3f} s", spread, f"<= {bar_s:g} s", median <= bar_s)


def _plug_times(client: Client) -> list[float]:
    made = client.emulated.create("microbit_v2")
    client.wait_present("target:microbit_v2", timeout_s=60)
    times = []
    for _ in range(RUNS):
        client.emulated.plug(made.name, False)
        client.wait_present("target:microbit_v2", present=False)
        began = time.monotonic()
        client.emulated.plug(made.name, True)
        client.wait_present("target:microbit_v2")
        times.append(time.monotonic() - began)
    return times


def _process_times(command: Sequence[str], environment: dict[str, str], runs: int = RUNS) -> list[float]:
    def once() -> None:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return [_timed(once) for _ in range(runs)]


def _timed(work: Callable[[], None]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _flash_rows(client: Client, serial: str, home: Path, environment: dict[str, str]) -> list[Row]:
    """pyOCD's own command on fresh random data each time, so that nothing is skipped; and the same through the service, verified."""
    image = home / "random.bin"
    by_pyocd, again, by_service = [], [], []
    phases: dict[str, float] = {}
    for run in range(RUNS):
        image.write_bytes(random.Random(run).randbytes(FLASH_BYTES))
        command = [str(SCRIPTS / "pyocd"), "flash", "-u", serial, str(image)]
        by_pyocd += _process_times(command, environment, runs=1)
        again += _process_times(command, environment, runs=1)
    start, *_ = _process_times([str(SCRIPTS / "pyocd"), "list"], environment, runs=1)
    board = client.board("target:microbit_v2").name
    with client.lease(board, reason="bench") as lease:
        for run in range(RUNS):
            # Vector table of an image that could run here: the plan refuses what cannot be for this chip.
            vectors = (0x20020000).to_bytes(4, "little") + (0x101).to_bytes(4, "little")
            image.write_bytes(vectors + random.Random(RUNS + run).randbytes(FLASH_BYTES - len(vectors)))
            began = time.monotonic()
            result = client.flash(lease, [image]).flash
            by_service.append(time.monotonic() - began)
            phases = {phase.phase: phase.seconds for phase in result.phases}
    where = ", ".join(f"{name} {seconds:.2f}" for name, seconds in phases.items())
    return [
        _row("pyocd flash of 256 KB random, process start included", by_pyocd, 1.0),
        _row("pyocd flash of the identical image again", again, 0.7),
        Row("of it: start, imports and probe list (pyocd list)", f"{start:.3f} s", ""),
        Row("the same through the service, read back and compared", f"{statistics.median(by_service):.3f} s", where),
    ]
