# SPDX-License-Identifier: Apache-2.0
"""SPI buses of which this board is the master. The program drives the line that selects the other chip, with gpio."""

Pin = str | int
Data = bytes | bytearray

class SPI:
    """A bus on up to three pins, any of the board's.

    mosi, miso: None when the line is not there; then nothing is sent, or ones are read. baudrate: clock in Hz, 1000 to 50_000_000; the pins are
    worked by program, so it is an upper limit (some 100 kHz on a Cortex-M0 at 16 MHz, 1 MHz at 125 MHz). polarity: the clock's idle level. phase:
    0, data are taken at the clock's first edge, or 1, at its second. lsb_first: the lowest bit goes first.
    Raises ValueError for what is out of range, OSError EBUSY when a pin is the board's own.
    """

    def __init__(
        self,
        sck: Pin,
        mosi: Pin | None = None,
        miso: Pin | None = None,
        baudrate: int = 1_000_000,
        polarity: int = 0,
        phase: int = 0,
        lsb_first: bool = False,
    ) -> None: ...
    def read(self, count: int, byte: int = 0, /) -> bytes:
        """Reads 0 to 65535 bytes while `byte` goes out."""

    def write(self, data: Data, /) -> None:
        """Sends the bytes; what comes in is dropped."""

    def transfer(self, data: Data, /) -> bytes:
        """Sends the bytes and returns as many that came in."""
