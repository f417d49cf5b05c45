# SPDX-License-Identifier: Apache-2.0
"""A tool process's side of the runner's protocol: specification in, JSON lines out, and the end of both when the parent is gone."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

_PROGRESS_PERIOD_S = 0.05


class ToolError(Exception):
    """An error for the runner; the fields are those of `vmrig_server.errors.VmrigError`."""

    def __init__(
        self, code: str, message: str, *, evidence: Sequence[str] = (), next_command: str = "", error_class: int = 4
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.evidence = list(evidence)
        self.next_command = next_command
        self.error_class = error_class


class Channel:
    """The line to the parent. Takes stdout for itself: whatever a library prints goes to stderr, where the parent keeps it as evidence."""

    def __init__(self) -> None:
        self._out: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._phase = ""
        self._phase_start = time.monotonic()
        self._last_progress = 0.0
        self.phases: list[tuple[str, float]] = []

    def read_specification(self) -> dict[str, Any]:
        """The first line of stdin. From then on the end of stdin, the parent's death, ends this process too."""
        signal.signal(signal.SIGTERM, _leave)
        line = bytearray()
        # Raw reads: a thread that sits in a buffered reader would hold its lock when the interpreter ends.
        while not line.endswith(b"\n"):
            chunk = os.read(0, 1 << 16)
            if not chunk:
                os._exit(1)
            line += chunk
        specification: dict[str, Any] = json.loads(line)
        threading.Thread(target=_leave_with_parent, daemon=True, name="parent-watch").start()
        return specification

    def phase(self, name: str) -> None:
        """A phase begins (and the one before ends); an empty name only ends."""
        now = time.monotonic()
        if self._phase:
            self.phases.append((self._phase, now - self._phase_start))
        self._phase = name
        self._phase_start = now
        self._last_progress = 0.0
        if name:
            self._send({"type": "progress", "phase": name, "done": 0, "total": 0})

    def progress(self, done: int, total: int) -> None:
        """Bytes of the current phase; told a few times a second and at the end."""
        now = time.monotonic()
        if done < total and now - self._last_progress < _PROGRESS_PERIOD_S:
            return
        self._last_progress = now
        self._send({"type": "progress", "phase": self._phase, "done": done, "total": total})

    def log(self, text: str) -> None:
        self._send({"type": "log", "text": text})

    def result(self, **fields: Any) -> None:
        self._send({"type": "result", **fields})

    def error(self, failure: ToolError) -> None:
        self._send(
            {
                "type": "error",
                "code": failure.code,
                "message": failure.message,
                "evidence": failure.evidence,
                "next_command": failure.next_command,
                "class": failure.error_class,
            }
        )

    def _send(self, message: dict[str, Any]) -> None:
        with self._lock:
            try:
                self._out.write(json.dumps(message).encode() + b"\n")
                self._out.flush()
            except OSError:
                os._exit(1)  # nobody listens any more


def carry_out(channel: Channel, work: Callable[[], None], classify: Callable[[Exception], ToolError]) -> int:
    """Does the work and tells an error of it; returns the process's exit status.

    Args:
        classify: makes an error of the runner's of whatever the work raises. One that it has no better name for than ``TOOL_FAILED`` is told with its place.
    """
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the process boundary: all becomes one typed error
        failure = classify(error)
        if failure.code == "TOOL_FAILED":
            frames = traceback.extract_tb(error.__traceback__)[-3:]
            failure.evidence += [f"in {frame.name} ({Path(frame.filename).name}:{frame.lineno})" for frame in frames]
        channel.error(failure)
        return 1
    return 0


def _leave(_signal: int, _frame: object) -> NoReturn:
    # As an exception, so that sessions are closed and probes released on the way out.
    raise SystemExit(143)


def _leave_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)
