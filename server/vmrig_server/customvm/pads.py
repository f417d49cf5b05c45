# SPDX-License-Identifier: Apache-2.0
"""Pads as a template writes them: [PORT, pad]."""

from __future__ import annotations

import re

from vmrig_server.boards_data.pins import PINS_MAX, PinStyle, chip_pin, chip_pin_name
from vmrig_server.boards_data.schema import Chip

PORT_BITS = 32
_SPELLING: dict[PinStyle, str] = {
    "nordic": "P{}",
    "stm32": "P{letter}",
    "kinetis": "PT{letter}",
    "rp2040": "GP",
    "esp": "GPIO",
}


_ONE_PORT: frozenset[PinStyle] = frozenset({"rp2040", "esp"})
"""Pads are counted through, in one port."""


def port_size(style: PinStyle | None) -> int:
    """How far the pads of a port are counted at most."""
    return PINS_MAX if style in _ONE_PORT else PORT_BITS


def port_name(port: int, style: PinStyle) -> str:
    """A port as the chip's datasheet writes it: ``P0``, ``PA``, ``GPIO``."""
    return _SPELLING[style].format(port, letter=chr(ord("A") + port))


def port_number(name: str, style: PinStyle | None) -> int | None:
    """The number of a port, written as the datasheet does or, as in old templates, ``PA``, ``PB``, ...; None: no port."""
    if len(name) == 2 and name[0] == "P" and "A" <= name[1] <= "Z":
        port = ord(name[1]) - ord("A")
    else:
        styles = [style] if style else list(_SPELLING)
        found = [port for port in range(PINS_MAX // PORT_BITS) for one in styles if port_name(port, one) == name]
        if not found:
            return None
        port = found[0]
    return port if port * PORT_BITS < PINS_MAX else None


def pad(pin: int, style: PinStyle) -> tuple[str, int]:
    """[PORT, pad] of a pin of the chip (port * 32 + pad)."""
    port, bit = divmod(pin, port_size(style))
    return port_name(port, style), bit


def ports_of(chip: Chip) -> list[int]:
    """The ports of a chip with a `pads` section."""
    assert chip.pads is not None
    size = port_size(chip.pin_style)
    return sorted({port for first, last in chip.pads.ranges for port in range(first // size, last // size + 1)})


def pads_of(chip: Chip, port: int | None = None) -> str:
    """The pads that there are, of one port or of all, for a sentence."""
    assert chip.pads is not None
    size = port_size(chip.pin_style)
    lowest, end = (0, PINS_MAX) if port is None else (port * size, (port + 1) * size)
    spans = [(max(first, lowest), min(last, end - 1)) for first, last in chip.pads.ranges]
    return ", ".join(_span(first, last, chip) for first, last in spans if first <= last)


def line_pads(chip: Chip, hw: int, signal: str) -> list[int]:
    """Pads that a line of a UART (`hw` from 1; rx or tx) can be on; empty: any, or nobody knows."""
    assert chip.pads is not None
    if chip.pads.serial:
        return next((pads for name, pads in chip.pads.serial[hw - 1].items() if name == signal), [])
    names = chip.uarts[hw - 1 : hw]
    params = [name for device in chip.devices if device.name in names for name in device.params]
    return [chip_pin(found[1]) for name in params if (found := re.fullmatch(rf"{signal.upper()}_(P[A-H]\d+)", name))]


def _span(first: int, last: int, chip: Chip) -> str:
    names = [chip_pin_name(pin, chip.pin_style) for pin in (first, last)]
    return names[0] if first == last else f"{names[0]} to {names[1]}"
