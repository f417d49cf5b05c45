# SPDX-License-Identifier: Apache-2.0
"""Analog inputs."""

Pin = str | int

class ADC:
    """The converter's input at a pin. OSError ENODEV: this pin has none, or the port no driver."""

    def __init__(self, pin: Pin) -> None: ...
    def read_u16(self) -> int:
        """The level now, 0 to 65535. 65535 is the supply's voltage (ESP32-C3: about 2.5 to 3 V, the end of its converter's range)."""
