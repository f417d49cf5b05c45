# SPDX-License-Identifier: Apache-2.0
"""Whatever is written to whatever register in whatever order, the machine goes on, and the same again gives the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.nrf52 import Bench
from vmrig_server.boards_data import load_chip

BASES = sorted({device.base for chip in ("nrf51822", "nrf52833") for device in load_chip(chip).devices if device.base})
REGISTERS = [
    *range(0x000, 0x080, 4),
    *range(0x100, 0x180, 4),
    *range(0x200, 0x20C, 4),
    *range(0x300, 0x350, 4),
    *range(0x400, 0x440, 4),
    *range(0x500, 0x5A0, 4),
    *range(0x600, 0x620, 4),
    *range(0x700, 0x780, 4),
    *range(0x800, 0x830, 4),
    *range(0x900, 0x9A0, 4),
    0xFFC,
]
ADDRESSES = st.builds(lambda base, offset: base + offset, st.sampled_from(BASES), st.sampled_from(REGISTERS))
VALUES = st.one_of(
    st.sampled_from([0, 1, 2, 4, 8, 0xFF, 0xFFFF, 0x20000000, 0xFFFFFFFF]),
    st.integers(0, 0xFFFFFFFF),
    ADDRESSES,  # for PPI end points
)
STEPS = st.one_of(
    st.tuples(st.just("write"), ADDRESSES, VALUES),
    st.tuples(st.just("read"), ADDRESSES, st.just(0)),
    st.tuples(st.just("run"), st.integers(1, 5_000), st.just(0)),
    st.tuples(st.just("pin"), st.integers(0, 41), st.integers(-1, 1)),
    st.tuples(st.just("serial"), st.integers(0, 255), st.just(0)),
)


def play(target: str, steps: list[tuple[str, int, int]]) -> tuple[object, ...]:
    bench = Bench(target)
    seen: list[int] = []
    for what, first, second in steps:
        if what == "write":
            bench.write(first, second)
        elif what == "read":
            seen.append(bench.read(first))
        elif what == "run":
            bench.machine.run(first)
        elif what == "pin":
            bench.machine.pin_drive(first, second)  # type: ignore[arg-type]
        else:
            bench.machine.serial_write(0, bytes([first]))
    bench.machine.run(1_000)
    return seen, bench.machine.now(), bench.machine.serial_read(0), bench.machine.pin_edges()


@settings(max_examples=150, deadline=None)
@given(target=st.sampled_from(["microbit_v1", "microbit_v2"]), steps=st.lists(STEPS, max_size=60))
def test_any_sequence_of_accesses_is_survived_and_repeats(target: str, steps: list[tuple[str, int, int]]) -> None:
    assert play(target, steps) == play(target, steps)
