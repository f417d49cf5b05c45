# SPDX-License-Identifier: Apache-2.0
"""The section ``device`` of a template: what the board is, how it shows itself on USB, what it is derived from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vmrig_server.boards_data import Chip, Target
from vmrig_server.customvm.mistakes import near
from vmrig_server.customvm.originals import list_originals, resolve
from vmrig_server.customvm.reading import Mistakes, Node, items, kind_of, number, plain, sections_of, shown, text, truth
from vmrig_server.customvm.template import USB_ID, Plain

RESET_MAX_MS = 60_000
NAME_MAX = 64
DEVICE_KEYS = ["name", "original_target", "manual_reset", "reset_time", "vids", "pids"]
# What device.json of old tools has besides: kept, and of no meaning here.
_OLD_DEVICE_KEYS = [
    "target", "type", "classes", "board_producer", "chip_manifacturer", "chip_model", "family_type", "family_name", "architecture",
    "ram", "flash", "cc", "gccopts", "relocator", "rodata_in_ram", "virtualizable", "has_alter_ego", "custom_actions",
    "operating_modes", "uplink_reset", "reset_after_register", "sw_reset_after_register", "reset_after_uplink", "fixed_timeouts",
    "preferred_baud", "connection", "vm_chunk", "vm_mini_chunk", "vm_fragmented_upload", "flash_erasable", "burn_hex", "vm_start",
    "vmstore_offset", "bytecode_offset", "jtag_target", "jtag_target_options", "jtag_capable", "jtag_class", "jtag_tool",
    "jtag_timeout", "jtag_burn_end", "jtag_chipid_command", "jtag_chipid_len", "jtag_chipid_prefix", "custom_openocd",
    "preferred_uplink_with_jtag", "preferred_register_with_jtag", "preferred_burn_with_jtag", "customizable", "customized",
    "crypto_provisioning",
]  # fmt: skip


@dataclass(slots=True)
class Device:
    """What the section says."""

    name: str = ""
    original: Node | None = None
    manual_reset: bool = False
    reset_time: int = 0
    vids: tuple[str, ...] = ()
    pids: tuple[str, ...] = ()
    others: dict[str, Plain] = field(default_factory=dict)


def read_device(node: Node, mistakes: Mistakes) -> Device:
    """The section; what has a mistake keeps its default."""
    device = Device()
    sections = sections_of(node, [*DEVICE_KEYS, *_OLD_DEVICE_KEYS], mistakes, "device")
    for key, value in sections.items():
        if key in _OLD_DEVICE_KEYS:
            device.others[key] = plain(value, mistakes)
    readers: dict[str, Callable[[Node], None]] = {
        "name": lambda at: setattr(device, "name", _name(at, mistakes)),
        "manual_reset": lambda at: setattr(device, "manual_reset", truth(at, mistakes) or False),
        "reset_time": lambda at: setattr(
            device, "reset_time", number(at, mistakes, 0, RESET_MAX_MS, "0 to 60000 milliseconds") or 0
        ),
        "vids": lambda at: setattr(device, "vids", _usb_ids(at, mistakes)),
        "pids": lambda at: setattr(device, "pids", _usb_ids(at, mistakes)),
    }
    for key, read in readers.items():
        if key in sections:
            read(sections[key])
    device.original = sections.get("original_target")
    if device.original is None:
        sentence = "device does not say which board type the board is derived from"
        mistakes.add(
            node.key,
            "ORIGINAL_MISSING",
            sentence,
            f"original_target: {', '.join(list_originals())}",
            subject="original_target",
        )
    if bool(device.vids) != bool(device.pids) and {"vids", "pids"} <= sections.keys():
        lacking = sections["pids" if device.vids else "vids"]
        if not items(lacking):
            mistakes.add(
                lacking,
                "USB_ID_MISSING",
                f"{lacking.name} is empty, {'vids' if device.vids else 'pids'} is not",
                "both, or neither",
            )
    return device


def _name(node: Node, mistakes: Mistakes) -> str:
    name = text(node, mistakes)
    if name is None or (1 <= len(name) <= NAME_MAX and name.isprintable() and name.strip() == name):
        return name or ""
    mistakes.add(
        node, "NAME_WRONG", f"'{shown(name)}' is no name of a board", f"1 to {NAME_MAX} characters on one line"
    )
    return ""


def _usb_ids(node: Node, mistakes: Mistakes) -> tuple[str, ...]:
    form = 'four upper-case hexadecimal digits in quotes, "10C4"'
    listed = items(node)
    if listed is None:
        mistakes.add(node, "TYPE_WRONG", f"{node.name} is {kind_of(node.value)}", f"a list: each {form}")
        return ()
    found: list[str] = []
    for item in listed:
        value = item.value
        if not isinstance(value, str):
            mistakes.add(
                item,
                "USB_ID_WRONG",
                f"an id of {node.name} is {kind_of(value)}: YAML reads digits without quotes as a number",
                form,
            )
        elif not USB_ID.fullmatch(value):
            digits = value.lower().removeprefix("0x").upper()
            hint = f'; write it "{digits.zfill(4)}"' if re.fullmatch(r"[0-9A-F]{1,4}", digits) else ""
            mistakes.add(item, "USB_ID_WRONG", f"'{shown(value)}' is no id of {node.name}{hint}", form)
        elif value in found:
            mistakes.add(item, "USB_ID_TWICE", f"{value} is in {node.name} twice")
        else:
            found.append(str(value))
    return tuple(found)


def read_original(node: Node, mistakes: Mistakes) -> tuple[Target, Chip] | None:
    """The target that the board is derived from, and its chip."""
    name = text(node, mistakes, "the name of a target")
    if name is None:
        return None
    found = resolve(name)
    if found is None:
        known = list_originals()
        mistakes.add(
            node,
            "ORIGINAL_UNKNOWN",
            f"there is no customizable target '{shown(name)}'{near(name, known)}",
            ", ".join(known),
        )
    return found
