# SPDX-License-Identifier: Apache-2.0
"""The RP2040's two cores: how the second one starts, what they share, what each has for itself, and that time cut otherwise changes nothing."""

from __future__ import annotations

import struct

import pytest
from vmrig_native import _emu

from tests.emulator.rp2040 import (
    AIRCR,
    CORE_0,
    CORE_1,
    DHCSR,
    NVIC_ICPR,
    NVIC_ISER,
    PSM,
    RAM,
    RESCUE,
    SIO,
    TIMER,
    VREG,
    Bench,
    Thumb,
    boot2,
)

CPUID, FIFO_ST, FIFO_WR, FIFO_RD, SPINLOCK_ST = SIO, SIO + 0x50, SIO + 0x54, SIO + 0x58, SIO + 0x5C
SDIV_DIVIDEND, SDIV_DIVISOR, QUOTIENT, REMAINDER, DIV_CSR = SIO + 0x68, SIO + 0x6C, SIO + 0x70, SIO + 0x74, SIO + 0x78
INTERP0_ACCUM0, INTERP0_BASE0, INTERP0_PEEK0, INTERP0_CTRL0 = SIO + 0x80, SIO + 0x88, SIO + 0xA0, SIO + 0xAC
FIFO_VLD = 1
CODE_0, CODE_1, VECTORS, SHARED, STACK = RAM, RAM + 0x1000, RAM + 0x2000, RAM + 0x3000, RAM + 0x8000
SIO_IRQ_PROC1 = 16


@pytest.fixture
def bench() -> Bench:
    made = Bench(flash=boot2())
    made.us(10)
    return made


def launch(bench: Bench, program: Thumb, at: int = CODE_1, vectors: int = VECTORS) -> None:
    """Core 1 by the protocol of 2.8.2, words written to the FIFO by the first core's debugger."""
    bench.machine.poke(at, program.image())
    for word in (0, 0, 1, vectors, STACK, at | 1):
        if word == 0:
            while bench.read(FIFO_ST) & FIFO_VLD:
                bench.read(FIFO_RD)
        tell(bench, word)
        assert bench.read(FIFO_ST) & FIFO_VLD
        assert bench.read(FIFO_RD) == word


def tell(bench: Bench, word: int) -> None:
    """A word for core 1, and the event that it waits for."""
    bench.write(FIFO_WR, word)
    bench.run_code(Thumb().op(Thumb.SEV, Thumb.BKPT), CODE_0)
    bench.us(2)


def counting(place: int) -> Thumb:
    """Adds 1 to a word for ever."""
    program = Thumb().load(0, place)
    top = program.here()
    return program.fetch(1, 0).add(1, 1).store(1, 0).back(top)


def test_the_second_core_sleeps_in_the_rom_and_starts_by_the_fifo(bench: Bench) -> None:
    assert bench.machine.core_get(15, 1) < 0x4000
    program = (
        Thumb().load(0, CPUID).fetch(0, 0).load(1, SHARED).store(0, 1).op(0x4668).store(0, 1, 4)
    )  # ...; mov r0, sp
    launch(bench, program.back(program.here()))
    bench.us(5)
    assert struct.unpack("<II", bench.machine.peek(SHARED, 8)) == (1, STACK)
    assert bench.read(0xE000ED08, 1) == VECTORS  # its own VTOR
    assert bench.read(CPUID) == 0


def test_a_wrong_word_begins_the_protocol_anew(bench: Bench) -> None:
    for word in (1, 7, 0):  # where the vector table is expected anything goes
        tell(bench, word)
    answers = []
    while bench.read(FIFO_ST) & FIFO_VLD:
        answers.append(bench.read(FIFO_RD))
    assert answers[-3:] == [1, 7, 0]
    launch(bench, counting(SHARED))


def test_each_core_has_its_own_divider_and_interpolators(bench: Bench) -> None:
    launch(bench, counting(SHARED))
    bench.halt(1)
    bench.us(1)
    for dp, (dividend, divisor) in enumerate(((-100, 7), (1000, -3))):
        bench.write(SDIV_DIVIDEND, dividend, dp)
        bench.write(SDIV_DIVISOR, divisor, dp)
        bench.write(INTERP0_CTRL0, 31 << 10, dp)
        bench.write(INTERP0_ACCUM0, 10 + dp, dp)
        bench.write(INTERP0_BASE0, 100, dp)
    bench.us(1)
    assert [bench.read(DIV_CSR, dp) & 1 for dp in (0, 1)] == [1, 1]
    assert [bench.read(INTERP0_PEEK0, dp) for dp in (0, 1)] == [110, 111]
    results = [(bench.read(REMAINDER, dp), bench.read(QUOTIENT, dp)) for dp in (0, 1)]
    assert results == [(-2 & 0xFFFFFFFF, -14 & 0xFFFFFFFF), (1, -333 & 0xFFFFFFFF)]


def test_a_spinlock_is_taken_once(bench: Bench) -> None:
    lock = SIO + 0x100 + 4 * 9
    assert bench.read(lock) == 1 << 9
    assert bench.read(lock, 1) == 0
    assert bench.read(SPINLOCK_ST, 1) == 1 << 9
    bench.write(lock, 1, 1)
    assert bench.read(lock, 1) == 1 << 9


def test_a_word_in_the_fifo_is_an_interrupt_of_the_other_core(bench: Bench) -> None:
    handler = Thumb().load(0, FIFO_RD).fetch(1, 0).load(2, SHARED).store(1, 2)
    handler.load(0, FIFO_ST).store(1, 0).op(0x4770)
    bench.machine.poke(VECTORS + 4 * (16 + SIO_IRQ_PROC1), (CODE_1 + 0x200 | 1).to_bytes(4, "little"))
    bench.machine.poke(CODE_1 + 0x200, handler.image())
    program = Thumb().load(0, NVIC_ISER).load(1, 1 << SIO_IRQ_PROC1).store(1, 0)
    top = program.here()
    launch(bench, program.op(Thumb.WFI).back(top))
    bench.write(NVIC_ICPR, 0xFFFFFFFF)  # what the protocol's answers have left
    bench.write(FIFO_WR, 0xC0FFEE)
    bench.us(5)
    assert bench.machine.peek(SHARED, 4) == (0xC0FFEE).to_bytes(4, "little")
    assert not bench.irq_pending(15)


def test_sev_of_one_core_wakes_the_other_from_wfe(bench: Bench) -> None:
    waiting = Thumb().load(0, SHARED).op(Thumb.SEV, Thumb.WFE)  # the first event is its own
    top = waiting.here()
    waiting.op(Thumb.WFE).fetch(1, 0).add(1, 1).store(1, 0).back(top)
    launch(bench, waiting)
    bench.us(5)
    before = int.from_bytes(bench.machine.peek(SHARED, 4), "little")
    bench.run_code(Thumb().op(Thumb.SEV, Thumb.BKPT), CODE_0)
    bench.us(5)
    assert int.from_bytes(bench.machine.peek(SHARED, 4), "little") == before + 1


def test_both_cores_run_at_the_same_speed(bench: Bench) -> None:
    bench.machine.poke(SHARED, bytes(0x100))
    launch(bench, counting(SHARED))
    first = int.from_bytes(bench.machine.peek(SHARED, 4), "little")
    bench.run_code(counting(SHARED + 0x80), CODE_0)
    bench.us(100)
    second, other = (int.from_bytes(bench.machine.peek(SHARED + at, 4), "little") for at in (0, 0x80))
    assert abs((second - first) - other) < 100
    assert other == pytest.approx(100 * 125 / 4, rel=0.05)


def test_code_that_one_core_changes_is_run_changed_by_the_other(bench: Bench) -> None:
    routine = CODE_1 + 0x400
    bench.machine.poke(routine, struct.pack("<2H", 0x2001, 0x4770))  # movs r0, #1; bx lr
    caller = Thumb().load(4, routine | 1).load(5, SHARED)
    top = caller.here()
    launch(bench, caller.op(0x47A0).store(0, 5).back(top))
    bench.us(10)
    assert bench.machine.peek(SHARED, 1) == b"\1"
    changer = Thumb().load(0, routine).load(1, 0x47702002).store(1, 0).op(Thumb.BKPT)
    bench.run_code(changer, CODE_0)
    bench.us(10)
    assert bench.machine.peek(SHARED, 1) == b"\2"


def two_busy_cores() -> Bench:
    """Both count, take a spinlock for a shared word, and one writes to the other by the FIFO; an alarm interrupts neither."""
    bench = Bench(flash=boot2())
    bench.us(10)
    bench.machine.poke(SHARED, bytes(0x100))
    programs = []
    for place in (SHARED, SHARED + 0x80):
        program = Thumb().load(0, place).load(2, SIO + 0x100).load(3, SHARED + 0x40).load(5, FIFO_WR)
        top = program.here()
        program.fetch(1, 0).add(1, 1).store(1, 0).fetch(4, 2).op(0x2C00)
        program.back(top, 0)  # no lock
        program.fetch(4, 3).add(4, 1).store(4, 3).store(4, 2).store(4, 5).fetch(6, 5, 4).op(0x1864)  # adds r4, r4, r1
        programs.append(program.store(4, 3, 4).back(top))
    launch(bench, programs[1])
    bench.run_code(programs[0], CODE_0)
    return bench


def test_the_same_happens_however_time_is_cut() -> None:
    machines = [two_busy_cores() for _ in range(3)]
    assert len({bench.machine.state_hash() for bench in machines}) == 1
    for bench, slice_ in zip(machines, (1, 63, 20_000), strict=True):
        left = 20_000
        while left:
            left -= bench.machine.run(min(slice_, left))[1]
    assert len({bench.machine.state_hash() for bench in machines}) == 1
    assert machines[0].machine.peek(SHARED + 0x40, 4) != bytes(4)


def test_snapshots_and_forks_have_both_cores() -> None:
    bench = two_busy_cores()
    bench.cycles(1003)
    kept, twin = bench.machine.snapshot(), bench.machine.fork()
    bench.cycles(5001)
    after = bench.machine.state_hash()
    left = 5001
    while left:
        left -= twin.run(left)[1]
    assert twin.state_hash() == after
    bench.machine.restore(kept)
    assert bench.machine.state_hash() != after
    bench.cycles(5001)
    assert bench.machine.state_hash() == after


def test_one_core_halts_and_the_other_runs_on(bench: Bench) -> None:
    launch(bench, counting(SHARED))
    bench.run_code(counting(SHARED + 0x80), CODE_0)
    bench.us(10)
    bench.halt(1)
    bench.us(1)
    stopped = bench.machine.peek(SHARED, 4)
    going = bench.machine.peek(SHARED + 0x80, 4)
    bench.us(10)
    assert (bench.machine.core_halted(0), bench.machine.core_halted(1)) == (False, True)
    assert bench.machine.peek(SHARED, 4) == stopped
    assert bench.machine.peek(SHARED + 0x80, 4) != going


def test_sysresetreq_of_one_core_leaves_the_other_and_the_devices_alone(bench: Bench) -> None:
    launch(bench, counting(SHARED))
    bench.write(RAM + 0x4000, 77)
    scratch = 0x40058000 + 0x0C
    bench.write(scratch, 1234)
    bench.write(AIRCR, 0x05FA0004)
    bench.us(10)
    assert bench.read(scratch) == 1234
    before = bench.machine.peek(SHARED, 4)
    bench.us(10)
    assert bench.machine.peek(SHARED, 4) != before


def test_a_core_is_held_by_psm_and_starts_anew(bench: Bench) -> None:
    launch(bench, counting(SHARED))
    bench.write(PSM + 4, 1 << 16)  # FRCE_OFF.PROC1
    before = bench.machine.peek(SHARED, 4)
    bench.us(10)
    assert bench.machine.peek(SHARED, 4) == before
    bench.write(PSM + 4, 0)
    bench.us(10)
    assert bench.machine.core_get(15, 1) < 0x4000
    launch(bench, counting(SHARED))


def test_each_debug_port_is_selected_by_its_number(bench: Bench) -> None:
    machine = bench.machine
    assert [machine.dp_find(value) for value in (CORE_0, CORE_1, RESCUE)] == [0, 1, 2]
    assert machine.dp_find(0x21002927) is None
    for dp, dlpidr in ((0, 0x00000001), (1, 0x10000001)):
        machine.dp_write(8, 3, dp)
        assert machine.dp_read(4, dp) == dlpidr
        machine.dp_write(8, 2, dp)
        assert machine.dp_read(4, dp) == 0x01002927
        machine.dp_write(8, 0, dp)
    bench.halt(1)
    assert machine.core_halted(1)
    assert bench.read(CPUID, 1) == 1


def test_the_rescue_port_resets_the_chip_and_stops_in_the_rom() -> None:
    runaway = Thumb()
    bench = Bench(flash=boot2(runaway.op(Thumb.CPSID).back(1).halfwords()), halted=False)
    bench.us(100)
    assert bench.machine.core_get(15) >= 0x20000000
    bench.machine.dp_write(4, 1 << 28, 2)  # CDBGPWRUPREQ
    bench.machine.dp_write(4, 0, 2)
    bench.us(100)
    assert bench.machine.core_get(15) < 0x4000
    assert bench.machine.core_idle()
    bench.machine.dp_write(4, 0x50000000)
    assert bench.read(VREG + 8) & 1 << 20  # HAD_PSM_RESTART


def test_a_lone_chip_has_one_debug_port_and_takes_no_more_for_it() -> None:
    machine = _emu.Machine()
    assert machine.dp_count() == 1
    assert machine.dp_find(CORE_0) is None


def test_time_passes_once_for_both(bench: Bench) -> None:
    bench.clocks()
    launch(bench, counting(SHARED))
    bench.run_code(counting(SHARED + 0x80), CODE_0)
    bench.us(5)
    start = bench.read(TIMER + 0x28)
    bench.us(1000)
    assert bench.read(TIMER + 0x28) - start == 1000
    assert bench.read(DHCSR) & 1
