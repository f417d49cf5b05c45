# SPDX-License-Identifier: Apache-2.0
"""The pins of a template as a person looks at them: each with its pad and all that is on it."""

from __future__ import annotations

from dataclasses import dataclass

from vmrig_server.boards_data import load_chip
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.customvm.template import Template


@dataclass(frozen=True, slots=True)
class PinRow:
    """A pin."""

    name: str
    """``D7``."""
    pad: str
    """As the chip's datasheet writes it."""
    uses: tuple[str, ...]
    """Functional names, ``LED0 (low)`` when active at low level, then the board's own."""


def pin_table(template: Template) -> list[PinRow]:
    """All pins, D0 first."""
    style = load_chip(template.chip).pin_style
    uses: dict[int, list[str]] = {}
    for name, use in template.pinclasses.items():
        uses.setdefault(use.pin, []).append(f"{name} (low)" if use.active_low else name)
    for name, index in template.names.items():
        uses.setdefault(index, []).append(name)
    return [
        PinRow(f"D{index}", chip_pin_name(pin, style), tuple(uses.get(index, ())))
        for index, pin in enumerate(template.pinmap)
    ]
