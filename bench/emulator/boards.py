# SPDX-License-Identifier: Apache-2.0
"""What boards cost in one process: from an image to its first byte, copies, snapshots, memory. CPU time, as a machine starts no threads."""

from __future__ import annotations

import gc
import re
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from vmrig_native import _emu

from bench.emulator.engines import machine_for, run_qemu
from bench.emulator.firmware import M4, build
from bench.table import Row
from vmrig_server.boards_data import load_target
from vmrig_server.emulator.machine import build_machine
from vmrig_server.paths import data_root

TARGET = "microbit_v2"
SMALL_TARGET = "nrf52_dk"
"""64 KB of RAM."""
RUNS = 60
FIRST_BYTE_BAR_MS, COPY_BAR_MS, SNAPSHOT_BAR_MS = 2.0, 0.2, 0.1
COPIES, PRIVATE_BAR_KB = 100, 100.0
BOOTED_CYCLES = 32_000_000
STEP_CYCLES = 20_000
LIMIT_CYCLES = 64_000_000


def measure() -> list[Row]:
    return [*_first_byte(), *_first_byte_beside_qemu(), *_snapshots(), _private_memory()]


def _image(target: str) -> bytes:
    return (data_root("vmimages/images") / target / "vm.bin").read_bytes()


def _built(target: str, image: bytes) -> _emu.Machine:
    machine = build_machine(load_target(target), storage=None, identity={}).machine
    machine.poke(0, image)
    machine.power(True)
    return machine


def _until_first_byte(machine: _emu.Machine) -> None:
    while not machine.serial_read(0):
        if machine.now() > LIMIT_CYCLES:
            raise RuntimeError("nothing was said")
        machine.run(STEP_CYCLES)


def _timed(work: Callable[[], object], runs: int = RUNS) -> list[float]:
    """CPU milliseconds of each run. What it returns is given back after the clock was read."""
    times = []
    for _ in range(runs):
        began = time.process_time_ns()
        kept = work()
        times.append((time.process_time_ns() - began) / 1e6)
        del kept
    return times


def _row(what: str, times_ms: list[float], bar_ms: float | None) -> Row:
    median = statistics.median(times_ms)
    spread = f"{min(times_ms):.3f}..{max(times_ms):.3f} ms in {len(times_ms)}"
    if bar_ms is None:
        return Row(what, f"{median:.3f} ms", spread)
    return Row(what, f"{median:.3f} ms", spread, f"<= {bar_ms:g} ms", median <= bar_ms)


def _first_byte() -> list[Row]:
    image = _image(TARGET)

    def build_and_boot() -> _emu.Machine:
        machine = _built(TARGET, image)
        _until_first_byte(machine)
        return machine

    build_and_boot().run(BOOTED_CYCLES)  # the service is up, and has had such a board before
    original = _built(TARGET, image)

    def copy_and_boot() -> _emu.Machine:
        machine = original.fork()
        _until_first_byte(machine)
        return machine

    return [
        _row(f"{TARGET} with its VM: built from YAML, to the first byte", _timed(build_and_boot), FIRST_BYTE_BAR_MS),
        _row("... a further copy of it, to the first byte", _timed(copy_and_boot), COPY_BAR_MS),
    ]


def _first_byte_beside_qemu() -> list[Row]:
    """With a firmware that prints first of all, as QEMU's figure was taken."""
    path = build("mix", M4, 0)
    image = path.read_bytes()

    def build_and_boot() -> _emu.Machine:
        machine = machine_for(M4)
        machine.poke(0, image)
        machine.power(True)
        _until_first_byte(machine)
        return machine

    original = machine_for(M4)
    original.poke(0, image)
    original.power(True)

    def copy_and_boot() -> _emu.Machine:
        machine = original.fork()
        _until_first_byte(machine)
        return machine

    rows = [
        _row("small firmware on mps2-an386, to the first byte", _timed(build_and_boot), FIRST_BYTE_BAR_MS),
        _row("... a further copy of it, to the first byte", _timed(copy_and_boot), COPY_BAR_MS),
    ]
    if shutil.which("qemu-system-arm"):
        times = [result.cpu_s * 1e3 for _ in range(5) if (result := run_qemu(path, M4))]
        rows.append(_row("... qemu, process start included", times, None))
    return rows


def _snapshots() -> list[Row]:
    machine = _built(SMALL_TARGET, _image(SMALL_TARGET))
    machine.run(BOOTED_CYCLES)
    taken = machine.snapshot()

    def restore() -> None:
        machine.restore(taken)

    rows = [_row("64 KB of RAM, booted: snapshot", _timed(machine.snapshot), SNAPSHOT_BAR_MS)]
    times = []
    for _ in range(RUNS):
        machine.run(STEP_CYCLES)
        times += _timed(restore, 1)
    rows.append(_row("... restore", times, SNAPSHOT_BAR_MS))
    rows.append(_row("... fork", _timed(machine.fork), SNAPSHOT_BAR_MS))
    return rows


def _private_kb() -> tuple[float, float]:
    """(all, in memory that holds what boards' memories hold) private dirty memory of this process in KB."""
    total = contents = 0.0
    name = ""
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            name = line[73:]
        elif line.startswith("Private_Dirty:"):
            total += int(line.split()[1])
            contents += int(line.split()[1]) if "memfd:vmrig" in name else 0
    return total, contents


def _private_memory() -> Row:
    """Forks of a running board that run on, so that each has touched what a board touches. Their RAM and flash are mappings of their own kind."""
    original = _built(TARGET, _image(TARGET))
    original.run(BOOTED_CYCLES)
    warm = [original.fork() for _ in range(3)]
    gc.collect()
    before = _private_kb()
    copies = []
    for _ in range(COPIES):
        copy = original.fork()
        copy.run(BOOTED_CYCLES)
        copies.append(copy)
    gc.collect()
    after = _private_kb()
    del warm
    ram = (after[1] - before[1]) / COPIES
    own = (after[0] - before[0]) / COPIES - ram
    what = f"private memory of a {TARGET} beyond RAM and changed flash"
    return Row(
        what, f"{own:.1f} KB", f"{ram:.0f} KB of RAM beside it", f"<= {PRIVATE_BAR_KB:g} KB", own <= PRIVATE_BAR_KB
    )
