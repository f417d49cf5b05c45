# SPDX-License-Identifier: Apache-2.0
"""Deep and light sleep on emulated chips: they are off in virtual time, and what wakes them is told to the program that starts anew."""

from __future__ import annotations

import pytest

from vmrig_server.agent.link import ResetCause

from .boards import linked, until, vbc
from .test_peripherals import HIGH, LOW, WiredBoard, board_of

PINS = {
    "microbit_v1": "P16",
    "rpi_pico": "GP22",
    "esp32c3_devkitm": "IO2",
    "nucleo_f429zi": "0",
    "disco_l475": "D1",
    "frdm_k64f": "BUTTON1",
}
"""One that ends the chip's deep sleep, of each board; "0": PA0, which the board leads nowhere but to a header."""
TIMED = [name for name in PINS if name != "microbit_v1"]
LEVELS = [(name, level) for name in PINS for level in (HIGH, LOW) if (name, level) != ("nucleo_f429zi", LOW)]
COUNT = "import sleep, flash\nn = flash.get('n', 0)\nflash.set('n', n + 1)\nprint('start', n, sleep.wake_cause())\n"


def board_for(name: str) -> WiredBoard:
    board = board_of(name)
    if PINS[name] == "0":
        board.number = lambda name: 0 if name == "0" else WiredBoard.number(board, name)  # type: ignore[method-assign]
    return board


def pin_of(name: str) -> str:
    return "0" if PINS[name] == "0" else repr(PINS[name])


def now_us(board: WiredBoard) -> float:
    return board.machine.nanoseconds(board.machine.now()) / 1000


@pytest.mark.parametrize("name", TIMED)
async def test_a_board_sleeps_deeply_for_a_time_and_starts_anew(name: str) -> None:
    board = board_for(name)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(COUNT + "if n == 0:\n    sleep.deep(0.75)\nprint('awake')\n"))
        await link.run()
        await until(lambda: b"start 0 0\n" in heard.output)
        fell_asleep_us, instructions = now_us(board), board.machine.instructions()
        await until(lambda: b"awake" in heard.output)
        assert 0.97 * 750_000 < now_us(board) - fell_asleep_us < 1.03 * 750_000 + 120_000
        assert heard.output == b"start 0 0\nstart 1 1\nawake\n"
        assert heard.boots[-1].reset_cause == ResetCause.WAKE | ResetCause.WAKE_TIMER
        assert instructions
        assert board.machine.unmodelled() == []


@pytest.mark.parametrize(("name", "level"), LEVELS)
async def test_a_pins_level_ends_deep_sleep(name: str, level: int) -> None:
    board = board_for(name)
    board.drive(PINS[name], LOW if level == HIGH else HIGH)
    async with linked(board) as (link, heard):
        source = f"if n == 0:\n    sleep.deep(pin={pin_of(name)}, level={int(level == HIGH)})\nprint('awake')\n"
        await link.uplink(vbc(COUNT + source))
        await link.run()
        await until(lambda: b"start 0 0\n" in heard.output)
        board.pass_time(200_000)
        asleep = board.machine.instructions()
        board.pass_time(500_000)
        assert board.machine.instructions() == asleep, "it runs"
        board.drive(PINS[name], level)
        await until(lambda: b"awake" in heard.output)
        assert heard.output == b"start 0 0\nstart 1 2\nawake\n"
        assert heard.boots[-1].reset_cause == ResetCause.WAKE
        assert board.machine.unmodelled() == []


@pytest.mark.parametrize(
    ("name", "call", "text"),
    [
        ("microbit_v1", "sleep.deep(1)", "is ended by pins 0 to 30 at either level only"),
        ("esp32c3_devkitm", "sleep.deep(pin='IO10')", "is ended by a time or by pins 0 to 5 at either level only"),
        ("nucleo_f429zi", "sleep.deep(1, 'D2')", "is ended by a time or by pin 0 at high level only"),
    ],
)
async def test_a_chip_says_what_can_end_its_deep_sleep(name: str, call: str, text: str) -> None:
    board = board_for(name)
    async with linked(board) as (link, heard):
        await link.uplink(vbc(f"import sleep\ntry:\n    {call}\nexcept OSError as e:\n    print(e.errno, e)\n"))
        await link.run()
        await until(lambda: "ENDED" in heard.kinds())
        assert heard.output.decode() == f"19 [Errno 19] this chip's deep sleep {text}; sleep.light() by all\n"


async def test_a_program_that_sleeps_soon_after_each_start_is_never_given_up() -> None:
    board = board_for("rpi_pico")
    async with linked(board) as (link, heard):
        await link.uplink(vbc(COUNT + "if n < 6:\n    sleep.deep(0.02)\n"))
        await link.run()
        await until(lambda: b"start 6 1\n" in heard.output)


@pytest.mark.parametrize("name", PINS)
async def test_light_sleep_ends_by_time_and_by_an_edge(name: str) -> None:
    board, pin = board_for(name), pin_of(name)
    board.drive(PINS[name], LOW)
    async with linked(board) as (link, heard):
        source = (
            f"import gpio, sleep, time\nstart = time.ticks_ms()\ngpio.mode({pin}, gpio.INPUT)\n"
            f"print(sleep.light(0.25), 250 <= time.ticks_ms() - start < 253, sleep.light(0.05, {pin}, 1), sleep.light(0.01, {pin}, 0))\n"
            f"print('go')\nprint(sleep.light(5, {pin}, 1), time.ticks_ms() - start < 4000)\n"
        )
        await link.uplink(vbc(source))
        await link.run()
        await until(lambda: b"go\n" in heard.output)
        board.drive(PINS[name], HIGH)
        await until(lambda: "ENDED" in heard.kinds())
        assert heard.output == b"1 True 1 2\ngo\n2 True\n"
