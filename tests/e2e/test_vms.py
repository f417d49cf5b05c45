# SPDX-License-Identifier: Apache-2.0
"""VM images as a person uses them: what there is, made, listed, written into files, and bound to one board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Bench, EmulatedHandle, wait_for_serial


@pytest.fixture
def registered(bench: Bench, emulated: EmulatedHandle) -> EmulatedHandle:
    bench.vmrig("register", emulated.alias)
    return emulated


def test_what_ships_and_what_a_vm_can_be_built_with_are_listed(bench: Bench) -> None:
    offers = json.loads(bench.vmrig("vm", "available", "microbit_v2", "--json"))
    assert [offer["usual"] for offer in offers].count(True) == 1
    assert {offer["licence"] for offer in offers} == {"Apache-2.0"}
    assert all((offer["rtos"] == "vrt") == ("threads" in offer["features"]) for offer in offers)
    features = bench.vmrig("vm", "available", "microbit_v2", "--features")
    assert "store" in features and "fs" in features and "values that stay" in features


def test_a_vm_is_listed_and_written_into_files_that_another_board_refuses(
    bench: Bench, registered: EmulatedHandle, tmp_path: Path
) -> None:
    vmuid = bench.vmrig("vm", "create", registered.alias).strip()
    assert bench.vmrig("vm", "create", registered.alias, "", "vrt").strip() == vmuid
    made = json.loads(bench.vmrig("vm", "list", registered.alias, "--json"))
    assert [vm["name"] for vm in made] == [f"vms/{vmuid}"]
    assert json.loads(bench.vmrig("vm", "list", registered.alias, "--from", "1", "--json")) == []

    folder = tmp_path / "files"
    written = bench.vmrig("vm", "bin", vmuid[:8], "--path", str(folder)).split()
    assert {Path(name).name for name in written} == {"vm_microbit_v2.bin", "vm_microbit_v2.hex", "manifest.json"}
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["vmuid"] == vmuid
    assert [part["name"] for part in manifest["parts"]] == ["vm", "vmstore", "port"]

    other = bench.client.emulated.create("microbit_v2")
    try:
        board = wait_for_serial(bench.client, other.serial)[0].removeprefix("boards/")
        bench.vmrig("flash", board, str(folder / "vm_microbit_v2.hex"))
        program = tmp_path / "hello.py"
        program.write_text("print('hello')\n")
        said = bench.vmrig("run", board, str(program), code=1)
        assert said.startswith("VM_OTHER_BOARD") and "vmrig vm create" in said
        bench.vmrig("register", board)
        refused = bench.vmrig("virtualize", board, vmuid, code=1)
        assert refused.startswith("VM_OTHER_BOARD")
    finally:
        bench.client.emulated.delete(other.name)


def test_register_vm_is_written_into_files(bench: Bench, tmp_path: Path) -> None:
    bench.vmrig("vm", "reg", "microbit_v2", "--path", str(tmp_path))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    data = (tmp_path / "reg_microbit_v2.bin").read_bytes()
    assert manifest["parts"][0] == {
        "name": "register",
        "address": 0,
        "size": len(data),
        "sha256": manifest["image_sha256"],
    }


def test_what_cannot_be_made_is_told_by_name(bench: Bench, registered: EmulatedHandle) -> None:
    for words, code in (
        (("", "freertos"), "RTOS_UNKNOWN"),
        (("", "bare", "", "--feat", "threads"), "FEATURE_CONFLICT"),
        (("", "", "", "--feat", "jsn"), "FEATURE_UNKNOWN"),
        (("r2.0",), "VM_NOT_AVAILABLE"),
    ):
        assert bench.vmrig("vm", "create", registered.alias, *words, code=1).startswith(code)


@pytest.mark.slow
def test_a_vm_with_other_features_is_built_once_and_runs(
    bench: Bench, registered: EmulatedHandle, tmp_path: Path
) -> None:
    pytest.importorskip("ziglang", reason="the toolchain is in the extra 'images'")
    words = ("vm", "create", registered.alias, "", "bare", "", "--feat", "none", "--feat", "struct")
    vmuid = bench.vmrig(*words).strip()
    assert bench.vmrig(*words).strip() == vmuid
    bench.vmrig("virtualize", registered.alias, vmuid)
    program = tmp_path / "packed.py"
    program.write_text("import struct\nprint(struct.pack('<H', 258))\n")
    assert bench.vmrig("run", registered.alias, str(program)) == "b'\\x02\\x01'\n"
    program.write_text("print(1 / 2)\n")
    assert "float" in bench.vmrig("run", registered.alias, str(program), code=1)
