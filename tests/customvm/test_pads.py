# SPDX-License-Identifier: Apache-2.0
"""What chip files say of pads agrees with what else is known of the chips and boards."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from vmrig_server.boards_data import DataFileError, load_chip, load_target
from vmrig_server.boards_data.pins import chip_pin
from vmrig_server.customvm import list_originals
from vmrig_server.paths import data_root


@pytest.mark.parametrize("target", list_originals())
def test_every_pin_of_an_originals_board_file_is_a_pad_of_its_chip(target: str) -> None:
    board = load_target(target)
    pads = load_chip(board.chip).pads
    assert pads is not None
    for name, pin in board.pins.items():
        if name != "BOOTSEL":  # the chip select of the flash
            assert pads.has(pin.pin), name
        if pin.role == "analog":
            assert any(pin.pin in channels for channels in pads.adc), name


def test_the_converters_channels_of_an_stm32_are_those_of_its_emulation() -> None:
    chip = load_chip("stm32f429zi")
    assert chip.pads is not None
    params = next(device.params for device in chip.devices if device.name == "ADC")
    modelled = {chip_pin(match[2]): int(match[1]) for key in params if (match := re.fullmatch(r"IN(\d+)_(P\w+)", key))}
    assert chip.pads.adc[0] == chip.pads.adc[1] == modelled
    assert len(chip.pads.adc) == params["count"]


@pytest.mark.parametrize(
    ("chip", "kinds"),
    [
        ("nrf52840", {"SERIAL": r"UARTE?\d", "RTC": r"RTC\d", "HTM": r"TIMER\d"}),
        ("stm32f429zi", {"SERIAL": r"US?ART\d", "SPI": r"SPI\d", "I2C": r"I2C\d", "RTC": "RTC", "HTM": r"TIM\d+"}),
        ("rp2040", {"SERIAL": r"UART\d", "SPI": r"SPI\d", "I2C": r"I2C\d", "RTC": "RTC", "HTM": "TIMER"}),
        ("esp32c3", {"SERIAL": r"UART\d", "SPI": "SPI2", "I2C": r"I2C\d", "HTM": r"TIMG\d"}),
    ],
)
def test_a_chip_has_as_many_peripherals_as_devices(chip: str, kinds: dict[str, str]) -> None:
    found = load_chip(chip)
    assert found.pads is not None
    for kind, pattern in kinds.items():
        devices = [device.name for device in found.devices if re.fullmatch(pattern, device.name)]
        assert found.pads.peripherals[kind] == len(devices), (kind, devices)  # type: ignore[index]


def test_a_pad_that_there_is_not_is_found_with_its_line(tmp_path: Path) -> None:
    root = tmp_path / "boards"
    shutil.copytree(data_root("boards"), root)
    path = root / "chips" / "rp2040.yaml"
    path.write_text(path.read_text("utf-8").replace("GP29: 3}", "GP29: 3, QSPI_SS: 4}"), "utf-8")
    with pytest.raises(DataFileError, match=r"QSPI_SS is in no range of pads") as failure:
        load_chip("rp2040", root)
    assert failure.value.line
