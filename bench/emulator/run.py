# SPDX-License-Identifier: Apache-2.0
"""Emulated MIPS of the Cortex-M4 core beside QEMU (-icount, its deterministic mode) and Unicorn (counted slices), on our own firmware.

``python -m bench emulator`` prints the table. The images are built on demand into ``build/bench/emulator`` with ``zig cc``. One image runs on
all engines: a CMSDK UART at 0x40004000 prints a checksum, which must be the same everywhere. MIPS is instructions by CPU seconds of all threads,
start-up taken off, the best of several turns, engines taking turns, since the machine is shared.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from bench.table import Row

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "bench" / "emulator"
ROUNDS = {"kernels": 8000, "records": 20000, "floats": 2500}
DEVICE_ROUNDS = {"polls": 40_000, "ticks": 100_000}
OPERATIONS = {"polls": 64, "ticks": 1}
"""Device reads, or interrupts, of a round."""
TICK_INSTRUCTIONS = 1000
QEMU_INSTRUCTIONS_PER_CLOCK = 40
"""Of mps2-an386: 25 MHz, while -icount shift=0 lets an instruction take a nanosecond. Our core takes a clock for each."""
TURNS = 3
UNICORN_SLICE = 1000
LIMIT_S = 60.0
BARS = {"qemu -icount": 0.5, "unicorn": 2.0}
FLOAT_BARS = {"qemu -icount": 0.7, "unicorn": 4.0}
HARD_FLOAT = ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp")
SOFT_FLOAT = ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4")


class BenchError(RuntimeError):
    """An engine did not print what it had to."""


def build(workload: str, rounds: int, period: int = TICK_INSTRUCTIONS) -> Path:
    """Path of the raw binary of a workload, built when its sources are newer. `period`: of the timer, in its clocks."""
    BUILD.mkdir(parents=True, exist_ok=True)
    elf, image = (BUILD / f"{workload}-{rounds}-{period}{ending}" for ending in (".elf", ".bin"))
    sources = [HERE / "fw" / "start.c", HERE / "fw" / f"{workload}.c"]
    newest = max(f.stat().st_mtime for f in (HERE / "fw").iterdir())
    if image.exists() and image.stat().st_mtime > newest:
        return image
    env = dict(os.environ, ZIG_GLOBAL_CACHE_DIR=str(BUILD / "zig"), ZIG_LOCAL_CACHE_DIR=str(BUILD / "zig"))
    zig = [sys.executable, "-m", "ziglang"]
    compile_ = [
        *zig,
        "cc",
        *(HARD_FLOAT if workload == "floats" else SOFT_FLOAT),
        "-O2",
        "-g",
        f"-DROUNDS={rounds}u",
        f"-DPERIOD={period}u",
    ]
    link = ["-Wl,--gc-sections", "-Wl,-e,reset", "-Wl,-z,max-page-size=16", "-T", str(HERE / "fw" / "board.ld")]
    subprocess.run([*compile_, *link, *map(str, sources), "-o", str(elf)], check=True, env=env)
    subprocess.run([*zig, "objcopy", "-O", "binary", str(elf), str(image)], check=True, env=env)
    return image


@dataclass(frozen=True, slots=True)
class Result:
    """What an engine printed, the instructions it ran (0: it does not say) and the CPU seconds it took."""

    printed: str
    instructions: int
    cpu_s: float


def run_vmrig(image: Path) -> Result:
    """Our core, through the extension module, as the service uses it."""
    from vmrig_native import _emu

    machine = _emu.Machine(clock_hz=25_000_000, irq_count=32, fpu=True)
    machine.add_memory("flash", "rom", 0x0000_0000, 256 * 1024)
    machine.add_memory("ram", "ram", 0x2000_0000, 64 * 1024)
    machine.add_device("cmsdk.uart", "uart", 0x4000_4000, irq=0)
    machine.poke(0, image.read_bytes())
    machine.power(True)
    printed = b""
    start = time.process_time()
    while not printed.endswith(b"\n") and time.process_time() - start < LIMIT_S:
        machine.run(10_000_000)
        printed += machine.serial_read(0)
    return Result(printed.decode(errors="replace").strip(), machine.instructions(), time.process_time() - start)


def run_unicorn(image: Path) -> Result | None:
    """Unicorn in slices of 1000 instructions: what a board needs whose interrupts and time are exact. Its C entry points are called directly, so
    that Python costs next to nothing."""
    try:
        from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB
        from unicorn.arm_const import (
            UC_ARM_REG_C1_C0_2,
            UC_ARM_REG_FPEXC,
            UC_ARM_REG_PC,
            UC_ARM_REG_SP,
            UC_CPU_ARM_CORTEX_M4,
        )
        from unicorn.unicorn_py3.unicorn import Uc, uclib
    except ImportError:
        return None
    printed = bytearray()
    code = image.read_bytes()
    uc: Any = cast(Any, Uc)(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
    uc.mem_map(0, 256 * 1024)
    uc.mem_map(0x2000_0000, 64 * 1024)

    def write(_uc: Any, offset: int, _size: int, value: int, _data: Any) -> None:
        if offset == 0:
            printed.append(value & 255)

    uc.mmio_map(0x4000_4000, 0x1000, lambda *_: 0, None, write, None)
    uc.mem_write(0, code)
    uc.reg_write(UC_ARM_REG_C1_C0_2, 0xF << 20)  # CPACR and the like: it has no system control space to write to
    uc.reg_write(UC_ARM_REG_FPEXC, 1 << 30)
    uc.mem_map(0xE000_E000, 0x1000)
    uc.reg_write(UC_ARM_REG_SP, int.from_bytes(code[0:4], "little"))
    pc = ctypes.c_uint32(int.from_bytes(code[4:8], "little"))
    handle, count, until = uc._uch, ctypes.c_size_t(UNICORN_SLICE), ctypes.c_uint64(0xFFFF_FFF0)
    start_c, read_c, reference = uclib.uc_emu_start, uclib.uc_reg_read, ctypes.byref(pc)
    start = time.process_time()
    while not printed.endswith(b"\n") and time.process_time() - start < LIMIT_S:
        for _ in range(100):
            if start_c(handle, ctypes.c_uint64(pc.value | 1), until, ctypes.c_uint64(0), count):
                raise BenchError(f"Unicorn stopped at 0x{pc.value:x} on {image.name}")
            read_c(handle, UC_ARM_REG_PC, reference)
            if printed.endswith(b"\n"):
                break
    return Result(printed.decode(errors="replace").strip(), 0, time.process_time() - start)


def run_qemu(image: Path) -> Result | None:
    """QEMU's mps2-an386 with -icount shift=0; CPU seconds of the process until the newline."""
    program = shutil.which("qemu-system-arm")
    if program is None:
        return None
    command = [program, "-M", "mps2-an386", "-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "stdio"]
    loader = f"loader,file={image},addr=0x0,force-raw=on"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen([*command, "-device", loader], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    printed = process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Result(printed.decode(errors="replace").strip(), 0, used)


def best(results: list[Result]) -> float:
    """CPU seconds of the fastest turn."""
    return min(result.cpu_s for result in results)


def measure() -> list[Row]:
    """Runs everything: one row per workload and engine.

    Raises:
        BenchError: the engines do not print the same checksum.
    """
    rows: list[Row] = []
    for workload, rounds in ROUNDS.items():
        image, empty = build(workload, rounds), build(workload, 0)
        ours: list[Result] = []
        peers: dict[str, list[Result]] = {"qemu -icount": [], "unicorn": []}
        for turn in range(TURNS):
            ours.append(run_vmrig(image))
            if qemu := run_qemu(image):
                peers["qemu -icount"].append(qemu)
            if turn == 0 and (unicorn := run_unicorn(image)):
                peers["unicorn"].append(unicorn)
        printed = {result.printed for result in [*ours, *peers["qemu -icount"], *peers["unicorn"]]}
        if len(printed) != 1 or not printed.pop().strip("0123456789abcdef") == "":
            raise BenchError(f"{workload}: checksums differ: {ours}, {peers}")
        millions = ours[0].instructions / 1e6
        mips = millions / best(ours)
        rows.append(Row(f"emulated MIPS, {workload}", f"{mips:.0f}", f"{millions:.0f} M instructions"))
        for name, results in peers.items():
            bar = (FLOAT_BARS if workload == "floats" else BARS)[name]
            if not results:
                rows.append(Row(f"... x {name}", "-", "not installed", f">= {bar}"))
                continue
            start_up = 0.0
            if name == "qemu -icount":
                start_up = min(result.cpu_s for _ in range(TURNS) if (result := run_qemu(empty)))
            peer = millions / (best(results) - start_up)
            rows.append(Row(f"... x {name}", f"{mips / peer:.2f}", f"{peer:.0f} MIPS", f">= {bar}", mips / peer >= bar))
    return rows + measure_devices()


def measure_devices() -> list[Row]:
    """What a device read in a loop costs, and an interrupt with the 1000 instructions from one to the next. Without Unicorn, which has no devices.

    Raises:
        BenchError: the engines do not print the same checksum.
    """
    rows: list[Row] = []
    for workload, rounds in DEVICE_ROUNDS.items():
        theirs = TICK_INSTRUCTIONS // QEMU_INSTRUCTIONS_PER_CLOCK
        image, qemu_image = build(workload, rounds), build(workload, rounds, theirs)
        qemu_empty = build(workload, 0, theirs)
        ours: list[Result] = []
        peers: list[Result] = []
        for _ in range(TURNS):
            ours.append(run_vmrig(image))
            if qemu := run_qemu(qemu_image):
                peers.append(qemu)
        if len({result.printed for result in [*ours, *peers]}) != 1:
            raise BenchError(f"{workload}: checksums differ: {ours}, {peers}")
        operations = rounds * OPERATIONS[workload]
        our_ns = best(ours) / operations * 1e9
        what = "read of a device in a loop, ns" if workload == "polls" else "interrupt every 1000 instructions, ns"
        rows.append(Row(what, f"{our_ns:.0f}", f"{ours[0].instructions / 1e6:.0f} M instructions"))
        if not peers:
            rows.append(Row("... qemu -icount takes x", "-", "not installed"))
            continue
        start_up = min(result.cpu_s for _ in range(TURNS) if (result := run_qemu(qemu_empty)))
        peer_ns = (best(peers) - start_up) / operations * 1e9
        rows.append(Row("... qemu -icount takes x", f"{peer_ns / our_ns:.2f}", f"{peer_ns:.0f} ns"))
    return rows
