# SPDX-License-Identifier: Apache-2.0
"""Random control flow does on the reference interpreter what it does on CPython."""

from __future__ import annotations

import contextlib
import io
import re
import warnings

import pytest

from tests.bytecode.random_programs import random_program
from tests.bytecode.reference_vm import ReferenceVm
from vmrig_server.bytecode import compile_source, verify_image


def on_cpython(source: str) -> str | None:
    """What the program prints; None when it is no valid Python (`nonlocal` after a use)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = compile(source, "random.py", "exec")
        except SyntaxError:
            return None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {"__name__": "__main__"})
    return out.getvalue()


def comparable(text: str) -> str:
    """An in-place operator with a constant is worded as the plain one."""
    return re.sub(r"for (\S)=:", r"for \1:", text)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_random_control_flow_does_what_it_does_on_cpython(first: int) -> None:
    ran = 0
    for seed in range(first, first + 20):
        source = random_program(seed)
        expected = on_cpython(source)
        if expected is None:
            continue
        image = compile_source(source, "random.py").image
        verify_image(image)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            ReferenceVm(image).main()
        assert comparable(out.getvalue()) == comparable(expected), f"seed {seed}"
        ran += 1
    assert ran > 10
