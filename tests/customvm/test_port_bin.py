# SPDX-License-Identifier: Apache-2.0
"""port.bin of both formats: what it holds comes back, and what is damaged is refused."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmrig_server.boards_data import load_chip, load_target
from vmrig_server.customvm import (
    Peripheral,
    PinUse,
    Template,
    compile_template,
    create_template,
    decompile,
    list_originals,
    load_template,
    parse_port_file,
    port_of_template,
    read_template,
    write_template,
)
from vmrig_server.customvm.classes import CLASSES, PERIPHERALS
from vmrig_server.customvm.pads import line_pads
from vmrig_server.customvm.portbin_v1 import HEADER
from vmrig_server.errors import VmrigError
from vmrig_server.images import build_port, parse_port, port_of

from . import OLD_TEMPLATE

PARAMS = st.lists(st.integers(1, 255), max_size=3).map(tuple)
OWN_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
USB_IDS = st.lists(st.from_regex(r"[0-9A-F]{4}", fullmatch=True), min_size=1, max_size=3, unique=True).map(tuple)


def names(kind: str, most: int) -> st.SearchStrategy[list[str]]:
    return st.integers(0, most).map(lambda count: [f"{kind}{n}" for n in range(count)])


@st.composite
def templates(draw: st.DrawFn) -> Template:
    target = load_target(draw(st.sampled_from(list_originals())))
    chip = load_chip(target.chip)
    assert chip.pads is not None
    line = (target.serial.tx, target.serial.rx, *chip.pads.usb)
    free = [n for n in range(256) if chip.pads.has(n) and not chip.pads.reserved_for(n) and n not in line]
    pinmap = draw(st.permutations(free).map(lambda pins: pins[: max(1, len(pins) // 2)]))
    pins = st.integers(0, len(pinmap) - 1)
    classes: dict[str, PinUse] = {}
    for kind in CLASSES:
        for name in draw(names(kind, 3)):
            use = PinUse(draw(pins), draw(PARAMS))
            if kind in ("LED", "BTN"):
                use = PinUse(use.pin, active_low=draw(st.booleans()))
            elif kind == "A":
                fitting = [
                    (pin, (channels[pad], unit))
                    for unit, channels in enumerate(chip.pads.adc)
                    for pin, pad in enumerate(pinmap)
                    if pad in channels
                ]
                fitting = [
                    one
                    for one in fitting
                    if one[0] not in {old.pin for key, old in classes.items() if key.startswith("A")}
                ]
                if not fitting:
                    break
                use = PinUse(*draw(st.sampled_from(fitting)))
            elif kind == "DAC":
                driven = [(pin, (chip.pads.dac[pad],)) for pin, pad in enumerate(pinmap) if pad in chip.pads.dac]
                if not driven:
                    break
                use = PinUse(*draw(st.sampled_from(driven)))
            classes[name] = use
    peripherals = {}
    for kind, (_, signals) in PERIPHERALS.items():
        there = [[name for name in classes if name.rstrip("0123456789") == signal.upper()] for signal in signals]
        if all(there):
            for name in draw(names(kind, 2)):
                hw = draw(st.integers(1, chip.pads.peripherals[kind]))  # type: ignore[index]
                made = {signal: draw(st.sampled_from(known)) for signal, known in zip(signals, there, strict=True)}
                pads = {signal: pinmap[classes[known].pin] for signal, known in made.items()}
                if kind != "SERIAL" or all(pads[key] in (line_pads(chip, hw, key) or pads.values()) for key in pads):
                    peripherals[name] = Peripheral(hw, made)
    with_usb = draw(st.booleans())
    return Template(
        short_name=draw(st.from_regex(r"[b-hj-m][a-z]{0,10}_?[a-z0-9]{5,9}", fullmatch=True)),
        name=draw(TEXTS),
        original_target=target.target,
        target=target.target,
        chip=chip.name,
        pinmap=tuple(pinmap),
        pinclasses=classes,
        names=draw(st.dictionaries(OWN_NAMES, pins, max_size=4)),
        peripherals=peripherals,
        cmacros=("VM_IS_CUSTOM", *draw(st.lists(st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True), max_size=2))),
        vids=draw(USB_IDS) if with_usb else (),
        pids=draw(USB_IDS) if with_usb else (),
        manual_reset=draw(st.booleans()),
        reset_time=draw(st.integers(0, 60_000)),
        device=draw(st.dictionaries(st.sampled_from(["family_type", "vm_chunk", "gccopts"]), st.one_of(st.integers(-9, 9), TEXTS, st.booleans()))),
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(templates())
def test_yaml_to_port_bin_and_back_is_the_same(template: Template) -> None:
    text = write_template(template, load_target(template.target), load_chip(template.chip))
    assert load_template(text) == template
    data = compile_template(template)
    assert load_template(decompile(data)) == template
    assert compile_template(load_template(decompile(data))) == data


def what_v1_holds(template: Template) -> Template:
    classes = {}
    for name, use in template.pinclasses.items():
        lost = name.startswith(("LED", "BTN"))
        classes[name] = PinUse(template.pinmap[0] // 32 if lost else use.pin, use.params)
    return dataclasses.replace(
        template, name=template.short_name, pinclasses=classes, names={}, cmacros=("VM_IS_CUSTOM",), vids=(), pids=(), manual_reset=False, reset_time=0, device={}
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(templates())
def test_v1_holds_what_it_holds(template: Template) -> None:
    try:
        data = compile_template(template, "v1")
    except VmrigError as error:  # RX1 without TX0: v1 has no way to say it
        assert error.code == "PORT_V1_UNFIT"
        return
    form, again = parse_port_file(data, template.original_target)
    assert form == "v1" and compile_template(again, "v1") == data
    lights = {name for name in template.pinclasses if name.startswith(("LED", "BTN"))}
    expected = what_v1_holds(template)
    for name in set(template.pinclasses) - lights:
        assert again.pinclasses[name] == expected.pinclasses[name]
    assert set(again.pinclasses) == set(template.pinclasses)
    assert (again.pinmap, again.peripherals, again.short_name) == (
        template.pinmap,
        template.peripherals,
        template.short_name,
    )


def test_every_truncation_and_every_single_bit_flip_of_v2_is_detected() -> None:
    data = compile_template(load_template(create_template("esp32c3_devkitm", "blinky")))
    assert parse_port_file(data)[0] == "v2"
    for length in range(len(data)):
        with pytest.raises(VmrigError) as cut:
            parse_port_file(data[:length])
        assert cut.value.code == "PORT_INVALID"
    damaged = bytearray(data)
    for bit in range(8 * len(data)):
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):
            parse_port(bytes(damaged))
        damaged[bit // 8] ^= 1 << bit % 8
    assert parse_port(bytes(damaged)) == parse_port(data)


def test_the_same_template_is_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    text = create_template("rpi_pico", "blinky")
    lines = text.splitlines(keepends=True)
    leds = [index for index, line in enumerate(lines) if line.startswith(("  A0:", "  A1:"))]
    lines[leds[0]], lines[leds[1]] = lines[leds[1]], lines[leds[0]]
    assert compile_template(load_template("".join(lines))) == compile_template(load_template(text))


def test_a_port_bin_that_does_not_fit_into_its_place_is_refused() -> None:
    template = load_template(create_template("nrf52840_dk", "blinky"))
    names = {f"a_name_of_many_letters_{n:08}": 0 for n in range(120)}
    with pytest.raises(VmrigError) as failure:
        compile_template(dataclasses.replace(template, names=names))
    assert failure.value.code == "PORT_TOO_LARGE" and "4096" in failure.value.message


# --- the old format


def test_the_old_template_compiles_to_the_old_864_bytes() -> None:
    reading = read_template(OLD_TEMPLATE, form="v1")
    template = reading.template
    assert template is not None
    assert {mistake.code for mistake in reading.mistakes} == {"PAD_RESERVED", "PAD_OF_LINE"}
    implied = ["ADC0", "PWMD0", "DAC0"]
    pins = [f"D{n}" for n in range(len(template.pinmap))]
    analog = [name for name in template.pinclasses if name.startswith("A")]
    assert (len(pins), len(pins) + len(analog)) == (40, 58)
    assert len([*pins, *template.pinclasses, *template.peripherals, *implied]) == 125
    data = compile_template(template, "v1")
    assert len(data) == 864 and struct.unpack_from("<HH", data) == (672, 1) and 672 == 0x2A0


def test_v1_is_laid_out_as_old_boards_read_it() -> None:
    template = load_template(OLD_TEMPLATE, form="v1")
    data = compile_template(template, "v1")
    fields = HEADER.unpack_from(data)[2:]
    tables, maps, bundles = (fields[n * 16 : n * 16 + 16] for n in range(3))
    rows, map_rows, bundle_rows = (fields[48 + n * 16 : 64 + n * 16] for n in range(3))
    name, length = fields[96:]
    body = data[192:]
    assert name == b"old_board".ljust(32, b"\0") and length == 9
    assert rows == (40, 18, 6, 4, 34, 0, 2, 6, 2, 0, 1, 0, 0, 0, 0, 0)
    assert tables[0] == 0 and body[:4] == bytes([0, 0]) + struct.pack(
        "<H", 0x01 | 0x02 | 0x10
    )  # GPIO0: interrupts, ADC, PWM
    assert body[tables[1] : tables[1] + 8] == bytes([36, 0, 0, 0, 37, 1, 0, 0])  # A0: D36, channel 0 of unit 0
    assert body[tables[7] : tables[7] + 8] == bytes([3, 0, 0, 0, 1, 0, 0, 0])  # RX0, TX0
    assert map_rows == (0, 1, 2, 2, 1, 0, 0, 3, 1, 0, 0, 0, 0, 1, 1, 0)
    assert body[maps[7] : maps[7] + 16] == bytes([0, 1, 2]) + bytes(13)
    assert bundle_rows[2:8] == (2, 2, 0, 0, 0, 3)
    assert struct.unpack_from("<6H", body, bundles[7]) == (0x700, 0x701, 0x702, 0x703, 0x704, 0x705)
    assert struct.unpack_from("<4H", body, bundles[2]) == (0x200, 0x201, 0x202, 0)
    assert all(offset % 16 == 0 for offset in (*tables, *maps, *bundles))


def test_v1_forgets_the_pins_of_lights_as_it_always_did() -> None:
    without = OLD_TEMPLATE
    lit = OLD_TEMPLATE.replace("  BTN0: D0\n", "  BTN0: D0\n  LED0: D2\n")
    one, other = (compile_template(load_template(text, form="v1"), "v1") for text in (without, lit))
    assert one[192:] == other[192:] and (one[100 + 9], other[100 + 9]) == (0, 1)


def test_v1_comes_back_as_yaml_that_compiles_to_the_same_bytes() -> None:
    data = compile_template(load_template(OLD_TEMPLATE, form="v1"), "v1")
    text = decompile(data)
    assert text.startswith("# Made of a port.bin v1, which holds no USB ids")
    assert compile_template(load_template(text, form="v1"), "v1") == data


def test_v1_has_no_gaps_in_its_counts() -> None:
    lines = create_template("rpi_pico", "blinky").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("  RX0: ", "  SERIAL0: ")))
    with pytest.raises(VmrigError) as failure:
        compile_template(load_template(text), "v1")
    assert failure.value.code == "PORT_V1_UNFIT" and failure.value.message.startswith("RX0 is missing")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 863), st.integers(0, 255))
def test_a_damaged_v1_is_refused_or_read_but_never_breaks_the_reader(place: int, value: int) -> None:
    data = bytearray(compile_template(load_template(OLD_TEMPLATE, form="v1"), "v1"))
    data[place] = value
    try:
        parse_port_file(bytes(data))
    except VmrigError as error:
        assert error.code == "PORT_INVALID"


@pytest.mark.parametrize("data", [b"", b"\xff" * 4096, bytes(4096), b"VMP1" + bytes(12)])
def test_what_is_no_port_bin_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(VmrigError) as failure:
        parse_port_file(data)
    assert failure.value.code == "PORT_INVALID"


def test_the_port_bin_of_a_board_type_is_not_that_of_a_custom_board() -> None:
    with pytest.raises(VmrigError) as failure:
        parse_port_file(build_port(port_of(load_target("microbit_v2"))))
    assert failure.value.code == "PORT_INVALID" and "board type microbit_v2" in failure.value.message


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whole_files_that_no_compiler_makes_are_refused_too(data: st.DataObject) -> None:
    port = port_of_template(load_template(OLD_TEMPLATE, form="v1"))
    tag = data.draw(st.sampled_from(sorted(port.others)))
    section = bytearray(port.others[tag])
    for _ in range(data.draw(st.integers(1, 4))):
        section[data.draw(st.integers(0, len(section) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(section)))
    others = {**port.others, tag: bytes(section[: cut if data.draw(st.booleans()) else None])}
    try:
        decompile(build_port(dataclasses.replace(port, others=others)))
    except VmrigError as error:
        assert error.code == "PORT_INVALID"
