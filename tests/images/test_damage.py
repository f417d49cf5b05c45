# SPDX-License-Identifier: Apache-2.0
"""Every truncation and every single flipped bit of a vmstore record and of an image is found: by the service, and by the board at boot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from vmrig_native import _vm

from tests.link.boards import SimulatedBoard, linked
from vmrig_server.agent.link import Binding
from vmrig_server.agent.link.frames import Decoder
from vmrig_server.agent.link.identity import parse_identity
from vmrig_server.boards_data import load_target
from vmrig_server.errors import VmrigError
from vmrig_server.images import image_targets, load_image, parse_vmstore, stamp_vm
from vmrig_server.images.vmstore import SIZE

UID, VMUID = "0123456789abcdef", "c0ffee00" * 4


def flips(data: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def cuts(data: bytes) -> Iterator[bytes]:
    """What is left in flash when only the beginning was written."""
    for length in range(1, len(data)):
        yield data[:length] + b"\xff" * (len(data) - length)


def stamped(data: bytes = b"") -> dict[str, bytes]:
    """The parts of a VM; with `data`, of one that consists of it."""
    image = load_image("microbit_v2", "vm")
    if data:
        image = replace(image, data=data, sha256=hashlib.sha256(data).hexdigest())
    parts = stamp_vm(image, load_target("microbit_v2"), UID, VMUID)
    return {part.name: part.data for part in parts}


class Boots:
    """A board of the firmware's own code, which boots again and again and says how it finds itself bound."""

    def __init__(self, image_size: int, parts: Mapping[str, bytes] | None = None) -> None:
        self._layout = load_target("microbit_v2").layout
        runs = [(128, 4096)]
        self._device = _vm.Device(bytes.fromhex(UID), self._layout, runs, kind="vm", image_size=image_size)
        for name, data in (parts or stamped()).items():
            self.poke(name, data)

    def poke(self, part: str, data: bytes, offset: int = 0) -> None:
        self._device.poke(self._layout[part][0] + offset, data)

    def binding(self) -> Binding:
        self._device.power(False)
        self._device.read()
        self._device.power(True)
        said = b""
        while True:
            self._device.run(1000)
            said += self._device.read()
            for frame in Decoder().feed(said):
                if getattr(frame, "type", None) == 0x81:
                    return parse_identity(frame.body).binding


def test_every_flip_and_truncation_of_a_vmstore_record_is_found_by_service_and_board() -> None:
    record = stamped()["vmstore"]
    board = Boots(0)
    assert board.binding() is Binding.OK
    for damaged in (*flips(record), *cuts(record)):
        if damaged == record:  # a record that ends in FF, cut there
            continue
        with pytest.raises(ValueError):
            parse_vmstore(damaged)
        board.poke("vmstore", damaged)
        assert board.binding() is Binding.CORRUPT
    for length in range(SIZE):
        with pytest.raises(ValueError):
            parse_vmstore(record[:length])
    board.poke("vmstore", bytes(SIZE))  # what it is while the VM is being written
    assert board.binding() is Binding.CORRUPT


def test_a_board_with_room_finds_an_image_that_is_not_whole() -> None:
    image = stamped()["vm"]
    board = Boots(len(image))
    assert board.binding() is Binding.OK
    for at in range(0, len(image), len(image) // 24):
        board.poke("vm", bytes([image[at] ^ 1 << at % 8]), at)
        assert board.binding() is Binding.OTHER_IMAGE
        board.poke("vm", image[at : at + 1], at)
    for length in (1, len(image) // 2, len(image) - 1):
        board.poke("vm", b"\x5a" * (len(image) - length), length)
        assert board.binding() is Binding.OTHER_IMAGE
        board.poke("vm", image)
    assert board.binding() is Binding.OK


def test_a_board_with_room_finds_every_flip_and_truncation_of_an_image() -> None:
    parts = stamped(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(8)))
    board = Boots(len(parts["vm"]), parts)
    assert board.binding() is Binding.OK
    for damaged in (*flips(parts["vm"]), *cuts(parts["vm"])):
        board.poke("vm", damaged)
        assert board.binding() is Binding.OTHER_IMAGE
    board.poke("vm", parts["vm"])
    assert board.binding() is Binding.OK


async def test_a_vm_whose_image_is_not_whole_runs_no_programs_and_says_why() -> None:
    from tests.link.boards import vbc
    from vmrig_server.agent.link import LinkRefused, Status
    from vmrig_server.agent.uplink import check_binding

    board = SimulatedBoard(image_size=len(stamped()["vm"]))
    board.device.poke(0x100, b"damage")
    board.power(True)
    async with linked(board) as (link, _):
        identity = await link.hello()
        with pytest.raises(VmrigError) as refused:
            check_binding("b", identity)
        assert (refused.value.code, refused.value.next_command) == ("VM_DAMAGED", f"vmrig virtualize b {VMUID}")
        with pytest.raises(LinkRefused) as failure:
            await link.uplink(vbc("print(1)\n"))
        assert failure.value.status is Status.BAD_IMAGE


def _copied(tmp_path: Path, target: str) -> Path:
    import shutil

    from vmrig_server.paths import data_root

    shutil.copytree(data_root("vmimages/images") / target, tmp_path / target)
    return tmp_path / target / "vm.bin"


def _found(target: str, folder: Path) -> bool:
    with pytest.raises(VmrigError) as failure:
        load_image(target, "vm", folder)
    return failure.value.code == "IMAGE_CORRUPT"


def test_the_service_finds_damage_in_an_image_file(tmp_path: Path) -> None:
    path = _copied(tmp_path, "microbit_v2")
    image = path.read_bytes()
    for at in range(0, len(image), len(image) // 60):
        path.write_bytes(image[:at] + bytes([image[at] ^ 1 << at % 8]) + image[at + 1 :])
        assert _found("microbit_v2", tmp_path)
    for length in (0, 1, len(image) // 2, len(image) - 1):
        path.write_bytes(image[:length])
        assert _found("microbit_v2", tmp_path)


@pytest.mark.slow
def test_no_flip_or_truncation_of_the_smallest_image_has_its_hash() -> None:
    image = min((load_image(target, "vm") for target in image_targets()), key=lambda image: len(image.data))
    data = bytearray(image.data)
    for at in range(len(data)):
        for bit in range(8):
            data[at] ^= 1 << bit
            assert hashlib.sha256(data).hexdigest() != image.sha256
            data[at] ^= 1 << bit
    digest = hashlib.sha256()
    for at in range(len(data)):
        assert digest.hexdigest() != image.sha256
        digest.update(data[at : at + 1])
    assert digest.hexdigest() == image.sha256
