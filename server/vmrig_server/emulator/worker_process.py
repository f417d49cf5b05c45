# SPDX-License-Identifier: Apache-2.0
"""A worker process from the pool's side: start, calls, death."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vmrig_server import sockets
from vmrig_server.errors import ErrorClass, VmrigError

LOG = logging.getLogger(__name__)
START_S = 20.0
CALL_S = 10.0
STOP_S = 2.0
LINE_LIMIT = 64 * 1024 * 1024
EVIDENCE_LINES = 8


class WorkerProcess:
    """A running worker.

    Args:
        home: of the service.
        number: tells workers of one pool apart.
        died: called in the event loop when the process has ended, expected or not.
    """

    def __init__(self, home: Path, number: int, died: Callable[[WorkerProcess], None]) -> None:
        self._home = home
        self._died = died
        self._process: Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []
        self._last_lines: list[str] = []
        self._control = home / "run" / "workers" / f"{os.getpid()}-{number}.sock"
        self._stopping = False
        self.alive = False
        self.boards: set[str] = set()
        """Serials of the boards that it hosts."""

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Starts the process and waits until it serves.

        Raises:
            VmrigError: EMULATOR_FAILED, with the worker's last lines.
        """
        control = self._control
        control.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-m", "vmrig_server.emulator.worker"]
        command += ["--control", str(control), "--home", str(self._home), "--until-stdin-closes"]
        # Its own session: Ctrl-C in the terminal is for the service, which ends its workers itself.
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
        self.alive = True
        self._tasks.append(asyncio.create_task(self._keep_lines()))
        try:
            await self._connect(self._process, control)
        except BaseException:  # also when the caller is cancelled: nobody else knows of the process yet
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()  # it hosts nothing yet, and while it imports it hears nobody
            await self.stop()
            raise
        self._tasks.append(asyncio.create_task(self._receive()))
        self._tasks.append(asyncio.create_task(self._wait()))

    async def _connect(self, process: Process, control: Path) -> None:
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(process.stdout.readline(), START_S)
        if line != b"ready\n":
            await self.stop()  # its last lines are then all there
            raise self._failed("did not start")
        sock = sockets.connect(control)
        sock.setblocking(False)
        self._reader, self._writer = await asyncio.open_unix_connection(sock=sock, limit=LINE_LIMIT)

    async def call(self, method: str, **params: Any) -> Any:
        """A request to the control service.

        Raises:
            VmrigError: what the worker answered, or EMULATOR_DIED / EMULATOR_FAILED.
        """
        if not self.alive or self._writer is None:
            raise self._failed("is not running", "EMULATOR_DIED")
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._writer.write(json.dumps({"id": number, "method": method, "params": params}).encode() + b"\n")
            return await asyncio.wait_for(future, CALL_S)
        except TimeoutError:
            raise self._failed(f"did not answer {method} within {CALL_S:g} s") from None
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """Ends the process: asks, then insists."""
        process = self._process
        if process is None:
            return
        self._stopping = True
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()
        self._gone()
        keeping, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.gather(keeping, *others, return_exceptions=True)  # the first ends with the process's stderr

    # --- inside ---------------------------------------------------------------------------------------------------

    def _failed(self, what: str, code: str = "EMULATOR_FAILED") -> VmrigError:
        return VmrigError(
            code,
            f"the emulator's worker {self.pid} {what}",
            evidence=self._last_lines,
            error_class=ErrorClass.BENCH,
        )

    async def _keep_lines(self) -> None:
        """The last lines that the worker wrote are the evidence when it fails; all go to the log."""
        assert self._process is not None and self._process.stderr is not None
        async for raw in self._process.stderr:
            line = raw.decode(errors="replace").rstrip()
            LOG.info("worker %d: %s", self.pid, line)
            self._last_lines = [*self._last_lines[1 - EVIDENCE_LINES :], line]

    async def _receive(self) -> None:
        assert self._reader is not None
        while line := await self._read_line(self._reader):
            answer = json.loads(line)
            future = self._waiting.get(answer["id"])
            if future is None or future.done():
                continue
            error = answer.get("error")
            if error is None:
                future.set_result(answer["result"])
            else:
                future.set_exception(
                    VmrigError(
                        error["code"],
                        error["message"],
                        evidence=error["evidence"],
                        next_command=error["next_command"],
                        error_class=ErrorClass(error["error_class"]),
                    )
                )

    async def _read_line(self, reader: asyncio.StreamReader) -> bytes:
        with contextlib.suppress(ConnectionError):
            return await reader.readline()
        return b""

    async def _wait(self) -> None:
        assert self._process is not None
        code = await self._process.wait()
        if not self._stopping:
            LOG.warning("worker %d ended with status %d", self.pid, code)
        self._gone()

    def _gone(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self._control.unlink(missing_ok=True)
        if self._writer is not None:
            self._writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._failed("died", "EMULATOR_DIED"))
        self._died(self)
