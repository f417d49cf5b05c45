# SPDX-License-Identifier: Apache-2.0
"""What a program on the host's VM finds behind its buses, lines and converters. A test attaches devices of its own, or subclasses `Peripherals`.

The methods that the VM calls (`i2c_transfer`, `adc_read`, ...) say an error as the firmware does: a negative errno.
"""

from __future__ import annotations

import errno
import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

ENODEV = -errno.ENODEV
EINVAL = -errno.EINVAL
RISING, FALLING = 1, 2
NEVER_US = 1 << 63
WAKE, WAKE_TIMER = 64, 128  # HAL_RESET_ of core/hal.h
SECTOR = 4096
"""Bytes of flash that are erased at once."""


class BoardReset(Exception):
    """The board starts again: its watchdog was not fed, or it sleeps deeply. `cause` is what `board.reset_cause()` then tells.

    Of deep sleep: `wake_us` is the time by the program's clock at which it ends, None: at none; `pin` and `level` are what ends it before.
    """

    def __init__(
        self, reason: str, cause: int, wake_us: int | None = None, pin: int | None = None, level: bool = True
    ) -> None:
        super().__init__(reason)
        self.cause = cause
        self.wake_us = wake_us
        self.pin = pin
        self.level = level


class I2cDevice:
    """A device on the I2C bus. Subclass it: `write` gets what the program sends, `read` gives what it asks for."""

    def write(self, data: bytes) -> None:
        """Bytes of one transfer; after an empty one the device has only been asked whether it is there."""

    def read(self, count: int) -> bytes:
        """The next `count` bytes; missing ones are read as 0xFF, since nobody pulls the line down."""
        return b""


class RegisterDevice(I2cDevice):
    """A device with registers of a byte: the first byte written names one, and the number moves on with each byte read or written."""

    def __init__(self, registers: bytes | bytearray = bytes(256)) -> None:
        self.registers = bytearray(registers)
        self.at = 0

    def write(self, data: bytes) -> None:
        """The register's number, then what goes into it and those behind it."""
        if data:
            self.at = data[0]
        for byte in data[1:]:
            self.registers[self.at % len(self.registers)] = byte
            self.at += 1

    def read(self, count: int) -> bytes:
        """Registers from the named one on."""
        size = len(self.registers)
        found = bytes(self.registers[(self.at + i) % size] for i in range(count))
        self.at += count
        return found


class SpiDevice:
    """A device on the SPI bus. As it comes it is a wire from MOSI to MISO."""

    def transfer(self, data: bytes) -> bytes:
        """What it says while `data` goes to it."""
        return data


@dataclass
class SerialLine:
    """A line of the program's: `to_board` waits to be read, `from_board` was written."""

    baud: int = 9600
    to_board: bytearray = field(default_factory=bytearray)
    from_board: bytearray = field(default_factory=bytearray)
    open: bool = True


class _Clock(Protocol):
    def now_us(self) -> int: ...


class Peripherals:
    """A board with every peripheral, and nothing connected to it yet.

    `analog` maps pins to levels from 0 to 65535 (a pin that it does not have reads 0); `pwm_outputs` maps pins to (frequency in Hz, duty of
    65536); `lines` are the UARTs that the program opened, by the order of opening; `flash` is what the program's `flash` module keeps; `levels` are
    those that `edge` has told, for pins that end a deep sleep.
    """

    def __init__(self, clock: _Clock | None = None, *, flash: bytearray | None = None, seed: int = 0) -> None:
        self.clock = clock
        self.flash = flash if flash is not None else bytearray(b"\xff" * 4 * SECTOR)
        self.i2c_devices: dict[int, I2cDevice] = {}
        self.spi_devices: dict[int, SpiDevice] = {}
        self.analog: dict[int, int] = {}
        self.pwm_outputs: dict[int, tuple[int, int]] = {}
        self.lines: list[SerialLine] = []
        self.watched: dict[int, int] = {}
        self.levels: dict[int, bool] = {}
        self._timeout_us: int | None = None
        self._deadline_us = NEVER_US
        self._later: list[tuple[int, int, Callable[[], object]]] = []
        self._events: deque[int] = deque(maxlen=16)
        self._entropy = random.Random(seed)

    # --- what a test does
    def attach_i2c(self, address: int, device: I2cDevice) -> None:
        """A device with this 7-bit address on every I2C bus of the board."""
        self.i2c_devices[address] = device

    def attach_spi(self, device: SpiDevice, sck: int = -1) -> None:
        """A device on the SPI bus with this clock pin; -1: on those that have none of their own."""
        self.spi_devices[sck] = device

    def edge(self, pin: int, level: bool) -> None:
        """A pin has changed: the program hears of it when it watches the pin for such edges."""
        self.levels[pin] = level
        kind = RISING if level else FALLING
        if self.watched.get(pin, 0) & kind:
            self._events.append(kind << 16 | pin)

    def at(self, time_us: int, call: Callable[[], object]) -> None:
        """Something that happens when the program's clock is there: `parts.at(5000, lambda: parts.edge(pin, True))`."""
        heapq.heappush(self._later, (time_us, len(self._later), call))

    def pass_time(self, now_us: int) -> None:
        """Lets happen what was due."""
        while self._later and self._later[0][0] <= now_us:
            heapq.heappop(self._later)[2]()

    def restart(self) -> None:
        """The board starts anew: what its program had set up is gone."""
        self._timeout_us, self._deadline_us = None, NEVER_US
        self.watched.clear()
        self._events.clear()
        self.pwm_outputs.clear()
        self.lines.clear()

    @property
    def next_us(self) -> int:
        """When something happens next by itself: `at`, or the watchdog."""
        return min(self._deadline_us, self._later[0][0] if self._later else NEVER_US)

    @property
    def watchdog_us(self) -> int:
        """When the board starts again unless the program feeds the watchdog, by the clock."""
        return self._deadline_us

    # --- what the VM does
    def i2c_open(self, scl: int, sda: int, frequency_hz: int) -> int:
        """0, or an error."""
        return EINVAL if scl == sda else 0

    def i2c_transfer(self, scl: int, sda: int, address: int, data: bytes, count: int) -> bytes | int:
        """Writes, then reads `count` bytes; an error when nobody has the address."""
        device = self.i2c_devices.get(address)
        if device is None:
            return ENODEV
        if data or not count:
            device.write(data)
        return device.read(count) if count else b""

    def spi_open(self, sck: int, mosi: int, miso: int, mode: int, frequency_hz: int) -> int:
        """0, or an error; pins that are not there are -1."""
        return 0

    def spi_transfer(self, sck: int, data: bytes) -> bytes:
        """What came in meanwhile."""
        device = self.spi_devices.get(sck) or self.spi_devices.get(-1)
        return device.transfer(data) if device else b""

    def uart_open(self, tx: int, rx: int, baud: int, parity: int, stop_bits: int) -> int:
        """The line's number, or an error."""
        self.lines.append(SerialLine(baud))
        return len(self.lines) - 1

    def uart_close(self, number: int) -> None:
        """Nothing is read or written any more."""
        self.lines[number].open = False

    def uart_waiting(self, number: int) -> int:
        """Bytes that the program can read."""
        return len(self.lines[number].to_board)

    def uart_read(self, number: int, count: int) -> bytes:
        """Takes at most so many of them."""
        line = self.lines[number].to_board
        taken = bytes(line[:count])
        del line[:count]
        return taken

    def uart_room(self, number: int) -> int:
        """Bytes that `uart_write` would take now; 0: the program waits."""
        return 1

    def uart_write(self, number: int, data: bytes) -> int:
        """The bytes taken."""
        self.lines[number].from_board += data
        return len(data)

    def adc_read(self, pin: int) -> int:
        """0 to 65535, or an error."""
        return self.analog.get(pin, 0)

    def pwm(self, pin: int, frequency_hz: int, duty: int) -> int:
        """0, or an error; frequency 0 ends it."""
        if frequency_hz:
            self.pwm_outputs[pin] = (frequency_hz, duty)
        else:
            self.pwm_outputs.pop(pin, None)
        return 0

    def watchdog_start(self, timeout_ms: int) -> int:
        """0, or an error."""
        self._timeout_us = timeout_ms * 1000
        self.watchdog_feed()
        return 0

    def watchdog_feed(self) -> None:
        """Its time begins again."""
        if self._timeout_us is not None:
            self._deadline_us = (self.clock.now_us() if self.clock else 0) + self._timeout_us

    def gpio_edge(self, pin: int, edges: int) -> int:
        """Which edges of a pin are told: 1 rising, 2 falling, 3 both, 0 none."""
        self.watched[pin] = edges
        return 0

    def event(self) -> int:
        """The oldest edge not yet told, (1 rising or 2 falling) << 16 | pin, or 0."""
        return self._events.popleft() if self._events else 0

    def sleep_deep(self, duration_us: int, pin: int, level: bool) -> int:
        """The board starts again when the time is over (-1: no time) or the pin has the level (-1: no pin)."""
        now_us = self.clock.now_us() if self.clock else 0
        wake_us = None if duration_us < 0 else now_us + duration_us
        raise BoardReset("the program sleeps deeply", WAKE, wake_us, None if pin < 0 else pin, level)

    def entropy(self, count: int) -> bytes:
        """The same bytes in every run with one `seed`."""
        return self._entropy.randbytes(count)
