# SPDX-License-Identifier: Apache-2.0
"""Serial lines of the program's own, beside the one that the board is plugged in by."""

Pin = str | int
Data = bytes | bytearray

class UART:
    """A line, 8 bits a byte, with 128 bytes of room each way.

    tx, rx: pins, or None. baudrate: 300 to 4_000_000. parity: None, 0 even, 1 odd. stop: stop bits, 1 or 2.
    Raises OSError: ENODEV, the chip has no UART left or none for these pins (docs/library.md has the table); EBUSY, it is open already, or a pin
    is the board's own; EINVAL, it cannot do the rate or the parity.
    """

    def __init__(
        self,
        tx: Pin | None = None,
        rx: Pin | None = None,
        baudrate: int = 9600,
        parity: int | None = None,
        stop: int = 1,
    ) -> None: ...
    def any(self) -> int:
        """Bytes that have come and wait to be read."""

    def read(self, most: int | None = -1, timeout: float | None = 0, /) -> bytes:
        """What has come: all of it, or at most so many bytes.

        timeout: seconds to wait for so many bytes, or for the first when `most` is negative or 0 (none is taken); None: any time. Other threads run meanwhile. After
        it, what is there. ValueError: the line is closed.
        """

    def write(self, data: Data, /) -> int:
        """Returns the number of bytes once all are on their way; waits for room when there are many. ValueError: the line is closed."""

    def close(self) -> None:
        """The pins can be used for something else."""
