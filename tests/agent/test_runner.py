# SPDX-License-Identifier: Apache-2.0
"""Tool processes: results, errors, deadlines, cancellation. The tool is a small script; processes, pipes and signals are real."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vmrig_server.agent.api import LogLine, Progress
from vmrig_server.agent.flashing.chip import ChipFacts
from vmrig_server.agent.flashing.runner import ToolRun
from vmrig_server.agent.flashing.spare import SpareTool, start_tool
from vmrig_server.errors import ErrorClass, VmrigError

TOOL = [sys.executable, str(Path(__file__).with_name("fake_tool.py"))]


class Reports:
    def __init__(self) -> None:
        self.all: list[Progress | LogLine] = []
        self.arrived = asyncio.Event()
        self.on_log: Callable[[str], None] = lambda text: None

    def __call__(self, report: Progress | LogLine) -> None:
        self.all.append(report)
        if isinstance(report, LogLine):
            self.on_log(report.text)
            self.arrived.set()

    async def pids(self) -> list[int]:
        await asyncio.wait_for(self.arrived.wait(), 10)
        return [int(pid) for each in self.all if isinstance(each, LogLine) for pid in json.loads(each.text)]


def tool(
    act: str,
    reports: Reports | None = None,
    *,
    deadline_s: float = 30,
    gone: asyncio.Event | None = None,
    **spec: object,
) -> ToolRun:
    return ToolRun(
        lambda: start_tool(TOOL, None),
        {"act": act, **spec},
        tool="the tool",
        report=reports or Reports(),
        deadline_s=deadline_s,
        gone=gone,
    )


async def until_dead(pids: list[int]) -> None:
    async def gone(pid: int) -> None:
        # The kernel sends nobody an event of a stranger's end.
        while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(asyncio.gather(*map(gone, pids)), 5)


async def test_a_result_comes_back_with_progress_and_remarks() -> None:
    reports = Reports()
    result = await tool("ok", reports, question="x" * 200_000).run()
    assert result["answer"] == "x" * 200_000
    assert [each.done_bytes for each in reports.all if isinstance(each, Progress)] == [0, 25, 50, 75, 100]
    assert LogLine("remark") in reports.all


async def test_a_reported_error_keeps_its_fields_and_the_tools_last_lines() -> None:
    with pytest.raises(VmrigError) as caught:
        await tool("error").run()
    error = caught.value
    assert (error.code, error.message, error.next_command) == ("VERIFY_FAILED", "It differs.", "vmrig flash")
    assert error.evidence == ("at 0x10", "tool says why")
    assert error.error_class is ErrorClass.BENCH


async def test_a_crash_is_told_with_signal_and_last_lines() -> None:
    with pytest.raises(VmrigError) as caught:
        await tool("crash").run()
    assert caught.value.code == "TOOL_FAILED"
    assert "signal 11" in caught.value.message
    assert caught.value.evidence[-2:] == ("first line", "Segmentation nonsense")


async def test_only_the_last_lines_are_kept() -> None:
    with pytest.raises(VmrigError) as caught:
        await tool("exit").run()
    assert "code 7" in caught.value.message
    assert caught.value.evidence == tuple(f"line {n}" for n in range(80, 100))


async def test_garbage_is_kept_as_evidence_and_is_no_result() -> None:
    with pytest.raises(VmrigError) as caught:
        await tool("garbage").run()
    assert caught.value.code == "TOOL_FAILED"
    assert "not json" in caught.value.evidence
    assert max(map(len, caught.value.evidence)) <= 500


async def test_a_result_after_garbage_counts() -> None:
    assert (await tool("garbage", then_ok=True).run())["answer"] == 1


@pytest.mark.parametrize("act", ["hang", "stubborn", "children"])
async def test_a_deadline_ends_the_whole_group(act: str) -> None:
    reports = Reports()
    with pytest.raises(VmrigError) as caught:
        await tool(act, reports, deadline_s=1.5).run()
    assert (caught.value.code, caught.value.error_class) == ("DEADLINE", ErrorClass.DEADLINE)
    assert "phase: write" in caught.value.message
    await until_dead(await reports.pids())


@pytest.mark.parametrize("act", ["hang", "stubborn", "children"])
async def test_cancelling_kills_the_whole_group(act: str) -> None:
    reports = Reports()
    job = asyncio.create_task(tool(act, reports).run())
    pids = await reports.pids()
    started = time.monotonic()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert time.monotonic() - started < 2
    await until_dead(pids)


async def test_a_board_that_goes_ends_the_job_within_a_second() -> None:
    gone, reports = asyncio.Event(), Reports()
    job = asyncio.create_task(tool("children", reports, gone=gone).run())
    pids = await reports.pids()
    started = time.monotonic()
    gone.set()
    with pytest.raises(VmrigError) as caught:
        await job
    assert time.monotonic() - started < 1
    assert caught.value.code == "BOARD_GONE"
    await until_dead(pids)


async def test_what_a_tool_leaves_behind_is_ended_with_it() -> None:
    reports = Reports()
    started = time.monotonic()
    await tool("leaves_child", reports).run()
    assert time.monotonic() - started < 5
    await until_dead(await reports.pids())


async def test_a_tool_that_cannot_be_started_is_named() -> None:
    run = ToolRun(lambda: start_tool(["/nonexistent/tool"], None), {}, tool="the tool", report=Reports(), deadline_s=1)
    with pytest.raises(VmrigError) as caught:
        await run.run()
    assert caught.value.code == "TOOL_MISSING"


async def test_the_driver_child_ends_with_its_parent() -> None:
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "vmrig_server.agent.flashing.drivers.pyocd_child",
        stdin=read, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(read)
    os.close(write)  # as when the parent is killed: nobody holds the other end
    assert await asyncio.wait_for(process.wait(), 20) == 1


async def test_the_driver_child_names_a_probe_that_is_not_there(tmp_path: Path) -> None:
    from vmrig_server.agent.flashing.drivers import pyocd

    job = pyocd.PyocdJob(probe="9904absent", chip=ChipFacts("nrf52833", "nrf52833", (), ()), board="b0a7d")
    run = ToolRun(
        lambda: start_tool(pyocd.command(), pyocd.environment(tmp_path)),
        job.specification(),
        tool=pyocd.TOOL,
        report=Reports(),
        deadline_s=30,
    )
    with pytest.raises(VmrigError) as caught:
        await run.run()
    assert caught.value.code == "PROBE_NOT_FOUND"
    assert caught.value.next_command == "vmrig boards b0a7d"


async def run_spare(spare: SpareTool) -> int:
    """Runs a job; the pid of the process that did it."""
    pids: list[int] = []

    async def take() -> asyncio.subprocess.Process:
        process = await spare.take()
        pids.append(process.pid)
        return process

    spec = {"act": "ok", "question": 1}
    await ToolRun(take, spec, tool="the tool", report=Reports(), deadline_s=30).run()
    return pids[0]


async def test_a_spare_process_does_the_next_job_and_only_that_one() -> None:
    spare = SpareTool(lambda: TOOL, lambda: dict(os.environ))
    spare.prepare()
    spare.prepare()
    assert spare._spare is not None
    waiting = (await spare._spare[1]).pid
    assert await run_spare(spare) == waiting
    assert await run_spare(spare) != waiting
    await spare.close()


async def test_a_spare_that_died_or_is_of_another_command_is_replaced() -> None:
    command = list(TOOL)
    spare = SpareTool(lambda: command, lambda: dict(os.environ))
    spare.prepare()
    assert spare._spare is not None
    process = await spare._spare[1]
    process.kill()
    await process.wait()
    await run_spare(spare)

    spare.prepare()
    assert spare._spare is not None
    waiting = (await spare._spare[1]).pid
    command = [*TOOL, "--other"]
    assert await run_spare(spare) != waiting
    await spare.close()
    await until_dead([waiting])


async def test_a_spare_that_nobody_needs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmrig_server.agent.flashing.spare.IDLE_S", 0.01)
    spare = SpareTool(lambda: TOOL, lambda: dict(os.environ))
    spare.prepare()
    assert spare._spare is not None
    await until_dead([(await spare._spare[1]).pid])
    await spare.close()
