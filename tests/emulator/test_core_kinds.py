# SPDX-License-Identifier: Apache-2.0
"""Kinds of cores: one that is not modelled, one that is debugged without a debug port."""

from __future__ import annotations

import struct

import pytest
from vmrig_native import _emu

ROM, RAM, PC = 0x4000_0000, 0x2000_0000, 32


def machine_with(core: str) -> _emu.Machine:
    machine = _emu.Machine(core=core, irq_count=62, clock_hz=1_000_000, reset_vector=ROM)
    machine.add_memory("rom", "rom", ROM, 0x1000)
    machine.add_memory("ram", "ram", RAM, 0x1000)
    return machine


def test_a_core_that_is_not_modelled_lets_time_pass_and_nothing_else() -> None:
    machine = machine_with("none")
    machine.power(True)
    assert machine.run(100_000) == ("sleep", 100_000)
    assert (machine.now(), machine.instructions(), machine.core_idle()) == (100_000, 0, True)
    machine.reset_pin(True)
    assert machine.run(5)[0] == "off"
    machine.reset_pin(False)
    machine.poke(RAM, b"kept")
    fork = machine.fork()
    assert fork.state_hash() == machine.state_hash()
    assert fork.peek(RAM, 4) == b"kept"


@pytest.mark.parametrize("core", ["none", "rv32imc"])
def test_there_is_no_debug_port_but_memory_can_be_looked_at(core: str) -> None:
    machine = machine_with(core)
    machine.power(True)
    assert machine.dp_count() == 0
    with pytest.raises(ValueError, match="no debug port"):
        machine.dp_read(0)
    machine.mem_write(RAM, 4, b"abcd")
    assert machine.mem_read(RAM, 1, 4) == b"abcd"


@pytest.mark.parametrize("core", ["none", "cortex-m4"])
def test_a_core_that_is_reached_otherwise_or_not_at_all_says_so(core: str) -> None:
    machine = machine_with(core)
    with pytest.raises(ValueError, match="not debugged that way"):
        machine.debug_attach(True)
    assert not machine.breakpoint_add(ROM)


def test_a_core_that_nobody_knows_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"unknown core 'z80'.*rv32imc, none"):
        machine_with("z80")


def test_a_debugger_stops_a_risc_v_core_steps_it_and_lets_it_go() -> None:
    machine = machine_with("rv32imc")
    machine.poke(
        ROM, struct.pack("<HHHI", 0x4515, 0x157D, 0xFD7D, 0x10500073)
    )  # li a0, 5; addi a0, a0, -1; bnez a0, -2; wfi
    machine.power(True)
    with pytest.raises(ValueError, match="nobody attached"):
        machine.halt()
    machine.debug_attach(True)
    assert machine.breakpoint_add(ROM + 4)
    assert machine.run(100) == ("break", 2)
    assert (machine.halted(), machine.core_get(PC), machine.core_get(10)) == (True, ROM + 4, 4)
    machine.step()
    assert machine.run(100) == ("break", 1)
    assert machine.core_get(PC) == ROM + 2
    assert machine.breakpoint_remove(ROM + 4)
    machine.resume()
    assert machine.run(100)[0] == "sleep"
    assert (machine.core_get(10), machine.core_get(PC)) == (0, ROM + 10)
    machine.core_set(10, 7)
    assert machine.core_get(10) == 7
    assert machine.core_get(0x1301) == 0x4010_1104  # misa
