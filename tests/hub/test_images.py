# SPDX-License-Identifier: Apache-2.0
"""The catalogue over images in a folder, with the real board file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vmrig_server.errors import VmrigError
from vmrig_server.hub.images import ShippedImages
from vmrig_server.hub.vms import vmuid_of
from vmrig_server.images import parse_vmstore

CHIP_UID = "db29c01316e77d81"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Images of one target: register and VM."""
    (tmp_path / "microbit_v2").mkdir()
    images = {}
    for name, features in (("register", []), ("vm", ["threads", "bus"]), ("vm_bare", ["bus"])):
        data = name.encode() * 100
        (tmp_path / "microbit_v2" / f"{name}.bin").write_bytes(data)
        images[name] = {
            "file": f"{name}.bin",
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "address": 0,
            "ram_size": 1000,
            "features": features,
        }
    manifest = {
        "format": 2,
        "chip": "nrf52833",
        "toolchain": "ziglang 0.17.0",
        "vm_version": "0.1.0",
        "vm_abi": 1,
        "images": images,
    }
    (tmp_path / "microbit_v2" / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr("vmrig_server.images.manifest.data_root", lambda kind: tmp_path)
    return tmp_path


def test_the_vm_images_of_a_target_are_offered(folder: Path) -> None:
    offer, bare = ShippedImages(folder).offers("microbit_v2")
    assert (offer.target, offer.version, offer.rtos, offer.patch) == ("microbit_v2", "0.1.0", "vrt", "base")
    assert offer.features == ("bus", "threads")
    assert offer.image_sha256 == hashlib.sha256(b"vm" * 100).hexdigest()
    assert (bare.rtos, bare.features, bare.usual, offer.usual) == ("bare", ("bus",), False, True)
    assert ShippedImages(folder).offers("") == [offer, bare]
    with pytest.raises(VmrigError) as caught:
        ShippedImages(folder).offers("no_such_target")
    assert caught.value.code == "TARGET_UNKNOWN"


def test_a_target_without_a_vm_image_offers_none(folder: Path) -> None:
    path = folder / "microbit_v2" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["images"]["vm"], manifest["images"]["vm_bare"]
    path.write_text(json.dumps(manifest))
    assert ShippedImages(folder).offers("") == []
    assert ShippedImages(folder).offers("microbit_v2") == []


def test_an_offer_becomes_image_vmstore_and_port_bin_for_the_chip(folder: Path) -> None:
    offer, _ = ShippedImages(folder).offers("microbit_v2")
    vmuid = vmuid_of(CHIP_UID, offer)
    parts = {part.name: part for part in ShippedImages(folder).build(offer, CHIP_UID, vmuid)}
    assert (parts["vm"].address, parts["vm"].data) == (0, b"vm" * 100)
    record = parse_vmstore(parts["vmstore"].data)
    assert record is not None
    assert (record.vmuid.hex(), record.uid.hex(), record.image_sha256.hex()) == (vmuid, CHIP_UID, offer.image_sha256)
    assert (parts["vmstore"].address, parts["port"].address) == (0x34000, 0x35000)


def test_the_vmuid_tells_apart_everything_that_makes_a_vm(folder: Path) -> None:
    offer, bare = ShippedImages(folder).offers("microbit_v2")
    ids = {
        vmuid_of(CHIP_UID, offer),
        vmuid_of(CHIP_UID, bare),
        vmuid_of(CHIP_UID, replace(offer, features=("bus",))),
        vmuid_of("00" * 8, offer),
    }
    assert len(ids) == 4


async def test_without_the_compiler_the_error_names_the_extra_and_what_needs_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(VmrigError) as caught:
        await ShippedImages(folder / "home").make("microbit_v2", ("float",), lambda done, total: None)
    assert caught.value.code == "TOOLCHAIN_MISSING"
    assert caught.value.next_command == "pip install 'vmrig[images]'"
    assert "vmrig vm available microbit_v2" in caught.value.evidence[1]
