# SPDX-License-Identifier: Apache-2.0
"""I2C by the chip's own controller: a device written in Python, bit by bit at the pins, answers it."""

from __future__ import annotations

import itertools

import pytest

from .boards import linked, until, vbc
from .test_peripherals import BOARDS, FLOAT, LOW, I2cRegisters, board_of

CONTROLLERS = ["microbit_v2", "rpi_pico", "esp32c3_devkitm"]


class StretchingRegisters(I2cRegisters):
    """As they are, and the clock is held low for a while after each byte."""

    held_us = 0

    def lines(self, scl: int, sda: int) -> None:
        super().lines(scl, sda)
        self.held_us = (
            30 if self._bits == 0 and not scl and self._mode and not self.held_us else max(0, self.held_us - 1)
        )


async def _talk(name: str, chip: I2cRegisters, calls: str) -> tuple[list[str], list[tuple[float, int]]]:
    board, wiring = board_of(name), BOARDS[name]
    board.pull_up(wiring.scl)
    board.pull_up(wiring.sda)
    source = (
        "from i2c import I2C\nimport time\n"
        f"bus = I2C(scl={wiring.scl!r}, sda={wiring.sda!r}, freq=100_000)\nprint('ready')\ntime.sleep_ms(30)\n" + calls
    )
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        await link.run()
        await until(lambda: b"ready" in heard.output)

        def bus() -> None:
            chip.lines(board.level(wiring.scl), board.level(wiring.sda))
            board.drive(wiring.sda, LOW if chip.low else FLOAT)
            board.drive(wiring.scl, LOW if getattr(chip, "held_us", 0) else FLOAT)

        board.step_us, board.wired = 1, bus
        await until(lambda: bool({"ENDED", "RAISED"} & set(heard.kinds())))
        assert "ENDED" in heard.kinds(), heard.events[-1]
        assert board.machine.unmodelled() == []
        return heard.output.decode().splitlines()[1:], board.edges(board.number(wiring.scl))


CALLS = (
    "bus.writeto_mem(0x1D, 0x20, b'\\xa5\\x00\\xff')\n"
    "print(bus.readfrom_mem(0x1D, 0x20, 4))\n"
    "bus.writeto(0x1D, b'\\x21')\nprint(bus.readfrom(0x1D, 1))\n"
    "for call in (lambda: bus.readfrom(0x1E, 1), lambda: bus.writeto(0x1E, b'x')):\n"
    "    try:\n        call()\n    except OSError as e:\n        print(e.errno)\n"
    "print(bus.readfrom_mem(0x1D, 0x22, 1))\n"
)
SAID = ["b'\\xa5\\x00\\xff\\x00'", "b'\\x00'", "19", "19", "b'\\xff'"]


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_registers_are_written_and_read_at_the_standard_clock(name: str) -> None:
    chip = I2cRegisters(0x1D)
    said, clock = await _talk(name, chip, CALLS)
    assert said == SAID
    assert chip.registers[0x20:0x23] == b"\xa5\x00\xff"
    rises = [time_us for time_us, level in clock if level != LOW]
    periods = sorted(late - early for early, late in itertools.pairwise(rises))
    assert 9.9 < periods[len(periods) // 2] < 10.3, "100 kHz"


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_a_device_may_hold_the_clock(name: str) -> None:
    said, _ = await _talk(name, StretchingRegisters(0x1D), CALLS)
    assert said == SAID
