# SPDX-License-Identifier: Apache-2.0
"""I2C buses of which this board is the master."""

Pin = str | int
Register = int | bytes | bytearray
Data = bytes | bytearray

class I2C:
    """A bus on two pins, which the chip pulls up (weakly: a real bus has resistors of its own).

    scl, sda: pins, any two. freq: clock in Hz, 1000 to 1_000_000; the pins are worked by program, so it is an upper limit.
    Raises ValueError for a pin or a frequency out of range, OSError EBUSY when a pin is the board's own, EINVAL when both are one, ETIMEDOUT
    when somebody holds the clock.
    Methods raise OSError: ENODEV when no device acknowledges the address, EIO when it does not take a byte, ETIMEDOUT when a line is held for
    more than 25 ms.
    """

    def __init__(self, scl: Pin, sda: Pin, freq: int = 100_000) -> None: ...
    def scan(self) -> list[int]:
        """Addresses from 8 to 119 at which a device answers."""

    def readfrom(self, address: int, count: int, /) -> bytes:
        """Reads `count` bytes, 0 to 65535, from the device at the 7-bit address."""

    def writeto(self, address: int, data: Data, /) -> None:
        """Writes the bytes; with none the device is only asked whether it is there."""

    def readfrom_mem(self, address: int, register: Register, count: int, /) -> bytes:
        """Names a register, 0 to 255 or 1 to 4 bytes, and reads from it after a repeated start."""

    def writeto_mem(self, address: int, register: Register, data: Data, /) -> None:
        """Writes the register's name and the bytes, in one transfer."""
