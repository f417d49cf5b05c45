# SPDX-License-Identifier: Apache-2.0
"""What the modem lines of a serial port do on a board: DTR and RTS pull the chip's reset pin and a strapping pin.

Pure state machines; `vmrig_server.emulator.doors.lined` puts them to work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pulls:
    """Which pins the lines pull low."""

    reset: bool = False
    boot: bool = False


class Circuit(Protocol):
    """Between the lines and the pins."""

    inside: bool
    """It is in the chip: what resets is no pin, but the chip's own USB port."""

    def set(self, dtr: bool, rts: bool) -> tuple[Pulls, ...]:
        """Both lines, at the same time; true is asserted. Returns what the pins then see, one after the other; the last is what lasts."""
        ...


class AutoReset:
    """The two transistors of Espressif's development boards (ESP32-C3-DevKitM-1 schematic, "auto program"): the reset pin is pulled by RTS without DTR,
    the strapping pin by DTR without RTS, and by both together neither.

    Programs that set one line after the other go through both-asserted on their way from "in reset" to "strapping pin low". On the real board the reset
    pin rises slowly there, through a resistor into a capacitor; however long that program takes, it is meant to arrive: both asserted leave the
    reset pin as it was.
    """

    inside = False

    def __init__(self) -> None:
        self._reset = False

    def set(self, dtr: bool, rts: bool) -> tuple[Pulls, ...]:
        if not (dtr and rts):
            self._reset = rts
        return (Pulls(reset=self._reset, boot=dtr and not rts),)


class UsbSerialJtag:
    """The chip's own USB port (ESP32-C3 technical reference manual, "USB Serial/JTAG Controller", table of the DTR and RTS commands): DTR alone sets a flag,
    neither clears it, RTS alone resets the chip, which enters download mode if the flag is set. Both do nothing. The chip runs again at once; what the flag
    says is seen as the strapping pin's level while RTS lasts."""

    inside = True

    def __init__(self) -> None:
        self._download = False
        self._lines = (False, False)

    def set(self, dtr: bool, rts: bool) -> tuple[Pulls, ...]:
        before, self._lines = self._lines, (dtr, rts)
        if self._lines == before:
            return ()
        if rts and not dtr:
            return Pulls(reset=True, boot=self._download), Pulls(boot=self._download)
        if dtr != rts:
            self._download = True
        elif not dtr:
            self._download = False
        return (Pulls(),) if before == (False, True) else ()


CIRCUITS: Mapping[str, Callable[[], Circuit]] = {"esp-auto-reset": AutoReset, "usb-serial-jtag": UsbSerialJtag}
"""By what a board file calls them."""
