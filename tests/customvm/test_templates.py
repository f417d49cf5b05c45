# SPDX-License-Identifier: Apache-2.0
"""The templates that ship, and what is made of them."""

from __future__ import annotations

import pytest

from vmrig_server.boards_data import load_target
from vmrig_server.customvm import (
    compile_template,
    create_template,
    decompile,
    list_originals,
    load_template,
    originals,
    parse_port_file,
    pinmap_picture,
    read_template,
    target_of,
)
from vmrig_server.errors import VmrigError


@pytest.mark.parametrize("target", list_originals())
def test_a_new_template_compiles_without_a_word_and_comes_back(target: str) -> None:
    text = create_template(target, "blinky", "Käthe's board: nice")
    reading = read_template(text, short_name="blinky")
    assert reading.mistakes == ()
    template = reading.template
    assert template is not None and template.name == "Käthe's board: nice"
    data = compile_template(template)
    assert len(data) <= load_target(target).layout["port"][1]
    assert parse_port_file(data) == ("v2", template)
    again = load_template(decompile(data))
    assert again == template and compile_template(again) == data


@pytest.mark.parametrize("target", list_originals())
def test_a_new_template_calls_lights_and_buttons_what_the_board_file_does(target: str) -> None:
    template = load_template(create_template(target, "blinky"))
    known = load_target(target).pins
    names = template.pins_by_name()
    for name in set(names) & set(known):
        assert names[name][0] == known[name].pin, name
    assert template.names, "programs for the original find their names"


def test_the_customizable_targets_are_those_with_a_template() -> None:
    assert {"nrf52840_dk", "nucleo_f429zi", "rpi_pico", "esp32c3_devkitm"} <= {
        one.target for one in originals() if one.vm
    }


def test_only_customizable_targets_can_be_made_into_boards_of_ones_own() -> None:
    for name in ("microbit_v2", "cvm_espwroom32", "../chips", ""):
        with pytest.raises(VmrigError) as failure:
            create_template(name, "blinky")
        assert failure.value.code == "TARGET_NOT_CUSTOMIZABLE" and "nrf52840_dk" in failure.value.evidence[0]


def test_a_custom_board_is_a_target_with_its_own_names_and_usb_ids() -> None:
    text = create_template("nrf52840_dk", "blinky", "Blinky")
    text = text.replace("vids: []", 'vids: ["1209", "1A86"]').replace("pids: []", 'pids: ["0001"]')
    template = load_template(text.replace("LED0: [D33, low]", "LED0: [D2, low]"))
    target, original = target_of(template), load_target("nrf52840_dk")
    assert (target.target, target.name, target.chip) == ("blinky", "Blinky", original.chip)
    assert (target.usb.vid, target.usb.pid, target.usb.product) == (0x1209, 1, "Blinky")
    assert target.layout == original.layout and target.serial == original.serial
    assert target.pins["LED0"].pin == template.pinmap[2]
    assert (
        target.pins["A0"].role == "analog" and target.pins["LED1"].role == "led" and target.pins["LED1"].active == "low"
    )


def test_the_picture_of_a_custom_board_shows_its_names() -> None:
    template = load_template(create_template("esp32c3_devkitm", "blinky", "Blinky & co"))
    svg = pinmap_picture(template)
    assert "Blinky &amp; co" in svg and ">LED0</text>" in svg and ">GPIO10</text>" in svg
