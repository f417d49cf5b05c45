# SPDX-License-Identifier: Apache-2.0
"""SPI by the chip's own controller: its edges are on the pins, a memory written in Python answers them, and its clock is as fast as asked for."""

from __future__ import annotations

import itertools

import pytest

from .test_peripherals import HIGH, LOW, board_of, run, run_wired

CONTROLLERS = {
    "microbit_v2": ("P16", "P13", "P15", "P14"),
    "rpi_pico": ("GP22", "GP18", "GP19", "GP16"),
    "esp32c3_devkitm": ("IO1", "IO6", "IO7", "IO10"),
    "nucleo_f429zi": ("D10", "D13", "D11", "D12"),
    "disco_l475": ("D2", "D13", "D11", "D12"),
    "frdm_k64f": ("D10", "D13", "D11", "D12"),
}
"""Boards whose VM works the controller: a pin for the memory's chip select, and SCK, MOSI, MISO."""
SLOW_HZ = 330_000
"""A clock of which a wired board sees every edge, and that every controller has."""
CLOCKS_HZ = {"nucleo_f429zi": 656_250, "disco_l475": 625_000}
"""Of 1 MHz asked for, where that is not what is had."""
CPOL_CPHA = [(0, 0), (0, 1), (1, 0), (1, 1)]


class Eeprom:
    """A memory of the 25xx kind, in mode 0: 06 lets the next write in, 02 writes, 03 reads, after two bytes of address."""

    def __init__(self) -> None:
        self.cells = bytearray(b"\xff" * 256)
        self.so = 1
        self._open = False
        self._was = (1, 0)
        self._heard = bytearray()
        self._bits: list[int] = []

    def lines(self, cs: int, sck: int, si: int) -> int:
        """The level at its data output after the lines are these."""
        was_cs, was_sck = self._was
        self._was = (cs, sck)
        if cs:
            if not was_cs:
                self._selected_no_more()
        elif was_cs:
            self._heard.clear()
            self._bits.clear()
        elif sck and not was_sck:
            self._bits.append(si)
            if len(self._bits) == 8:
                self._heard.append(int("".join(map(str, self._bits)), 2))
                self._bits.clear()
        elif was_sck and not sck and len(self._heard) >= 3 and self._heard[0] == 3:
            at = self._heard[2] + len(self._heard) - 3
            self.so = self.cells[at % 256] >> (7 - len(self._bits)) & 1
        return self.so

    def _selected_no_more(self) -> None:
        if self._heard[:1] == b"\x02" and self._open:
            at = self._heard[2]
            self.cells[at : at + len(self._heard) - 3] = self._heard[3:]
        self._open = self._heard == b"\x06"


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_a_memory_on_the_bus_is_written_and_read(name: str) -> None:
    board, memory, (cs, sck, mosi, miso) = board_of(name), Eeprom(), CONTROLLERS[name]

    def bus() -> None:
        level = memory.lines(board.level(cs), board.level(sck), board.level(mosi))
        board.drive(miso, HIGH if level else LOW)

    said = await run_wired(
        board,
        "import gpio\nfrom spi import SPI\n"
        f"bus = SPI({sck!r}, {mosi!r}, {miso!r}, baudrate={SLOW_HZ})\n"
        f"gpio.mode({cs!r}, gpio.OUTPUT)\ngpio.high({cs!r})\n"
        "def ask(data):\n"
        f"    gpio.low({cs!r})\n    answer = bus.transfer(data)\n    gpio.high({cs!r})\n    return answer\n",
        "ask(b'\\x06')\nask(b'\\x02\\x00\\x10Hello')\nprint(ask(b'\\x03\\x00\\x0f' + bytes(7))[3:])\n",
        bus,
    )
    assert said == ["b'\\xffHello\\xff'"]
    assert memory.cells[16:21] == b"Hello"


@pytest.mark.parametrize("name", CONTROLLERS)
@pytest.mark.parametrize(("polarity", "phase"), CPOL_CPHA)
async def test_each_mode_has_its_clock_and_looks_at_its_edge(name: str, polarity: int, phase: int) -> None:
    board, (_, sck, mosi, _) = board_of(name), CONTROLLERS[name]
    said = await run(
        board,
        f"from spi import SPI\nbus = SPI({sck!r}, {mosi!r}, None, 1_000_000, {polarity}, {phase})\nprint(bus.write(b'\\xa5\\x0f'))\n",
    )
    assert said == ["None"]
    clock = board.driven(sck)
    leading = HIGH if polarity == 0 else LOW
    looks = [time_us for time_us, level in clock if (level == leading) != bool(phase)][-16:]
    period_us = 1e6 / (CLOCKS_HZ.get(name) or 1_000_000)
    assert all(abs(late - early - period_us) < 0.1 for early, late in itertools.pairwise(looks[:8])), looks
    data = board.driven(mosi)
    levels = [next(level for time_us, level in reversed(data) if time_us < when) for when in looks]
    sent = int("".join("1" if level == HIGH else "0" for level in levels), 2)
    assert sent == 0xA50F


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_the_clock_is_as_fast_as_the_controller_can_without_being_faster_than_asked(name: str) -> None:
    board, (_, sck, mosi, miso) = board_of(name), CONTROLLERS[name]
    board.drive(miso, HIGH)
    assert await run(
        board, f"from spi import SPI\nprint(SPI({sck!r}, {mosi!r}, {miso!r}, 8_000_000).read(70) == b'\\xff' * 70)\n"
    ) == ["True"]
    rises = [time_us for time_us, level in board.driven(sck) if level == HIGH]
    assert len(rises) == 70 * 8
    assert 0.12 < min(late - early for early, late in itertools.pairwise(rises)) < 0.26


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_the_same_bytes_come_back_by_controller_and_by_program(name: str) -> None:
    board, (_, sck, mosi, miso) = board_of(name), CONTROLLERS[name]
    said = await run_wired(
        board,
        "from spi import SPI\n",
        f"for baudrate, low_first, n in ((50_000, 0, 9), (50_000, 1, 9), ({SLOW_HZ}, 0, 70)):\n    data = bytes(range(1, 3 * n, 3))\n"
        f"    print(SPI({sck!r}, {mosi!r}, {miso!r}, baudrate, lsb_first=low_first).transfer(data) == data)\n",
        lambda: board.drive(miso, board.level(mosi)),
    )
    assert said == ["True"] * 3
