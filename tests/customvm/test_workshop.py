# SPDX-License-Identifier: Apache-2.0
"""Folders of custom VMs: made, compiled, changed, and whole after a crash."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.customvm.editing import MOVED, edit
from vmrig_server.agent.targets import TargetCatalogue
from vmrig_server.boards_data import list_custom_targets, load_target
from vmrig_server.customvm.folders import Folders
from vmrig_server.customvm.made import read_register_vm, sha256
from vmrig_server.customvm.workshop import Workshop
from vmrig_server.errors import VmrigError
from vmrig_server.images import build_port, load_image, parse_port, port_hash, port_of
from vmrig_server.images.stamp import port_now

NAME = "blinky"
IDS = (("vids: []", 'vids: ["1209"]'), ("pids: []", 'pids: ["C0DE", "C0DF"]'))


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    monkeypatch.setenv("VMRIG_HOME", str(tmp_path))
    return Workshop(tmp_path / "cvm")


def _edit(workshop: Workshop, *changes: tuple[str, str]) -> None:
    edit(workshop.folders.template_path(NAME), *changes)


def _code(call: Callable[[], object]) -> str:
    with pytest.raises(VmrigError) as caught:
        call()
    return caught.value.code


def test_the_folder_has_what_the_seeds_had(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME, "Blinky")
    workshop.compile(NAME)
    folder = workshop.folders.path(NAME)
    assert {path.name for path in folder.iterdir()} == {
        f"{NAME}.yml", f"{NAME}.py", "device.json", "manifest.json", "register.vm", "active", "port", "svg",
    }  # fmt: skip
    assert parse_port((folder / "port" / "port.bin").read_bytes()).target == NAME
    register = read_register_vm((folder / "register.vm").read_bytes())
    shipped = load_image("nrf52840_dk", "register")
    assert (register.data, register.address) == (shipped.data, shipped.address)
    device = json.loads((folder / "device.json").read_bytes())
    assert (device["target"], device["original_target"], device["name"]) == (NAME, "nrf52840_dk", "Blinky")
    assert device["classes"] == [f"{NAME}.{NAME}Device"]
    compile((folder / f"{NAME}.py").read_text(), "", "exec")  # it is Python, for those who run it


def test_states_follow_template_and_compiler(workshop: Workshop) -> None:
    assert workshop.create("nrf52840_dk", NAME).state == "created"
    assert list_custom_targets() == []
    assert _code(lambda: load_target(NAME)) == "CUSTOM_VM_NOT_COMPILED"
    workshop.compile(NAME)
    assert workshop.get(NAME).state == "compiled"
    _edit(workshop, ("  LED0: [", "  # moved\n  LED0: ["))
    assert workshop.get(NAME).state == "changed"
    workshop.compile(NAME)
    assert [custom.state for custom in workshop.list()] == ["compiled"]
    workshop.folders.device_path(NAME).write_text("{}")
    assert workshop.get(NAME).state == "broken"
    assert _code(lambda: load_target(NAME)) == "CUSTOM_VM_BROKEN"
    workshop.compile(NAME)
    assert workshop.get(NAME).state == "compiled"


def test_one_that_was_not_compiled_shows_the_usb_ids_that_its_template_has(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME)
    assert workshop.get(NAME).usb_ids == ()
    _edit(workshop, *IDS)
    assert (workshop.get(NAME).state, workshop.get(NAME).usb_ids) == ("created", ("1209:c0de", "1209:c0df"))


def test_a_template_with_mistakes_leaves_what_was_compiled(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME)
    workshop.compile(NAME)
    before = {path: path.read_bytes() for path in workshop.folders.path(NAME).rglob("*") if path.is_file()}
    template = workshop.folders.template_path(NAME)
    _edit(workshop, ("  D0: [P1, 1]", "  D0: [P9, 1]"))
    assert _code(lambda: workshop.compile(NAME)) == "TEMPLATE_INVALID"
    mistakes = workshop.check(NAME).mistakes
    assert mistakes[0].line > 0
    assert workshop.port_now(NAME) == ""
    assert all(path.read_bytes() == data for path, data in before.items() if path != template)


def test_a_comment_does_not_change_what_a_board_gets(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME)
    port = workshop.compile(NAME).port
    assert workshop.port_now(NAME) == port_hash(port)
    _edit(workshop, ("pinmap:", "# mine\npinmap:"))
    assert workshop.port_now(NAME) == port_hash(port)
    _edit(workshop, MOVED)
    assert workshop.port_now(NAME) not in ("", port_hash(port))


def test_the_key_of_a_board_stays_with_the_board(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME)
    workshop.compile(NAME)

    target = load_target(NAME)
    flashed = build_port(replace(port_of(target), key=b"k" * 32))
    _edit(workshop, MOVED)
    workshop.compile(NAME)
    port = port_now(load_target(NAME), flashed)
    assert parse_port(port).key == b"k" * 32
    assert port_hash(port) == workshop.port_now(NAME)


@pytest.mark.parametrize("original", ["nrf52840_dk", "nucleo_f429zi", "rpi_pico", "esp32c3_devkitm"])
def test_every_customizable_target_becomes_one_that_discovery_knows(workshop: Workshop, original: str) -> None:
    workshop.create(original, NAME)
    workshop.compile(NAME)
    assert NAME not in {known.name for known in TargetCatalogue().known()}  # without USB ids nobody can know it
    _edit(workshop, *IDS)
    workshop.compile(NAME)
    known = [known for known in TargetCatalogue().known() if known.name == NAME]
    assert sorted((each.vid, each.pid) for each in known) == [(0x1209, 0xC0DE), (0x1209, 0xC0DF)]
    target, base = load_target(NAME), load_target(original)
    assert (target.chip, target.layout, target.firmware) == (base.chip, base.layout, base.firmware)
    assert target.image_target == original
    assert target.probe in (None, "cmsis-dap")  # a J-Link or ST-Link has the ids of its maker
    assert TargetCatalogue().chip(NAME) == TargetCatalogue().chip(original)
    assert target.serial == base.serial


@pytest.mark.parametrize("original", ["nrf52840_dk", "nucleo_f429zi", "rpi_pico", "esp32c3_devkitm"])
@pytest.mark.parametrize("buttons", [True, False])
def test_what_lets_a_board_boot_is_wired_as_on_its_original(workshop: Workshop, original: str, buttons: bool) -> None:
    workshop.create(original, NAME)
    if not buttons:
        lines = workshop.template(NAME).splitlines(keepends=True)
        workshop.set_template(NAME, "".join(line for line in lines if not line.startswith("  BTN")))
    workshop.compile(NAME)
    target, base = load_target(NAME), load_target(original)
    pulls: dict[int, set[str]] = {}
    for pin in target.pins.values():
        if pin.pull is not None:
            pulls.setdefault(pin.pin, set()).add(pin.pull)
    assert all(len(found) == 1 for found in pulls.values())  # no pin is pulled two ways
    needed = {
        pin.pin: {pin.pull} for pin in base.pins.values() if pin.pin in (base.serial.boot, base.serial.rx) and pin.pull
    }
    assert {pin: pulls.get(pin) for pin in needed} == needed


def test_a_custom_vm_with_the_ids_of_its_original_is_plugged_in_as_that_is(workshop: Workshop) -> None:
    workshop.create("esp32c3_devkitm", NAME)
    _edit(workshop, ("vids: []", 'vids: ["303A"]'), ("pids: []", 'pids: ["1001"]'))
    workshop.compile(NAME)
    way = load_target("esp32c3_devkitm").plugged_as("usb_jtag")
    assert (load_target(NAME).usb, load_target(NAME).serial) == (way.usb, way.serial)


def test_short_names_that_are_none_are_refused_with_what_is_allowed(workshop: Workshop) -> None:
    for name in ("", "1a", "a_b_c", "x" * 32, "a/b", "..", "caf\u00e9", "class", "microbit_v2", "nrf52840", ".new-x"):
        with pytest.raises(VmrigError) as caught:
            workshop.create("nrf52840_dk", name)
        assert caught.value.code == "SHORT_NAME_INVALID"
        assert caught.value.evidence[0].startswith("allowed: ")
    assert _code(lambda: workshop.create("microbit_v2x", NAME)) == "TARGET_NOT_CUSTOMIZABLE"
    workshop.create("nrf52840_dk", NAME)
    assert _code(lambda: workshop.create("nrf52840_dk", NAME)) == "CUSTOM_VM_EXISTS"
    assert not list(workshop.folders.root.glob(".*"))


def test_a_template_is_replaced_only_as_long_as_nobody_else_did(workshop: Workshop) -> None:

    workshop.create("nrf52840_dk", NAME)
    text = workshop.template(NAME)
    workshop.set_template(NAME, text + "# one\n", sha256(text.encode()))
    assert _code(lambda: workshop.set_template(NAME, text + "# two\n", sha256(text.encode()))) == "TEMPLATE_CHANGED"
    assert workshop.template(NAME).endswith("# one\n")


def test_the_old_layout_is_made_beside_and_leaves_boards_alone(workshop: Workshop) -> None:
    workshop.create("nrf52840_dk", NAME)
    port = workshop.compile(NAME).port
    data, path, _ = workshop.compile_v1(NAME)
    assert path.read_bytes() == data
    assert int.from_bytes(data[2:4], "little") == 1
    assert load_target(NAME).port == port  # type: ignore[attr-defined]
    assert workshop.decompile(data)[1] and not workshop.decompile(port)[1]


# --- crashes


class _Crash(Exception):
    pass


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_crash_at_any_step_of_replacing_a_folder_leaves_the_old_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = {f"{NAME}.yml": b"old", "port/port.bin": b"1"}, {f"{NAME}.yml": b"new", "svg/a.svg": b"2"}
    for steps in range(30):
        folders = Folders(tmp_path / str(steps))
        folders.install(NAME, old)
        left = [steps]

        def step(left: list[int] = left) -> None:
            if left[0] == 0:
                raise _Crash
            left[0] -= 1

        with monkeypatch.context() as patched:
            for name in ("rename", "replace", "mkdir"):
                real = getattr(Path, name)

                def counted(self: Path, *args: object, real: Callable[..., object] = real, **more: object) -> object:
                    step()
                    return real(self, *args, **more)

                patched.setattr(Path, name, counted)
            patched.setattr("shutil.rmtree", lambda *args, **more: step())  # a process that died tidies up nothing
            patched.setattr(os, "fsync", lambda handle: step())
            try:
                folders.install(NAME, new)
            except _Crash:
                crashed = True
            else:
                crashed = False
        again = Folders(tmp_path / str(steps))
        again.recover()
        assert _content(again.path(NAME)) in (old, new), f"after {steps} steps"
        assert [path.name for path in again.root.iterdir()] == [NAME]
        if not crashed:
            assert _content(again.path(NAME)) == new
            return
    raise AssertionError("it never came to its end")


def test_a_link_in_the_place_of_a_folder_is_removed_and_not_followed(workshop: Workshop, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / f"{NAME}.yml").write_text("precious")
    workshop.folders.root.mkdir()
    (workshop.folders.root / NAME).symlink_to(outside)
    workshop.remove(NAME)
    assert workshop.folders.names() == []
    assert (outside / f"{NAME}.yml").read_text() == "precious"


def test_pictures_that_are_links_or_huge_are_left_out(workshop: Workshop, tmp_path: Path) -> None:
    workshop.create("nrf52840_dk", NAME)
    folder = workshop.folders.path(NAME) / "svg"
    (tmp_path / "secret.svg").write_text("secret")
    (folder / "link.svg").symlink_to(tmp_path / "secret.svg")
    (folder / "huge.svg").write_bytes(bytes(1 << 20))
    (folder / "mine.svg").write_text("<svg/>")
    assert list(workshop.folders.pictures(NAME)) == ["svg/mine.svg"]
