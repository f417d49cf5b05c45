# SPDX-License-Identifier: Apache-2.0
"""The language: every program prints on the VM, byte for byte, what it prints on CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vm.programs_list import PROGRAMS, compiled, cpython_output
from vmrig_server.bytecode import run_on_host, strip
from vmrig_server.bytecode.host import Outcome, VirtualClock

HEAP = 256 * 1024


def vm_output(image: bytes, source: str) -> str:
    out = bytearray()
    result = run_on_host(
        image, write=out.extend, heap_size=HEAP, clock=VirtualClock(), max_instructions=200_000_000, source=source
    )
    assert result.outcome is Outcome.DONE, result.traceback
    return out.decode("utf-8")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_a_program_prints_what_cpython_prints(path: Path) -> None:
    source = path.read_text("utf-8")
    assert vm_output(compiled(path).image, source) == cpython_output(path)


def test_a_stripped_program_runs_the_same() -> None:
    path = next(p for p in PROGRAMS if p.stem == "comprehensions")
    source = path.read_text("utf-8")
    assert vm_output(strip(compiled(path).image), source) == cpython_output(path)
