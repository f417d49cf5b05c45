# SPDX-License-Identifier: Apache-2.0
"""The disassembler, tracebacks and the host runner."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.vm.programs_list import PROGRAMS, compiled
from vmrig_server.bytecode import (
    ContainerError,
    compile_source,
    disassemble,
    format_traceback,
    read,
    run_on_host,
    strip,
)
from vmrig_server.bytecode.host import Outcome, RecordingGpio, VirtualClock
from vmrig_server.bytecode.view import View

SOURCE = """\
def inner(x):
    y = x + 1
    return 1 // (y - y)


class C:
    def method(self, v):
        return [inner(i) for i in (v,)]


def outer():
    return C().method(5)


outer()
"""


def test_the_listing_names_functions_variables_constants_and_source_lines() -> None:
    text = disassemble(compile_source(SOURCE, "prog.py").image, SOURCE)
    for part in (
        "prog.py",
        "function 1 inner(x)",
        "; line 3: return 1 // (y - y)",
        "FLOORDIV",
        "CALLM     r0, 2, method",
        "DEFG      outer, outer",
    ):
        assert part in text, part


def test_the_listing_of_a_stripped_program_uses_numbers() -> None:
    text = disassemble(strip(compile_source(SOURCE, "prog.py").image))
    assert "function#1" in text and "inner" not in text and "line" not in text
    assert "LOADX" not in text or "builtins." in text


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_every_word_of_every_program_has_a_line_and_a_listing(path: Path) -> None:
    source = path.read_text("utf-8")
    image = compiled(path).image
    assert not any(line.endswith("  ?") for line in disassemble(image, source).splitlines())
    view = View(image)
    count = len(source.splitlines())
    for number, function in enumerate(view.functions):
        lines = view.lines(number)
        assert len(lines) == function.code_words
        if view.name(view.definitions[number].file) == path.name:  # not of a module that comes with the compiler
            assert all(1 <= line <= count for line in lines)


def test_a_traceback_reads_as_cpythons(tmp_path: Path) -> None:
    path = tmp_path / "prog.py"
    path.write_text(SOURCE)
    # -X no_debug_ranges: without the carets that need columns.
    done = subprocess.run(
        [sys.executable, "-X", "no_debug_ranges", str(path)], capture_output=True, text=True, timeout=60
    )
    expected = [line for line in done.stderr.splitlines() if "<listcomp>" not in line]
    image = compile_source(SOURCE, str(path)).image
    result = run_on_host(image, write=lambda data: None, clock=VirtualClock())
    assert result.outcome is Outcome.RAISED
    got = result.traceback.splitlines()
    if "<listcomp>" in done.stderr:
        # Before 3.12 CPython runs a comprehension in a frame of its own, with the same source line.
        del expected[expected.index("    return [inner(i) for i in (v,)]")]
    assert got == expected


def test_a_traceback_of_another_program_is_refused() -> None:
    image = compile_source(SOURCE, "prog.py").image
    with pytest.raises(ContainerError, match="recompile"):
        format_traceback(image, [(1, 0)], "E", build_id=read(image).build_id ^ 1)
    text = format_traceback(image, [(1, 3)], "E: x", SOURCE, build_id=read(strip(image)).build_id)
    assert text.splitlines()[1:] == ['  File "prog.py", line 3, in inner', "    return 1 // (y - y)", "E: x"]


def test_a_traceback_of_a_stripped_program_gives_numbers() -> None:
    text = format_traceback(strip(compile_source(SOURCE, "prog.py").image), [(0, 2), (9, 1)], "E")
    assert text.splitlines()[1:] == ["  word 2, in <module>", "  word 1, in function#9", "E"] or "function#0" in text


def test_virtual_time_passes_only_when_the_program_sleeps() -> None:
    source = (
        "import time, gpio\ngpio.mode(3, gpio.OUTPUT)\nfor i in range(3):\n    gpio.high(3)\n    time.sleep_ms(250)\n"
        "    gpio.low(3)\n    time.sleep(0.75)\nprint(time.ticks_ms())\n"
    )
    clock = VirtualClock()
    pins = RecordingGpio(clock)
    out = bytearray()
    result = run_on_host(compile_source(source, "b.py").image, write=out.extend, clock=clock, gpio=pins)
    assert result.outcome is Outcome.DONE
    assert out == b"3000\n"
    assert pins.edges == [
        (t * 1000, 3, level) for i in range(3) for t, level in ((i * 1000, True), (i * 1000 + 250, False))
    ]
    assert result.duration_us == 3_000_000


def test_two_runs_cost_the_same() -> None:
    image = compile_source("x = [str(i) for i in range(500)]\nprint(len(''.join(x)))\n", "t.py").image
    runs = [run_on_host(image, write=lambda d: None, clock=VirtualClock()) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0].instructions > 1000


def test_an_endless_program_is_stopped_by_its_limit_and_by_request() -> None:
    image = compile_source("while True: pass\n", "t.py").image
    assert run_on_host(image, write=lambda d: None, max_instructions=500_000).outcome is Outcome.LIMIT
    assert run_on_host(image, write=lambda d: None, stop=lambda: True).outcome is Outcome.STOPPED


def test_running_out_of_memory_is_an_exception_of_the_program() -> None:
    image = compile_source("x = []\nwhile True: x.append([1, 2, 3])\n", "t.py").image
    result = run_on_host(image, write=lambda d: None, heap_size=16384)
    assert result.outcome is Outcome.RAISED
    assert result.exception.startswith("MemoryError")
