# SPDX-License-Identifier: Apache-2.0
"""Programs of ours, built by two compilers at every level of optimisation for five cores, print what they print on QEMU, and the same everywhere.

The image is one and the same on both sides. For Cortex-M0 it is built for the nRF51822 (QEMU's ``microbit``), for RISC-V for QEMU's ``virt``, for the
others for Arm's MPS2 boards.
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
RV_SERIAL = 0x1000_0000
"""The serial port of QEMU's RISC-V board takes a byte at the address where Arm's UART does, and wants no switching on."""


@dataclass(frozen=True, slots=True)
class Core:
    """A core and the boards that have it.

    Attributes:
        zig, gcc: options that name it to the compilers.
        qemu: QEMU's board; it may have a core that can do more.
        architecture: what QEMU's program is called after.
        base: where the image is loaded.
        gcc_prefix: of the compiler's programs.
    """

    zig: Sequence[str]
    gcc: Sequence[str]
    qemu: str
    fpu: bool = False
    architecture: str = "arm"
    base: int = 0
    gcc_prefix: str = "arm-none-eabi-"
    script: str = "image.ld"


CORES: Mapping[str, Core] = {
    "cortex-m0": Core(
        ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m0", "-DNRF51"),
        ("-mthumb", "-mcpu=cortex-m0", "-DNRF51"),
        "microbit",
    ),
    "cortex-m3": Core(
        ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m3"), ("-mthumb", "-mcpu=cortex-m3"), "mps2-an385"
    ),
    "cortex-m4": Core(
        ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4"),
        ("-mthumb", "-mcpu=cortex-m4", "-mfloat-abi=soft"),
        "mps2-an386",
    ),
    "cortex-m4+fpu": Core(
        ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp"),
        ("-mthumb", "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
        "mps2-an386",
        fpu=True,
    ),
    "rv32imc": Core(
        ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32+m+c"),
        ("-march=rv32imc", "-mabi=ilp32", "-mcmodel=medany"),
        "virt",
        architecture="riscv32",
        base=0x8000_0000,
        gcc_prefix="riscv64-unknown-elf-",
        script="image_rv.ld",
    ),
}
LEVELS = {"zig": ("-O0", "-O1", "-O2", "-O3", "-Os", "-Oz"), "gcc": ("-O0", "-O1", "-O2", "-O3", "-Os", "-Og")}
ALL = [(compiler, level, core) for compiler, levels in LEVELS.items() for core in CORES for level in levels]
SAMPLE = [
    ("zig", "-O2", "cortex-m4+fpu"),
    ("gcc", "-O0", "cortex-m0"),
    ("gcc", "-O3", "cortex-m3"),
    ("gcc", "-Os", "cortex-m4"),
    ("zig", "-O2", "rv32imc"),
    ("gcc", "-O1", "rv32imc"),
]
COMMON = ("-ffreestanding", "-ffp-contract=off", "-fno-strict-aliasing", "-Wall", "-Werror", "-Wno-unaligned-access")
LINK = ("-nostdlib", "-Wl,--gc-sections", "-Wl,-e,reset", "-Wl,-z,max-page-size=16")


def build(compiler: str, level: str, core: str, out: Path) -> Path:
    """The raw image of all programs."""
    files = [str(SOURCES / f"{name}.c") for name in ("rt", *PROGRAMS)]
    elf, image = out / "programs.elf", out / "programs.bin"
    link = [*LINK, f"-Wl,-T,{SOURCES / CORES[core].script}"]
    if compiler == "zig":
        pytest.importorskip("ziglang")
        cache = str(BUILD / "zig")
        env = dict(os.environ, ZIG_GLOBAL_CACHE_DIR=cache, ZIG_LOCAL_CACHE_DIR=cache)
        zig = [sys.executable, "-m", "ziglang"]
        options = [*CORES[core].zig, "-fno-sanitize=undefined", level, *COMMON]
        run([*zig, "cc", *options, *link[1:], *files, "-o", str(elf)], env)
        run([*zig, "objcopy", "-O", "binary", str(elf), str(image)], env)
        return image
    prefix = CORES[core].gcc_prefix
    if shutil.which(f"{prefix}gcc") is None:
        pytest.skip(f"{prefix}gcc is not installed")
    known = [option for option in COMMON if CORES[core].architecture == "arm" or option != "-Wno-unaligned-access"]
    run([f"{prefix}gcc", *CORES[core].gcc, level, *known, *link, *files, "-lgcc", "-o", str(elf)])
    run([f"{prefix}objcopy", "-O", "binary", str(elf), str(image)])
    return image


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


def machine_for(core: str) -> _emu.Machine:
    if CORES[core].qemu == "microbit":
        return build_machine("microbit_v1", storage=None, identity={}).machine
    if CORES[core].architecture == "riscv32":
        machine = _emu.Machine(core=core, clock_hz=25_000_000, irq_count=31, reset_vector=CORES[core].base)
        machine.add_memory("code", "rom", CORES[core].base, 256 * 1024)
        machine.add_memory("ram", "ram", CORES[core].base + 256 * 1024, 64 * 1024)
        machine.add_device("cmsdk.uart", "uart", RV_SERIAL)
        return machine
    machine = _emu.Machine(core=core.split("+")[0], clock_hz=25_000_000, irq_count=32, fpu=CORES[core].fpu)
    machine.add_memory("flash", "rom", 0x0000_0000, 256 * 1024)
    machine.add_memory("ram", "ram", 0x2000_0000, 64 * 1024)
    machine.add_device("cmsdk.uart", "uart", 0x4000_4000, irq=0)
    return machine


def is_whole(text: str) -> bool:
    return text.endswith("\n") and text.splitlines()[-1].startswith(END)


def printed_here(image: Path, core: str) -> str:
    machine = machine_for(core)
    machine.poke(CORES[core].base, image.read_bytes())
    machine.power(True)
    if CORES[core].architecture == "riscv32":
        machine.mem_write(RV_SERIAL + 8, 4, bytes([1, 0, 0, 0]))
    printed = b""
    while machine.now() < LIMIT_CYCLES and not is_whole(printed.decode(errors="replace")):
        machine.run(1_000_000)
        printed += machine.serial_read(0)
    return printed.decode(errors="replace")


def printed_by_qemu(image: Path, core: str) -> str:
    name = f"qemu-system-{CORES[core].architecture}"
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    command = ["timeout", str(QEMU_LIMIT_S), program, "-M", CORES[core].qemu, "-nographic", "-monitor", "none"]
    command += ["-serial", "stdio", "-device", f"loader,file={image},addr={CORES[core].base:#x},force-raw=on"]
    command += ["-bios", "none"] if CORES[core].architecture == "riscv32" else []
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
