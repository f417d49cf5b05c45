# SPDX-License-Identifier: Apache-2.0
"""Whole programs that share the floating point unit between threads and handlers: one image prints the same here and on QEMU."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from vmrig_native import _emu

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "tests"
LINKER_SCRIPT = HERE.parents[1] / "bench" / "emulator" / "fw" / "board.ld"
END = ".\n"
PERIOD = 200


def build(source: Path, out: Path, *options: str) -> Path:
    """A raw binary for the memory map of an MPS2 AN386."""
    pytest.importorskip("ziglang")
    BUILD.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, ZIG_GLOBAL_CACHE_DIR=str(BUILD / "zig"), ZIG_LOCAL_CACHE_DIR=str(BUILD / "zig"))
    zig = [sys.executable, "-m", "ziglang"]
    elf, image = out / "program.elf", out / "program.bin"
    cpu = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp", f"-DPERIOD={PERIOD}"]
    link = ["-Wl,-e,reset", "-Wl,-z,max-page-size=16", "-T", str(LINKER_SCRIPT)]
    subprocess.run([*zig, "cc", *cpu, *options, *link, str(source), "-o", str(elf)], check=True, env=env)
    subprocess.run([*zig, "objcopy", "-O", "binary", str(elf), str(image)], check=True, env=env)
    return image


def printed_here(image: Path) -> str:
    machine = _emu.Machine(clock_hz=25_000_000, irq_count=32, fpu=True)
    machine.add_memory("flash", "rom", 0x0000_0000, 256 * 1024)
    machine.add_memory("ram", "ram", 0x2000_0000, 64 * 1024)
    machine.add_device("cmsdk.uart", "uart", 0x4000_4000, irq=0)
    machine.poke(0, image.read_bytes())
    machine.power(True)
    text = ""
    for _ in range(100):
        machine.run(1_000_000)
        text += machine.serial_read(0).decode()
        if text.endswith(END):
            break
    return text


def printed_by_qemu(image: Path) -> str:
    program = shutil.which("qemu-system-arm")
    if program is None:
        pytest.skip("qemu-system-arm is not installed")
    command = [program, "-M", "mps2-an386", "-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "stdio"]
    loader = ["-device", f"loader,file={image},addr=0x0,force-raw=on"]
    process = subprocess.Popen(
        ["timeout", "60", *command, *loader], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if line == END:
            break
    process.terminate()
    process.wait()
    return text


@pytest.mark.parametrize("options", [("-O2",), ("-Os",), ("-O2", "-DEAGER")], ids=" ".join)
def test_threads_and_handlers_share_the_unit_as_on_qemu(tmp_path: Path, options: tuple[str, ...]) -> None:
    image = build(HERE / "fw" / "fp_tasks.c", tmp_path, *options)
    text = printed_here(image)
    assert text.endswith(END) and "fault" not in text, text
    assert text == printed_by_qemu(image)
