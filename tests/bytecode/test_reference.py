# SPDX-License-Identifier: Apache-2.0
"""Every test program runs on the strict reference interpreter as it does on CPython: the code itself is right, whatever runs it."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import pytest

from tests.bytecode.reference_vm import CompilerBug, ReferenceVm
from tests.vm.programs_list import CPYTHON_WORDING, PROGRAMS, compiled, cpython_output
from vmrig_server.bytecode import compile_source


@pytest.mark.parametrize("path", [p for p in PROGRAMS if p.stem not in CPYTHON_WORDING], ids=lambda p: p.stem)
def test_the_code_of_a_program_does_what_the_program_says(path: Path) -> None:
    image = compiled(path).image
    out = io.StringIO()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(3000)
    try:
        with contextlib.redirect_stdout(out):
            ReferenceVm(image).main()
    finally:
        sys.setrecursionlimit(limit)
    assert out.getvalue() == cpython_output(path)


def test_the_reference_interpreter_refuses_code_that_reads_what_was_never_written() -> None:
    image = compile_source("def f(a):\n    return a + 1\nf(1)\n", "t.py").image
    vm = ReferenceVm(image)
    vm.words[1][0] = vm.words[1][0] & ~0xFF0000 | 1 << 16  # ADDI reads r1 instead of r0
    with pytest.raises(CompilerBug):
        vm.main()
