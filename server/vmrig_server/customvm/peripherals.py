# SPDX-License-Identifier: Apache-2.0
"""The section ``peripherals`` of a template: which of the chip's parts are behind the logical ones."""

from __future__ import annotations

from collections.abc import Mapping

from vmrig_server.boards_data import Chip
from vmrig_server.customvm.classes import PERIPHERALS, peripheral_of
from vmrig_server.customvm.mistakes import near
from vmrig_server.customvm.pads import line_pads
from vmrig_server.customvm.pinmap import PinMap
from vmrig_server.customvm.reading import Mistakes, Node, entries, kind_of, number, shown, unknown
from vmrig_server.customvm.template import Peripheral, PinUse

INDEX_MAX = 15
_EXPECTED = ("SERIAL", "SPI", "I2C")


def read_peripherals(
    node: Node, classes: Mapping[str, PinUse], board: PinMap, mistakes: Mistakes
) -> dict[str, Peripheral]:
    """The logical peripherals; one with a mistake is left out."""
    found: dict[str, Peripheral] = {}
    for name, value in entries(node, mistakes, "a mapping of SERIAL0, SPI0, ... to what they are made of"):
        known = peripheral_of(name)
        if known is None or known[1] > INDEX_MAX:
            kinds = ", ".join(f"{kind}<n>" for kind in PERIPHERALS)
            sentence = f"'{shown(name)}' is no peripheral{near(name, [f'{kind}0' for kind in PERIPHERALS])}"
            mistakes.add(value.key, "PERIPHERAL_UNKNOWN", sentence, f"{kinds}; n from 0 to {INDEX_MAX}")
        elif made := _read_peripheral(name, known[0], value, classes, board, mistakes):
            found[name] = made
    if node.value is not None or node.name:
        for kind in _EXPECTED:
            if not any(parts and parts[0] == kind for parts in map(peripheral_of, found)) and not _named(node, kind):
                mistakes.add(
                    node.key,
                    f"NO_{kind}",
                    f"the board has no {kind} peripheral",
                    f"{kind}0 and so on",
                    subject=kind,
                    warning=True,
                )
    return found


def _named(node: Node, kind: str) -> bool:
    """Whether the kind is there, with mistakes: those are told of already."""
    return isinstance(node.value, Mapping) and any(str(key).startswith(kind) for key in node.value)


def _read_peripheral(
    name: str, kind: str, node: Node, classes: Mapping[str, PinUse], board: PinMap, mistakes: Mistakes
) -> Peripheral | None:
    wanted = PERIPHERALS[kind][1]
    keys = ["hw", *wanted]
    if not isinstance(node.value, Mapping):
        mistakes.add(
            node, "TYPE_WRONG", f"{name} is {kind_of(node.value)}", f"{{{', '.join(f'{key}: ...' for key in keys)}}}"
        )
        return None
    parts: dict[str, Node] = {}
    for key, value in entries(node, mistakes, "a mapping"):
        if key in keys:
            parts[key] = value
        else:
            unknown(value, mistakes, keys, name)
    missing = [key for key in keys if key not in parts]
    if missing:
        mistakes.add(
            node.key, "KEY_MISSING", f"{name} has no {' and no '.join(missing)}", ", ".join(keys), subject=name
        )
    hw = _hw(name, kind, parts["hw"], board.chip, mistakes) if "hw" in parts else None
    signals = {
        key: signal for key in wanted if key in parts and (signal := _signal(name, key, parts[key], classes, mistakes))
    }
    if hw is None or len(signals) < len(wanted):
        return None
    if kind == "SERIAL":
        for key, signal in signals.items():
            _check_line(name, key, signal, hw, parts[key], board.pins[classes[signal].pin], board, mistakes)
    return Peripheral(hw, signals)


def _hw(name: str, kind: str, node: Node, chip: Chip | None, mistakes: Mistakes) -> int | None:
    count = 255
    if chip is not None and chip.pads is not None:
        count = next((each for known, each in chip.pads.peripherals.items() if known == kind), 0)
    value = number(node, Mistakes(), 1, count) if count else None
    if value is None:
        of = f" of the {chip.name}" if chip else ""
        allowed = f"1 to {count}" if count > 1 else "1" if count else f"none: there is no {kind}{of}"
        sentence = f"hw of {name} is {kind_of(node.value)}: the {kind}s{of} are counted from 1"
        mistakes.add(node, "HW_RANGE", sentence, allowed, subject=name)
    return value


def _signal(name: str, key: str, node: Node, classes: Mapping[str, PinUse], mistakes: Mistakes) -> str | None:
    kind = key.upper()
    there = [known for known in classes if known.startswith(kind) and known[len(kind) :].isdecimal()]
    if isinstance(node.value, str) and node.value in there:
        return str(node.value)
    allowed = ", ".join(there) or f"none: pinclasses has no {kind}<n>"
    hint = near(node.value, there) if isinstance(node.value, str) else ""
    sentence = f"{key} of {name} is {kind_of(node.value)}, which is no {kind} of pinclasses{hint}"
    mistakes.add(node, "SIGNAL_UNKNOWN", sentence, allowed, subject=name)
    return None


def _check_line(
    name: str, key: str, signal: str, hw: int, node: Node, pin: int | None, board: PinMap, mistakes: Mistakes
) -> None:
    """Lines of some UARTs are on certain pads only."""
    if board.chip is None or board.chip.pads is None or pin is None:
        return
    possible = line_pads(board.chip, hw, key)
    if possible and pin not in possible:
        uart = board.chip.uarts[hw - 1] if hw <= len(board.chip.uarts) else f"UART {hw}"
        sentence = f"{key} of {name} is {signal} on {board.pad_name(pin)}, which is no {key} of {uart} (hw {hw})"
        allowed = ", ".join(board.pad_name(one) for one in possible)
        mistakes.add(node, "SIGNAL_PAD", sentence, allowed, subject=name, warning=board.tolerant)
