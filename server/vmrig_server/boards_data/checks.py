# SPDX-License-Identifier: Apache-2.0
"""Checks of board and chip files that look at more than one value."""

from __future__ import annotations

import itertools

from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.boards_data.schema import VM_PARTS, Chip, Pads, Serial, Target

Problem = tuple[tuple[str | int, ...], str]
"""(place in the file, sentence)"""


def check_chip(chip: Chip) -> list[Problem]:
    """What is wrong between the parts of a chip file."""
    problems: list[Problem] = []
    memories = {memory.name: memory for memory in chip.memories}
    devices = {device.name for device in chip.devices}
    problems += _named_twice("memories", [memory.name for memory in chip.memories])
    problems += _named_twice("devices", [device.name for device in chip.devices])
    for needed in ("flash", "ram"):
        if needed not in memories:
            problems.append((("memories",), f"a chip needs a memory named '{needed}'"))
    ranges = sorted(
        (memory.base, memory.base + memory.size * memory.repeats, index)
        for index, memory in enumerate(chip.memories)
        if memory.mapped
    )
    for (_, end, first), (base, _, second) in itertools.pairwise(ranges):
        if base < end:
            names = f"memories '{chip.memories[first].name}' and '{chip.memories[second].name}'"
            problems.append((("memories", max(first, second), "base"), f"{names} overlap"))
    for index, memory in enumerate(chip.memories):
        if memory.alias_of is not None and memory.alias_of not in memories:
            what = f"memory '{memory.name}' is an alias of '{memory.alias_of}', which there is not"
            problems.append((("memories", index, "alias_of"), what))
    for index, entry in enumerate(chip.contents):
        rom = memories.get(entry.memory)
        if rom is None or rom.kind == "ram":
            problems.append(
                (("contents", index, "memory"), f"contents are for a rom or flash, '{entry.memory}' is none")
            )
        elif not rom.base <= entry.address <= entry.address + 4 * len(entry.words) <= rom.end:
            problems.append((("contents", index, "address"), f"{entry.address:#x} is not inside '{entry.memory}'"))
    for name, field in chip.identity.fields.items():
        address = field.address
        if field.device is not None:
            if field.device not in devices:
                problems.append((("identity", "fields", name), f"there is no device '{field.device}'"))
        elif address is None or not any(m.base <= address and address + field.size <= m.end for m in chip.memories):
            problems.append((("identity", "fields", name), f"identity '{name}' is not inside a memory"))
    for key, names_of in (("uarts", chip.uarts), ("seeded", chip.seeded)):
        for index, name in enumerate(names_of):
            if name not in devices:
                problems.append(((key, index), f"there is no device '{name}'"))
    return problems + (_check_pads(chip.pads, chip) if chip.pads is not None else [])


def _check_pads(pads: Pads, chip: Chip) -> list[Problem]:
    """Pads that are said to be something, and that there are not."""
    said: list[tuple[tuple[str | int, ...], int]] = []
    for what, pins in pads.reserved.items():
        said += [(("pads", "reserved", what, index), pin) for index, pin in enumerate(pins)]
    said += [(("pads", "usb", index), pin) for index, pin in enumerate(pads.usb)]
    said += [(("pads", "input_only", index), pin) for index, pin in enumerate(pads.input_only)]
    said += [(("pads", "adc", unit), pin) for unit, channels in enumerate(pads.adc) for pin in channels]
    said += [(("pads", "dac"), pin) for pin in pads.dac]
    return [
        (place, f"{chip_pin_name(pin, chip.pin_style)} is in no range of pads")
        for place, pin in said
        if not pads.has(pin)
    ]


def _named_twice(key: str, names: list[str]) -> list[Problem]:
    return [
        ((key, index, "name"), f"'{name}' is named twice") for index, name in enumerate(names) if name in names[:index]
    ]


def check_target(target: Target, chip: Chip) -> list[Problem]:
    """What is wrong between the parts of a board file, and between it and its chip's."""
    problems = _check_layout(target, chip) + _check_firmware(target, chip)
    if target.leds is not None:
        for key, names in (("rows", target.leds.rows), ("columns", target.leds.columns)):
            for index, name in enumerate(names):
                if name not in target.pins:
                    problems.append((("leds", key, index), f"there is no pin '{name}'"))
    pulls: dict[int, tuple[str, str]] = {}
    for name, pin in target.pins.items():
        if pin.pull is None:
            continue
        other, pull = pulls.setdefault(pin.pin, (name, pin.pull))
        if pull != pin.pull:
            problems.append((("pins", name, "pull"), f"pins '{other}' and '{name}' are one pin with two pulls"))
    if (target.probe is None) != (chip.debug is None):
        what = "has no debug port for a probe" if chip.debug is None else "is reached through a debug probe"
        problems.append((("probe",), f"{chip.name} {what}"))
    serials: dict[tuple[str | int, ...], Serial] = {("serial",): target.serial}
    serials |= {("usb_choices", name, "serial"): choice.serial for name, choice in target.usb_choices.items()}
    for place, serial in serials.items():
        if serial.uart >= len(chip.uarts):
            problems.append(((*place, "uart"), f"{chip.name} has {len(chip.uarts)} UARTs"))
        if serial.lines is not None and serial.boot is None:
            problems.append(
                ((*place, "boot"), "the modem lines choose how the chip boots: which strapping pin tells it?")
            )
    devices = {device.name for device in chip.devices}
    for name in target.device_params:
        if name not in devices:
            problems.append((("device_params", name), f"{chip.name} has no device '{name}'"))
    return problems


def _check_layout(target: Target, chip: Chip) -> list[Problem]:
    problems: list[Problem] = []
    flash = chip.flash
    units = flash.erase_units()
    borders = {address for address, _ in units} | {flash.end}
    parts = sorted((region[0], region[0] + region[1], name) for name, region in target.layout.items())
    for base, end, name in parts:
        if base < flash.base or end > flash.end:
            problems.append((("layout", name), f"part '{name}' is not inside the flash of {chip.name}"))
        elif base not in borders or end not in borders or end <= base:
            sizes = "" if flash.erase_size is None else f" of {flash.erase_size} bytes"
            problems.append((("layout", name), f"part '{name}' does not consist of whole erase pages{sizes}"))
    for (_, end, first), (base, _, second) in itertools.pairwise(parts):
        if base < end:
            problems.append((("layout", second), f"parts '{first}' and '{second}' overlap"))
    return problems


def _check_firmware(target: Target, chip: Chip) -> list[Problem]:
    firmware = target.firmware.over(chip.firmware)
    if firmware.port is None:
        return []
    problems: list[Problem] = []
    for key in firmware.missing():
        problems.append((("firmware",), f"firmware.{key} is neither here nor in the file of {chip.name}"))
    absent = [part for part in VM_PARTS if part not in target.layout]
    if absent:
        return [*problems, (("layout",), f"a target with firmware needs the parts {', '.join(absent)}")]
    units = dict(chip.flash.erase_units())
    address, size = target.region("journal")
    if units.get(address) != size // 2 or units.get(address + size // 2) != size // 2:
        problems.append((("layout", "journal"), "the journal is not two erase units of one size"))
    if target.region("slot_a")[1] != target.region("slot_b")[1]:
        problems.append((("layout", "slot_b"), "the slots differ in size"))
    return problems
