# SPDX-License-Identifier: Apache-2.0
"""A VM for one board: the shipped image, its vmstore record, and port.bin, each with the address it goes to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from vmrig_server.boards_data.custom import CustomTarget
from vmrig_server.boards_data.schema import Target
from vmrig_server.errors import VmrigError
from vmrig_server.images.manifest import FirmwareImage
from vmrig_server.images.portbin import PortMap, PortPin, build_port, parse_port
from vmrig_server.images.vmstore import VmstoreRecord, build_vmstore


@dataclass(frozen=True, slots=True)
class StampedPart:
    """Bytes and the chip address they go to; `name` is that of the part in the target's layout."""

    name: str
    address: int
    data: bytes


def port_of(target: Target) -> PortMap:
    """The pins of a board file; of a custom VM what was compiled."""
    if isinstance(target, CustomTarget):
        return parse_port(target.port)
    return PortMap(
        target.target, {name: PortPin(pin.pin, active_low=pin.active == "low") for name, pin in target.pins.items()}
    )


def port_hash(data: bytes) -> str:
    """SHA-256 of a port.bin without the key in it, which is the board's and not the target's. ValueError: not a whole port.bin."""
    return hashlib.sha256(build_port(replace(parse_port(data), key=b""))).hexdigest()


def port_now(target: Target, flashed: bytes) -> bytes:
    """A target's port.bin as it is now, with the key of an earlier one."""
    return build_port(replace(port_of(target), key=parse_port(flashed).key))


def stamp_vm(
    image: FirmwareImage, target: Target, chip_uid: str, vmuid: str, key: bytes = b"", port: PortMap | None = None
) -> list[StampedPart]:
    """The parts to flash so that the board with this chip is the VM with this vmuid.

    Args:
        image: the VM image of the target.
        target: its layout says where the parts go.
        chip_uid: hex, most significant byte first, 1 to 16 bytes.
        vmuid: 32 hex digits.
        key: an Ed25519 public key (32 bytes): the board only takes programs signed with it. Empty: it takes all.
        port: of a custom board made from the target; None: the target's own pins.

    Raises:
        VmrigError: ``IMAGE_MISFIT`` when a part is larger than its place or the image is for another target.
        ValueError: chip_uid or vmuid are not hex of the right length.
    """
    record = VmstoreRecord(bytes.fromhex(vmuid), bytes.fromhex(chip_uid), bytes.fromhex(image.sha256))
    contents = {
        "vm": image.data,
        "vmstore": build_vmstore(record),
        "port": build_port(replace(port or port_of(target), key=key)),
    }
    parts: list[StampedPart] = []
    for name, data in contents.items():
        address, size = target.region(name)
        if len(data) > size:
            raise _misfit(f"{name} has {len(data)} bytes, its place in the layout of {target.target} {size}.")
        parts.append(StampedPart(name, address, data))
    if image.target != target.image_target or image.address != parts[0].address:
        raise _misfit(f"The image is for {image.target} at {image.address:#x}, the layout is of {target.target}.")
    return parts


def _misfit(sentence: str) -> VmrigError:
    return VmrigError("IMAGE_MISFIT", sentence, next_command="make images")
