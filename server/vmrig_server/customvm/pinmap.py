# SPDX-License-Identifier: Apache-2.0
"""The section ``pinmap`` of a template, and what pads are for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vmrig_server.boards_data import Chip, Target
from vmrig_server.boards_data.pins import chip_pin, chip_pin_name
from vmrig_server.customvm.pads import PORT_BITS, pad, pads_of, port_name, port_number, port_size, ports_of
from vmrig_server.customvm.reading import Mistakes, Node, entries, items, kind_of, number, shown
from vmrig_server.customvm.template import PINS_MAX

_PIN = re.compile(r"D(0|[1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class PinMap:
    """D0, D1, ... and what is known of their pads. Of a chip that is not known, nothing is checked."""

    pins: list[int | None]
    """The chip's pins; None: a mistake was found there."""
    target: Target | None
    chip: Chip | None
    tolerant: bool
    """What kills only the board that does it is a warning."""

    @property
    def range(self) -> str:
        return f"D0 to D{len(self.pins) - 1}" if self.pins else "none: pinmap has no pins"

    def pad_name(self, pin: int) -> str:
        """The chip's name of a pad."""
        return chip_pin_name(pin, self.chip.pin_style) if self.chip else f"pad {pin}"

    def need(self, node: Node, mistakes: Mistakes, subject: str) -> tuple[int, int | None] | None:
        """(n, the chip's pin) of what should be ``Dn``; a pin that pinmap does not have is a mistake."""
        if not isinstance(node.value, str) or not (match := _PIN.fullmatch(node.value)):
            mistakes.add(
                node, "TYPE_WRONG", f"{subject} is {kind_of(node.value)}", f"a pin, {self.range}", subject=subject
            )
            return None
        index = int(match[1])
        if index < len(self.pins):
            return index, self.pins[index]
        mistakes.add(
            node,
            "PIN_UNDEFINED",
            f"{subject} is on {node.value}, which pinmap does not have",
            self.range,
            subject=subject,
        )
        return None

    def check_use(self, node: Node, mistakes: Mistakes, subject: str, pin: int, *, serial: bool, output: bool) -> None:
        """A pad that something else has, or that cannot drive, is a mistake."""
        if self.chip is None or self.chip.pads is None or self.target is None:
            return
        name = self.pad_name(pin)
        line = self._line(pin)
        if what := self.chip.pads.reserved_for(pin):
            sentence, code = f"{subject} is on {name}, which is taken: {what}", "PAD_RESERVED"
        elif line and not (serial and pin in (self.target.serial.tx, self.target.serial.rx)):
            sentence, code = f"{subject} is on {name}, which is {line} the VM's line to the host", "PAD_OF_LINE"
        elif output and pin in self.chip.pads.input_only:
            sentence, code = f"{subject} is on {name}, which is an input only", "PAD_INPUT_ONLY"
        else:
            return
        mistakes.add(node, code, sentence, "another pad", subject=name, warning=self.tolerant)

    def _line(self, pin: int) -> str:
        """Which part of the VM's line to the host a pad is; empty: none."""
        assert self.target is not None and self.chip is not None and self.chip.pads is not None
        ways = [self.target.serial, *(choice.serial for choice in self.target.usb_choices.values())]
        if pin in self.chip.pads.usb and any(way.tx is None for way in ways):
            return "the USB port of"
        return {self.target.serial.tx: "TX of", self.target.serial.rx: "RX of"}.get(pin, "")


def read_pinmap(node: Node, chip: Chip | None, mistakes: Mistakes) -> list[int | None]:
    """The chip's pins of D0, D1, ..."""
    found: dict[int, tuple[Node, int | None]] = {}
    for key, value in entries(node, mistakes, "a mapping of D0, D1, ... to pads"):
        match = _PIN.fullmatch(key)
        if match is None:
            mistakes.add(value.key, "KEY_UNKNOWN", f"'{shown(key)}' is no pin", "D0, D1, D2 and so on")
        else:
            found[int(match[1])] = value, _read_pad(value, chip, mistakes)
    if not found and node.name:
        mistakes.add(node, "TYPE_WRONG" if node.value else "PIN_MISSING", "pinmap has no pins", "D0, D1 and so on")
    if len(found) > PINS_MAX:
        extra = found[sorted(found)[PINS_MAX]][0]
        mistakes.add(extra.key, "TOO_MANY_PINS", f"pinmap has {len(found)} pins", f"{PINS_MAX}")
    for expected, index in enumerate(sorted(found)):
        if index != expected:
            at = found[index][0]
            sentence = f"there is D{index}, but no D{expected}: pins are counted without a gap"
            mistakes.add(at.key, "PIN_GAP", sentence, f"D{expected}", subject=f"D{expected}")
            break
    _check_twice(found, chip, mistakes)
    last = max(found, default=-1)
    return [found[index][1] if index in found else None for index in range(min(last + 1, 2 * PINS_MAX))]


def _check_twice(found: dict[int, tuple[Node, int | None]], chip: Chip | None, mistakes: Mistakes) -> None:
    first: dict[int, int] = {}
    for index, (node, pin) in sorted(found.items()):
        if pin is None:
            continue
        if first.setdefault(pin, index) != index:
            name = chip_pin_name(pin, chip.pin_style) if chip else f"pad {pin % PORT_BITS}"
            mistakes.add(
                node, "PAD_TWICE", f"D{index} is {name}, and so is D{first[pin]}", "each pad once", subject=name
            )
        elif chip and chip.pads and (what := chip.pads.reserved_for(pin)):
            name = chip_pin_name(pin, chip.pin_style)
            sentence = f"D{index} is {name}, which is taken: {what}; nothing may be put on it"
            mistakes.add(node, "PAD_RESERVED", sentence, subject=name, warning=True)


def _read_pad(node: Node, chip: Chip | None, mistakes: Mistakes) -> int | None:
    style = chip.pin_style if chip else None
    example = port_name(ports_of(chip)[0], chip.pin_style) if chip else "PA"
    parts = items(node)
    if parts is None or len(parts) != 2 or not isinstance(parts[0].value, str):
        mistakes.add(
            node,
            "PAD_FORM",
            f"{node.name} is {kind_of(node.value)}",
            f"[PORT, pad], as [{_hint(node, chip) or f'{example}, 3'}]",
        )
        return None
    port = port_number(str(parts[0].value), style)
    ports = ", ".join(port_name(one, chip.pin_style) for one in ports_of(chip)) if chip else "PA to PH"
    if port is None or (chip and port not in ports_of(chip)):
        mistakes.add(
            parts[0], "PORT_UNKNOWN", f"{node.name} is on port '{shown(parts[0].value)}', which there is not", ports
        )
        return None
    allowed = pads_of(chip, port) if chip else "0 to 31"
    bit = number(parts[1], mistakes, 0, port_size(style) - 1, allowed)
    if bit is None:
        return None
    pin = port * PORT_BITS + bit
    if chip and chip.pads and not chip.pads.has(pin):
        name = chip_pin_name(pin, chip.pin_style)
        mistakes.add(
            parts[1], "PAD_UNKNOWN", f"{node.name} is {name}, a pad that the {chip.name} has not", allowed, subject=name
        )
        return None
    return pin


def _hint(node: Node, chip: Chip | None) -> str:
    """What was meant by a pad in one word."""
    try:
        pin = chip_pin(node.value)
    except ValueError:
        return ""
    return "{}, {}".format(*pad(pin, chip.pin_style)) if chip else ""
