# SPDX-License-Identifier: Apache-2.0
"""Any accesses to any register at any time: the machine stays alive and inspectable, and does the same again."""

from __future__ import annotations

import contextlib
import random

import pytest
from vmrig_native import _emu

from tests.emulator.kinetis import AIRCR, K64, KL25, LPTMR, RAM, Bench

GATES = range(0x40048028, 0x40048044, 4)


def storm(bench: Bench, seed: int, accesses: int) -> int:
    dice = random.Random(seed)

    def write(address: int, value: int, width: int) -> None:
        try:
            bench.write(address, value, width)  # type: ignore[arg-type]
        except _emu.Fault:
            bench.machine.dp_write(0, 4)

    devices = [device for device in bench.built.chip.devices if device.base]
    for n in range(accesses):
        if n % 50 == 0:
            for address in GATES:
                write(address, 0xFFFFFFFF, 4)
        device, width = dice.choice(devices), dice.choice((1, 2, 4))
        offset = dice.choice((dice.randrange(0x40), dice.randrange(0x200), dice.randrange(0x1200)))
        address = (device.base + offset) & ~(width - 1)
        if dice.random() < 0.6:
            write(address, dice.choice((0, 0xFFFFFFFF, dice.getrandbits(32), 1 << dice.randrange(32))), width)
        else:
            bench.faults(address & ~3)
        event = dice.random()
        if event < 0.1:
            bench.machine.run(dice.choice((1, 10, 1000, 50_000)))
        elif event < 0.12:
            bench.machine.pin_drive(dice.randrange(160), dice.choice((_emu.HIGH, _emu.LOW, _emu.FLOAT)))
        elif event < 0.13:
            bench.machine.serial_write(0, bytes(dice.randrange(1, 30)))
        elif event < 0.135:
            write(AIRCR, 0x05FA0004, 4)
            bench.halt()
        elif event < 0.137:
            bench.machine.ap_write(1 << 24 | 4, dice.getrandbits(5))
        elif event < 0.139:
            bench.machine.power(False)
            bench.power_on()
    return bench.machine.state_hash()


@pytest.mark.parametrize("target", [K64, KL25])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_of_accesses_leaves_a_machine_that_can_be_looked_at(target: str, seed: int) -> None:
    bench = Bench(target)
    after = storm(bench, seed, 1500)
    assert storm(Bench(target), seed, 1500) == after
    assert bench.machine.fork().state_hash() == after
    bench.machine.power(False)
    bench.machine.poke(0x40C, b"\xfe")
    bench.power_on()
    with contextlib.suppress(_emu.Fault):
        bench.machine.ap_write(1 << 24 | 4, 0)
    bench.write(RAM, 0x12345678)
    assert bench.read(RAM) == 0x12345678


def test_bits_that_a_register_has_not_are_not_kept(kl25: Bench) -> None:
    kl25.open(5, 0)
    kl25.write(LPTMR + 8, 0xFFFFFFFF)
    assert kl25.read(LPTMR + 8) == 0xFFFF


@pytest.fixture
def kl25() -> Bench:
    return Bench(KL25)
