# SPDX-License-Identifier: Apache-2.0
"""A small firmware with debug information, as any compiler makes it, on an emulated micro:bit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from vmrig_native import _emu

from vmrig_server.emulator.machine import build_machine

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("ziglang", reason="the toolchain is in the extra 'images'")
    out = tmp_path_factory.mktemp("firmware") / "blink.elf"
    command = [
        "cc",
        "-target",
        "thumb-freestanding-eabi",
        "-mcpu=cortex_m4",
        "-O0",
        "-g",
        "-ffreestanding",
        "-fno-sanitize=undefined",
    ]
    link = ["-nostdlib", "-Wl,-e,reset_handler", "-Wl,-z,max-page-size=16", "-T", str(HERE / "blink.ld")]
    subprocess.run(
        [sys.executable, "-m", "ziglang", *command, *link, str(HERE / "blink.c"), "-o", str(out)],
        check=True,
        capture_output=True,
    )
    return out


@pytest.fixture(scope="session")
def image(elf: Path) -> bytes:
    binary = elf.with_suffix(".bin")
    subprocess.run([sys.executable, "-m", "ziglang", "objcopy", "-O", "binary", str(elf), str(binary)], check=True)
    return binary.read_bytes()


@pytest.fixture
def machine(image: bytes) -> _emu.Machine:
    """With the firmware in its flash, power off."""
    machine = build_machine("microbit_v2", storage=None, identity={}).machine
    machine.poke(0, image)
    return machine
