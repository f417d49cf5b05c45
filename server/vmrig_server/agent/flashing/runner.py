# SPDX-License-Identifier: Apache-2.0
"""Runs a flashing tool as a child process: one specification in, JSON lines out, a deadline, and no survivors.

The child reads one JSON line from stdin, the specification, and writes one JSON object a line to stdout:

- ``{"type": "progress", "phase": "write", "done": 4096, "total": 65536}``
- ``{"type": "log", "text": "..."}``
- ``{"type": "result", ...}``, once, at the end; or
- ``{"type": "error", "code": "FLASH_FAILED", "message": "...", "evidence": [...], "next_command": "...", "class": 4}``

Stdin stays open while the parent lives; its end tells the child to leave. Whatever else comes out is kept as evidence. The child leads its own
process group, and the whole group is killed when the job ends before its time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from vmrig_server.agent.api import LogLine, Progress, Report
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)

LAST_LINES = 20
"""Lines of the tool that are kept as evidence."""

MAX_LINE_BYTES = 4 * 1024 * 1024
"""A longer line of a tool is cut, so that garbage cannot fill memory."""

TERM_GRACE_S = 0.5
"""Between asking the tool to end and killing it."""

_EXIT_GRACE_S = 2.0
"""After its result a tool has this long to release probe and port."""


class ToolRun:
    """One run of a tool.

    Args:
        start: starts a process that speaks the protocol of this module, or gives one that waits already.
        spec: what to do; must be JSON.
        tool: its name, for errors.
        report: gets progress and log lines.
        deadline_s: seconds, after which the job ends with ``DEADLINE``.
        gone: set when the board leaves; the job then ends within a second with ``BOARD_GONE``.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[asyncio.subprocess.Process]],
        spec: Mapping[str, object],
        *,
        tool: str,
        report: Report,
        deadline_s: float,
        gone: asyncio.Event | None = None,
    ) -> None:
        self._start = start
        self._spec = spec
        self._tool = tool
        self._report = report
        self._deadline_s = deadline_s
        self._gone = gone or asyncio.Event()
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        self._phase = "start"
        self._outcome: dict[str, Any] | None = None

    async def run(self) -> dict[str, Any]:
        """The tool's result object.

        Raises:
            VmrigError: what the tool reported; ``TOOL_FAILED``, ``TOOL_MISSING``, ``DEADLINE``, ``BOARD_GONE``.
        """
        try:
            process = await self._start()
        except OSError as failure:
            raise VmrigError(
                "TOOL_MISSING",
                f"{self._tool} could not be started.",
                evidence=[str(failure)],
                error_class=ErrorClass.BENCH,
            ) from failure
        talk = asyncio.create_task(self._talk(process))
        gone = asyncio.create_task(self._gone.wait())
        gentle = True
        try:
            await asyncio.wait({talk, gone}, timeout=self._deadline_s, return_when=asyncio.FIRST_COMPLETED)
            if talk.done():
                talk.result()
            elif gone.done():
                gentle = False
                raise self._board_gone()
            else:
                raise VmrigError(
                    "DEADLINE",
                    f"{self._tool} was stopped: it was not done after {self._deadline_s:g} s (phase: {self._phase}).",
                    evidence=self._evidence(),
                    error_class=ErrorClass.DEADLINE,
                )
        finally:
            gone.cancel()
            await asyncio.shield(_end(process, talk, gentle))
        return self._result(process.returncode)

    async def _talk(self, process: asyncio.subprocess.Process) -> None:
        """Until the tool gave its result and left, or only left."""
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        errors = asyncio.create_task(self._keep(process.stderr))
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                process.stdin.write(json.dumps(self._spec).encode() + b"\n")
                await process.stdin.drain()
            async for line in _lines(process.stdout):
                self._take(line)
                if self._outcome is not None:
                    break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _EXIT_GRACE_S if self._outcome is not None else None)
            with contextlib.suppress(TimeoutError):
                # A grandchild may hold the pipe open for ever.
                await asyncio.wait_for(asyncio.shield(errors), 0.2)
        finally:
            errors.cancel()

    async def _keep(self, stream: asyncio.StreamReader) -> None:
        async for line in _lines(stream):
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self._lines.append(text)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "progress" and isinstance(message.get("phase"), str):
            self._phase = message["phase"]
            self._report(Progress(self._phase, _count(message.get("done")), _count(message.get("total"))))
        elif kind == "log" and isinstance(message.get("text"), str):
            self._lines.append(message["text"])
            self._report(LogLine(message["text"]))
        elif kind in ("result", "error"):
            self._outcome = message
        else:
            text = line.decode("utf-8", "replace").rstrip()[:500]
            if text:
                self._lines.append(text)

    def _result(self, returncode: int | None) -> dict[str, Any]:
        outcome = self._outcome
        if outcome is None:
            if self._gone.is_set():
                raise self._board_gone()
            how = (
                f"was ended by signal {-returncode}"
                if returncode is not None and returncode < 0
                else f"ended with code {returncode}"
            )
            raise VmrigError(
                "TOOL_FAILED",
                f"{self._tool} {how} and gave no result (phase: {self._phase}).",
                evidence=self._evidence(),
                error_class=ErrorClass.BENCH,
            )
        if outcome["type"] == "error":
            raise self._reported(outcome)
        return outcome

    def _reported(self, outcome: Mapping[str, Any]) -> VmrigError:
        code = str(outcome.get("code") or "TOOL_FAILED")
        evidence = [str(line) for line in outcome.get("evidence") or ()]
        try:
            error_class = ErrorClass(outcome.get("class", ErrorClass.BENCH))
        except ValueError:
            error_class = ErrorClass.BENCH
        return VmrigError(
            code,
            str(outcome.get("message") or f"{self._tool} failed."),
            evidence=[*evidence, *(line for line in self._lines if line not in evidence)][: 2 * LAST_LINES],
            next_command=str(outcome.get("next_command") or ""),
            error_class=error_class,
        )

    def _board_gone(self) -> VmrigError:
        return VmrigError(
            "BOARD_GONE",
            f"The board was unplugged or lost power while {self._tool} worked on it (phase: {self._phase}).",
            evidence=self._evidence(),
            next_command="vmrig boards",
            error_class=ErrorClass.BENCH,
        )

    def _evidence(self) -> list[str]:
        return list(self._lines)


async def _end(process: asyncio.subprocess.Process, talk: asyncio.Task[None], gentle: bool) -> None:
    """Leaves no process of the group, whatever state the run is in."""
    if process.returncode is None and gentle:
        # A tool that ends by itself lets go of the probe in an orderly way.
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), TERM_GRACE_S)
    # Also when the leader is gone: what it started may live on. Nobody else can have taken the group's number within moments.
    _signal_group(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    await process.wait()
    talk.cancel()
    await asyncio.gather(talk, return_exceptions=True)
    assert process.stdin is not None
    process.stdin.close()


def _signal_group(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Lines without their ends; what passes MAX_LINE_BYTES is cut off."""
    buffer = bytearray()
    while chunk := await stream.read(65536):
        buffer += chunk
        while (end := buffer.find(b"\n")) >= 0:
            yield bytes(buffer[:end])
            del buffer[: end + 1]
        if len(buffer) > MAX_LINE_BYTES:
            yield bytes(buffer[:MAX_LINE_BYTES])
            buffer.clear()
    if buffer:
        yield bytes(buffer)


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
