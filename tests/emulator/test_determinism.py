# SPDX-License-Identifier: Apache-2.0
"""A machine's whole state after N cycles depends on nothing but its inputs: not on how time is cut, the process, other boards, snapshots, or tracing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from vmrig_native import _emu

from tests.emulator.thumb import BX_LR, NOP, branch, code, fetch, load, poke, store, vectors
from vmrig_server.emulator.machine import build_machine
from vmrig_server.paths import data_root

ROOT = Path(__file__).resolve().parents[2]
CYCLES = 2_000_000
INPUT_AT = CYCLES // 4
INPUT = b"\x05\x01\x02\x03\x04\x00hello\x00"
SLICES = (1_000_000, 65_537, 1_000, 97)
RESET = 0x400
SVCALL, SYSTICK, TIMER0_IRQ = 11, 15, 16 + 8
HANDLERS = {SVCALL: 0x200, SYSTICK: 0x240, TIMER0_IRQ: 0x280}
DEVICES = (0x40008500, 0x4000D000, 0x4000B500, 0x50000500, 0xE000E010)
"""Registers of TIMER0, RNG, RTC0, port 0 and SysTick."""
SETUP = (
    poke(0xE000E014, 777),  # SysTick: every 778 cycles
    poke(0xE000E010, 7),
    poke(0x40008540, 50),  # TIMER0 compares, clears itself and interrupts
    poke(0x40008200, 1),
    poke(0x40008304, 1 << 16),
    poke(0x40008000, 1),
    poke(0x4000D000, 1),  # random numbers
    poke(0xE000E100, 1 << 8),
    load(6, 0x20004000),
    load(7, 0x50000500),
)
PROGRAMS = ("vm", "random")
Portions = Iterator[int]


def random_program(seed: int) -> bytes:
    """An endless loop of random arithmetic on r0-r5, stores and loads around r6 (RAM) and r7 (a device), short jumps forward, and SVCs."""
    numbers = random.Random(seed)

    def arithmetic() -> list[int]:
        kind, low = numbers.randrange(4), lambda: numbers.randrange(6)
        if kind == 0:  # shifts, and additions of three registers
            return [numbers.choice((0x0000, 0x0800, 0x1000)) | numbers.randrange(32) << 6 | low() << 3 | low()]
        if kind == 1:
            return [numbers.choice((0x1800, 0x1A00)) | low() << 6 | low() << 3 | low()]
        if kind == 2:  # MOVS, CMP, ADDS, SUBS
            return [0x2000 | numbers.randrange(4) << 11 | low() << 8 | numbers.randrange(256)]
        return [0x4000 | numbers.randrange(16) << 6 | low() << 3 | low()]

    def access() -> list[int]:
        make = numbers.choice((store, fetch))
        return make(numbers.randrange(6), numbers.choice((6, 6, 6, 7)), 4 * numbers.randrange(32))

    parts: list[list[int]] = [*SETUP]
    for _ in range(400):
        kind = numbers.randrange(20)
        if kind == 0:
            parts.append(load(7, numbers.choice(DEVICES)))
        elif kind == 1:
            over = 0xD000 | numbers.randrange(14) << 8 | numbers.randrange(3)  # the next two to four
            parts += [[over], arithmetic(), arithmetic(), arithmetic(), arithmetic()]
        elif kind == 2:
            parts.append([0xDF00])
        elif kind < 7:
            parts.append(access())
        else:
            parts.append(arithmetic())
    body = [halfword for part in parts for halfword in part]
    first = sum(len(part) for part in SETUP)
    return code(body, [NOP] * 4, branch(first - len(body) - 4))


def machine_with(program: str) -> _emu.Machine:
    """A micro:bit V2 with the VM that ships, or with a random program."""
    machine = build_machine("microbit_v2", storage=None, identity={"device_id": 0x0123456789ABCDEF}).machine
    if program == "vm":
        machine.poke(0, (data_root("vmimages/images") / "microbit_v2" / "vm.bin").read_bytes())
    else:
        machine.poke(0, vectors(RESET))
        for number, handler in HANDLERS.items():
            machine.poke(4 * number, (handler | 1).to_bytes(4, "little"))
            machine.poke(handler, code(fetch(3, 6, 0x40), [0x3301], store(3, 6, 0x40), BX_LR))
        machine.poke(RESET, random_program(20))
    machine.power(True)
    return machine


def play_once(machine: _emu.Machine, cycles: int) -> None:
    """A run of so many cycles, but not beyond the cycle at which bytes come in, nor beyond the end."""
    end = INPUT_AT if machine.now() < INPUT_AT else CYCLES
    stop, passed = machine.run(min(cycles, end - machine.now()))
    if stop == "full":
        machine.trace_read()
    assert passed or stop == "full"
    if passed and machine.now() == INPUT_AT:
        machine.serial_write(0, INPUT)


def play(machine: _emu.Machine, portions: Portions, between: Callable[[], None] = lambda: None) -> None:
    """Lets time pass up to CYCLES."""
    while machine.now() < CYCLES:
        play_once(machine, next(portions))
        between()


def always(cycles: int) -> Portions:
    while True:
        yield cycles


def mixed(seed: int) -> Portions:
    """From 1 to a million, each order of magnitude as often."""
    numbers = random.Random(seed)
    while True:
        yield int(10 ** numbers.uniform(0, 6))


def played_hash(program: str, portions: Portions) -> int:
    machine = machine_with(program)
    play(machine, portions)
    return machine.state_hash()


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def expected(program: str) -> int:
    return played_hash(program, always(CYCLES))


def test_the_programs_do_something() -> None:
    for program in PROGRAMS:
        machine = machine_with(program)
        before = machine.state_hash()
        play(machine, always(CYCLES))
        assert machine.instructions() > 50_000
        assert machine.state_hash() != before
    assert played_hash("vm", always(CYCLES)) != played_hash("random", always(CYCLES))


def test_another_input_is_another_state(expected: int, program: str) -> None:
    machine = machine_with(program)
    machine.run(CYCLES // 8)
    machine.serial_write(0, b"\xaa")
    play(machine, always(CYCLES))
    assert machine.state_hash() != expected


@pytest.mark.parametrize("cycles", SLICES)
def test_slices_of_any_size_give_the_same_state(program: str, expected: int, cycles: int) -> None:
    assert played_hash(program, always(cycles)) == expected


def test_slices_of_one_cycle_give_the_same_state(program: str) -> None:
    one, whole = machine_with(program), machine_with(program)
    for machine in (one, whole):
        machine.run(CYCLES // 16)
    for _ in range(20_000):
        one.run(1)
    whole.run(20_000)
    assert one.now() == whole.now()
    assert one.state_hash() == whole.state_hash()


@pytest.mark.parametrize("seed", range(3))
def test_slices_of_mixed_sizes_give_the_same_state(program: str, expected: int, seed: int) -> None:
    assert played_hash(program, mixed(seed)) == expected


def test_another_process_gives_the_same_state(program: str, expected: int) -> None:
    script = f"from tests.emulator.test_determinism import *; print(played_hash({program!r}, mixed(7)))"
    search = [str(ROOT), *(entry for entry in sys.path if entry)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    assert int(done.stdout) == expected


def test_many_boards_on_two_threads_give_the_same_state(program: str, expected: int) -> None:
    hashes: list[int] = []

    def run(seeds: Sequence[int]) -> None:
        for seed in seeds:
            hashes.append(played_hash(program, mixed(seed)))

    threads = [threading.Thread(target=run, args=(range(first, first + 3),)) for first in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hashes == [expected] * 6


def test_one_board_handed_from_thread_to_thread_gives_the_same_state(program: str, expected: int) -> None:
    machine = machine_with(program)
    turns = (threading.Semaphore(1), threading.Semaphore(0))
    done = threading.Event()

    def run(number: int) -> None:
        while turns[number].acquire() and not done.is_set():
            play_once(machine, 50_000)
            if machine.now() == CYCLES:
                done.set()
            turns[1 - number].release()
        turns[1 - number].release()

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machine.state_hash() == expected


def test_snapshots_taken_in_between_change_nothing(program: str, expected: int) -> None:
    machine = machine_with(program)
    taken: list[_emu.Snapshot] = []
    play(machine, mixed(11), lambda: taken.append(machine.snapshot()))
    assert len(taken) > 3
    assert machine.state_hash() == expected


def test_going_back_and_on_gives_the_same_state(program: str, expected: int) -> None:
    machine = machine_with(program)
    numbers = random.Random(12)

    def astray() -> None:
        here = machine.snapshot()
        before = machine.state_hash()
        machine.serial_write(0, numbers.randbytes(9))
        machine.pin_drive(14, numbers.choice((0, 1)))
        machine.run(numbers.randrange(1, 30_000))
        machine.poke(0x20000000, numbers.randbytes(64))
        machine.restore(here)
        assert machine.state_hash() == before

    play(machine, always(150_000), astray)
    assert machine.state_hash() == expected


def test_a_fork_goes_on_as_its_origin_does(program: str, expected: int) -> None:
    machine = machine_with(program)
    machine.run(CYCLES // 8)
    forks = [machine.fork(), machine.fork().fork()]
    forks[0].run(12_345)
    for one in (machine, *forks):
        play(one, mixed(13))
    assert [one.state_hash() for one in (machine, *forks)] == [expected] * 3


@pytest.mark.parametrize(
    "flags",
    [
        _emu.TRACE_INSTRUCTIONS,
        _emu.TRACE_ACCESSES | _emu.TRACE_EXCEPTIONS,
        _emu.TRACE_COUNTS,
        _emu.TRACE_INSTRUCTIONS | _emu.TRACE_ACCESSES | _emu.TRACE_EXCEPTIONS | _emu.TRACE_COUNTS,
    ],
)
def test_tracing_changes_nothing(program: str, expected: int, flags: int) -> None:
    machine = machine_with(program)
    machine.trace_start(flags, 1 << 16)
    play(machine, always(300_000))
    assert machine.state_hash() == expected
    machine.trace_stop()
    assert machine.state_hash() == expected


def test_a_fork_has_accessed_what_its_machine_had() -> None:
    machine = machine_with("random")
    play(machine, always(50_000))
    fork = machine.fork()
    assert machine.touched()
    assert fork.touched() == machine.touched()
    machine.power(False)
    machine.power(True)
    assert machine.touched() == [] != fork.touched()
