# SPDX-License-Identifier: Apache-2.0
"""An unmodified esptool, started by hand, on emulated boards: through their terminals with modem lines, and over RFC 2217."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import serial

from tests.peers.embedded_suite import GREETING, image
from tests.peers.esp_board import EspBoard, plugged

if importlib.util.find_spec("esptool") is None:
    pytest.skip("esptool is not installed: pip install 'vmrig[esp]'", allow_module_level=True)

LIMIT_S = 60.0


@pytest.fixture
async def board(tmp_path: Path) -> AsyncIterator[EspBoard]:
    async with plugged(tmp_path, "esp32c3_devkitm") as it:
        yield it


async def esptool(port: str, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """What it says. AssertionError: it failed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "esptool", "--port", port, *arguments),
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(child.communicate(), LIMIT_S)
    finally:
        if child.returncode is None:
            child.kill()
    text = output.decode(errors="replace")
    assert child.returncode == 0, text
    return text


def said(port: serial.SerialBase, wanted: bytes) -> bytes:
    """What a board says until it has said `wanted`. AssertionError: it did not come."""
    text, end = b"", time.monotonic() + LIMIT_S
    while wanted not in text and time.monotonic() < end:
        text += port.read(max(1, port.in_waiting))
    assert wanted in text, text[-500:]
    return text


async def test_what_esptool_has_flashed_runs_after_its_reset(board: EspBoard, tmp_path: Path) -> None:
    (tmp_path / "hello.bin").write_bytes(image())
    text = await esptool(board.port, "write-flash", "0x0", f"{tmp_path}/hello.bin", env=board.environment)
    assert "Chip type:          ESP32-C3" in text
    assert "Stub flasher running." in text
    assert "Hash of data verified." in text
    assert "Hard resetting via RTS pin..." in text
    with serial.serial_for_url(board.port, 115200, timeout=0.1) as port:
        await asyncio.to_thread(said, port, GREETING.encode())


async def test_the_chip_is_found_again_while_its_program_runs(board: EspBoard, tmp_path: Path) -> None:
    (tmp_path / "hello.bin").write_bytes(image())
    await esptool(board.port, "--chip", "esp32c3", "write-flash", "0x0", f"{tmp_path}/hello.bin", env=board.environment)
    with serial.serial_for_url(board.port, 115200, timeout=0.1) as port:
        await asyncio.to_thread(said, port, GREETING.encode())
    assert "Detected flash size: 4MB" in await esptool(board.port, "--no-stub", "flash-id", env=board.environment)


@pytest.mark.slow  # esptool's client needs 0.2 s a command there
async def test_esptool_works_over_rfc2217_too(board: EspBoard) -> None:
    text = await esptool(board.url, "--chip", "esp32c3", "flash-id")
    assert "Detected flash size: 4MB" in text
    assert "Hard resetting via RTS pin..." in text
