# SPDX-License-Identifier: Apache-2.0
"""GPIO and GPIOTE of the nRF52833 (Product Specification, "GPIO", "GPIOTE") and how the levels of pins come about."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vmrig_native import _emu

from tests.emulator.nrf52 import GPIOTE, INTENSET, P0, P1, Bench

OUT, OUTSET, OUTCLR, IN, DIR, DIRSET, DIRCLR, LATCH, DETECTMODE = (0x504 + 4 * n for n in range(9))
PIN_CNF = 0x700
OUTPUT, PULL_DOWN, PULL_UP, SENSE_HIGH, SENSE_LOW = 1, 1 << 2, 3 << 2, 2 << 16, 3 << 16
CONFIG = 0x510
EVENT, TASK = 1, 3
LO_TO_HI, HI_TO_LO, TOGGLE = 1 << 16, 2 << 16, 3 << 16
IN0, PORT = 0x100, 0x17C

FREE = 2  # P0.02, P0 of the edge connector: nothing on the board pulls it


@pytest.fixture
def bench() -> Bench:
    return Bench()


def cnf(port: int, bit: int) -> int:
    return port + PIN_CNF + 4 * bit


def test_every_pin_is_a_disconnected_input_after_reset(bench: Bench) -> None:
    assert {bench.read(cnf(P0, bit)) for bit in range(32)} == {2}
    assert bench.read(P0 + DIR) == 0


def test_set_and_clear_registers_change_only_the_bits_written(bench: Bench) -> None:
    bench.write(P0 + OUT, 0x0F)
    bench.write(P0 + OUTSET, 0xF0)
    bench.write(P0 + OUTCLR, 0x3C)
    assert bench.read(P0 + OUT) == 0xC3


def test_an_output_drives_its_pin(bench: Bench) -> None:
    bench.write(P0 + DIRSET, 1 << FREE)
    bench.write(P0 + OUTSET, 1 << FREE)
    assert bench.machine.pin_level(FREE) == 1
    bench.write(P0 + OUTCLR, 1 << FREE)
    assert bench.machine.pin_level(FREE) == 0


def test_dir_and_pin_cnf_show_the_same_bit(bench: Bench) -> None:
    bench.write(cnf(P0, 5), OUTPUT)
    assert bench.read(P0 + DIR) == 1 << 5
    bench.write(P0 + DIRCLR, 1 << 5)
    assert bench.read(cnf(P0, 5)) & 1 == 0


def test_port_1_has_ten_pins(bench: Bench) -> None:
    bench.write(P1 + DIR, 0xFFFFFFFF)
    bench.write(P1 + OUT, 0xFFFFFFFF)
    assert bench.read(P1 + OUT) == 0x3FF
    assert bench.machine.pin_level(32 + 5) == 1


@pytest.mark.parametrize(("pull", "level"), [(0, -1), (PULL_DOWN, 0), (PULL_UP, 1)])
def test_a_pull_decides_when_nobody_drives(bench: Bench, pull: int, level: int) -> None:
    bench.write(cnf(P0, FREE), pull)
    assert bench.machine.pin_level(FREE) == level


def test_input_is_read_only_with_its_buffer_connected(bench: Bench) -> None:
    bench.machine.pin_drive(FREE, 1)
    assert bench.read(P0 + IN) >> FREE & 1 == 0
    bench.write(cnf(P0, FREE), 0)
    assert bench.read(P0 + IN) >> FREE & 1 == 1


def test_an_open_drain_output_lets_go_for_a_one(bench: Bench) -> None:
    s0d1 = 6 << 8
    bench.write(P0 + OUTSET, 1 << FREE)
    bench.write(cnf(P0, FREE), OUTPUT | s0d1 | PULL_UP)
    bench.machine.pin_drive(FREE, 0)
    assert bench.machine.pin_level(FREE) == 0
    bench.machine.pin_drive(FREE, -1)
    assert bench.machine.pin_level(FREE) == 1


def test_a_button_with_a_pull_up_on_the_board_reads_high_until_pressed(bench: Bench) -> None:
    button = bench.built.pin_number("BUTTON_A")
    bench.write(cnf(P0, button), 0)
    assert bench.read(P0 + IN) >> button & 1 == 1
    bench.machine.pin_drive(button, 0)
    assert bench.read(P0 + IN) >> button & 1 == 0


def test_edges_carry_the_cycle_of_each_change(bench: Bench) -> None:
    _, start = bench.machine.pin_edges()
    bench.write(P0 + DIRSET, 1 << FREE)
    first = bench.machine.now()
    bench.cycles(1000)
    bench.write(P0 + OUTSET, 1 << FREE)
    edges, _ = bench.machine.pin_edges(start)
    assert edges == [(first, FREE, 0), (first + 1000, FREE, 1)]


def test_the_oldest_edges_are_skipped_when_more_than_65536_happened() -> None:
    bench = Bench()
    _, start = bench.machine.pin_edges()
    for _ in range(35_000):
        bench.machine.pin_drive(FREE, 1)
        bench.machine.pin_drive(FREE, 0)
    edges, following = bench.machine.pin_edges(start)
    assert following == start + 70_000
    assert len(edges) == 65_536


def test_a_reset_makes_outputs_inputs_again(bench: Bench) -> None:
    bench.write(P0 + OUTSET, 1 << FREE)
    bench.write(P0 + DIRSET, 1 << FREE)
    bench.machine.reset_pin(True)
    bench.machine.reset_pin(False)
    bench.machine.run(1)
    assert bench.machine.pin_level(FREE) == -1


def test_latch_keeps_that_a_sense_condition_was_met(bench: Bench) -> None:
    bench.write(cnf(P0, FREE), SENSE_HIGH | PULL_DOWN)
    bench.machine.pin_drive(FREE, 1)
    bench.machine.pin_drive(FREE, 0)
    assert bench.read(P0 + LATCH) == 1 << FREE
    bench.write(P0 + LATCH, 1 << FREE)
    assert bench.read(P0 + LATCH) == 0


def test_latch_is_set_again_while_the_condition_holds(bench: Bench) -> None:
    bench.write(cnf(P0, FREE), SENSE_LOW | PULL_UP)
    bench.machine.pin_drive(FREE, 0)
    bench.write(P0 + LATCH, 1 << FREE)
    assert bench.read(P0 + LATCH) == 1 << FREE


def test_detect_makes_a_port_event_once_per_rise(bench: Bench) -> None:
    bench.write(cnf(P0, FREE), SENSE_HIGH | PULL_DOWN)
    bench.write(cnf(P0, FREE + 1), SENSE_HIGH | PULL_DOWN)
    bench.machine.pin_drive(FREE, 1)
    assert bench.event(GPIOTE + PORT)
    bench.write(GPIOTE + PORT, 0)
    bench.machine.pin_drive(FREE + 1, 1)  # DETECT is high already
    assert not bench.event(GPIOTE + PORT)


@pytest.mark.parametrize(
    ("polarity", "rising", "falling"), [(LO_TO_HI, True, False), (HI_TO_LO, False, True), (TOGGLE, True, True)]
)
def test_an_edge_makes_an_in_event_by_polarity(bench: Bench, polarity: int, rising: bool, falling: bool) -> None:
    bench.machine.pin_drive(FREE, 0)
    bench.write(GPIOTE + CONFIG, EVENT | FREE << 8 | polarity)
    bench.machine.pin_drive(FREE, 1)
    assert bench.event(GPIOTE + IN0) == rising
    bench.write(GPIOTE + IN0, 0)
    bench.machine.pin_drive(FREE, 0)
    assert bench.event(GPIOTE + IN0) == falling


def test_an_in_event_pends_the_interrupt_when_enabled(bench: Bench) -> None:
    bench.machine.pin_drive(FREE, 0)
    bench.write(GPIOTE + CONFIG + 4 * 3, EVENT | FREE << 8 | LO_TO_HI)
    bench.write(GPIOTE + INTENSET, 1 << 3)
    assert not bench.irq_pending(6)
    bench.machine.pin_drive(FREE, 1)
    assert bench.irq_pending(6)


def test_task_mode_takes_the_pin_over_and_gives_it_back(bench: Bench) -> None:
    bench.write(GPIOTE + CONFIG, TASK | FREE << 8 | TOGGLE | 1 << 20)
    assert bench.machine.pin_level(FREE) == 1  # OUTINIT
    bench.task(GPIOTE + 0x000)
    assert bench.machine.pin_level(FREE) == 0
    bench.task(GPIOTE + 0x030)
    assert bench.machine.pin_level(FREE) == 1
    bench.task(GPIOTE + 0x060)
    assert bench.machine.pin_level(FREE) == 0
    bench.write(GPIOTE + CONFIG, 0)
    assert bench.machine.pin_level(FREE) == -1


def test_gpiote_reaches_port_1(bench: Bench) -> None:
    bench.write(GPIOTE + CONFIG, TASK | 5 << 8 | 1 << 13 | TOGGLE)
    bench.task(GPIOTE + 0x030)
    assert bench.machine.pin_level(32 + 5) == 1


_SHARED = Bench()


@settings(max_examples=200, deadline=None)
@given(
    outside=st.sampled_from([-1, 0, 1]),
    board=st.sampled_from([-1, 0, 1]),
    output=st.booleans(),
    high=st.booleans(),
    pull=st.sampled_from([0, PULL_DOWN, PULL_UP]),
)
def test_a_level_is_that_of_the_strongest(outside: int, board: int, output: bool, high: bool, pull: int) -> None:
    bench, pin = _SHARED, 3
    bench.machine.pin_drive(pin, outside)  # type: ignore[arg-type]
    bench.machine.pin_pull(pin, board)  # type: ignore[arg-type]
    bench.write(P0 + (OUTSET if high else OUTCLR), 1 << pin)
    bench.write(cnf(P0, pin), int(output) | pull)
    chip = {0: -1, PULL_DOWN: 0, PULL_UP: 1}[pull]
    strongest = [outside, int(high) if output else -1, board, chip]
    assert bench.machine.pin_level(pin) == next((level for level in strongest if level != -1), -1)


def test_pins_that_do_not_exist_are_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="there are pins 0"):
        bench.machine.pin_level(256)
    with pytest.raises(ValueError, match="must be -1"):
        bench.machine.pin_drive(0, 2)  # type: ignore[arg-type]
    assert _emu.FLOAT == -1
