# SPDX-License-Identifier: Apache-2.0
"""Unmodified pyOCD on an emulated micro:bit, through the plugin and through the remote protocol."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.emulator.pyocd_child import environment, pyocd
from vmrig_server.emulator.pool import EmulatedBoard, WorkerPool

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPool]:
    it = WorkerPool(tmp_path_factory.mktemp("home"), workers=1)
    await it.start()
    yield it
    await it.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def board(pool: WorkerPool) -> EmulatedBoard:
    return await pool.create("microbit_v2")


@pytest.fixture(scope="module")
def env(pool: WorkerPool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(pool._home, tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image.bin"
    path.write_bytes(random.Random(4).randbytes(40_000))
    return path


def flash(pool: WorkerPool, board: EmulatedBoard, length: int, address: int = 0) -> bytes:
    """What the file behind the flash holds: past pyOCD and past the machine."""
    contents = (pool._definitions.folder(board.serial) / "flash.bin").read_bytes()
    return contents[address : address + length]


async def test_list_shows_the_board_with_its_target(env: dict[str, str], board: EmulatedBoard) -> None:
    listing = await pyocd(env, "list")
    assert re.search(rf"Arm BBC micro:bit CMSIS-DAP\s+{board.serial}\s+✔\S*\s+nrf52833", listing.text)
    assert "BBC micro:bit V2" in listing.text
    machine_readable = json.loads((await pyocd(env, "json", "--probes")).text)
    (entry,) = machine_readable["boards"]
    assert (entry["unique_id"], entry["target"]) == (board.serial, "nrf52833")


async def test_flash_without_any_option_writes_the_image(
    env: dict[str, str], pool: WorkerPool, board: EmulatedBoard, image: Path
) -> None:
    await pyocd(env, "flash", str(image))
    assert flash(pool, board, 40_000) == image.read_bytes()


async def test_flash_at_an_address_keeps_what_is_beside_it(
    env: dict[str, str], pool: WorkerPool, board: EmulatedBoard, image: Path, tmp_path: Path
) -> None:
    await pyocd(env, "flash", str(image))
    patch = tmp_path / "patch.bin"
    patch.write_bytes(b"\x5a" * 100)
    await pyocd(env, "flash", "-u", board.serial[:20], "--base-address", "0x2000", str(patch))
    assert flash(pool, board, 0x2000) == image.read_bytes()[:0x2000]
    assert flash(pool, board, 100, 0x2000) == patch.read_bytes()


async def test_erase_of_a_sector_and_of_the_chip(
    env: dict[str, str], pool: WorkerPool, board: EmulatedBoard, image: Path
) -> None:
    await pyocd(env, "flash", str(image))
    await pyocd(env, "erase", "--sector", "0x1000")
    assert flash(pool, board, 0x1000) == image.read_bytes()[:0x1000]
    assert flash(pool, board, 0x1000, 0x1000) == b"\xff" * 0x1000
    await pyocd(env, "erase", "--chip")
    assert flash(pool, board, 0x80000) == b"\xff" * 0x80000


async def test_reset_of_every_kind(env: dict[str, str], board: EmulatedBoard) -> None:
    for method in ("hw", "sw", "emulated"):
        await pyocd(env, "reset", "-m", method)


async def test_cmd_reads_the_chips_identity_and_writes_memory_and_registers(
    env: dict[str, str], board: EmulatedBoard
) -> None:
    commands = [
        "halt",
        "read32 0x10000100 8",
        "write32 0x20000100 0x12345678 0x9abcdef0",
        "write8 0x20000101 0xaa 0xbb",
        "read8 0x20000100 8",
        "wreg r3 0xcafe",
        "reg r3",
        "readdp 0",
        "readap 0xfc",
    ]
    result = await pyocd(env, "cmd", *(part for command in commands for part in ("-c", command)))
    assert "00052833" in result.text.lower()
    assert re.search(r"20000100:\s+78 aa bb 12\s+f0 de bc 9a", result.text)
    assert "cafe" in result.text.lower()
    assert "2ba01477" in result.text.lower()


async def test_memory_that_is_not_there_reads_zero_to_the_debugger_as_on_nordic_chips(
    env: dict[str, str], board: EmulatedBoard
) -> None:
    result = await pyocd(env, "cmd", "-c", "halt", "-c", "read32 0x2ffffff0")
    assert re.search(r"2ffffff0:\s+00000000", result.text)


async def test_load_into_ram(env: dict[str, str], board: EmulatedBoard, tmp_path: Path) -> None:
    data, back = tmp_path / "data.bin", tmp_path / "back.bin"
    data.write_bytes(random.Random(1).randbytes(5001))
    await pyocd(
        env,
        "cmd",
        "-c",
        "halt",
        "-c",
        f"loadmem 0x20000003 {data}",
        "-c",
        f"savemem 0x20000003 5001 {back}",
    )
    assert back.read_bytes() == data.read_bytes()


async def test_gdbserver_answers_gdb(env: dict[str, str], board: EmulatedBoard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pyocd", "gdbserver", "--port", str(port), "--telnet-port", "0"),
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(20):
            while b"GDB server" not in (line := await child.stdout.readline()):
                assert line, "gdbserver ended"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)

            async def ask(packet: bytes) -> bytes:
                writer.write(b"$" + packet + b"#%02x" % (sum(packet) % 256))
                await reader.readuntil(b"$")
                answer = (await reader.readuntil(b"#"))[:-1]
                await reader.readexactly(2)
                writer.write(b"+")
                return answer

            assert b"qXfer" in await ask(b"qSupported:xmlRegisters=arm")
            assert (await ask(b"?")).startswith((b"S", b"T"))
            assert await ask(b"m10000100,4") == b"33280500"
            assert len(await ask(b"g")) >= 17 * 8
            writer.close()
    finally:
        child.terminate()
        await child.wait()


# --- from another venv: the remote protocol -----------------------------------------------------------------------------


@pytest.fixture
def bare(pool: WorkerPool, tmp_path: Path) -> dict[str, str]:
    """A pyOCD that knows nothing of vmrig."""
    return environment(tmp_path, tmp_path, plugin=False)


async def test_remote_flash_and_cmd(bare: dict[str, str], pool: WorkerPool, board: EmulatedBoard, image: Path) -> None:
    where = ("-u", f"remote:127.0.0.1:{board.remote_port}", "-t", "nrf52833")
    await pyocd(bare, "flash", *where, str(image))
    assert flash(pool, board, 40_000) == image.read_bytes()
    result = await pyocd(bare, "cmd", *where, "-c", "halt", "-c", "read32 0x10000100")
    assert "00052833" in result.text


async def test_a_remote_client_hears_that_the_board_was_unplugged(bare: dict[str, str], pool: WorkerPool) -> None:
    other = await pool.create("microbit_v2")
    where = ("-u", f"remote:127.0.0.1:{other.remote_port}", "-t", "nrf52833")
    await pool.unplug(other.serial)
    await pool.delete(other.serial)
    result = await pyocd(bare, "cmd", *where, "-c", "halt", expect=1)
    assert "refused" in result.text.lower() or "connect" in result.text.lower()
