# SPDX-License-Identifier: Apache-2.0
"""What a board says of itself: the body of IDENTITY, u8 tag, u8 length, value (docs/wire-protocol.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from vmrig_server.images.features import features_of_bits

from .status import Binding, PortState, ResetCause

TAG_PROTOCOL = 1
TAG_KIND = 2
TAG_VM_VERSION = 3
TAG_VM_ABI = 4
TAG_UID = 5
TAG_CHIP = 6
TAG_TARGET = 7
TAG_VMUID = 8
TAG_BINDING = 9
TAG_RESET_CAUSE = 10
TAG_UPTIME = 11
TAG_ACTIVE_SLOT = 12
TAG_SLOT = 13
TAG_HEAP = 14
TAG_MAX_BODY = 15
TAG_WINDOW = 16
TAG_SLOT_SIZE = 17
TAG_PORT = 18
TAG_FEATURES = 19

_SLOT = struct.Struct("<BBBxII8s")
NO_SLOT = 255


@dataclass(frozen=True, slots=True)
class SlotState:
    """The newest program committed into a slot."""

    name: str
    """"A" or "B"."""
    present: bool
    confirmed: bool
    trial_boots: int
    """Boots spent while nobody had confirmed it, 0..3."""
    generation: int
    length: int
    sha256_head: str
    """First 8 bytes of the container's SHA-256, lower-case hex."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A board's IDENTITY. What register.vm does not tell keeps its default."""

    protocol: int = 0
    kind: str = ""
    """"register" or "vm"."""
    vm_version: str = ""
    vm_abi: int = 0
    features: tuple[str, ...] = ()
    """What the VM has, sorted; a firmware that does not tell has none."""
    uid: str = ""
    """The chip's unique id, lower-case hex, most significant byte first."""
    chip_part: int = 0
    """As the chip numbers itself: 0x52833."""
    chip_variant: str = ""
    target: str = ""
    """From port.bin; empty without one."""
    port: PortState = PortState.ABSENT
    vmuid: str = ""
    """32 hex digits; zeros when the VM is bound to no board."""
    binding: Binding = Binding.NONE
    reset_cause: ResetCause = field(default=ResetCause(0))
    uptime_us: int = 0
    active_slot: str = ""
    """"A", "B" or empty."""
    slots: tuple[SlotState, ...] = ()
    slot_size: int = 0
    heap_size: int = 0
    max_body: int = 0
    window: int = 0
    chunk: int = 0
    unknown: dict[int, bytes] = field(default_factory=dict)
    """Tags of a newer firmware."""


def slot_name(number: int) -> str:
    """0 is "A", 1 is "B", 255 is no slot."""
    return "" if number == NO_SLOT else chr(ord("A") + number)


def parse_identity(body: bytes) -> Identity:
    """The body of an IDENTITY frame. ValueError: it is cut short or a value has the wrong length."""
    values: dict[int, bytes] = {}
    slots: list[SlotState] = []
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            raise ValueError(f"IDENTITY is cut short at byte {at}")
        tag, value = body[at], body[at + 2 : at + 2 + body[at + 1]]
        at += 2 + len(value)
        if tag == TAG_SLOT:
            slots.append(_slot(value))
        else:
            values[tag] = value

    def number(tag: int) -> int:
        return int.from_bytes(values.pop(tag, b""), "little")

    def text(tag: int) -> str:
        return values.pop(tag, b"").decode("utf-8", "replace")

    chip = values.pop(TAG_CHIP, bytes(8))
    window = values.pop(TAG_WINDOW, bytes(3))
    if len(chip) != 8 or len(window) != 3:
        raise ValueError("IDENTITY has a chip or window value of the wrong length")
    try:
        binding = Binding(number(TAG_BINDING))
    except ValueError:
        binding = Binding.CORRUPT
    try:
        port = PortState(number(TAG_PORT))
    except ValueError:
        port = PortState.DAMAGED
    return Identity(
        protocol=number(TAG_PROTOCOL),
        kind=text(TAG_KIND),
        vm_version=text(TAG_VM_VERSION),
        vm_abi=number(TAG_VM_ABI),
        features=features_of_bits(number(TAG_FEATURES)),
        uid=values.pop(TAG_UID, b"").hex(),
        chip_part=int.from_bytes(chip[:4], "little"),
        chip_variant=chip[4:].decode("ascii", "replace").strip("\0"),
        target=text(TAG_TARGET),
        port=port,
        vmuid=values.pop(TAG_VMUID, b"").hex(),
        binding=binding,
        reset_cause=ResetCause(number(TAG_RESET_CAUSE)),
        uptime_us=number(TAG_UPTIME),
        active_slot=slot_name(number(TAG_ACTIVE_SLOT)) if TAG_ACTIVE_SLOT in values else "",
        slots=tuple(slots),
        slot_size=number(TAG_SLOT_SIZE),
        heap_size=number(TAG_HEAP),
        max_body=number(TAG_MAX_BODY),
        window=window[0],
        chunk=int.from_bytes(window[1:], "little"),
        unknown=values,
    )


def _slot(value: bytes) -> SlotState:
    if len(value) != _SLOT.size:
        raise ValueError("IDENTITY has a slot value of the wrong length")
    slot, flags, trials, generation, length, head = _SLOT.unpack(value)
    return SlotState(slot_name(slot), bool(flags & 1), bool(flags & 2), trials, generation, length, head.hex())
