# SPDX-License-Identifier: Apache-2.0
"""Smaller peripherals of STM32; and whatever is done to any of them, the machine goes on."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.stm32 import F1, F4, F412, L4, Bench
from vmrig_server.boards_data import load_chip

CRC, RNG, SPI1, I2C1, ADC = 0x40023000, 0x50060800, 0x40013000, 0x40005400, 0x40012000


def test_the_crc_unit_computes_as_the_manual_says() -> None:
    bench = Bench(F4)
    bench.write(CRC + 8, 1)
    bench.write(CRC, 0x12345678)
    assert bench.read(CRC) == 0xDF8A8A2B


def test_the_crc_unit_of_l4_does_other_polynomials() -> None:
    bench = Bench(L4)
    bench.write(CRC + 0x14, 0x1021)
    bench.write(CRC + 0x10, 0xFFFF)
    bench.write(CRC + 8, 1 << 3 | 1)
    for byte in b"123456789":
        bench.write(CRC, byte, 1)
    assert bench.read(CRC) == 0x29B1, "CRC-16/IBM-3740"


def test_random_numbers_differ_between_chips_and_repeat_on_each() -> None:
    def numbers(seed: int) -> list[int]:
        bench = Bench(F4)
        del seed
        bench.write(RNG, 4)
        found = []
        for _ in range(3):
            bench.wait(RNG + 4, 1, 1)
            found.append(bench.read(RNG + 8))
        return found

    assert numbers(1) == numbers(1)
    assert len(set(numbers(1))) == 3


def test_a_bus_with_nobody_on_it_gives_no_acknowledge() -> None:
    bench = Bench(F4)
    bench.write(I2C1 + 4, 16)
    bench.write(I2C1 + 0x1C, 80)
    bench.write(I2C1, 1)
    bench.write(I2C1, 1 | 1 << 8)
    bench.wait(I2C1 + 0x14, 1, 1)
    assert bench.read(I2C1 + 0x18) & 3 == 3, "master, busy"
    bench.write(I2C1 + 0x10, 0xA0)
    assert 85 <= bench.wait(I2C1 + 0x14, 1 << 10, 1 << 10) <= 95
    bench.write(I2C1, 1 | 1 << 9)
    bench.wait(I2C1 + 0x18, 2)


def test_spi_frames_take_their_time_and_bring_ones() -> None:
    bench = Bench(F4)
    bench.write(SPI1, 1 << 9 | 1 << 8 | 1 << 6 | 3 << 3 | 1 << 2)  # master at PCLK / 16
    bench.write(SPI1 + 0x0C, 0x55)
    assert bench.read(SPI1 + 8) & 0x83 == 0x82
    bench.cycles(8 * 16)
    assert bench.read(SPI1 + 8) & 0x83 == 0x03
    assert bench.read(SPI1 + 0x0C) == 0xFF


def test_a_conversion_reads_the_level_of_the_pin() -> None:
    bench = Bench(F4)
    bench.write(ADC + 8, 1)
    bench.write(ADC + 0x34, 1)  # SQR3: channel 1, PA1
    values = []
    for level in (0, 1, -1):
        bench.drive("PA1", level)  # type: ignore[arg-type]
        bench.write(ADC + 8, 1 | 1 << 30)
        bench.wait(ADC, 2, 2)
        values.append(bench.read(ADC + 0x4C))
    assert values == [0, 0xFFF, 0x800]


def test_the_chip_tells_its_unique_id_and_its_flash_size() -> None:
    for target, uid, size, kilobytes in (
        (F4, 0x1FFF7A10, 0x1FFF7A22, 2048),
        (F412, 0x1FFF7A10, 0x1FFF7A22, 1024),
        (F1, 0x1FFFF7E8, 0x1FFFF7E0, 128),
        (L4, 0x1FFF7590, 0x1FFF75E0, 1024),
    ):
        bench = Bench(target)
        assert bench.machine.mem_read(uid, 4, 12) == bytes(range(1, 13))
        assert bench.read(size, 2) == kilobytes


CHIPS = {F4: "stm32f429zi", F1: "stm32f103rb", L4: "stm32l475vg"}
BASES = {target: sorted({device.base for device in load_chip(chip).devices}) for target, chip in CHIPS.items()}
STEPS = st.one_of(
    st.tuples(
        st.just("write"),
        st.integers(0, 127),
        st.integers(0, 63),
        st.one_of(st.sampled_from([0, 1, 0xFFFF, 0x20000000, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF)),
    ),
    st.tuples(st.just("read"), st.integers(0, 127), st.integers(0, 63), st.just(0)),
    st.tuples(st.just("run"), st.integers(1, 20_000), st.just(0), st.just(0)),
    st.tuples(st.just("pin"), st.integers(0, 255), st.integers(-1, 1), st.just(0)),
    st.tuples(st.just("serial"), st.integers(0, 255), st.just(0), st.just(0)),
)


def play(target: str, steps: list[tuple[str, int, int, int]]) -> tuple[object, ...]:
    bench = Bench(target)
    seen: list[int] = []
    for what, first, second, value in steps:
        base = BASES[target][first % len(BASES[target])]
        if what == "write":
            bench.write(base + 4 * second, value)
        elif what == "read":
            seen.append(bench.read(base + 4 * second))
        elif what == "run":
            bench.machine.run(first)
        elif what == "pin":
            bench.machine.pin_drive(first, second)  # type: ignore[arg-type]
        else:
            bench.machine.serial_write(0, bytes([first]))
    bench.machine.run(1_000)
    return seen, bench.machine.now(), bench.machine.state_hash(), bench.machine.pin_edges()


@settings(max_examples=60, deadline=None)
@given(target=st.sampled_from([F4, F1, L4]), steps=st.lists(STEPS, max_size=60))
def test_any_accesses_leave_the_machine_alive_and_repeat(target: str, steps: list[tuple[str, int, int, int]]) -> None:
    assert play(target, steps) == play(target, steps)
