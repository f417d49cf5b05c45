# SPDX-License-Identifier: Apache-2.0
"""Custom VMs that come from outside: what is taken over, what is not believed, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.customvm import OLD_TEMPLATE
from tests.customvm.archives import entry, tar_of, tar_of_files, xz
from vmrig_server.boards_data import list_custom_targets, load_target
from vmrig_server.customvm.archive import pack, unpack
from vmrig_server.customvm.importing import Incoming, look_through, take_over
from vmrig_server.customvm.made import manifest
from vmrig_server.customvm.workshop import Workshop
from vmrig_server.errors import VmrigError

NAME = "blinky"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1"/></svg>'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VMRIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def there(tmp_path: Path) -> Workshop:
    """Where the archives come from."""
    workshop = Workshop(tmp_path / "elsewhere")
    workshop.create("nrf52840_dk", NAME, "Blinky")
    return workshop


@pytest.fixture
def here(home: Path) -> Workshop:
    """Where they go to."""
    return Workshop(home / "cvm")


def _again(files: dict[str, bytes], **changed: bytes | None) -> bytes:
    """An archive of the files with some of them changed, and a manifest that says so."""
    files = {path: data for path, data in files.items() if path != "manifest.json"}
    for path, data in changed.items():
        if data is None:
            del files[path]
        else:
            files[path] = data
    return pack(NAME, {**files, "manifest.json": manifest(NAME, "nrf52840_dk", files)})


def _refusal(data: bytes, workshop: Workshop, code: str = "ARCHIVE_REFUSED") -> VmrigError:
    with pytest.raises(VmrigError) as caught:
        look_through(data, workshop, force=False)
    assert caught.value.code == code, caught.value
    assert workshop.folders.names() == []
    return caught.value


def _changes(incoming: Incoming) -> dict[str, str]:
    return {file.path: file.change for file in incoming.files}


def test_an_export_is_imported_as_the_same_custom_vm(there: Workshop, here: Workshop) -> None:
    there.compile(NAME)
    archive = there.export(NAME)
    incoming = look_through(archive, here, force=False)
    assert not incoming.replaces
    assert here.folders.names() == []  # looking changes nothing
    take_over(incoming, here, force=False)
    assert here.get(NAME).state == "compiled"
    assert list_custom_targets() == [NAME]
    assert load_target(NAME).name == "Blinky"
    assert here.template(NAME) == there.template(NAME)
    assert here.export(NAME) == archive


def test_the_python_of_an_archive_is_replaced_and_never_run(there: Workshop, here: Workshop, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    evil = f"open({str(trap)!r}, 'w')\n".encode()
    data = _again(unpack(there.export(NAME)), **{f"{NAME}.py": evil})
    incoming = look_through(data, here, force=False)
    assert any(f"{NAME}.py is not taken over" in note for note in incoming.notes)
    take_over(incoming, here, force=False)
    load_target(NAME)
    assert (here.folders.path(NAME) / f"{NAME}.py").read_bytes() != evil
    assert not trap.exists()


def test_a_device_json_of_an_archive_is_made_anew(there: Workshop, here: Workshop) -> None:
    files = unpack(there.export(NAME))
    device = json.loads(files["device.json"]) | {"name": "another", "original_target": "microbit_v2"}
    incoming = look_through(_again(files, **{"device.json": json.dumps(device).encode()}), here, force=False)
    take_over(incoming, here, force=False)
    assert load_target(NAME).name == "Blinky"
    assert load_target(NAME).image_target == "nrf52840_dk"


def test_another_port_bin_than_the_templates_is_noted_and_made_anew(there: Workshop, here: Workshop) -> None:
    incoming = look_through(_again(unpack(there.export(NAME)), **{"port/port.bin": b"other"}), here, force=False)
    assert any("port.bin" in note for note in incoming.notes)
    assert _changes(incoming)["port/port.bin"] == "made anew"


def test_files_that_are_not_those_of_the_manifest_are_refused(there: Workshop, here: Workshop) -> None:
    files = unpack(there.export(NAME))
    changed = files[f"{NAME}.yml"] + b"# more\n"
    said = _refusal(pack(NAME, {**files, f"{NAME}.yml": changed}), here)
    assert any(f"{NAME}.yml" in line for line in said.evidence)
    _refusal(pack(NAME, {**files, "svg/more.svg": SVG}), here)
    _refusal(pack(NAME, {path: data for path, data in files.items() if path != "device.json"}), here)
    _refusal(pack(NAME, {**files, "manifest.json": b"[1]"}), here)
    _refusal(pack(NAME, {**files, "manifest.json": b"[" * 100000}), here)


def test_an_archive_of_old_tools_without_a_manifest_is_taken_with_a_note(there: Workshop, here: Workshop) -> None:
    files = {f"{NAME}.yml": there.template(NAME).encode(), "active": b"{}", "README.md": b"mine", "port/port.yml": b"x"}
    incoming = look_through(xz(tar_of_files(files)), here, force=False)
    assert "no manifest" in incoming.notes[0]
    assert _changes(incoming) == {
        f"{NAME}.yml": "new", "active": "made anew", "README.md": "left out", "port/port.yml": "left out",
    }  # fmt: skip
    take_over(incoming, here, force=False)
    assert not (here.folders.path(NAME) / "README.md").exists()


def test_a_folder_with_the_old_layout_beside_is_taken(there: Workshop, here: Workshop) -> None:
    files = unpack(there.export(NAME)) | {"port/port_v1.bin": there.compile_v1(NAME)[0]}
    assert _changes(look_through(pack(NAME, files), here, force=False))["port/port_v1.bin"] == "left out"


def test_a_template_of_old_boards_is_taken_for_them(here: Workshop) -> None:
    files = {"old_board.yml": OLD_TEMPLATE.encode(), "active": b"{}", "old_board.py": b"x"}
    incoming = look_through(tar_of_files(files), here, force=False)
    assert any("--format v1" in note for note in incoming.notes)
    take_over(incoming, here, force=False)
    assert (here.get("old_board").state, list_custom_targets()) == ("created", [])
    assert len(here.compile_v1("old_board")[0]) == 864
    with pytest.raises(VmrigError) as caught:
        here.compile("old_board")
    assert caught.value.code == "TEMPLATE_INVALID"


def test_a_template_with_mistakes_is_refused_with_their_lines(there: Workshop, here: Workshop) -> None:
    text = there.template(NAME).replace("  LED0: [", "  LED0: [D99, ", 1)
    error = _refusal(_again(unpack(there.export(NAME)), **{f"{NAME}.yml": text.encode()}), here, "TEMPLATE_INVALID")
    assert any("line " in line for line in error.evidence)


def test_a_register_vm_that_is_not_whole_is_refused(there: Workshop, here: Workshop) -> None:
    files = unpack(there.export(NAME))
    image = json.loads(files["register.vm"])
    for wrong in (
        b"{}",
        b"x",
        json.dumps({**image, "md5": "0" * 32}).encode(),
        json.dumps({**image, "size": 1}).encode(),
    ):
        assert "register.vm" in _refusal(_again(files, **{"register.vm": wrong}), here).message


def test_a_short_name_that_is_taken_or_none_is_refused(there: Workshop, here: Workshop) -> None:
    text = there.template(NAME)
    for name in ("microbit_v2", "nrf52833", "class", "a_b_c"):
        data = tar_of_files({f"{name}.yml": text.replace(NAME, name).encode()})
        _refusal(data, here, "SHORT_NAME_INVALID")
    _refusal(tar_of_files({"other.yml": text.encode()}), here, "TEMPLATE_INVALID")


def test_one_of_the_same_name_is_replaced_only_by_force(there: Workshop, here: Workshop) -> None:
    archive = there.export(NAME)
    take_over(look_through(archive, here, force=False), here, force=False)
    here.set_template(NAME, here.template(NAME) + "# mine\n")
    with pytest.raises(VmrigError) as caught:
        look_through(archive, here, force=False)
    assert caught.value.code == "CUSTOM_VM_EXISTS"
    incoming = look_through(archive, here, force=True)
    assert incoming.replaces
    assert _changes(incoming)[f"{NAME}.yml"] == "changed"
    take_over(incoming, here, force=True)
    assert here.template(NAME) == there.template(NAME)


def test_files_that_no_custom_vm_has_are_refused(there: Workshop, here: Workshop) -> None:
    template = (f"{NAME}.yml", there.template(NAME).encode())
    for path in ("setup.py", "conftest.py", "port", "svg/x.png", "svg/a/b.svg", "other.yml", "bin/sh", "active/x"):
        data = tar_of(entry(*template), entry(path, b"x"))
        _refusal(data, here)


@pytest.mark.parametrize(
    "picture",
    [
        b"not xml",
        b"<html/>",
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
        SVG.replace(b"<rect", b"<script>alert(1)</script><rect"),
        SVG.replace(b"<rect", b'<rect onclick="x()"'),
        SVG.replace(b"<rect", b'<a href="javascript:x()"/><rect'),
        SVG.replace(b"<rect", b'<image xmlns:x="http://www.w3.org/1999/xlink" x:href="http://elsewhere/"/><rect'),
        SVG.replace(b"<rect", b'<use href="file:///etc/passwd#a"/><rect'),
        SVG.replace(b"<rect", b'<rect style="fill: url(http://elsewhere/)"'),
        SVG.replace(b"<rect", b"<style>@import 'http://elsewhere/';</style><rect"),
        SVG.replace(b"<rect", b"<foreignObject/><rect"),
        b"<?xml-stylesheet href='http://elsewhere/'?>" + SVG,
        SVG.replace(b"<rect", b"<g>" * 200 + b"<rect"),
    ],
)
def test_a_picture_that_does_more_than_draw_is_refused(there: Workshop, here: Workshop, picture: bytes) -> None:
    assert "svg/a.svg" in _refusal(_again(unpack(there.export(NAME)), **{"svg/a.svg": picture}), here).message


def test_a_users_picture_goes_with_it_and_is_shown(there: Workshop, here: Workshop) -> None:
    picture = SVG.replace(b"<rect", b'<defs><g id="a"/></defs><use href="#a"/><rect fill="url(#a)"')
    there.folders.put(NAME, {f"svg/{NAME}.svg": picture})
    there.compile(NAME)
    take_over(look_through(there.export(NAME), here, force=False), here, force=False)
    assert here.pin_map(NAME) == (picture.decode(), True)


def test_a_drawn_pin_map_is_shown_where_there_is_no_picture(there: Workshop, here: Workshop) -> None:
    take_over(look_through(there.export(NAME), here, force=False), here, force=False)
    svg, own = here.pin_map(NAME)
    assert not own
    assert "LED0" in svg and "Blinky" in svg
