# SPDX-License-Identifier: Apache-2.0
"""SAADC of the nRF52 (PS, "SAADC") and ADC of the nRF51 (RM, "ADC"): what levels become, when, and where."""

from __future__ import annotations

import pytest

from tests.emulator.nrf52 import RAM, Bench

SAADC = 0x40007000
START, SAMPLE, STOP, CALIBRATE = (SAADC + 4 * n for n in range(4))
STARTED, END, DONE, CALIBRATEDONE, STOPPED, LIMITH0 = (SAADC + 0x100 + 4 * n for n in (0, 1, 2, 4, 5, 6))
ENABLE, CH0, RESOLUTION, SAMPLERATE = SAADC + 0x500, SAADC + 0x510, SAADC + 0x5F0, SAADC + 0x5F8
PTR, MAXCNT, AMOUNT = SAADC + 0x62C, SAADC + 0x630, SAADC + 0x634
PIN = 2  # AIN0 is P0.02
AIN0, VDD = 1, 9
GAIN_1_6, GAIN_1_5, GAIN_1_4, GAIN_1 = 0, 1 << 8, 2 << 8, 5 << 8
REF_VDD4 = 1 << 12


@pytest.fixture
def bench() -> Bench:
    it = Bench()
    it.write(ENABLE, 1)
    it.write(PTR, RAM)
    it.write(MAXCNT, 1)
    return it


def convert(bench: Bench) -> int:
    bench.task(START)
    assert bench.event(STARTED)
    bench.task(SAMPLE)
    bench.us(100)
    assert (bench.event(END), bench.read(AMOUNT)) == (True, 1)
    return int.from_bytes(bench.machine.peek(RAM, 2), "little", signed=True)


@pytest.mark.parametrize(
    ("level", "config", "resolution", "result"),
    [
        (1, GAIN_1_6, 2, 3413),  # 3.0 V / 6 / 0.6 V * 4096
        (1, GAIN_1_5, 1, 1023),  # 3.0 V / 5 is the reference
        (1, GAIN_1_4 | REF_VDD4, 0, 255),
        (1, GAIN_1, 1, 1023),
        (0, GAIN_1_6, 3, 0),
    ],
)
def test_a_level_at_the_pin_becomes_the_number_of_gain_reference_and_resolution(
    bench: Bench, level: int, config: int, resolution: int, result: int
) -> None:
    bench.machine.pin_drive(PIN, 1 if level else 0)
    bench.write(CH0, AIN0)
    bench.write(CH0 + 8, 0x20000 | config)
    bench.write(RESOLUTION, resolution)
    assert convert(bench) == result


def test_a_sample_takes_acquisition_and_conversion(bench: Bench) -> None:
    bench.write(CH0, VDD)  # acquisition 10 us, the reset value
    bench.task(START)
    bench.task(SAMPLE)
    bench.us(11)
    assert not bench.event(DONE)
    bench.us(1)
    assert bench.event(DONE)


def test_channels_are_converted_in_turn_and_end_comes_with_the_full_buffer(bench: Bench) -> None:
    for n in range(3):
        bench.write(CH0 + 16 * n, VDD)
    bench.write(MAXCNT, 6)
    bench.task(START)
    bench.task(SAMPLE)
    bench.us(50)
    assert (bench.event(END), bench.read(AMOUNT)) == (False, 3)
    bench.task(SAMPLE)
    bench.us(50)
    assert (bench.event(END), bench.read(AMOUNT)) == (True, 6)


def test_the_internal_timer_samples_at_its_rate(bench: Bench) -> None:
    bench.write(CH0, VDD)
    bench.write(MAXCNT, 10)
    bench.write(SAMPLERATE, 1 << 12 | 1600)  # every 100 us
    bench.task(START)
    bench.task(SAMPLE)
    bench.us(950)
    assert (bench.event(END), bench.read(AMOUNT)) == (True, 10)


def test_a_result_beyond_its_limit_is_an_event(bench: Bench) -> None:
    bench.write(CH0, VDD)
    bench.write(CH0 + 12, 500 << 16)
    convert(bench)
    assert bench.event(LIMITH0)


def test_calibration_and_stop_are_answered(bench: Bench) -> None:
    bench.task(CALIBRATE)
    bench.us(60)
    assert bench.event(CALIBRATEDONE)
    bench.task(STOP)
    assert bench.event(STOPPED)


@pytest.mark.parametrize(
    ("config", "result"), [(2 | 2 << 2 | 1 << 10, 852), (0 | 6 << 2, 212), (2 | 5 << 2 | 2 << 5, 1023)]
)
def test_the_nrf51_converts_pins_and_its_supply(config: int, result: int) -> None:
    bench = Bench("microbit_v1")
    bench.machine.pin_drive(1, 1)  # AIN2 is P0.01
    bench.write(0x40007500, 1)
    bench.write(0x40007504, config)
    bench.task(0x40007000)
    assert bench.read(0x40007400) == 1
    bench.cycles(68 * 16)
    assert (bench.read(0x40007400), bench.event(0x40007100), bench.read(0x40007508)) == (0, True, result)
