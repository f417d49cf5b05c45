# SPDX-License-Identifier: Apache-2.0
"""Pulse-width modulation."""

Pin = str | int

class PWM:
    """Pulses on a pin, from now on until close().

    freq: Hz, 1 to 10_000_000 as far as the chip's timer goes. duty_u16: share of the period that is high, 0 to 65535; both ends are steady levels.
    Raises OSError: ENODEV, the port has no driver; EBUSY, all channels are in use, or those of this pin run at another frequency; EINVAL, the
    chip cannot do the frequency.
    """

    def __init__(self, pin: Pin, freq: int = 1000, duty_u16: int = 0) -> None: ...
    def freq(self, freq: int = ..., /) -> int | None:
        """Sets the frequency in Hz, or returns it."""

    def duty_u16(self, duty: int = ..., /) -> int | None:
        """Sets the duty, 0 to 65535, or returns it."""

    def close(self) -> None:
        """The pin is a GPIO again, low."""
