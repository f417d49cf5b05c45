# SPDX-License-Identifier: Apache-2.0
"""I2C by the chip's own controller: a device written in Python, bit by bit at the pins, answers it."""

from __future__ import annotations

import itertools

import pytest

from .test_peripherals import FLOAT, LOW, I2cRegisters, board_of, run_wired

CONTROLLERS = {
    "microbit_v2": ("P19", "P20"),
    "rpi_pico": ("GP5", "GP4"),
    "esp32c3_devkitm": ("IO5", "IO4"),
    "nucleo_f429zi": ("D15", "D14"),
    "disco_l475": ("D15", "D14"),
    "frdm_k64f": ("D15", "D14"),
}
"""Boards whose VM works the controller, its SCL and SDA."""


class StretchingRegisters(I2cRegisters):
    """As they are, and the clock is held low for a while after each byte."""

    held_us = 0

    def lines(self, scl: int, sda: int) -> None:
        super().lines(scl, sda)
        self.held_us = (
            30 if self._bits == 0 and not scl and self._mode and not self.held_us else max(0, self.held_us - 1)
        )


class RefusingRegisters(I2cRegisters):
    """It takes one byte, and acknowledges no other."""

    def _clock_fell(self) -> None:
        super()._clock_fell()
        if self._mode == "write" and self._bits == 8 and self.at >= 0:
            self.low = False


class OtherMaster(I2cRegisters):
    """It takes the bus from the first transfer: a one of its address is low on the line, until its own transfer has ended."""

    _taken = False
    _left_us = 300

    def lines(self, scl: int, sda: int) -> None:
        super().lines(scl, sda)
        self._taken |= self._mode == "address" and self._bits == 2 and not scl
        if self._taken and self._left_us:
            self._left_us -= 1
            self.low = self._left_us > 0
            if not self.low:
                self._mode = ""


async def _talk(name: str, chip: I2cRegisters, calls: str) -> tuple[list[str], list[tuple[float, int]]]:
    board, (scl, sda) = board_of(name), CONTROLLERS[name]
    board.pull_up(scl)
    board.pull_up(sda)

    def bus() -> None:
        chip.lines(board.level(scl), board.level(sda))
        board.drive(sda, LOW if chip.low else FLOAT)
        board.drive(scl, LOW if getattr(chip, "held_us", 0) else FLOAT)

    setup = f"from i2c import I2C\nbus = I2C(scl={scl!r}, sda={sda!r}, freq=100_000)\n"
    return await run_wired(board, setup, calls, bus), board.driven(scl)


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
    assert 9.9 < periods[len(periods) // 2] < 10.8, "100 kHz, or what comes next below"


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_a_device_may_hold_the_clock(name: str) -> None:
    said, _ = await _talk(name, StretchingRegisters(0x1D), CALLS)
    assert said == SAID


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_a_transfer_of_any_length_is_whole(name: str) -> None:
    chip = I2cRegisters(0x1D)
    said, _ = await _talk(
        name,
        chip,
        "data = bytes(range(1, 71))\nbus.writeto_mem(0x1D, 0, data)\n"
        "for n in (1, 2, 3, 4, 32, 70):\n    print(n, bus.readfrom_mem(0x1D, 0, n) == data[:n])\n",
    )
    assert [line.split()[1] for line in said] == ["True"] * 6


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_a_byte_that_is_refused_is_told_from_an_address(name: str) -> None:
    said, _ = await _talk(
        name,
        RefusingRegisters(0x1D),
        "for data in (b'x', b'xyz', b''):\n    try:\n        print(bus.writeto(0x1D, data))\n"
        "    except OSError as e:\n        print(e.errno)\nprint(bus.scan())\n",
    )
    assert said == ["None", "5", "None", "[29]"]


@pytest.mark.parametrize("name", sorted(CONTROLLERS.keys() - {"microbit_v2"}))  # whose TWIM is made for a single master
async def test_a_bus_that_another_master_takes_is_told_of_and_free_again_later(name: str) -> None:
    chip = OtherMaster(0x1D)
    said, _ = await _talk(
        name,
        chip,
        "try:\n    bus.writeto(0x1D, b'\\x20\\x07')\nexcept OSError as e:\n    print('lost', e.errno)\n"
        "time.sleep_ms(1)\nbus.writeto_mem(0x1D, 0x21, b'\\x08')\nprint(bus.readfrom_mem(0x1D, 0x20, 2))\n",
    )
    assert said[0].startswith("lost ") and said[1:] == ["b'\\x00\\x08'"]
