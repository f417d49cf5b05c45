# SPDX-License-Identifier: Apache-2.0
"""How large things are: containers, images in flash, RAM; and what a VM's start on the host takes."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from vmrig_native import _vm

from bench.table import Row
from bench.vm import peers, programs
from bench.vm.board import image_root
from bench.vm.heap import smallest
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.bytecode import strip
from vmrig_server.images import load_image
from vmrig_server.paths import data_root

CONTAINERS_BAR, CONTAINERS_STRETCH = 10_100, 7_700
START_BAR_MS = 0.3
STARTS = 200
FLASH_BARS = (
    ("microbit_v1", "M0", 64, 58),
    ("rpi_pico", "M0+", 64, 58),
    ("nrf52_dk", "M4", 60, 54),
    ("esp32c3_devkitm", "RV32IMC", 84, 76),
)
BAR_PROFILE = "core"
SMALL = "microbit_v1"
STATIC_BAR, RAM_BAR, RAM_STRETCH = 1638, 8192, 6144
RAM_WORKLOAD = "method"


def measure() -> list[Row]:
    """Needs no peer, but says what MicroPython's containers of the same programs are."""
    return [_containers(), _start(), *_flash(), *_ram()]


def _containers() -> Row:
    total, missing, peer = 0, [], 0
    mpy_cross = peers.path("mpy-cross")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.mpy"
        for name in programs.NAMES:
            program = programs.compiled(name)
            if program.error:
                missing.append(name)
                continue
            total += len(strip(program.image))
            if mpy_cross:
                subprocess.run([mpy_cross, "-O3", "-o", str(out), str(programs.path(name))], check=True)
                peer += out.stat().st_size
    beside = (
        f"mpy-cross -O3: {peer} (x {total / peer:.2f})"
        if peer
        else f"not there: --mpy-cross, {peers.variable('mpy-cross')}"
    )
    if missing:
        beside += f"; without {', '.join(missing)}"
    figure = f"containers of {len(programs.NAMES) - len(missing)} scripts, stripped"
    asked = f"<= {CONTAINERS_BAR} (better: {CONTAINERS_STRETCH})"
    return Row(figure, f"{total} bytes", beside, asked, total <= CONTAINERS_BAR and not missing)


def _start() -> Row:
    """From nothing to a VM whose program has been verified and is about to run its first instruction."""
    image = programs.compiled(RAM_WORKLOAD).image
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        vm = _vm.Vm(image, heap_size=65536)
        took.append((time.perf_counter() - began) * 1000)
        del vm
    median = statistics.median(took)
    beside = f"median of {STARTS}, {len(image)} bytes of program, 64 KB of heap"
    return Row("start of a VM on the host", f"{median:.3f} ms", beside, f"<= {START_BAR_MS}", median <= START_BAR_MS)


def _flash() -> list[Row]:
    rows = []
    for target, core, bar, stretch in FLASH_BARS:
        image = load_image(target, "vm", image_root())
        kb = len(image.data) / 1024
        profile = _profile(target)
        what = f"{target}, profile {profile}, {len(image.data)} bytes, link and port included"
        asked = f"<= {bar} (better: {stretch})" if profile == BAR_PROFILE else ""
        rows.append(Row(f"flash, {core}", f"{kb:.1f} KB", what, asked, kb <= bar if asked else None))
    return rows


def _profile(target: str) -> str:
    """What the VM of a target has, as the manifest of its images says."""
    root = image_root() or data_root("vmimages/images")
    manifest = json.loads((root / target / "manifest.json").read_text("utf-8"))
    return str(manifest["images"]["vm"].get("profile", BAR_PROFILE))


def _ram() -> list[Row]:
    """All but heap and stack is static. The whole is static data, the shipped stack and the smallest heap in which the workload gets through: the
    host's VM runs out of memory where the board's does."""
    target = load_target(SMALL)
    firmware = target.firmware.over(load_chip(target.chip).firmware)
    assert firmware.heap_size and firmware.stack_size
    static = load_image(SMALL, "vm", image_root()).ram_size - firmware.heap_size - firmware.stack_size
    rows = [
        Row(
            "RAM, static data",
            f"{static} bytes",
            f"{SMALL}, link and port included",
            f"<= {STATIC_BAR}",
            static <= STATIC_BAR,
        )
    ]
    source = f"{programs.source_without_main(RAM_WORKLOAD)}\nprint(bench(MCU_N))\n"
    program = programs.compiled(RAM_WORKLOAD, source)
    figure, asked = f"RAM in all that {RAM_WORKLOAD} needs", f"<= {RAM_BAR} (better: {RAM_STRETCH})"
    if program.error:
        return [*rows, Row(figure, "-", program.error, "runs", False)]
    heap = smallest(program.image, programs.wanted(RAM_WORKLOAD, "MCU_N"), 1 << 16, pages=1)
    total = static + firmware.stack_size + heap
    beside = f"{static} static, {firmware.stack_size} stack, {heap} heap"
    return [*rows, Row(figure, f"{total} bytes", beside, asked, total <= RAM_BAR)]
