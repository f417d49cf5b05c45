# SPDX-License-Identifier: Apache-2.0
"""The board library on emulated chips: what a program does with its peripherals is seen on the pins, and what is done to the pins is seen by it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from vmrig_server.agent.link import ResetCause
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.images import load_image

from .boards import EmulatedBoard, Heard, linked, until, vbc

LOW, HIGH, FLOAT = 0, 1, -1
STEP_US = 10
"""How long a wired board runs between two looks at its pins."""


@dataclass(frozen=True)
class Wiring:
    """Names of a board's pins. `analog` has a converter, `pwm` are two that can pulse at one frequency."""

    scl: str
    sda: str
    sck: str
    mosi: str
    miso: str
    analog: str
    pwm: tuple[str, str] = ("", "")
    line: tuple[str, str] = ("", "")
    edge: str = ""
    watchdog: bool = True


BOARDS = {
    "microbit_v1": Wiring("P19", "P20", "P13", "P15", "P14", "P0", ("P1", "P2"), edge="P16"),
    "microbit_v2": Wiring("P19", "P20", "P13", "P15", "P14", "P0", ("P1", "P2"), ("P8", "P9"), "P16"),
    "rpi_pico": Wiring("GP5", "GP4", "GP18", "GP19", "GP16", "GP26", ("GP14", "GP15"), ("GP8", "GP9"), "GP22"),
    "esp32c3_devkitm": Wiring("IO5", "IO4", "IO6", "IO7", "IO10", "IO0", ("IO1", "IO3"), ("IO8", "IO9"), "IO2"),
    "nucleo_f429zi": Wiring("A1", "A2", "A3", "A4", "A5", "A0", ("D6", "D5"), ("D1", "D0"), "D2"),
    "frdm_k64f": Wiring("D3", "D4", "D5", "D6", "D7", "A0", ("D10", "D11"), ("D1", "D0"), "D2"),
    "disco_l475": Wiring("A1", "A2", "A3", "A4", "D8", "A0", ("D5", "D3"), ("D1", "D0"), "D2"),
}
HAVE_PWM = [name for name, wiring in BOARDS.items() if wiring.pwm[0]]
HAVE_EDGES = [name for name, wiring in BOARDS.items() if wiring.edge]
HAVE_LINE = [name for name, wiring in BOARDS.items() if wiring.line[0]]


class I2cRegisters:
    """A chip on the bus, bit by bit: the first byte written names a register, then they are written or read on from there."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.registers = bytearray(256)
        self.at = -1
        self.low = False  # it pulls SDA
        self._mode = ""
        self._bits = self._byte = 0
        self._acknowledged = False
        self._lines = (1, 1)

    def lines(self, scl: int, sda: int) -> None:
        """What the lines are now."""
        (was_scl, was_sda), self._lines = self._lines, (scl, sda)
        if scl and was_scl and sda != was_sda:
            self._mode, self._bits, self._byte, self.low = ("" if sda else "address"), 0, 0, False
        elif scl and not was_scl:
            self._bits += 1
            if self._bits <= 8:
                self._byte = (self._byte << 1 | sda) & 0xFF
            else:
                self._acknowledged = not sda
        elif was_scl and not scl and self._mode:
            self._clock_fell()

    def _clock_fell(self) -> None:
        if self._mode == "read" and self._bits < 9:
            self.low = self._bits < 8 and not self.registers[self.at] >> (7 - self._bits) & 1
        elif self._bits == 8:
            self.low = self._mode == "write" or self._byte >> 1 == self.address
        elif self._bits == 9:
            self._byte_over()

    def _byte_over(self) -> None:
        self._bits, self.low = 0, False
        if self._mode == "address":
            if self._byte >> 1 != self.address:
                self._mode = ""
                return
            self._mode = "read" if self._byte & 1 else "write"
            if self._mode == "write":
                self.at = -1
        elif self._mode == "write":
            if self.at < 0:
                self.at = self._byte
            else:
                self.registers[self.at] = self._byte
                self.at += 1
            return
        else:
            self.at += 1
            if not self._acknowledged:
                self._mode = ""
                return
        if self._mode == "read":
            self._clock_fell()


class WiredBoard(EmulatedBoard):
    """A board with something wired to its pins, which looks at them all the time."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.name = name
        self.pins = load_target(name).pins
        self.wired: Callable[[], None] | None = None
        self.step_us = STEP_US

    def number(self, name: str) -> int:
        return self.pins[name].pin

    def level(self, name: str) -> int:
        return int(self.machine.pin_level(self.number(name)) == HIGH)

    def drive(self, name: str, level: int) -> None:
        self.machine.pin_drive(self.number(name), level)

    def driven(self, name: str) -> list[tuple[float, int]]:
        """(microseconds, level) of a pin's edges while it is driven; those of `edges` are of the clock in the chip's file, which one runs below."""
        clock = self.machine.clock_hz() / load_chip(load_target(self.name).chip).core.clock_hz
        edges = self.edges(self.number(name))
        return [(time_us / clock, level) for time_us, level in edges if level in (LOW, HIGH)]

    def pull_up(self, name: str) -> None:
        self.machine.pin_pull(self.number(name), HIGH)

    def pass_time(self, microseconds: int) -> bytes:
        if self.wired is None:
            return super().pass_time(microseconds)
        said = b""
        for _ in range(microseconds // self.step_us):
            said += super().pass_time(self.step_us)
            self.wired()
        return said


def board_of(name: str) -> WiredBoard:
    if "threads" not in load_image(name, "vm").features:
        pytest.skip("the image is older than the board library: make images")
    board = WiredBoard(name)
    board.power(True)
    return board


async def run(board: WiredBoard, source: str, turns: int = 1_000_000) -> list[str]:
    """What a program said until it ended. turns: of the loop, of about 2 ms of the board's time each, until one gives up."""
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        await link.run()
        await until(
            lambda: heard.kinds()[-1:] in (["ENDED"], ["RAISED"], ["REFUSED"]) or "CONFIRMED" in heard.kinds(),
            turns,
        )
        assert "ENDED" in heard.kinds(), heard.events[-1]
        assert board.machine.unmodelled() == []
        return heard.output.decode().splitlines()


async def run_wired(board: WiredBoard, setup: str, calls: str, wired: Callable[[], None]) -> list[str]:
    """What `calls` say after `setup`, with something wired to the pins that sees every microsecond of them."""
    source = f"{setup}import time\nprint('ready')\ntime.sleep_ms(30)\n{calls}"
    async with linked(board) as (link, heard):
        await link.uplink(vbc(source))
        await link.run()
        await until(lambda: b"ready" in heard.output)
        board.step_us, board.wired = 1, wired
        await until(lambda: bool({"ENDED", "RAISED"} & set(heard.kinds())))
        assert "ENDED" in heard.kinds(), heard.events[-1]
        assert board.machine.unmodelled() == []
        return heard.output.decode().splitlines()[1:]


@pytest.mark.parametrize("name", BOARDS)
async def test_a_chip_on_the_i2c_bus_is_found_written_and_read(name: str) -> None:
    board, wiring, chip = board_of(name), BOARDS[name], I2cRegisters(0x1D)
    board.pull_up(wiring.scl)
    board.pull_up(wiring.sda)

    def bus() -> None:
        chip.lines(board.level(wiring.scl), board.level(wiring.sda))
        board.drive(wiring.sda, LOW if chip.low else FLOAT)

    board.wired = bus
    said = await run(
        board,
        "from i2c import I2C\n"
        f"bus = I2C(scl={wiring.scl!r}, sda={wiring.sda!r}, freq=10_000)\n"
        "bus.writeto_mem(0x1D, 0x20, b'\\xa5\\x00\\xff')\n"
        "print(bus.readfrom_mem(0x1D, 0x20, 4))\n"
        "bus.writeto(0x1D, b'\\x21')\n"
        "print(bus.readfrom(0x1D, 1))\n"
        "try:\n    bus.readfrom(0x1E, 1)\nexcept OSError as e:\n    print(e.errno)\n",
    )
    assert said == ["b'\\xa5\\x00\\xff\\x00'", "b'\\x00'", "19"]
    assert chip.registers[0x20:0x23] == b"\xa5\x00\xff"


@pytest.mark.parametrize("name", BOARDS)
async def test_what_spi_sends_comes_back_over_a_wire(name: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    board.wired = lambda: board.drive(wiring.miso, board.level(wiring.mosi))
    said = await run(
        board,
        "from spi import SPI\n"
        "for mode in range(4):\n"
        f"    bus = SPI({wiring.sck!r}, {wiring.mosi!r}, {wiring.miso!r}, baudrate=5000, polarity=mode >> 1, phase=mode & 1)\n"
        "    print(bus.transfer(b'\\xa5\\x0f'))\n"
        f"print(SPI({wiring.sck!r}, {wiring.mosi!r}, {wiring.miso!r}, 5000, lsb_first=True).read(1, 0x13))\n",
    )
    assert said == ["b'\\xa5\\x0f'"] * 4 + ["b'\\x13'"]
    # A clock of at most 5 kHz (times are of the clock in the chip's file, which one runs below), eight times up and down a byte: the one that was read.
    clock = [(time_us, level) for time_us, level in board.edges(board.number(wiring.sck)) if level != FLOAT]
    rises = [time_us for time_us, level in clock if level == HIGH]
    assert all(180 < late - early < 260 for early, late in itertools.pairwise(rises[-8:])), rises[-8:]


@pytest.mark.parametrize("name", ["frdm_k64f", "nucleo_f429zi"])
async def test_slow_bits_keep_their_pace_when_the_timer_behind_them_goes_round(name: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    await run(
        board, f"from spi import SPI\nSPI({wiring.sck!r}, {wiring.mosi!r}, {wiring.miso!r}, 1000).read(250)\n", 3000
    )
    rises = [time_us for time_us, level in board.driven(wiring.sck) if level == HIGH]
    assert len(rises) == 8 * 250
    periods = [late - early for early, late in itertools.pairwise(rises)]
    # 2**24 cycles are 140 ms or less of these 2 s. A line's interrupt may lengthen a bit a little.
    assert 995 < min(periods) <= max(periods) < 1200


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize(("level", "read"), [(LOW, "0"), (HIGH, "65535")])
async def test_the_level_of_an_analog_pin_is_read(name: str, level: int, read: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    board.drive(wiring.analog, level)
    assert await run(board, f"from adc import ADC\nprint(ADC({wiring.analog!r}).read_u16())\n") == [read]


@pytest.mark.parametrize("name", HAVE_PWM)
async def test_pulses_have_their_frequency_and_their_duty(name: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    first, second = wiring.pwm
    await run(
        board,
        "import time\nfrom pwm import PWM\n"
        f"a = PWM({first!r}, freq=1000, duty_u16=0x4000)\nb = PWM({second!r}, freq=1000, duty_u16=0xC000)\n"
        "time.sleep_ms(12)\na.close()\nb.close()\n",
    )
    clock = (
        board.machine.clock_hz() / load_chip(load_target(name).chip).core.clock_hz
    )  # edges are told by the chip file's
    for pin, wanted_us in ((first, 250 * clock), (second, 750 * clock)):
        edges = [edge for edge in board.edges(board.number(pin)) if edge[1] in (LOW, HIGH)]
        pulses = [
            (down - up, up)
            for (up, level), (down, after) in itertools.pairwise(edges)
            if level == HIGH and after == LOW
        ][2:-3]
        assert len(pulses) >= 4
        assert all(abs(width - wanted_us) < 2 for width, _ in pulses), pulses
        assert all(abs(late[1] - early[1] - 1000 * clock) < 2 for early, late in itertools.pairwise(pulses)), pulses


async def _edge_story(board: WiredBoard, wiring: Wiring, heard: Heard) -> None:
    for level, text in ((HIGH, b"ready"), (LOW, b"saw 1"), (HIGH, b"saw 0")):
        await until(lambda text=text: text in heard.output)  # type: ignore[misc]
        board.drive(wiring.edge, level)


@pytest.mark.parametrize("name", HAVE_EDGES)
async def test_edges_wake_the_thread_that_waits_for_them(name: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    board.drive(wiring.edge, LOW)
    async with linked(board) as (link, heard):
        source = (
            f"import gpio\ngpio.mode({wiring.edge!r}, gpio.INPUT)\ngpio.watch({wiring.edge!r})\nprint('ready')\n"
            f"for i in range(3):\n    print('saw', gpio.wait({wiring.edge!r}, 5))\nprint(gpio.wait({wiring.edge!r}, 0.01))\n"
        )
        await link.uplink(vbc(source))
        await link.run()
        await _edge_story(board, wiring, heard)
        await until(lambda: "ENDED" in heard.kinds())
        assert heard.output.decode().split("\n") == ["ready", "saw 1", "saw 0", "saw 1", "None", ""]


def _bytes_on(edges: list[tuple[float, int]], bit_us: float) -> bytes:
    """8N1, from a pin's edges; idle is high."""
    said, free_at = bytearray(), 0.0
    for start, level in edges:
        if level != LOW or start < free_at:
            continue
        byte = 0
        for bit in range(8):
            when = start + (bit + 1.5) * bit_us
            now = next(level for time_us, level in reversed(edges) if time_us <= when)
            byte |= (now == HIGH) << bit
        said.append(byte)
        free_at = start + 9.5 * bit_us
    return bytes(said)


@pytest.mark.parametrize("name", HAVE_LINE)
async def test_a_program_has_a_line_of_its_own(name: str) -> None:
    board, wiring = board_of(name), BOARDS[name]
    tx, rx = wiring.line
    said = await run(
        board,
        f"from uart import UART\nline = UART(tx={tx!r}, rx={rx!r}, baudrate=9600)\n"
        "print(line.write(b'Hello' * 40), line.any(), line.read(-1, 0.01))\nline.close()\nprint('closed')\n",
    )
    assert said == ["200 0 b''", "closed"]
    edges = board.edges(board.number(tx))
    if len(edges) > 20:  # a chip whose model puts the bits on the pin
        assert _bytes_on([e for e in edges if e[1] in (LOW, HIGH)], 1e6 / 9600).endswith(b"HelloHello")


@pytest.mark.parametrize("name", [name for name, wiring in BOARDS.items() if wiring.watchdog])
async def test_a_watchdog_that_is_not_fed_starts_the_board_anew(name: str) -> None:
    board = board_of(name)
    async with linked(board) as (link, heard):
        boots = len(heard.boots)
        source = (
            "import watchdog, time, board\n"
            "if board.reset_cause() & board.WATCHDOG:\n    raise SystemExit\n"
            "watchdog.start(60)\nfor i in range(4):\n    time.sleep_ms(40)\n    watchdog.feed()\nprint('fed')\nwhile True:\n    pass\n"
        )
        await link.uplink(vbc(source))
        await link.run()
        await until(lambda: len(heard.boots) > boots)
        assert heard.output == b"fed\n"
        assert heard.boots[-1].reset_cause & ResetCause.WATCHDOG


@pytest.mark.parametrize("name", BOARDS)
async def test_values_in_flash_outlive_power(name: str) -> None:
    board = board_of(name)
    source = "import flash\nn = flash.get('starts', 0) + 1\nflash.set('starts', n)\nprint(n, flash.keys())\n"
    assert await run(board, source) == ["1 ['starts']"]
    board.power(False)
    board.power(True)
    async with linked(board) as (_, heard):
        await until(lambda: b"\n" in heard.output)
        assert heard.output == b"2 ['starts']\n"
