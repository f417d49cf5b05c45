# SPDX-License-Identifier: Apache-2.0
"""The sections ``pinclasses`` and ``names`` of a template: what pins are for, and how the board calls them."""

from __future__ import annotations

import re

from vmrig_server.boards_data import Chip
from vmrig_server.boards_data.pins import chip_pin, chip_pin_name
from vmrig_server.boards_data.schema import Pads
from vmrig_server.customvm.classes import ADC, BTN, CLASSES, DAC, LED, SERIAL, PinClass, class_of
from vmrig_server.customvm.mistakes import near
from vmrig_server.customvm.pinmap import PinMap
from vmrig_server.customvm.reading import Mistakes, Node, entries, items, kind_of, number, shown
from vmrig_server.customvm.template import PinUse, without_zeros

PARAMS_MAX = 3
_OWN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_PIN_NAME = re.compile(r"D\d+")
_LEVELS = ("high", "low")


def read_classes(node: Node, board: PinMap, mistakes: Mistakes) -> dict[str, PinUse]:
    """The functional names; one with a mistake is left out."""
    found: dict[str, PinUse] = {}
    analog: dict[int, str] = {}
    for name, value in entries(node, mistakes, "a mapping of names, as LED0, to pins"):
        known = class_of(name)
        if known is None:
            kinds = ", ".join(f"{kind}<n>" for kind in CLASSES)
            hint = near(re.sub(r"\d*$", "", name), CLASSES)
            mistakes.add(value.key, "CLASS_UNKNOWN", f"'{shown(name)}' is no functional name{hint}", kinds)
        elif known[1] > known[0].last_index:
            most = f"{known[0].name}0 to {known[0].name}{known[0].last_index}"
            mistakes.add(value.key, "CLASS_UNKNOWN", f"{name} is beyond what port.bin can count", most)
        elif use := _read_use(name, known[0], value, board, mistakes):
            found[name] = use
            if known[0].number == ADC and analog.setdefault(use.pin, name) != name:
                sentence = f"{name} is on D{use.pin}, and so is {analog[use.pin]}"
                mistakes.add(value, "ANALOG_TWICE", sentence, "one analog name on a pin")
    return found


def _read_use(name: str, kind: PinClass, node: Node, board: PinMap, mistakes: Mistakes) -> PinUse | None:
    parts = items(node)
    if parts is not None and not 1 <= len(parts) <= 1 + PARAMS_MAX:
        allowed = f"Dn, or [Dn, up to {PARAMS_MAX} parameters]"
        mistakes.add(node, "TYPE_WRONG", f"{name} is a list of {len(parts)}", allowed, subject=name)
        return None
    at, *params = parts or [node]
    place = board.need(at, mistakes, name)
    if place is None:
        return None
    index, pin = place
    if pin is not None:
        serial = kind.number == SERIAL
        board.check_use(at, mistakes, name, pin, serial=serial, output=kind.output)
    if kind.number in (LED, BTN):
        return PinUse(index, active_low=_active_low(name, params, mistakes))
    numbers = [number(param, mistakes, 0, 255, f"parameters of {name} from 0 to 255") for param in params]
    values = tuple(value for value in numbers if value is not None)
    if len(values) < len(numbers):
        return None
    if kind.number not in _ANALOG:
        return PinUse(index, without_zeros(values))
    check, shape = _ANALOG[kind.number]
    most = shape.count(",")
    if len(values) > most:
        mistakes.add(params[most], "TYPE_WRONG", f"{name} has {len(values)} parameters", shape, subject=name)
        return None
    if board.chip is None or board.chip.pads is None or pin is None:
        return PinUse(index, values)
    return check(name, PinUse(index, values), pin, at, params, board, board.chip, board.chip.pads, mistakes)


def _active_low(name: str, params: list[Node], mistakes: Mistakes) -> bool:
    """Whether `low` is behind the pin. Old templates have numbers there, which mean nothing."""
    for param in params:
        old = isinstance(param.value, int) and not isinstance(param.value, bool)
        if not old and (param.value not in _LEVELS or len(params) > 1):
            mistakes.add(
                param,
                "TYPE_WRONG",
                f"{name} is active at {kind_of(param.value)}",
                f"[Dn, {'] or [Dn, '.join(_LEVELS)}]",
                subject=name,
            )
    return any(param.value == "low" for param in params)


def _converter(
    name: str,
    use: PinUse,
    pin: int,
    at: Node,
    nodes: list[Node],
    board: PinMap,
    chip: Chip,
    pads: Pads,
    mistakes: Mistakes,
) -> PinUse | None:
    """[Dn, channel, unit]; what is left out is the pad's."""
    possible = [(channels[pin], unit) for unit, channels in enumerate(pads.adc) if pin in channels]
    pad = board.pad_name(pin)
    if not possible:
        mistakes.add(
            at,
            "PAD_NOT_ANALOG",
            f"{name} is on D{use.pin}, {pad}, which no converter reaches",
            _analog_pads(chip),
            subject=pad,
        )
        return None
    fitting = [one for one in possible if one[: len(use.params)] == use.params]
    if fitting:
        return PinUse(use.pin, fitting[0])
    said = f"channel {use.params[0]}" + (f" of unit {use.params[1]}" if len(use.params) > 1 else "")
    allowed = " or ".join(f"[D{use.pin}, {channel}, {unit}]" for channel, unit in possible)
    wrong = nodes[0] if use.params[0] not in {channel for channel, _ in possible} else nodes[1]
    mistakes.add(wrong, "ADC_CHANNEL", f"{name} is {said}, but {pad} is not", allowed, subject=pad)
    return None


def _analog_pads(chip: Chip) -> str:
    pins = sorted({pin for channels in (chip.pads.adc if chip.pads else ()) for pin in channels})
    return ", ".join(chip_pin_name(pin, chip.pin_style) for pin in pins) or f"none: the {chip.name} has no converter"


def _dac(
    name: str,
    use: PinUse,
    pin: int,
    at: Node,
    nodes: list[Node],
    board: PinMap,
    chip: Chip,
    pads: Pads,
    mistakes: Mistakes,
) -> PinUse | None:
    """[Dn, channel]."""
    dac, pad = pads.dac, board.pad_name(pin)
    if pin not in dac:
        allowed = ", ".join(board.pad_name(one) for one in dac) or f"none: the {chip.name} has no DAC"
        mistakes.add(at, "PAD_NOT_ANALOG", f"{name} is on D{use.pin}, {pad}, which no DAC drives", allowed, subject=pad)
        return None
    if use.params and use.params[0] != dac[pin]:
        mistakes.add(
            nodes[0],
            "DAC_CHANNEL",
            f"{name} is channel {use.params[0]}, but {pad} is not",
            f"[D{use.pin}, {dac[pin]}]",
            subject=pad,
        )
        return None
    return PinUse(use.pin, (dac[pin],))


_ANALOG = {ADC: (_converter, "[Dn, channel, unit]"), DAC: (_dac, "[Dn, channel]")}
"""Of the names whose parameters are facts of the chip: who checks them, and all that can be there."""


def read_names(node: Node, board: PinMap, mistakes: Mistakes) -> dict[str, int]:
    """The board's own names: n of Dn."""
    found: dict[str, int] = {}
    for name, value in entries(node, mistakes, "a mapping of the board's own names to pins"):
        allowed = "1 to 31 letters, digits and underscores, beginning with a letter"
        if not _OWN_NAME.fullmatch(name):
            mistakes.add(value.key, "NAME_WRONG", f"'{shown(name)}' is no name of a pin", allowed)
        elif class_of(name) or _PIN_NAME.fullmatch(name) or _is_pad(name):
            what = "pinclasses" if class_of(name) else "pinmap" if _PIN_NAME.fullmatch(name) else "the chip's datasheet"
            mistakes.add(value.key, "NAME_WRONG", f"{name} is a name of {what}", "names that mean nothing else")
        elif place := board.need(value, mistakes, name):
            found[name] = place[0]
            if place[1] is not None:
                board.check_use(value, mistakes, name, place[1], serial=False, output=False)
    return found


def _is_pad(name: str) -> bool:
    try:
        return chip_pin(name) >= 0
    except ValueError:
        return False
