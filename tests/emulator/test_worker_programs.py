# SPDX-License-Identifier: Apache-2.0
"""Programs on boards of a worker, used through the doors: a serial port opened with pyserial, pins, power."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import serial

from tests.emulator.nrf52 import P0, UARTE0
from tests.emulator.thumb import branch, branch_if_equal, code, compare, fetch, load, poke, store, vectors
from vmrig_server.emulator.pool import EmulatedBoard, PinEdge, WorkerPool

START = 0x100
FLASH_BYTES = 0x80000
LED = 21  # ROW1, P0.21
RXDRDY, TXDRDY = UARTE0 + 0x108, UARTE0 + 0x11C
READ_TIMEOUT_S = 5.0

UART_ON = code(
    poke(UARTE0 + 0x50C, 6),  # PSEL.TXD
    poke(UARTE0 + 0x514, 32 + 8),  # PSEL.RXD
    poke(UARTE0 + 0x524, 0x01D7E000),  # BAUDRATE 115200
    poke(UARTE0 + 0x500, 4),  # ENABLE, the UART without EasyDMA
    poke(UARTE0 + 0x000, 1),  # STARTRX
    poke(UARTE0 + 0x008, 1),  # STARTTX
)
HELLO = code(poke(UARTE0 + 0x51C, ord("!")))
_WAIT_RX = [*load(4, RXDRDY), *fetch(0, 4), *compare(0, 0), *branch_if_equal(-2), *load(0, 0), *store(0, 4)]
_NEXT_LETTER = [*load(5, UARTE0 + 0x518), *fetch(2, 5), 0x3201, *load(5, UARTE0 + 0x51C), *store(2, 5)]  # ADDS r2, #1
_WAIT_TX = [*load(5, TXDRDY), *fetch(0, 5), *compare(0, 0), *branch_if_equal(-2), *load(0, 0), *store(0, 5)]
_LOOP = [*_WAIT_RX, *_NEXT_LETTER, *_WAIT_TX]
ECHO = UART_ON + code(_LOOP, branch(-len(_LOOP)))
"""Sends back each byte plus one."""
GREET = UART_ON + HELLO + code(branch(0))
_DELAY = [*load(3, 10_000), 0x3B01, 0xD1FD]  # SUBS r3, #1; BNE back: 20 000 cycles
_BLINK = [*poke(P0 + 0x508, 1 << LED), *_DELAY, *poke(P0 + 0x50C, 1 << LED), *_DELAY]
BLINK = code(poke(P0 + 0x518, 1 << LED), _BLINK, branch(-len(_BLINK)))
HALF_PERIOD = 20_000
"""Cycles between two edges of BLINK, but for the few of the stores."""


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[WorkerPool]:
    it = WorkerPool(tmp_path, workers=1)
    await it.start()
    yield it
    await it.close()


async def board_with(pool: WorkerPool, program: bytes, pace: str = "real") -> EmulatedBoard:
    """A board that runs a program as soon as it has power."""
    board = await pool.create("microbit_v2", pace=pace, plugged=False)
    image = vectors(START).ljust(START, b"\xff") + program
    (pool._definitions.folder(board.serial) / "flash.bin").write_bytes(image.ljust(FLASH_BYTES, b"\xff"))
    return await pool.plug(board.serial)


async def converse(port: serial.Serial, said: bytes) -> bytes:
    """Writes, and reads as many bytes, off the event loop."""

    def both() -> bytes:
        port.write(said)
        answer: bytes = port.read(len(said))
        return answer

    return await asyncio.to_thread(both)


@pytest.mark.parametrize("pace", ["real", "fast"])
async def test_a_program_answers_over_the_serial_port(pool: WorkerPool, pace: str) -> None:
    board = await board_with(pool, ECHO, pace)
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S, exclusive=True) as port:
        said = bytes(range(200)) + b"\r\n\x11\x13\x03\x04" * 20
        assert await converse(port, said) == bytes(byte + 1 & 0xFF for byte in said)


async def test_bytes_take_their_time_on_the_line_at_real_pace(pool: WorkerPool) -> None:
    board = await board_with(pool, ECHO)
    loop = asyncio.get_running_loop()
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        before = loop.time()
        await converse(port, b"x" * 500)
        assert loop.time() - before >= 500 * 10 / 115200 * 0.9


async def test_power_cut_and_back_restarts_the_program_on_the_same_open_port(pool: WorkerPool) -> None:
    board = await board_with(pool, GREET)
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        await pool.power(board.serial, False)
        port.reset_input_buffer()
        await pool.power(board.serial, True)
        assert await asyncio.to_thread(port.read, 1) == b"!"


async def test_an_unplugged_port_ends_and_a_replugged_one_has_the_same_name(pool: WorkerPool) -> None:
    board = await board_with(pool, ECHO)
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        await pool.unplug(board.serial)
        with pytest.raises(serial.SerialException):
            port.read(1)
    again = await pool.plug(board.serial)
    assert again.serial_port == board.serial_port
    with serial.Serial(again.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        assert await converse(port, b"HAL") == b"IBM"


async def test_pins_change_at_their_virtual_time(pool: WorkerPool) -> None:
    board = await board_with(pool, BLINK, "fast")
    edges: list[PinEdge] = []
    following = 0
    async with asyncio.timeout(READ_TIMEOUT_S):
        while len(edges) < 50:
            new, following = await pool.pin_edges(board.serial, "ROW1", following)
            edges += new
    cycles = [edge.cycle for edge in edges[-20:]]
    assert all(HALF_PERIOD <= b - a <= HALF_PERIOD + 20 for a, b in itertools.pairwise(cycles))
    assert {edge.level for edge in edges[-2:]} == {"low", "high"}
    assert edges[-1].time_ns == edges[-1].cycle * 1_000_000_000 // 64_000_000


async def test_a_busy_board_at_real_pace_does_not_run_ahead_of_the_wall(pool: WorkerPool) -> None:
    loop = asyncio.get_running_loop()
    before = loop.time()
    board = await board_with(pool, BLINK)
    start = (await pool.get(board.serial)).time_ns
    begun = loop.time()
    await asyncio.sleep(0.2)  # the time that is to be measured
    passed = (await pool.get(board.serial)).time_ns
    assert passed / 1e9 <= loop.time() - before
    assert (passed - start) / 1e9 >= (loop.time() - begun) * 0.5


async def test_fast_is_faster_than_the_wall(pool: WorkerPool) -> None:
    board = await board_with(pool, BLINK, "fast")
    first = await pool.get(board.serial)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(READ_TIMEOUT_S):
        while (now := await pool.get(board.serial)).time_ns - first.time_ns < 0.5e9:
            pass
    assert loop.time() - begun < 0.5
    assert now.instructions > first.instructions


async def test_pace_can_be_changed_while_a_board_runs(pool: WorkerPool) -> None:
    board = await board_with(pool, ECHO)
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        assert await converse(port, b"a") == b"b"
        assert (await pool.set_pace(board.serial, "fast")).pace == "fast"
        assert await converse(port, b"b") == b"c"
        await pool.set_pace(board.serial, "real")
        assert await converse(port, b"c") == b"d"


async def test_every_board_of_a_worker_gets_its_share(pool: WorkerPool) -> None:
    await board_with(pool, BLINK, "fast")
    await board_with(pool, BLINK, "fast")
    board = await board_with(pool, ECHO)
    with serial.Serial(board.serial_port, 115200, timeout=READ_TIMEOUT_S) as port:
        assert await converse(port, b"fair?") == b"gbjs@"
