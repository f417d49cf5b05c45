# SPDX-License-Identifier: Apache-2.0
"""A template as YAML with its comments."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from vmrig_server.boards_data import Chip, Target
from vmrig_server.boards_data.pins import PinStyle, chip_pin_name
from vmrig_server.customvm.classes import CLASSES, PERIPHERALS, split
from vmrig_server.customvm.pads import pad, pads_of
from vmrig_server.customvm.template import PinUse, Template

_HEAD = """\
# A custom board: what is where on it, and how it shows itself on USB. docs/custom-template.md explains every section.
# vmrig vm custom compile {short_name}   makes port.bin of it, and says what is wrong here, by line.
"""
_LAYOUT = """\
# Where things are in the flash: [address, size]. Filled in by vmrig; the VM is built for it.
"""
_PINMAP = """\
# The board's pins, D0, D1, ... without a gap, and the chip's pads behind them: [PORT, pad], each pad once.
"""
_CLASSES = """\
# What pins are for. A program uses these names as it does D0, D1, ...: gpio.high("LED0"), I2C(scl="SCL0", sda="SDA0").
#   A<n>: [Dn, ADC channel, ADC unit]   DAC<n>: [Dn, channel]   LED<n>, BTN<n>: Dn, or [Dn, low] when it is active at low level
#   MOSI, MISO, SCLK, SDA, SCL, RX, TX, PWM, ICU, CANRX, CANTX<n>: Dn
"""
_NAMES = """\
# What else the board calls its pins.
"""
_PERIPHERALS = """\
# Logical peripherals: hw counts the chip's own from 1; two logical ones may share one.
"""
_DEVICE = """\
# What the board is. vids, pids: its USB ids, four upper-case hexadecimal digits in quotes: any of one with any of the other.
"""


def write_template(
    template: Template, target: Target | None, chip: Chip | None, notes: Mapping[int, str] | None = None
) -> str:
    """The YAML of a template; reading it gives an equal one.

    Args:
        target, chip: of `template.target`; None: pads are written PA, PB, ..., and nothing is said of the chip.
        notes: comments behind the pins of the pin map, by n of Dn.
    """
    style: PinStyle = chip.pin_style if chip else "stm32"
    parts = [_HEAD.format(short_name=template.short_name), f"short_name: {scalar(template.short_name)}\n\n"]
    if target is not None:
        parts += [_LAYOUT, layout_lines(target), "\n"]
    parts += [
        "cmacros:\n",
        *(f"  - {scalar(macro)}\n" for macro in template.cmacros),
        "\n",
        _PINMAP,
        *_chip_notes(chip),
        "pinmap:\n",
    ]
    for n, pin in enumerate(template.pinmap):
        port, bit = pad(pin, style) if chip else (f"P{chr(ord('A') + pin // 32)}", pin % 32)
        note = (notes or {}).get(n)
        parts.append(f"  D{n}: [{port}, {bit}]" + (f"  # {note}\n" if note else "\n"))
    parts += ["\n", _CLASSES, *_converter_notes(chip), "pinclasses:\n" if template.pinclasses else "pinclasses: {}\n"]
    for name, use in sorted(template.pinclasses.items(), key=lambda entry: _order(entry[0], list(CLASSES))):
        parts.append(f"  {name}: {_use(name, use)}\n")
    if template.names:
        parts += ["\n", _NAMES, "names:\n", *(f"  {scalar(name)}: D{n}\n" for name, n in template.names.items())]
    parts += ["\n", _PERIPHERALS, *_hw_notes(chip), "peripherals:\n" if template.peripherals else "peripherals: {}\n"]
    for name, made in sorted(template.peripherals.items(), key=lambda entry: _order(entry[0], list(PERIPHERALS))):
        signals = "".join(f", {signal}: {pin}" for signal, pin in made.signals.items())
        parts.append(f"  {name}: {{hw: {made.hw}{signals}}}\n")
    parts += ["\n", _DEVICE, "device:\n", _device(template)]
    return "".join(parts)


def layout_lines(target: Target) -> str:
    """The section `layout`."""
    parts = "".join(f"  {part}: [{at:#x}, {size:#x}]\n" for part, (at, size) in target.layout.items())
    return f"layout:\n{parts}"


def scalar(text: str) -> str:
    """A text as YAML writes it on one line, quoted where it must be."""
    return _dump(text).removesuffix("...\n").strip()


def _dump(value: Any) -> str:
    yaml = YAML(typ="rt")
    yaml.width = 1 << 20
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _device(template: Template) -> str:
    ids = {
        key: "[" + ", ".join(json.dumps(one, ensure_ascii=False) for one in getattr(template, key)) + "]"
        for key in ("vids", "pids")
    }
    lines = [
        f"  name: {scalar(template.name)}\n",
        f"  original_target: {scalar(template.original_target)}\n",
        f"  manual_reset: {str(template.manual_reset).lower()}  # true: a person presses its reset button\n",
        f"  reset_time: {template.reset_time}  # milliseconds until it runs again\n",
        f"  vids: {ids['vids']}\n",
        f"  pids: {ids['pids']}\n",
    ]
    if template.device:
        rest = _dump(dict(template.device)).splitlines(keepends=True)
        lines += ["  # of old tools, kept\n", *(f"  {line}" for line in rest)]
    return "".join(lines)


def _use(name: str, use: PinUse) -> str:
    params = [*map(str, use.params), *(["low"] if use.active_low else [])]
    return f"[D{use.pin}, {', '.join(params)}]" if params else f"D{use.pin}"


def _order(name: str, kinds: list[str]) -> tuple[int, int]:
    parts = split(name)
    return (kinds.index(parts[0]), parts[1]) if parts else (len(kinds), 0)


def _chip_notes(chip: Chip | None) -> list[str]:
    if chip is None or chip.pads is None:
        return []
    taken = "".join(f"; {', '.join(_pads(pins, chip))}: {what}" for what, pins in chip.pads.reserved.items())
    return [f"# Pads of the {chip.name}: {pads_of(chip)}{taken}\n"]


def _converter_notes(chip: Chip | None) -> list[str]:
    if chip is None or chip.pads is None:
        return []
    return [
        f"# ADC unit {unit} of the {chip.name}, channels: {', '.join(f'{chip_pin_name(pin, chip.pin_style)} {channel}' for pin, channel in channels.items())}\n"
        for unit, channels in enumerate(chip.pads.adc)
    ]


def _hw_notes(chip: Chip | None) -> list[str]:
    if chip is None or chip.pads is None:
        return []
    return [
        f"# The {chip.name} has: "
        + ", ".join(f"{count} {kind}" for kind, count in chip.pads.peripherals.items())
        + "\n"
    ]


def _pads(pins: list[int], chip: Chip) -> list[str]:
    return [chip_pin_name(pin, chip.pin_style) for pin in pins]
