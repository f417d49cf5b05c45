# SPDX-License-Identifier: Apache-2.0
"""Programs of ours, built by two compilers at every level of optimisation for four cores, print what they print on QEMU, and the same everywhere.

The image is one and the same on both sides. For Cortex-M0 it is built for the nRF51822 (QEMU's ``microbit``), for the others for Arm's MPS2 boards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmrig_native import _emu

from vmrig_server.emulator.machine import build_machine

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "fw" / "compilers"
BUILD = HERE.parents[1] / "build" / "tests"
PROGRAMS = ("integers", "wide", "tables", "variadic", "layout", "floats", "switching")
END = "exit "
LIMIT_CYCLES = 400_000_000
QEMU_LIMIT_S = 60


@dataclass(frozen=True, slots=True)
class Core:
    """A core and the boards that have it.

    Attributes:
        zig, gcc: options that name it to the compilers.
        qemu: QEMU's board; it may have a core that can do more.
    """

    zig: Sequence[str]
    gcc: Sequence[str]
    qemu: str
    fpu: bool = False


CORES: Mapping[str, Core] = {
    "cortex-m0": Core(
        ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0", "-DNRF51"), ("-mcpu=cortex-m0", "-DNRF51"), "microbit"
    ),
    "cortex-m3": Core(("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m3"), ("-mcpu=cortex-m3",), "mps2-an385"),
    "cortex-m4": Core(
        ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4"), ("-mcpu=cortex-m4", "-mfloat-abi=soft"), "mps2-an386"
    ),
    "cortex-m4+fpu": Core(
        ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"),
        ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
        "mps2-an386",
        fpu=True,
    ),
}
LEVELS = {"zig": ("-O0", "-O1", "-O2", "-O3", "-Os", "-Oz"), "gcc": ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")}
ALL = [(compiler, level, core) for compiler, levels in LEVELS.items() for core in CORES for level in levels]
SAMPLE = [
    ("zig", "-O2", "cortex-m4+fpu"),
    ("gcc", "-O0", "cortex-m0"),
    ("gcc", "-O3", "cortex-m3"),
    ("gcc", "-Os", "cortex-m4"),
]
COMMON = ("-ffreestanding", "-ffp-contract=off", "-fno-strict-aliasing", "-Wall", "-Werror", "-Wno-unaligned-access")
LINK = ("-nostdlib", "-Wl,--gc-sections", "-Wl,-e,reset", "-Wl,-z,max-page-size=16", f"-Wl,-T,{SOURCES / 'image.ld'}")


def build(compiler: str, level: str, core: str, out: Path) -> Path:
    """The raw image of all programs."""
    files = [str(SOURCES / f"{name}.c") for name in ("rt", *PROGRAMS)]
    elf, image = out / "programs.elf", out / "programs.bin"
    if compiler == "zig":
        pytest.importorskip("ziglang")
        cache = str(BUILD / "zig")
        env = dict(os.environ, ZIG_GLOBAL_CACHE_DIR=cache, ZIG_LOCAL_CACHE_DIR=cache)
        zig = [sys.executable, "-m", "ziglang"]
        options = [*CORES[core].zig, "-fno-sanitize=undefined", level, *COMMON]
        run([*zig, "cc", *options, *LINK[1:], *files, "-o", str(elf)], env)
        run([*zig, "objcopy", "-O", "binary", str(elf), str(image)], env)
        return image
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    run(["arm-none-eabi-gcc", "-mthumb", *CORES[core].gcc, level, *COMMON, *LINK, *files, "-lgcc", "-o", str(elf)])
    run(["arm-none-eabi-objcopy", "-O", "binary", str(elf), str(image)])
    return image


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


def machine_for(core: str) -> _emu.Machine:
    if CORES[core].qemu == "microbit":
        return build_machine("microbit_v1", storage=None, identity={}).machine
    machine = _emu.Machine(core=core.split("+")[0], clock_hz=25_000_000, irq_count=32, fpu=CORES[core].fpu)
    machine.add_memory("flash", "rom", 0x0000_0000, 256 * 1024)
    machine.add_memory("ram", "ram", 0x2000_0000, 64 * 1024)
    machine.add_device("cmsdk.uart", "uart", 0x4000_4000, irq=0)
    return machine


def is_whole(text: str) -> bool:
    return text.endswith("\n") and text.splitlines()[-1].startswith(END)


def printed_here(image: Path, core: str) -> str:
    machine = machine_for(core)
    machine.poke(0, image.read_bytes())
    machine.power(True)
    printed = b""
    while machine.now() < LIMIT_CYCLES and not is_whole(printed.decode(errors="replace")):
        machine.run(1_000_000)
        printed += machine.serial_read(0)
    return printed.decode(errors="replace")


def printed_by_qemu(image: Path, core: str) -> str:
    program = shutil.which("qemu-system-arm")
    if program is None:
        pytest.skip("qemu-system-arm is not installed")
    command = ["timeout", str(QEMU_LIMIT_S), program, "-M", CORES[core].qemu, "-nographic", "-monitor", "none"]
    command += ["-serial", "stdio", "-device", f"loader,file={image},addr=0x0,force-raw=on"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if is_whole(text):
                break
        process.terminate()
    return text


def check(compiler: str, level: str, core: str, out: Path) -> str:
    image = build(compiler, level, core, out)
    here = printed_here(image, core)
    assert here == printed_by_qemu(image, core)
    assert here.endswith("\nexit 0\n"), here
    assert [line.partition(":")[0] for line in here.splitlines()[:-1]] == list(PROGRAMS)
    return here


@pytest.mark.parametrize(("compiler", "level", "core"), SAMPLE)
def test_an_image_prints_what_it_prints_on_qemu(compiler: str, level: str, core: str, tmp_path: Path) -> None:
    check(compiler, level, core, tmp_path)


@pytest.mark.slow
def test_all_levels_of_both_compilers_print_the_same_on_all_cores_as_on_qemu(tmp_path: Path) -> None:
    texts: dict[str, list[str]] = {}
    for compiler, level, core in ALL:
        texts.setdefault(check(compiler, level, core, tmp_path), []).append(f"{compiler} {level} {core}")
    assert len(texts) == 1, texts
