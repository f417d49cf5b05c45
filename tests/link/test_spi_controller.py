# SPDX-License-Identifier: Apache-2.0
"""SPI by the chip's own controller: its edges are on the pins, a memory written in Python answers them, and its clock is as fast as asked for."""

from __future__ import annotations

import itertools

import pytest

from .boards import linked, until, vbc
from .test_peripherals import BOARDS, HIGH, LOW, WiredBoard, board_of, run

CONTROLLERS = {"microbit_v2": "P16", "rpi_pico": "GP22", "esp32c3_devkitm": "IO1"}
"""Boards whose VM works the controller, and a pin for the memory's chip select."""
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
    board, wiring, memory = board_of(name), BOARDS[name], Eeprom()
    source = (
        "import gpio, time\nfrom spi import SPI\n"
        f"bus = SPI({wiring.sck!r}, {wiring.mosi!r}, {wiring.miso!r}, baudrate=125_000)\n"
        f"gpio.mode({CONTROLLERS[name]!r}, gpio.OUTPUT)\ngpio.high({CONTROLLERS[name]!r})\n"
        "def ask(data):\n"
        f"    gpio.low({CONTROLLERS[name]!r})\n    answer = bus.transfer(data)\n    gpio.high({CONTROLLERS[name]!r})\n    return answer\n"
        "print('ready')\ntime.sleep_ms(30)\n"
        "ask(b'\\x06')\nask(b'\\x02\\x00\\x10Hello')\nprint(ask(b'\\x03\\x00\\x0f' + bytes(7))[3:])\n"
    )
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        await link.run()
        await until(lambda: b"ready" in heard.output)
        _wire(board, memory, CONTROLLERS[name])
        await until(lambda: "ENDED" in heard.kinds())
        assert heard.output == b"ready\nb'\\xffHello\\xff'\n"
        assert memory.cells[16:21] == b"Hello"
        assert board.machine.unmodelled() == []


def _wire(board: WiredBoard, memory: Eeprom, cs: str) -> None:
    wiring = BOARDS[board.name]

    def bus() -> None:
        level = memory.lines(board.level(cs), board.level(wiring.sck), board.level(wiring.mosi))
        board.drive(wiring.miso, HIGH if level else LOW)

    board.step_us, board.wired = 1, bus


@pytest.mark.parametrize("name", CONTROLLERS)
@pytest.mark.parametrize(("polarity", "phase"), CPOL_CPHA)
async def test_each_mode_has_its_clock_and_looks_at_its_edge(name: str, polarity: int, phase: int) -> None:
    board, wiring = board_of(name), BOARDS[name]
    said = await run(
        board,
        "from spi import SPI\n"
        f"bus = SPI({wiring.sck!r}, {wiring.mosi!r}, {wiring.mosi!r}, 1_000_000, {polarity}, {phase})\nprint(bus.transfer(b'\\xa5\\x0f'))\n"
        if name == "microbit_v2"  # whose controller can have both on one pin
        else "from spi import SPI\n"
        f"bus = SPI({wiring.sck!r}, {wiring.mosi!r}, None, 1_000_000, {polarity}, {phase})\nprint(bus.write(b'\\xa5\\x0f') or b'\\xa5\\x0f')\n",
    )
    assert said == ["b'\\xa5\\x0f'"]
    clock = [edge for edge in board.edges(board.number(wiring.sck)) if edge[1] in (LOW, HIGH)]
    leading = HIGH if polarity == 0 else LOW
    looks = [time_us for time_us, level in clock if (level == leading) != bool(phase)][-16:]
    assert all(abs(late - early - 1) < 0.1 for early, late in itertools.pairwise(looks[:8])), looks
    data = [edge for edge in board.edges(board.number(wiring.mosi)) if edge[1] in (LOW, HIGH)]
    levels = [next(level for time_us, level in reversed(data) if time_us < when) for when in looks]
    sent = int("".join("1" if level == HIGH else "0" for level in levels), 2)
    assert sent == 0xA50F
