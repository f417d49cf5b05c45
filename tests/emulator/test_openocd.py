# SPDX-License-Identifier: Apache-2.0
"""OpenOCD, as the distribution has it, on an emulated micro:bit: it knows the USB device of the kernel, which umockdev gives it."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator import thumb
from vmrig_server.emulator.pool import EmulatedBoard, WorkerPool

pytestmark = pytest.mark.asyncio(loop_scope="module")

PYTHON = "/usr/bin/python3"
BRIDGE = Path(__file__).with_name("umockdev_bridge.py")
SERVER = Path(__file__).parents[2] / "server"
DEADLINE_S = 90.0
MARK = 0x20000400
SETUP = "adapter driver cmsis-dap; cmsis_dap_backend usb_bulk; transport select swd; gdb_port disabled; tcl_port disabled; telnet_port disabled"


def _missing() -> str:
    """What this machine lacks of what is needed."""
    for tool in ("openocd", "umockdev-wrapper"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    bindings = "import gi; gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev"
    if subprocess.run([PYTHON, "-c", bindings], capture_output=True, check=False).returncode:
        return f"{PYTHON} has no bindings of umockdev (python3-gi, gir1.2-umockdev-1.0)"
    return ""


@pytest.fixture(scope="module", autouse=True)
def _needs_openocd() -> None:
    if lacks := _missing():
        pytest.skip(lacks)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPool]:
    it = WorkerPool(tmp_path_factory.mktemp("home"), workers=1)
    await it.start()
    yield it
    await it.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def board(pool: WorkerPool) -> EmulatedBoard:
    return await pool.create("microbit_v2")


async def openocd(pool: WorkerPool, *commands: str, expect: int = 0) -> str:
    """Runs OpenOCD with these commands after init. Returns what it said."""
    script = "; ".join(["init", *commands, "shutdown"])
    child = await asyncio.create_subprocess_exec(
        *("umockdev-wrapper", PYTHON, str(BRIDGE), str(pool._home / "run" / "usb")),
        *("openocd", "-c", SETUP, "-f", "target/nrf52.cfg", "-c", script),
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), DEADLINE_S)
    except TimeoutError:
        child.terminate()
        raise
    text = output.decode(errors="replace")
    assert child.returncode == expect, text
    return text


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A program that counts in RAM, with 20 KB behind it."""
    program = thumb.code(
        thumb.load(0, 0),
        thumb.load(1, MARK),
        0x3001,  # ADDS r0, #1
        thumb.store(0, 1),
        thumb.branch(-2),
    )
    path = tmp_path / "image.bin"
    path.write_bytes(thumb.vectors(0x100) + program.ljust(64, b"\0") + random.Random(3).randbytes(20_000))
    return path


async def test_openocd_identifies_flashes_verifies_and_runs(
    pool: WorkerPool, board: EmulatedBoard, image: Path
) -> None:
    text = await openocd(
        pool,
        "reset halt",
        "flash probe 0",
        f"echo [flash write_image erase {image} 0]",
        f"echo [verify_image {image} 0]",
        f"mww {MARK:#x} 0",
        "reset run",
        "sleep 20",
        "halt",
        f"echo count:[read_memory {MARK:#x} 32 1]",
    )
    assert f"Using CMSIS-DAPv2 interface with VID:PID=0x0d28:0x0204, serial={board.serial}" in text
    assert "SWD DPIDR 0x2ba01477" in text
    assert "Cortex-M4 r0p1 processor detected" in text
    assert "nRF52833" in text and "512kB Flash, 128kB RAM" in text
    length = image.stat().st_size
    assert f"wrote {length} bytes" in text
    assert f"verified {length} bytes" in text
    assert int(text.split("count:")[1].split()[0], 0) > 1000
    contents = (pool._definitions.folder(board.serial) / "flash.bin").read_bytes()
    assert contents[:length] == image.read_bytes()


async def test_openocd_sees_a_difference(pool: WorkerPool, board: EmulatedBoard, image: Path) -> None:
    other = image.with_name("other.bin")
    other.write_bytes(image.read_bytes()[:-1] + b"\0")
    text = await openocd(pool, "reset halt", f"flash write_image erase {image} 0", f"verify_image {other} 0", expect=1)
    assert "diff 0" in text


async def test_openocd_stops_at_breakpoints_and_watchpoints(
    pool: WorkerPool, board: EmulatedBoard, image: Path
) -> None:
    text = await openocd(
        pool,
        "reset halt",
        f"flash write_image erase {image} 0",
        "reset halt",
        "bp 0x110 2 hw",
        "resume",
        "wait_halt 1000",
        "echo bp:[get_reg pc]",
        "rbp 0x110",
        f"wp {MARK:#x} 4 w",
        "resume",
        "wait_halt 1000",
        "step",
        "echo wp:[get_reg {pc r0}]",
    )
    assert "bp:pc 0x00000110" in text
    assert "wp:pc 0x00000110 r0 0x00000001" in text  # the first store stopped it, the step took the branch
