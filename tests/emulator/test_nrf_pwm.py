# SPDX-License-Identifier: Apache-2.0
"""PWM of the nRF52 (PS, "PWM"): wave forms on the pins, sequences, loops, events."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from tests.emulator.nrf52 import CYCLES_PER_US, RAM, Bench

PWM = 0x4001C000
STOP, SEQSTART0, SEQSTART1, NEXTSTEP = (PWM + 4 * n for n in range(1, 5))
STOPPED, SEQSTARTED0, SEQSTARTED1, SEQEND0, SEQEND1, PERIODEND, LOOPSDONE = (PWM + 0x100 + 4 * n for n in range(1, 8))
SHORTS, ENABLE, MODE, TOP, PRESCALER, DECODER, LOOP, SEQ0, SEQ1, OUT0 = (
    PWM + n for n in (0x200, 0x500, 0x504, 0x508, 0x50C, 0x510, 0x514, 0x520, 0x540, 0x560)
)
FALLING = 0x8000
INDIVIDUAL, WAVEFORM = 2, 3
PIN = 2
MHZ_1 = 4  # PRESCALER


def bench_with(values: Sequence[int], *, top: int = 100, refresh: int = 0, decoder: int = 0) -> Bench:
    it = Bench()
    it.machine.poke(RAM, struct.pack(f"<{len(values)}H", *values))
    for register, value in (
        (OUT0, PIN), (OUT0 + 4, PIN + 1), (ENABLE, 1), (TOP, top), (PRESCALER, MHZ_1), (DECODER, decoder),
        (SEQ0, RAM), (SEQ0 + 4, len(values)), (SEQ0 + 8, refresh),
    ):  # fmt: skip
        it.write(register, value)
    return it


def edges(bench: Bench, pin: int, since: int) -> list[tuple[int, int]]:
    """(microseconds since, level)"""
    found, _ = bench.machine.pin_edges()
    return [
        ((cycle - since) // CYCLES_PER_US, level) for cycle, which, level in found if which == pin and cycle >= since
    ]


@pytest.mark.parametrize(("value", "first"), [(30, [(0, 0), (30, 1)]), (30 | FALLING, [(0, 1), (30, 0)])])
def test_the_compare_value_and_its_polarity_make_the_wave(value: int, first: list[tuple[int, int]]) -> None:
    bench = bench_with([value])
    since = bench.machine.now()
    bench.task(SEQSTART0)
    bench.us(250)
    assert edges(bench, PIN, since) == [(at + 100 * n, level) for n in range(3) for at, level in first]


def test_up_and_down_centres_the_pulse() -> None:
    bench = bench_with([30])
    bench.write(MODE, 1)
    since = bench.machine.now()
    bench.task(SEQSTART0)
    bench.us(199)
    assert edges(bench, PIN, since) == [(0, 0), (30, 1), (170, 0)]


def test_a_sequence_goes_on_after_its_refreshes_and_the_last_value_stays() -> None:
    bench = bench_with([20 | FALLING, 60 | FALLING], refresh=1)
    since = bench.machine.now()
    bench.task(SEQSTART0)
    assert bench.event(SEQSTARTED0)
    bench.us(399)
    assert not bench.event(SEQEND0)
    bench.us(200)
    assert bench.event(SEQEND0)
    falls = [at for at, level in edges(bench, PIN, since) if level == 0]
    assert falls == [20, 120, 260, 360, 460, 560]


def test_outputs_have_values_of_their_own() -> None:
    bench = bench_with([10 | FALLING, 90 | FALLING, 0, 0], decoder=INDIVIDUAL)
    since = bench.machine.now()
    bench.task(SEQSTART0)
    bench.us(99)
    assert (edges(bench, PIN, since), edges(bench, PIN + 1, since)) == ([(0, 1), (10, 0)], [(0, 1), (90, 0)])


def test_a_waveform_brings_its_own_period() -> None:
    bench = bench_with([10 | FALLING, 0, 0, 40], decoder=WAVEFORM)
    since = bench.machine.now()
    bench.task(SEQSTART0)
    bench.us(100)
    assert [at for at, level in edges(bench, PIN, since) if level] == [0, 40, 80]


def test_loops_play_both_sequences_in_turn_and_the_shortcut_stops() -> None:
    bench = bench_with([20 | FALLING])
    bench.machine.poke(RAM + 0x40, struct.pack("<H", 70 | FALLING))
    bench.write(SEQ1, RAM + 0x40)
    bench.write(SEQ1 + 4, 1)
    bench.write(SEQ1 + 8, 0)
    bench.write(LOOP, 2)
    bench.write(SHORTS, 1 << 4)  # LOOPSDONE_STOP
    since = bench.machine.now()
    bench.task(SEQSTART0)
    bench.us(600)
    assert (bench.event(SEQEND1), bench.event(LOOPSDONE), bench.event(STOPPED)) == (True, True, True)
    assert [at for at, level in edges(bench, PIN, since) if level == 0][:4] == [20, 170, 220, 370]


def test_stop_ends_at_the_end_of_the_period() -> None:
    bench = bench_with([30 | FALLING])
    bench.task(SEQSTART0)
    bench.us(10)
    bench.task(STOP)
    bench.us(80)
    assert not bench.event(STOPPED)
    bench.us(20)
    assert (bench.event(STOPPED), bench.event(PERIODEND)) == (True, True)
