# SPDX-License-Identifier: Apache-2.0
"""Sources that somebody has been careless with are programs or are refused with a place; the compiler raises nothing else."""

from __future__ import annotations

import warnings

import pytest

from tests.bytecode.mutate_source import compiles, mutant
from vmrig_server.bytecode import CompileError, compile_files, compile_source


def campaign(first: int, count: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `1 is 1`
        return sum(compiles(mutant(seed)) for seed in range(first, first + count))


def test_mutants_are_programs_or_have_a_place() -> None:
    assert 10 < campaign(0, 50) < 45


@pytest.mark.slow
def test_many_mutants_are_programs_or_have_a_place() -> None:
    campaign(1_000_000, 20_000)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = " + "-" * 5000 + "1\n", "nested too deeply"),
        ("a = 1\nx = a" + ".b" * 5000 + "\n", "nested too deeply"),
        ("x = " + "[" * 5000 + "]" * 5000 + "\n", "nested"),
        ("".join(" " * i + "if 1:\n" for i in range(200)) + " " * 200 + "pass\n", "indentation"),
        ("x = " + "9" * 5000 + "\n", "4300 digits"),
        ("def f():\n" + "".join(f" v{i} = {i}\n" for i in range(10_000)) + " return v0\n", "registers"),
        ("x = 1\0\n", "null bytes"),
        ("x = '\ud800'\n", "surrogates"),
        ("if 1:\n\tx = 1\n        y = 2\n", "tabs and spaces"),
        ("x = 1\\", "EOF"),
    ],
    ids=lambda text: repr(text)[:24],
)
def test_sources_beyond_all_measure_are_refused(source: str, reason: str) -> None:
    with pytest.raises(CompileError, match=reason):
        compile_source(source, "far.py")


@pytest.mark.parametrize("data", ["x = 1\n".encode("utf-16"), b"# coding: latin-1\nx = '\xe9'\n", bytes(range(256))])
def test_bytes_that_are_no_utf8_are_refused(data: bytes) -> None:
    with pytest.raises(CompileError, match="no UTF-8"):
        compile_files({"m.py": data}, "m.py")


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbfx = 1\n", b"x = 1\r\ny = 2\r", b"\fx = 1\n", b"# coding: nosuch\n", b"x = 1"]
)
def test_odd_but_good_sources_are_programs(data: bytes) -> None:
    assert compile_files({"m.py": data}, "m.py").image
