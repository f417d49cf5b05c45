# SPDX-License-Identifier: Apache-2.0
"""A VM as files: read back by the service's own readers, they are the parts at their addresses; the manifest says where each is."""

from __future__ import annotations

import hashlib
import json

import pytest

from vmrig_server.agent.api import FirmwareFile
from vmrig_server.agent.flashing.formats import file_parts
from vmrig_server.agent.targets import TargetCatalogue
from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.images import load_image, stamp_vm
from vmrig_server.images.export import Part, export

TARGETS = ("microbit_v2", "nucleo_f429zi", "rpi_pico", "esp32c3_devkitm", "frdm_kl25z")


def exported(name: str) -> tuple[list[Part], dict[str, bytes]]:
    target = load_target(name)
    image = load_image(name, "vm")
    uid = "ab" * load_chip(target.chip).identity.fields[load_chip(target.chip).identity.uid].size
    parts = [Part(part.name, part.address, part.data) for part in stamp_vm(image, target, uid, "cd" * 16)]
    files = export(f"vm_{name}", parts, target, load_chip(target.chip), {"kind": "vm"})
    return parts, {file.name: file.data for file in files}


@pytest.mark.parametrize("name", TARGETS)
def test_the_files_hold_the_parts_at_their_addresses(name: str) -> None:
    parts, files = exported(name)
    manifest = json.loads(files["manifest.json"])
    assert [(part["name"], part["address"], part["size"]) for part in manifest["parts"]] == sorted(
        ((part.name, part.address, len(part.data)) for part in parts), key=lambda row: row[1]
    )
    chip = TargetCatalogue().chip(name)
    for entry in manifest["files"]:
        data = files[entry["file"]]
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        at = entry["address"] if entry["format"] == "bin" else None
        memory: dict[int, int] = {}
        for found in file_parts(FirmwareFile(entry["file"], data, "", at), chip):
            memory.update(enumerate(found.data, found.address))
        for part in parts:
            if part.name in entry["parts"]:
                assert bytes(memory[at] for at in range(part.address, part.end)) == part.data
    for kind in ("bin", "hex", "uf2"):
        held = [name for entry in manifest["files"] if entry["format"] == kind for name in entry["parts"]]
        assert sorted(held) in ([], sorted(part.name for part in parts))


def test_a_target_gets_the_formats_that_it_has_a_use_for() -> None:
    kinds = {name: {file.rpartition(".")[2] for file in exported(name)[1]} for name in TARGETS}
    assert kinds["microbit_v2"] >= {"bin", "hex"}
    assert kinds["esp32c3_devkitm"] == {"bin", "json"}
    assert "uf2" in kinds["rpi_pico"]


def test_parts_that_are_far_from_each_other_are_files_of_their_own() -> None:
    names = exported("nucleo_f429zi")[1]
    assert "vm_nucleo_f429zi_part_1.bin" in names and "vm_nucleo_f429zi_part_2.bin" in names
    assert "vm_microbit_v2.bin" in exported("microbit_v2")[1]
