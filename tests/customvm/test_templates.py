# SPDX-License-Identifier: Apache-2.0
"""The templates that ship, and what is made of them."""

from __future__ import annotations

import pytest

from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.boards_data.pinmap import one_row_a_pad, pinmap_svg
from vmrig_server.boards_data.pins import chip_pin_name
from vmrig_server.customvm import (
    board_pins,
    compile_template,
    create_template,
    decompile,
    list_originals,
    load_template,
    originals,
    parse_port_file,
    read_template,
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


def test_a_custom_boards_pins_have_roles_as_in_a_board_file() -> None:
    text = create_template("nrf52840_dk", "blinky", "Blinky").replace("LED0: [D33, low]", "LED0: [D2, low]")
    template = load_template(text)
    pins = board_pins(template)
    assert (pins["LED0"].pin, pins["LED0"].role, pins["LED0"].active) == (template.pinmap[2], "led", "low")
    assert (pins["A0"].role, pins["BTN0"].role, pins["D2"].role, pins["BUTTON0"].role) == (
        "analog",
        "button",
        "led",
        "io",
    )


def test_the_picture_of_a_custom_board_has_each_pad_once_with_all_its_names() -> None:
    template = load_template(create_template("nrf52840_dk", "blinky", "Blinky & co"))
    original = load_target("nrf52840_dk")
    target = original.model_copy(update={"name": template.name, "pins": board_pins(template), "leds": None})
    svg = pinmap_svg(one_row_a_pad(target), load_chip(original.chip))
    assert "Blinky &amp; co" in svg
    for pin in template.pinmap:
        assert svg.count(f">{chip_pin_name(pin, 'nordic')}</text>") == 1
    assert ">LED0</text>" in svg and ">LED1, D33, active low</text>" in svg
