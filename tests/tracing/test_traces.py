# SPDX-License-Identifier: Apache-2.0
"""A trace tells all that a firmware did, changes nothing of it, and becomes text, lcov and VCD."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from vmrig.v1 import emulator_pb2
from vmrig_native import _emu

from vmrig_client.cli import trace as cli_trace
from vmrig_client.tracing import Firmware, FirmwareError, Kind, Record, records_of
from vmrig_client.tracing.lcov import lcov_lines
from vmrig_client.tracing.text import line_writer
from vmrig_client.tracing.vcd import write_vcd

ALL = _emu.TRACE_INSTRUCTIONS | _emu.TRACE_ACCESSES | _emu.TRACE_EXCEPTIONS
OUTSET, OUTCLR = 0x50000508, 0x5000050C


def traced(machine: _emu.Machine, flags: int = ALL, capacity: int = 65536) -> list[Record]:
    machine.trace_start(flags, capacity)
    machine.power(True)
    found: list[Record] = []
    while machine.now() < 10_000:
        machine.run(10_000 - machine.now())
        found += records_of(machine.trace_read())
    return found


def test_every_instruction_and_access_is_recorded_in_order(machine: _emu.Machine) -> None:
    records = traced(machine)
    instructions = [record for record in records if record.kind is Kind.INSTRUCTION]
    assert len(instructions) == machine.instructions()
    assert [record.cycle for record in instructions] == sorted(record.cycle for record in instructions)
    writes = [record.address for record in records if record.kind is Kind.WRITE and record.address in (OUTSET, OUTCLR)]
    assert writes == [OUTSET, OUTCLR] * 20
    assert [(record.kind, record.value) for record in records if record.kind in (Kind.ENTRY, Kind.RETURN)] == [
        (Kind.ENTRY, 14),
        (Kind.RETURN, 14),
    ]


@pytest.mark.parametrize("flags", [0, ALL, _emu.TRACE_COUNTS, _emu.TRACE_ACCESSES])
def test_a_trace_changes_nothing(machine: _emu.Machine, flags: int) -> None:
    if flags:
        traced(machine, flags)
    else:
        machine.power(True)
        machine.run(10_000)
    untraced = machine.fork()
    untraced.power(False)
    untraced.power(True)
    untraced.run(10_000)
    assert machine.state_hash() == untraced.state_hash()


def test_a_full_record_makes_the_machine_wait_and_loses_nothing(machine: _emu.Machine) -> None:
    machine.trace_start(ALL, 256)
    machine.power(True)
    assert machine.run(10_000)[0] == "full"
    here = machine.now()
    assert machine.run(10_000) == ("full", 0)
    assert machine.now() == here
    small = list(records_of(machine.trace_read())) + traced_rest(machine)
    machine.trace_stop()
    machine.power(False)
    assert small == traced(machine)


def traced_rest(machine: _emu.Machine) -> list[Record]:
    found: list[Record] = []
    while machine.now() < 10_000:
        machine.run(10_000 - machine.now())
        found += records_of(machine.trace_read())
    return found


def test_a_line_of_text_has_time_place_and_meaning(machine: _emu.Machine, elf: Path) -> None:
    write = line_writer("cortex-m4", Firmware(elf))
    lines = [write(record, {OUTSET: "P0.OUTSET"}) for record in traced(machine)]
    assert any("write P0.OUTSET (0x50000508) <- 0x00200000 toggle" in line and "blink.c:" in line for line in lines)
    assert "reset_handler+0x0 blink.c:" in lines[0]
    assert any("enter PendSV main" in line for line in lines)
    assert any(" bx lr" in line or " pop" in line for line in lines)


def test_risc_v_is_written_as_such() -> None:
    """``addi a0, a0, 1``, ``ecall`` and a compressed loop, with the trap in between."""
    base = 0x40380000
    machine = _emu.Machine(core="rv32imc", irq_count=31, clock_hz=1_000_000, reset_vector=base)
    machine.add_memory("code", "ram", base, 0x1000)
    machine.trace_start(ALL)
    machine.power(True)
    machine.poke(base, bytes.fromhex("13051500 37030040 73000000"))
    machine.poke(base + 0x100, bytes.fromhex("01a0"))
    machine.core_set(0x1000 + 0x305, base + 0x100)  # mtvec
    machine.run(6)
    write = line_writer("rv32imc", None)
    lines = [write(record, {}).split(maxsplit=2) for record in records_of(machine.trace_read())]
    assert [line[2] for line in lines[:3]] == ["addi a0, a0, 1", "lui t1, 0x40000", "enter ecall from M"]
    assert lines[-1] == ["5.000", f"{base + 0x100:08x}", "c.j 0"]


def test_lcov_counts_functions_and_lines(machine: _emu.Machine, elf: Path) -> None:
    machine.trace_start(_emu.TRACE_COUNTS)
    machine.power(True)
    machine.run(10_000)
    text = list(lcov_lines(Firmware(elf), dict(machine.trace_counts())))
    source = (Path(__file__).parent / "blink.c").read_text().splitlines()

    def count_of(line: str) -> int:
        number = next(n for n, content in enumerate(source, 1) if line in content)
        return next(int(entry.split(",")[1]) for entry in text if entry.startswith(f"DA:{number},"))

    assert text[1].startswith("SF:") and text[1].endswith("tests/tracing/blink.c")
    assert {"FNDA:40,toggle", "FNDA:0,never", "FNDA:1,main", "FNDA:1,pendsv_handler"} <= set(text)
    assert count_of("OUTSET = 1u") == 20
    assert count_of("calls = 100") == 0
    assert text[-1] == "end_of_record"


@pytest.mark.parametrize("duration_s", [0.0, 5.0])
def test_coverage_without_an_end_is_written_at_ctrl_c(
    machine: _emu.Machine, elf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, duration_s: float
) -> None:
    machine.trace_start(_emu.TRACE_COUNTS)
    machine.power(True)
    machine.run(10_000)
    addresses, counts = zip(*machine.trace_counts(), strict=True)
    asked = []

    async def trace(name: str, **how: Any) -> AsyncIterator[emulator_pb2.WatchTraceResponse]:
        asked.append(how["duration_s"])
        yield emulator_pb2.WatchTraceResponse(counted_addresses=addresses, counts=counts)
        raise KeyboardInterrupt

    client = SimpleNamespace(emulated=SimpleNamespace(trace=trace))
    monkeypatch.setattr(cli_trace, "run", lambda work: asyncio.run(work(client)))
    out = tmp_path / "out.info"
    if duration_s:
        with pytest.raises(KeyboardInterrupt):
            cli_trace.lcov("board", elf, duration_s, False, out)
        assert not out.exists()
    else:
        cli_trace.lcov("board", elf, duration_s, False, out)
        assert "FNDA:40,toggle" in out.read_text()
    assert asked == [duration_s]


def test_waveforms_are_read_back_as_they_were(machine: _emu.Machine) -> None:
    machine.power(True)
    machine.run(10_000)
    edges = [
        (cycle * 1000 // 64, "ROW1", "high" if level else "low")
        for cycle, pin, level in machine.pin_edges(0)[0]
        if pin == 21
    ]
    out = io.StringIO()
    assert write_vcd(out, "microbit_v2", edges) == 1
    text = out.getvalue()
    assert "$timescale 1 ns $end" in text and "ROW1 $end" in text
    changes = [line for line in text.split("$enddefinitions $end")[1].splitlines() if line[:1] in ("0", "1")]
    assert "".join(line[0] for line in changes).removeprefix("0") == "10" * 20


def test_what_is_no_firmware_with_symbols_is_refused(tmp_path: Path, elf: Path) -> None:
    junk = tmp_path / "junk.elf"
    junk.write_bytes(b"MZ" * 100)
    with pytest.raises(FirmwareError, match="no ELF file"):
        Firmware(junk)
    with pytest.raises(FirmwareError, match="No such file"):
        Firmware(tmp_path / "missing")
    cut = tmp_path / "cut.elf"
    cut.write_bytes(elf.read_bytes()[:300])
    with pytest.raises(FirmwareError):
        Firmware(cut)
