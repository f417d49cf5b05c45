# SPDX-License-Identifier: Apache-2.0
"""Every mistake in a template has a message: where, about what, and what is allowed. Several are told at once."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmrig_server.customvm import Mistake, TemplateError, create_template, load_template, read_template

from . import OLD_TEMPLATE

NORDIC = create_template("nrf52840_dk", "blinky", "Blinky")
ESP = create_template("esp32c3_devkitm", "blinky", "Blinky")
STM = create_template("nucleo_f429zi", "blinky", "Blinky")
PICO = create_template("rpi_pico", "blinky", "Blinky")


def line_of(text: str, beginning: str) -> int:
    return 1 + next(index for index, line in enumerate(text.splitlines()) if line.startswith(beginning))


def errors(text: str) -> list[Mistake]:
    return [mistake for mistake in read_template(text).mistakes if not mistake.warning]


# template, what stands in it, what is put there, where the place points (text and the part of it), code, subject, what is allowed
CASES = [
    # pins that there are not
    (NORDIC, "LED2: [D34, low]", "LED2: D99", "D99", "PIN_UNDEFINED", "LED2", "D0 to D46"),
    (NORDIC, "PWM0: D3", "PWM0:", "PWM0:", "TYPE_WRONG", "PWM0", "a pin, D0 to D46"),
    (NORDIC, "PWM0: D3", "PWM0: P0.13", "P0.13", "TYPE_WRONG", "PWM0", "a pin, D0 to D46"),
    (NORDIC, "PWM0: D3", "PWM0: [D3, 1, 2, 3, 4]", "[D3, 1", "TYPE_WRONG", "PWM0", "up to 3 parameters"),
    (NORDIC, "PWM0: D3", "PWM0: [D3, x]", "x]", "TYPE_WRONG", "PWM0", "from 0 to 255"),
    (NORDIC, "PWM0: D3", "PWM0: [D3, 256]", "256]", "OUT_OF_RANGE", "PWM0", "from 0 to 255"),
    # what pins are for
    (NORDIC, "PWM0: D3", "PMW0: D3", "PMW0", "CLASS_UNKNOWN", "PMW0", "PWM<n>"),
    (NORDIC, "PWM0: D3", "PWM00: D3", "PWM00", "CLASS_UNKNOWN", "PWM00", "PWM<n>"),
    (NORDIC, "PWM0: D3", "MOSI200: D3", "MOSI200", "CLASS_UNKNOWN", "MOSI200", "MOSI0 to MOSI84"),
    (NORDIC, "LED2: [D34, low]", "LED2: [D34, dim]", "dim]", "TYPE_WRONG", "LED2", "[Dn, high] or [Dn, low]"),
    (NORDIC, "A0: [D14, 1, 0]", "A0: [D14, 3, 0]", "3, 0]", "ADC_CHANNEL", "P0.03", "[D14, 1, 0]"),
    (NORDIC, "A0: [D14, 1, 0]", "A0: [D14, 1, 1]", "1]", "ADC_CHANNEL", "P0.03", "[D14, 1, 0]"),
    (NORDIC, "A0: [D14, 1, 0]", "A0: [D0, 1, 0]", "D0, 1", "PAD_NOT_ANALOG", "P1.01", "P0.02, P0.03"),
    (NORDIC, "A1: [D15, 2, 0]", "A1: [D14, 1, 0]", "[D14", "ANALOG_TWICE", "A1", "one analog name on a pin"),
    (NORDIC, "PWM0: D3", "DAC0: [D3, 0]", "D3, 0", "PAD_NOT_ANALOG", "P1.04", "none: the nrf52840 has no DAC"),
    (STM, "DAC0: [D25, 0]", "DAC0: [D25, 1]", "1]", "DAC_CHANNEL", "PA4", "[D25, 0]"),
    (STM, "DAC0: [D25, 0]", "DAC0: D0", "D0", "PAD_NOT_ANALOG", "PG9", "PA4, PA5"),
    # pads
    (NORDIC, "D46: [P1, 9]", "D46: [P1, 16]", "16]", "PAD_UNKNOWN", "P1.16", "P1.00 to P1.15"),
    (NORDIC, "D46: [P1, 9]", "D46: [P2, 0]", "P2", "PORT_UNKNOWN", "D46", "P0, P1"),
    (NORDIC, "D46: [P1, 9]", "D46: [PC, 0]", "PC", "PORT_UNKNOWN", "D46", "P0, P1"),
    (NORDIC, "D46: [P1, 9]", "D46: P1.09", "P1.09", "PAD_FORM", "D46", "[P1, 9]"),
    (NORDIC, "D46: [P1, 9]", "D46: [9, P1]", "[9", "PAD_FORM", "D46", "[PORT, pad]"),
    (NORDIC, "D46: [P1, 9]", "D46: [P1, nine]", "nine]", "TYPE_WRONG", "D46", "P1.00 to P1.15"),
    (NORDIC, "D46: [P1, 9]", "D46: [P1, 8]", "[P1, 8]", "PAD_TWICE", "P1.08", "each pad once"),
    (NORDIC, "D46: [P1, 9]", "D47: [P1, 9]", "D47", "PIN_GAP", "D46", "D46"),
    (NORDIC, "D46: [P1, 9]", "X46: [P1, 9]", "X46", "KEY_UNKNOWN", "X46", "D0, D1, D2"),
    (STM, "D44: [PB, 14]", "D44: [PZ, 14]", "PZ", "PORT_UNKNOWN", "D44", "PA, PB, PC, PD, PE, PF, PG, PH"),
    (ESP, "D12: [GPIO, 21]", "D12: [GPIO, 22]", "22]", "PAD_UNKNOWN", "GPIO22", "GPIO0 to GPIO21"),
    (PICO, "D29: [GP, 29]", "D29: [GP, 30]", "30]", "PAD_UNKNOWN", "GP30", "GP0 to GP29"),
    (STM, "LED2: D44", "LED2: D99\n  LED3: D111", "", "", "", ""),  # all of so many pins
    (ESP, "D10: [GPIO, 10]", "D10: [GPIO, 12]", "D10", "PAD_RESERVED", "GPIO12", "another pad"),
    (ESP, "LED0: D10", "LED0: D12", "D12", "PAD_OF_LINE", "GPIO21", "another pad"),
    (ESP, "D10: [GPIO, 10]", "D10: [GPIO, 18]", "D10", "PAD_OF_LINE", "GPIO18", "another pad"),
    # peripherals
    (NORDIC, "SERIAL1: {hw: 2", "SERIAL1: {hw: 0", "0, rx: RX1", "HW_RANGE", "SERIAL1", "1 to 2"),
    (NORDIC, "SERIAL1: {hw: 2", "SERIAL1: {hw: 3", "3, rx: RX1", "HW_RANGE", "SERIAL1", "1 to 2"),
    (NORDIC, "SERIAL1: {hw: 2", "SERIAL1: {hw: one", "one, rx", "HW_RANGE", "SERIAL1", "1 to 2"),
    (ESP, "SPI0: {hw: 1", "SPI0: {hw: 2", "2, mosi", "HW_RANGE", "SPI0", "1"),
    (NORDIC, "rx: RX1", "rx: RX7", "RX7", "SIGNAL_UNKNOWN", "SERIAL1", "RX0, RX1"),
    (NORDIC, "rx: RX1", "rx: TX1", "TX1, tx", "SIGNAL_UNKNOWN", "SERIAL1", "RX0, RX1"),
    (NORDIC, "rx: RX1, ", "", "SERIAL1", "KEY_MISSING", "SERIAL1", "hw, rx, tx"),
    (NORDIC, "rx: RX1", "rx: RX1, cts: D3", "cts", "KEY_UNKNOWN", "cts", "hw, rx, tx"),
    (NORDIC, "RTC0: {hw: 1}", "CLOCK0: {hw: 1}", "CLOCK0", "PERIPHERAL_UNKNOWN", "CLOCK0", "RTC<n>"),
    (NORDIC, "RTC0: {hw: 1}", "RTC0: 1", "1", "TYPE_WRONG", "RTC0", "{hw: ...}"),
    (PICO, "RX1: D9", "RX1: D10", "RX1, tx", "SIGNAL_PAD", "SERIAL1", "GP5, GP9, GP21, GP25"),
    (STM, "SERIAL1: {hw: 6", "SERIAL1: {hw: 1", "RX1, tx", "SIGNAL_PAD", "SERIAL1", "PA10, PB7"),
    # the board's own names
    (NORDIC, "  BUTTON0: D31", "  D5: D31", "D5: D31", "NAME_WRONG", "D5", "mean nothing else"),
    (NORDIC, "  BUTTON0: D31", "  LED9: D31", "LED9", "NAME_WRONG", "LED9", "mean nothing else"),
    (NORDIC, "  BUTTON0: D31", "  P0.11: D31", "P0.11", "NAME_WRONG", "P0.11", "letters, digits"),
    (NORDIC, "  BUTTON0: D31", "  BUTTON0: D77", "D77", "PIN_UNDEFINED", "BUTTON0", "D0 to D46"),
    # the device
    (NORDIC, "vids: []", 'vids: ["10c4"]', '"10c4"', "USB_ID_WRONG", "vids", '"10C4"'),
    (NORDIC, "vids: []", 'vids: ["0x10C4"]', '"0x10C4"', "USB_ID_WRONG", "vids", "four upper-case"),
    (NORDIC, "vids: []", "vids: [1366]", "1366", "USB_ID_WRONG", "vids", "in quotes"),
    (NORDIC, "vids: []", 'vids: ["10C4", "10C4"]', '"10C4"]', "USB_ID_TWICE", "vids", ""),
    (NORDIC, "vids: []", 'vids: "10C4"', '"10C4"', "TYPE_WRONG", "vids", "a list"),
    (NORDIC, "pids: []", 'pids: ["EA60"]', "[]", "USB_ID_MISSING", "vids", "both, or neither"),
    (NORDIC, "original_target: nrf52840_dk", "original_target: nrf52840dk", "nrf52840dk", "ORIGINAL_UNKNOWN", "original_target", "nrf52840_dk"),
    (NORDIC, "original_target: nrf52840_dk", "original_target: microbit_v2", "microbit_v2", "ORIGINAL_UNKNOWN", "original_target", "rpi_pico"),
    (NORDIC, "  original_target: nrf52840_dk\n", "", "device:", "ORIGINAL_MISSING", "original_target", "nrf52840_dk"),
    (NORDIC, "manual_reset: false", "manual_reset: 0", "0  #", "TYPE_WRONG", "manual_reset", "true or false"),
    (NORDIC, "reset_time: 100", "reset_time: soon", "soon", "TYPE_WRONG", "reset_time", "0 to 60000 milliseconds"),
    (NORDIC, "reset_time: 100", "reset_time: -1", "-1", "OUT_OF_RANGE", "reset_time", "0 to 60000 milliseconds"),
    (NORDIC, "reset_time: 100", "reset_tiem: 100", "reset_tiem", "KEY_UNKNOWN", "reset_tiem", "reset_time"),
    (NORDIC, "name: Blinky", "name: 7", "7", "TYPE_WRONG", "name", "text"),
    # the rest
    (NORDIC, "short_name: blinky", "short_name: my_own_board", "my_own_board", "SHORT_NAME_WRONG", "short_name", "one underscore"),
    (NORDIC, "short_name: blinky", f"short_name: {'b' * 32}", "bbbb", "SHORT_NAME_WRONG", "short_name", "1 to 31"),
    (NORDIC, "short_name: blinky", "short_name: 2blinky", "2blinky", "SHORT_NAME_WRONG", "short_name", "beginning with a letter"),
    (NORDIC, "short_name: blinky", "short_name: bl/inky", "bl/inky", "SHORT_NAME_WRONG", "short_name", "ASCII letters"),
    (NORDIC, "short_name: blinky", "short_name: class", "class", "SHORT_NAME_WRONG", "short_name", ""),
    (NORDIC, "short_name: blinky", "short_name: [blinky]", "[blinky]", "TYPE_WRONG", "short_name", "text"),
    (NORDIC, "short_name: blinky\n", "\n", "#", "SECTION_MISSING", "short_name", ""),
    (NORDIC, "\nperipherals:", "\nperiferals:", "periferals", "KEY_UNKNOWN", "periferals", "peripherals"),
    (NORDIC, "  - VM_IS_CUSTOM", "  - OTHER", "- OTHER", "MACRO_MISSING", "cmacros", ""),
    (NORDIC, "  - VM_IS_CUSTOM", "  - VM_IS_CUSTOM\n  - A-B", "A-B", "MACRO_WRONG", "cmacros", "letters"),
    (NORDIC, "  vm: [0x0, 0x40000]", "  vm: [0x0, 0x80000]", "[0x0, 0x80000]", "LAYOUT_CHANGED", "vm", "[0x0, 0x40000]"),
    (NORDIC, "pinmap:\n", "pinmap:\n  D0: [P1, 1]\n", "", "NOT_YAML", "template", ""),
    (NORDIC, "pinclasses:", "pinclasses: [", "", "NOT_YAML", "template", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "old", "new", "at", "code", "subject", "allowed"),
    CASES,
    ids=[f"{case[4]}-{case[2][:24]!r}" for case in CASES],
)
def test_a_mistake_is_told_with_its_place(
    text: str, old: str, new: str, at: str, code: str, subject: str, allowed: str
) -> None:
    assert old in text
    text = text.replace(old, new, 1)
    found = errors(text)
    if not code:
        assert found == []
        return
    assert found, "nothing was found"
    mistake = found[0]
    assert (mistake.code, mistake.subject) == (code, subject), found
    assert allowed in mistake.allowed
    if at:
        line = text.splitlines()[mistake.line - 1]
        assert line[mistake.column - 1 :].startswith(at) or at in line[mistake.column - 1 :][: len(at) + 2], (
            line,
            mistake,
        )
    assert mistake.line > 0 and mistake.column > 0


def test_several_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    text = (
        NORDIC.replace("LED2: [D34, low]", "LED2: D99").replace("hw: 2", "hw: 0").replace("vids: []", 'vids: ["0x1"]')
    )
    with pytest.raises(TemplateError) as failure:
        load_template(text, path="blinky.yml")
    error = failure.value
    assert error.code == "TEMPLATE_INVALID"
    assert [mistake.code for mistake in error.mistakes] == ["PIN_UNDEFINED", "HW_RANGE", "USB_ID_WRONG"]
    line = line_of(text, "  LED2: D99")
    assert error.message.startswith(f"blinky.yml:{line}:9: ") and error.message.endswith("and 2 more")
    assert error.next_command == f"$EDITOR blinky.yml +{line}"
    assert len(error.evidence) == 3 and 'write it "0001"' in error.evidence[2]


@pytest.mark.parametrize("kind", ["SPI", "I2C", "SERIAL"])
def test_a_board_without_a_kind_of_peripheral_compiles_and_is_told_of(kind: str) -> None:
    text = "".join(line for line in NORDIC.splitlines(keepends=True) if not line.startswith(f"  {kind}"))
    reading = read_template(text)
    assert reading.template is not None
    assert [(mistake.code, mistake.warning) for mistake in reading.mistakes] == [(f"NO_{kind}", True)]
    assert reading.mistakes[0].line == line_of(text, "peripherals:")


def test_a_board_without_pins_is_told_what_they_are_called() -> None:
    text = "short_name: none\npinmap:\ndevice: {name: none, original_target: nucleo_f429zi}\n"
    mistake = next(mistake for mistake in errors(text) if mistake.code == "PIN_MISSING")
    assert (mistake.line, mistake.column) == (2, 1) and "D0, D1" in mistake.allowed


def test_more_than_255_pins_are_refused_whatever_the_pads() -> None:
    pads = "".join(f"  D{n}: [PA, {n % 16}]\n" for n in range(256))
    text = f"short_name: big\npinmap:\n{pads}device: {{name: big, original_target: nucleo_f429zi}}\n"
    found = errors(text)
    assert ("TOO_MANY_PINS", "D255", "255") in {(mistake.code, mistake.subject, mistake.allowed) for mistake in found}


def test_the_flash_may_be_listed_but_not_used() -> None:
    text = ESP.replace("D10: [GPIO, 10]", "D10: [GPIO, 12]").replace("D10\n", "D9\n")
    text = "".join(line for line in text.splitlines(keepends=True) if "IO10: D10" not in line)
    reading = read_template(text)
    assert reading.template is not None
    assert [(mistake.code, mistake.subject, mistake.warning) for mistake in reading.mistakes] == [
        ("PAD_RESERVED", "GPIO12", True)
    ]


def test_what_an_input_cannot_do_is_refused() -> None:
    text = OLD_TEMPLATE.replace("BTN0: D0", "LED0: D34")
    assert ("PAD_INPUT_ONLY", "GPIO34") in {(mistake.code, mistake.subject) for mistake in errors(text)}


def test_the_folders_name_is_the_short_name() -> None:
    mistakes = read_template(NORDIC, short_name="other").mistakes
    assert [(mistake.code, mistake.allowed) for mistake in mistakes] == [("SHORT_NAME_WRONG", "other")]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_text_brings_the_reader_down(data: st.DataObject) -> None:
    lines = NORDIC.splitlines(keepends=True)
    lines = [line for line in lines if not line.startswith("#")]
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        junk = st.sampled_from(
            [
                "[",
                "{a: b}",
                "null",
                "~",
                "1e9",
                "2001-01-01",
                "!x y",
                "&a 3",
                "*a",
                "0x1F",
                '"\\u2028"',
                "- 1",
                "?",
                "<<: 3",
                "true",
            ]
        )
        lines[index] = lines[index].rstrip("\n").partition(":")[0] + ": " + data.draw(junk) + "\n"
    read_template("".join(lines))


def test_aliases_of_aliases_are_no_bomb() -> None:
    rows = "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    text = NORDIC + "  connection:\n    a0: &a0 [x]\n" + rows.replace("  a", "    a")
    assert errors(text)


def test_a_text_that_is_too_large_is_not_read() -> None:
    assert [mistake.code for mistake in read_template("#" * 300_000).mistakes] == ["TOO_LARGE"]
