# SPDX-License-Identifier: Apache-2.0
"""The benchmark firmware: built on demand into ``build/bench/emulator`` with ``zig cc``."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "bench" / "emulator"


@dataclass(frozen=True, slots=True)
class Core:
    """A core and the boards that have it.

    Attributes:
        options: for the compiler.
        qemu: QEMU's name of the board.
        target: of vmrig; empty: the memories and the UART of QEMU's board.
        clock_hz: of QEMU's board; SysTick counts it.
        base: where the image is loaded, and starts or has its vectors.
        architecture: what QEMU's program and the sources of the start are called after.
    """

    name: str
    options: tuple[str, ...]
    qemu: str
    target: str
    clock_hz: int
    base: int = 0
    architecture: str = "arm"


M0 = Core(
    "M0", ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0", "-DNRF51"), "microbit", "microbit_v1", 16_000_000
)
M4 = Core("M4", ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4"), "mps2-an386", "", 25_000_000)
M4F = Core("M4", ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"), "mps2-an386", "", 25_000_000)
RV32 = Core(
    "RV32IMC",
    ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c"),
    "virt",
    "",
    25_000_000,
    0x8000_0000,
    "riscv32",
)


def build(workload: str, core: Core, rounds: int, period: int = 1000) -> Path:
    """Path of the raw binary of a workload, built when its sources are newer.

    Args:
        workload: name of its source in ``fw``.
        rounds: how often it does its work; 0: it begins and ends.
        period: of its timer, where it has one, in the timer's clocks.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    hard = "f" if core is M4F else ""
    elf, image = (BUILD / f"{workload}-{core.name}{hard}-{rounds}-{period}{ending}" for ending in (".elf", ".bin"))
    start, script = ("start.c", "board.ld") if core.architecture == "arm" else ("start_rv.c", "board_rv.ld")
    sources = [HERE / "fw" / start, HERE / "fw" / f"{workload}.c"]
    newest = max(f.stat().st_mtime for f in (HERE / "fw").iterdir())
    if image.exists() and image.stat().st_mtime > newest:
        return image
    env = dict(os.environ, ZIG_GLOBAL_CACHE_DIR=str(BUILD / "zig"), ZIG_LOCAL_CACHE_DIR=str(BUILD / "zig"))
    zig = [sys.executable, "-m", "ziglang"]
    options = [*core.options, "-O2", "-g", "-fno-sanitize=undefined", f"-DROUNDS={rounds}u", f"-DPERIOD={period}u"]
    link = ["-Wl,--gc-sections", "-Wl,-e,reset", "-Wl,-z,max-page-size=16", "-T", str(HERE / "fw" / script)]
    subprocess.run([*zig, "cc", *options, *link, *map(str, sources), "-o", str(elf)], check=True, env=env)
    subprocess.run([*zig, "objcopy", "-O", "binary", str(elf), str(image)], check=True, env=env)
    return image
