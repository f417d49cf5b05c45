# SPDX-License-Identifier: Apache-2.0
"""port.bin v1, byte for byte as the first tool-chain wrote it, its defects included. Little-endian:

    header  0 u16 size of the body | 2 u16 version 1 | 4 u16[16] offsets of class tables | 36 u16[16] of peripheral maps |
            68 u16[16] of pin bundles | 100 u8[16] rows of class tables | 116 u8[16] of maps | 132 u8[16] of bundles |
            148 char[32] target | 180 u16 length of its name | 182 zeros to 192
    body    tables, each padded to 16 bytes; offsets count from its start; the index is the class (customvm/classes.py)

Class table 0 is the pin map, {u8 port, u8 pad, u16 capabilities}; the others have {u8 n of Dn, u8 parameter[3]}. A map has u8 hw - 1 for each
logical peripheral, a bundle the virtual pins (u16) of each: rx, tx; sda, scl; mosi, miso, sclk and 0.

What the old compiler did and this one does too: LED and BTN have a count of rows, but no table: their offset is 0, which is the pin map's. The
names of USB ids, parameters of LED and BTN, own names and the original target are in no part of it. There is no magic and no checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from vmrig_server.boards_data import Chip, load_chip
from vmrig_server.customvm.classes import (
    ADC,
    BTN,
    CLASSES,
    DAC,
    EXTERNAL_INTERRUPT,
    ICU,
    LED,
    PERIPHERALS,
    PINS,
    PWM,
    class_name,
    class_of,
    peripheral_of,
)  # fmt: skip
from vmrig_server.customvm.pads import port_size
from vmrig_server.customvm.template import (
    SHORT_NAME_MAX,
    Peripheral,
    PinUse,
    Template,
    short_name_mistake,
    without_zeros,
)
from vmrig_server.errors import VmrigError

VERSION = 1
HEADER = struct.Struct("<HH16H16H16H16B16B16B32sH10x")
_ALIGN = 16
_CLASSES = 16


@dataclass(slots=True)
class _Body:
    data: bytearray = field(default_factory=bytearray)

    def add(self, table: bytes) -> int:
        """Its offset."""
        at = len(self.data)
        self.data += table + bytes(-len(table) % _ALIGN)
        return at


def build_v1(template: Template) -> bytes:
    """The template's port.bin v1.

    Raises:
        VmrigError: ``PORT_V1_UNFIT``: v1 has no way to say what the template does.
    """
    body = _Body()
    offsets, counts = ([[0] * _CLASSES for _ in range(3)] for _ in range(2))

    def put(table: int, number: int, rows: Iterable[bytes], *, stored: bool = True) -> None:
        packed = list(rows)
        counts[table][number] = len(packed)
        if packed and stored:
            offsets[table][number] = body.add(b"".join(packed))

    rows = _class_rows(template)
    put(0, PINS, _pin_rows(template))
    for number in sorted(rows):
        put(0, number, rows[number], stored=number not in (LED, BTN))
    maps, bundles = _peripheral_rows(template, rows)
    for number in sorted(maps):
        put(1, number, maps[number])
    for number in sorted(bundles):
        put(2, number, bundles[number])
    name = template.short_name.encode("ascii")
    head = HEADER.pack(
        len(body.data),
        VERSION,
        *offsets[0],
        *offsets[1],
        *offsets[2],
        *counts[0],
        *counts[1],
        *counts[2],
        name,
        len(name),
    )
    return head + bytes(body.data)


def _unfit(sentence: str) -> VmrigError:
    return VmrigError("PORT_V1_UNFIT", sentence, next_command="vmrig vm custom compile SHORT_NAME")


def _pin_rows(template: Template) -> list[bytes]:
    capabilities = [EXTERNAL_INTERRUPT] * len(template.pinmap)
    for name, use in template.pinclasses.items():
        found = class_of(name)
        assert found is not None
        capabilities[use.pin] |= found[0].capability
    return [
        struct.pack("<BBH", *_port_and_pad(pin, template), able)
        for pin, able in zip(template.pinmap, capabilities, strict=True)
    ]


def _port_and_pad(pin: int, template: Template) -> tuple[int, int]:
    return divmod(pin, port_size(load_chip(template.chip).pin_style))


def _class_rows(template: Template) -> dict[int, list[bytes]]:
    """Rows of each class table; names are counted without a gap there."""
    tables: dict[int, dict[int, bytes]] = {}
    for name, use in template.pinclasses.items():
        found = class_of(name)
        assert found is not None
        code = found[0].code(found[1])
        tables.setdefault(code >> 8, {})[code & 0xFF] = struct.pack("<B3B", use.pin, *(*use.params, 0, 0, 0)[:3])
    for number, rows in tables.items():
        for row in range(max(rows)):
            if row not in rows:
                missing = next(c for c in CLASSES.values() if c.number == number and row % c.step == c.offset)
                there = ", ".join(name for name in template.pinclasses if _number(name) == number)
                raise _unfit(
                    f"{missing.name}{row // missing.step} is missing: v1 counts without a gap, and there are {there}"
                )
    return {number: [row for _, row in sorted(rows.items())] for number, rows in tables.items()}


def _number(name: str) -> int:
    found = class_of(name)
    assert found is not None
    return found[0].number


def _peripheral_rows(
    template: Template, tables: dict[int, list[bytes]]
) -> tuple[dict[int, list[bytes]], dict[int, list[bytes]]]:
    """Maps and bundles. ADC0, PWMD0, ICUD0 and DAC0 are there when a pin is."""
    maps: dict[int, list[bytes]] = {number: [b"\0"] for number in (ADC, PWM, ICU, DAC) if number in tables}
    bundles: dict[int, list[bytes]] = {}
    for kind, (number, signals) in PERIPHERALS.items():
        indices = sorted(
            found[1] for name in template.peripherals if (found := peripheral_of(name)) and found[0] == kind
        )
        if indices != list(range(len(indices))):
            missing = next(n for n in range(len(indices) + 1) if n not in indices)
            raise _unfit(f"{kind}{missing} is missing: v1 counts without a gap")
        for index in indices:
            made = template.peripherals[f"{kind}{index}"]
            maps.setdefault(number, []).append(struct.pack("<B", made.hw - 1))
            if signals:
                codes = [_code(made.signals[signal]) for signal in signals]
                padding = len(codes) % 2  # SPI: three pins in four places
                bundles.setdefault(number, []).append(struct.pack(f"<{len(codes) + padding}H", *codes, *[0] * padding))
    return maps, bundles


def _code(name: str) -> int:
    found = class_of(name)
    assert found is not None
    return found[0].code(found[1])


def parse_v1(data: bytes, original_target: str, target: str, chip: Chip) -> Template:
    """What a port.bin v1 holds; bytes behind its end are ignored.

    Args:
        original_target: what the template shall say.
        target, chip: what that stands for.

    Raises:
        ValueError: it is not whole, or points outside of itself.
    """
    size, version, *numbers = HEADER.unpack_from(data)
    *tables, name, name_length = numbers
    offsets = [tables[n * _CLASSES : (n + 1) * _CLASSES] for n in range(3)]
    counts = [tables[(3 + n) * _CLASSES : (4 + n) * _CLASSES] for n in range(3)]
    if version != VERSION or size > len(data) - HEADER.size or name_length > SHORT_NAME_MAX:
        raise ValueError("its header is wrong, or it is cut short")
    body = data[HEADER.size : HEADER.size + size]

    def rows(table: int, number: int, width: int) -> list[bytes]:
        at, count = offsets[table][number], counts[table][number]
        if at + count * width > len(body):
            raise ValueError("a table reaches beyond its end")
        return [body[at + n * width : at + (n + 1) * width] for n in range(count)]

    pins = [port * port_size(chip.pin_style) + bit for port, bit, *_ in rows(0, PINS, 4)]
    classes = {}
    for entry in CLASSES.values():
        for row, (pin, *params) in enumerate(rows(0, entry.number, 4)):
            if row % entry.step != entry.offset:
                continue
            if pin >= len(pins):
                raise ValueError(f"{entry.name}{row // entry.step} is on D{pin}, and there are {len(pins)} pins")
            kept = {ADC: 2, DAC: 1, LED: 0, BTN: 0}.get(entry.number)
            classes[f"{entry.name}{row // entry.step}"] = PinUse(
                pin, without_zeros(params) if kept is None else tuple(params[:kept])
            )
    peripherals = {}
    for kind, (number, signals) in PERIPHERALS.items():
        width = 2 * (len(signals) + len(signals) % 2)
        bundles = rows(2, number, width) if signals else [b""] * counts[1][number]
        for index, (hw, bundle) in enumerate(zip(rows(1, number, 1), bundles, strict=True)):
            codes = struct.unpack(f"<{width // 2}H", bundle)
            names = {signal: class_name(code) for signal, code in zip(signals, codes, strict=False)}
            if any(signal not in classes for signal in names.values()):
                raise ValueError(f"{kind}{index} has a pin that there is not")
            peripherals[f"{kind}{index}"] = Peripheral(hw[0] + 1, names)
    short_name = name[:name_length].decode("ascii")
    if wrong := short_name_mistake(short_name):
        raise ValueError(wrong[0])
    return Template(
        short_name, short_name, original_target, target, chip.name, tuple(pins), classes, peripherals=peripherals
    )


assert HEADER.size == 192 and SHORT_NAME_MAX < 32
