# SPDX-License-Identifier: Apache-2.0
"""port.bin v2 of a custom board: the container of images/portbin.py, with what the template says besides pins in sections of its own.

The firmware reads TARGET (the short name) and PINS (all names of all pins). For the host, so that a port.bin tells what it was made of:

* tag 4 ORIGINAL: ``original_target`` as the template writes it, UTF-8
* tag 5 CLASSES: u16 virtual pin (customvm/classes.py) | u8 n of Dn | u8 count | u8 parameter ... each
* tag 6 PERIPHERALS: u8 class | u8 index | u8 hw | u8 count | u16 virtual pin ... each
* tag 7 BOARD: the rest, JSON with sorted keys, UTF-8
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import TypeVar

from vmrig_server.customvm.classes import PERIPHERALS, class_name, class_of, peripheral_of
from vmrig_server.customvm.template import Peripheral, PinUse, Template, short_name_mistake
from vmrig_server.images.portbin import PortMap, PortPin

T = TypeVar("T")

TAG_ORIGINAL, TAG_CLASSES, TAG_PERIPHERALS, TAG_BOARD = 4, 5, 6, 7
_BOARD_KEYS = ("name", "cmacros", "vids", "pids", "manual_reset", "reset_time", "device")


def port_of_template(template: Template) -> PortMap:
    """What the template's port.bin holds."""
    board = {key: getattr(template, key) for key in _BOARD_KEYS}
    others = {
        TAG_ORIGINAL: template.original_target.encode(),
        TAG_CLASSES: b"".join(_class(name, use) for name, use in sorted(template.pinclasses.items())),
        TAG_PERIPHERALS: b"".join(_peripheral(name, made) for name, made in sorted(template.peripherals.items())),
        TAG_BOARD: json.dumps(board, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
    }
    pins = {name: PortPin(pin, active_low) for name, (pin, active_low) in template.pins_by_name().items()}
    return PortMap(template.short_name, pins, others=others)


def _code(name: str) -> int:
    found = class_of(name)
    assert found is not None
    return found[0].code(found[1])


def _class(name: str, use: PinUse) -> bytes:
    return struct.pack("<HBB", _code(name), use.pin, len(use.params)) + bytes(use.params)


def _peripheral(name: str, made: Peripheral) -> bytes:
    found = peripheral_of(name)
    assert found is not None
    number, signals = PERIPHERALS[found[0]]
    codes = [_code(made.signals[signal]) for signal in signals]
    return struct.pack(f"<BBBB{len(codes)}H", number, found[1], made.hw, len(codes), *codes)


def template_of_port(port: PortMap, target: str, chip: str) -> Template:
    """The other way round.

    Args:
        target, chip: what `original_target` stands for.

    Raises:
        ValueError, KeyError, IndexError, TypeError: a port.bin of no custom board, or one that no compiler makes.
    """
    if wrong := short_name_mistake(port.target):
        raise ValueError(wrong[0])
    pins = {name: pin.number for name, pin in port.pins.items()}
    pinmap = [pins[f"D{n}"] for n in range(sum(_is_pin(name) for name in pins))]
    index = {pin: n for n, pin in enumerate(pinmap)}
    classes = dict(_classes(port.others.get(TAG_CLASSES, b""), port.pins))
    board = json.loads(port.others[TAG_BOARD])
    return Template(
        short_name=port.target,
        original_target=port.others[TAG_ORIGINAL].decode(),
        target=target,
        chip=chip,
        pinmap=tuple(pinmap),
        pinclasses=classes,
        names={name: index[pin] for name, pin in pins.items() if not _is_pin(name) and name not in classes},
        peripherals=dict(_peripherals(port.others.get(TAG_PERIPHERALS, b""))),
        name=_typed(board["name"], str),
        cmacros=_texts(board["cmacros"]),
        vids=_texts(board["vids"]),
        pids=_texts(board["pids"]),
        manual_reset=_typed(board["manual_reset"], bool),
        reset_time=_typed(board["reset_time"], int),
        device=_typed(board["device"], dict),
    )


def _typed(value: object, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise ValueError(f"{value!r} is not what its section of a custom board has there")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_typed(text, str) for text in _typed(value, list))


def _is_pin(name: str) -> bool:
    return name[0] == "D" and name[1:].isdecimal()


def _records(data: bytes, form: struct.Struct, size: int) -> Iterator[tuple[tuple[int, ...], bytes]]:
    """Each record's fields, of which the last one counts what follows, in units of `size` bytes."""
    at = 0
    while at < len(data):
        if len(data) - at < form.size:
            raise ValueError("a record is cut short")
        fields = form.unpack_from(data, at)
        rest = data[at + form.size : at + form.size + fields[-1] * size]
        if len(rest) < fields[-1] * size:
            raise ValueError("a record is cut short")
        yield fields, rest
        at += form.size + len(rest)


def _classes(data: bytes, pins: Mapping[str, PortPin]) -> Iterator[tuple[str, PinUse]]:
    for (code, pin, _), params in _records(data, struct.Struct("<HBB"), 1):
        name = class_name(code)
        yield name, PinUse(pin, tuple(params), pins[name].active_low)


def _peripherals(data: bytes) -> Iterator[tuple[str, Peripheral]]:
    kinds = {number: (kind, signals) for kind, (number, signals) in PERIPHERALS.items()}
    for (number, index, hw, count), rest in _records(data, struct.Struct("<BBBB"), 2):
        kind, signals = kinds[number]
        names = [class_name(code) for code in struct.unpack(f"<{count}H", rest)]
        yield f"{kind}{index}", Peripheral(hw, dict(zip(signals, names, strict=True)))
