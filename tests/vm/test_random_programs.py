# SPDX-License-Identifier: Apache-2.0
"""Random control flow does on the VM what it does on CPython."""

from __future__ import annotations

import pytest

from tests.bytecode.random_programs import random_program
from tests.bytecode.test_random_programs import comparable, on_cpython
from tests.vm.test_programs import vm_output
from vmrig_server.bytecode import compile_source


@pytest.mark.parametrize("lazy", [False, True], ids=["functions", "generators"])
@pytest.mark.parametrize("first", range(1000, 1200, 50))
def test_random_control_flow_does_what_it_does_on_cpython(first: int, lazy: bool) -> None:
    for seed in range(first, first + 50):
        source = random_program(seed, lazy)
        expected = on_cpython(source)
        if expected is not None:
            assert comparable(vm_output(compile_source(source, "random.py").image, source)) == comparable(expected), (
                f"seed {seed}"
            )
