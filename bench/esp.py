# SPDX-License-Identifier: Apache-2.0
"""An ESP32-C3 and its flashing tool: esptool by hand over the board's terminal, and the same through the service. Bars are of the project."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.table import Row
from vmrig_client.local_service import local_service
from vmrig_client.sync import Client

TARGET = "esp32c3_devkitm"
RUNS = 5
OFFSET = 0x100000
MEGABYTE = 1 << 20
WRITE_BAR_S = 1.0
FLASH_ID_BAR_S = 1.3

_VMRIG = [sys.executable, "-c", "from vmrig_client.cli.main import main; main()"]


def measure() -> list[Row]:
    """Measures on one service with one board."""
    with tempfile.TemporaryDirectory(prefix="vmrig-bench-") as folder:
        home = Path(folder)
        with local_service(home, home / "service.log") as address, Client(address) as client:
            made = client.emulated.create(TARGET)
            client.wait_present(f"target:{TARGET}", timeout_s=60)
            by_hand = _by_hand(made.serial_port, home)  # first: the service keeps the port that it has once opened
            return [*_through_the_service(client), *by_hand]


def _through_the_service(client: Client) -> list[Row]:
    from vmrig.v1 import flash_pb2

    whole: list[float] = []
    part: list[float] = []
    where = ""
    board = client.board(f"target:{TARGET}").name
    with client.lease(board, reason="bench") as lease:
        for run in range(RUNS):
            data = bytearray(random.Random(run).randbytes(MEGABYTE))
            for times in (whole, part):
                file = flash_pb2.FlashFile(sha256=client.upload(bytes(data)), filename="random.bin", address=OFFSET)
                began = time.monotonic()
                result = client.flash(lease, [file]).flash
                times.append(time.monotonic() - began)
                if times is whole:
                    where = ", ".join(f"{phase.phase} {phase.seconds:.2f}" for phase in result.phases)
                data[MEGABYTE // 2] ^= 1
    return [
        _row("1 MB random onto an ESP32-C3 through the service, compared", whole, WRITE_BAR_S, where),
        _row("the same with one byte changed", part, None, ""),
    ]


def _by_hand(port: str, home: Path) -> list[Row]:
    image = home / "random.bin"
    image.write_bytes(random.Random(RUNS).randbytes(MEGABYTE))
    environment = {**os.environ, "VMRIG_HOME": str(home)}
    command = [*_VMRIG, "run-with-lines", sys.executable, "-m", "esptool", "--chip", "esp32c3", "--port", port]

    def times(*arguments: str) -> list[float]:
        taken = []
        for _ in range(3):
            began = time.monotonic()
            subprocess.run(
                [*command, *arguments],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            taken.append(time.monotonic() - began)
        return taken

    return [
        _row("esptool flash-id over the terminal", times("flash-id"), FLASH_ID_BAR_S, ""),
        _row("esptool write-flash of 1 MB over the terminal", times("write-flash", hex(OFFSET), str(image)), None, ""),
    ]


def _row(figure: str, times_s: list[float], bar_s: float | None, where: str) -> Row:
    median = statistics.median(times_s)
    spread = where or f"{min(times_s):.2f}..{max(times_s):.2f} s in {len(times_s)}"
    if bar_s is None:
        return Row(figure, f"{median:.3f} s", spread)
    return Row(figure, f"{median:.3f} s", spread, f"<= {bar_s:g} s", median <= bar_s)
