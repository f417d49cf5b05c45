# SPDX-License-Identifier: Apache-2.0
"""Programs: what the compiler's and the board's findings become, and runs on the host's VM in its own process."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.hub.fakes import Bench
from vmrig_server.errors import ErrorClass, VmrigError
from vmrig_server.hub import host_run
from vmrig_server.hub.host_run import Ended, Output, Recorded
from vmrig_server.hub.programs import check_image, compile_text, resolve, split_pairs
from vmrig_server.hub.streams import closing


def test_what_does_not_compile_is_told_with_line_column_and_caret() -> None:
    with pytest.raises(VmrigError) as caught:
        compile_text("def f():\n    async with x: pass\n", "mine.py")
    error = caught.value
    assert error.code == "PROGRAM_INVALID"
    assert "line 2, column 5" in error.message
    assert error.evidence[1].strip() == "async with x: pass"
    assert set(error.evidence[2].strip()) == {"^"}


def test_a_program_that_is_no_container_is_refused() -> None:
    with pytest.raises(VmrigError) as caught:
        check_image(b"no container")
    assert caught.value.code == "PROGRAM_INVALID"
    assert "offset" in caught.value.evidence[0]


def test_raw_pairs_are_told_from_other_lines() -> None:
    pairs, rest = split_pairs(["ValueError: x", "@0:12", "@3:4", "@x:1", "@1", "1:2"])
    assert pairs == [(0, 12), (3, 4)]
    assert rest == ["ValueError: x", "@x:1", "@1", "1:2"]


def test_a_raw_traceback_becomes_one_with_lines_and_keeps_its_code_and_class() -> None:
    source = "def f(x):\n    return 1 // x\n\nf(0)\n"
    raw = VmrigError(
        "PROGRAM_RAISED",
        "It raised.",
        evidence=["ZeroDivisionError: division by zero", "@0:0", "@9999:1"],
        next_command="vmrig console x",
        error_class=ErrorClass.FIRMWARE,
    )
    told = resolve(raw, compile_text(source, "mine.py").image, source)
    assert (told.code, told.error_class, told.next_command) == (raw.code, raw.error_class, raw.next_command)
    assert told.evidence[0] == "Traceback (most recent call last):"
    assert told.evidence[-1] == "ZeroDivisionError: division by zero"
    assert any('File "mine.py", line' in line for line in told.evidence)


def test_an_error_without_a_traceback_stays_as_it_is() -> None:
    error = VmrigError("FIRMWARE_SILENT", "no answer", evidence=["17 tries"])
    assert resolve(error, b"", "") is error


async def _run(bench: Bench, source: str, heap: int = 0) -> tuple[bytes, Ended]:
    output, ended = b"", None
    async with asyncio.timeout(30):
        async for event in bench.hub.programs.run_on_host(source, "mine.py", heap):
            if isinstance(event, Output):
                output += event.data
            else:
                ended = event
    assert ended is not None
    return output, ended


async def test_a_program_runs_on_the_host_and_tells_what_it_took(bench: Bench) -> None:
    output, ended = await _run(bench, "for i in range(3):\n    print('line', i)\n")
    assert output == b"line 0\nline 1\nline 2\n"
    assert ended.traceback == ""
    assert ended.instructions > 3
    assert ended.heap_peak_bytes > 0


@pytest.mark.parametrize(("target", "ends"), [("microbit_v2", "does not fit in 64 bits"), ("", "")])
async def test_the_host_has_ints_as_large_as_the_vm_that_the_target_is_offered(
    bench: Bench, target: str, ends: str
) -> None:
    source = "x = 1\nfor i in range(1, 30):\n    x *= i\nprint(x)\n"
    async with asyncio.timeout(30):
        events = [e async for e in bench.hub.programs.run_on_host(source, "mine.py", 0, target=target)]
    assert isinstance(events[-1], Ended)
    assert events[-1].traceback.rstrip().endswith(ends)
    assert bool(events[-1].traceback) == bool(ends)


async def test_an_exception_on_the_host_comes_with_the_lines_of_the_source(bench: Bench) -> None:
    output, ended = await _run(bench, "print('before')\ndef f(x):\n    return 1 // x\n\nf(0)\n")
    assert output == b"before\n"
    assert 'File "mine.py", line 3, in f' in ended.traceback
    assert "return 1 // x" in ended.traceback
    assert "ZeroDivisionError" in ended.traceback.splitlines()[-1]


async def test_a_program_that_sleeps_deeply_on_the_host_starts_anew(bench: Bench) -> None:
    source = (
        "import flash, sleep\nn = flash.get('n', 0)\nflash.set('n', n + 1)\nprint(n, sleep.wake_cause())\n"
        "if n < 2:\n    sleep.deep(0.01)\n"
    )
    output, ended = await _run(bench, source)
    assert (output, ended.traceback) == (b"0 0\n1 1\n2 1\n", "")


async def test_a_recorded_run_on_the_host_is_replayed(bench: Bench) -> None:
    source = "import time\nfor _ in range(3):\n    time.sleep_us(100)\n    print(time.ticks_us())\n"

    async def run(**options: bytes | bool) -> tuple[bytes, bytes]:
        events = [e async for e in bench.hub.programs.run_on_host(source, "mine.py", 0, **options)]  # type: ignore[arg-type]
        output = b"".join(e.data for e in events if isinstance(e, Output))
        return output, b"".join(e.data for e in events if isinstance(e, Recorded))

    async with asyncio.timeout(30):
        output, recording = await run(record=True)
        assert output.count(b"\n") == 3
        assert await run(replay=recording) == (output, b"")
        with pytest.raises(VmrigError) as caught:
            await run(replay=recording.replace(b"clock.now_us", b"gpio.read"))
    assert caught.value.code == "RECORDING_INVALID" and "at instruction" in caught.value.message


@pytest.mark.parametrize("heap", [1, 4095, 256 * 1024 * 1024 + 1])
async def test_a_heap_has_four_kilobytes_to_256_megabytes(bench: Bench, heap: int) -> None:
    with pytest.raises(VmrigError) as caught:
        await _run(bench, "x = 1\n", heap)
    assert caught.value.code == "ARGUMENT_INVALID"


FOR_EVER = "print('begun')\nwhile True:\n    pass\n"


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


async def test_who_stops_listening_stops_the_program(bench: Bench) -> None:
    before = _children()
    async with closing(host_run.run(compile_text(FOR_EVER, "mine.py").image)) as events:
        async for event in events:
            assert event == Output(b"begun\n")
            assert len(_children() - before) == 1
            break
    assert _children() == before


async def test_a_vm_that_dies_costs_its_program_only(bench: Bench) -> None:
    before = _children()
    with pytest.raises(VmrigError) as caught:
        async for _ in host_run.run(compile_text(FOR_EVER, "mine.py").image):
            (child,) = _children() - before
            os.kill(child, signal.SIGSEGV)
    assert (caught.value.code, caught.value.error_class) == ("HOST_VM_FAILED", ErrorClass.BENCH)
    assert f"{-signal.SIGSEGV}" in caught.value.message
