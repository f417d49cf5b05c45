# SPDX-License-Identifier: Apache-2.0
"""Random programs of classes, calls, text, formats and containers print on the VM what they print on CPython."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bytecode.test_random_programs import on_cpython
from tests.vm.random_language import GRAMMARS
from tests.vm.test_programs import vm_output
from vmrig_server.bytecode import compile_source


def comparable(text: str) -> str:
    """Without what is known to differ: an in-place operator can be worded as the plain one, and the order of a set is a Python's own."""
    text = re.sub(r"operand type\(s\) for (\S+)=:", r"operand type(s) for \1:", text)
    return re.sub(r"\{[^{}:]*\}", lambda m: "{" + ", ".join(sorted(m[0][1:-1].split(", "))) + "}", text)


def check(grammar: str, source: random.Random) -> None:
    program = GRAMMARS[grammar](source).make()
    expected = on_cpython(program)
    if expected is not None:
        assert comparable(vm_output(compile_source(program, "random.py").image, program)) == comparable(expected), (
            program
        )


@pytest.mark.parametrize("grammar", GRAMMARS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_random_program_prints_what_cpython_prints(grammar: str, seed: int) -> None:
    check(grammar, random.Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("grammar", GRAMMARS)
def test_many_random_programs_print_what_cpython_prints(grammar: str) -> None:
    for seed in range(10_000, 10_400):
        check(grammar, random.Random(seed))
